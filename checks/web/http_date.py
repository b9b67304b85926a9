"""Instants as HTTP writes them."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_date(text: str) -> datetime:
    """Give the instant of a header as Date; raises ValueError for another text.

    One that does not say where it is that time would be another instant on each machine.

    >>> http_date("Sun, 01 Mar 2026 02:00:00 GMT").isoformat()
    '2026-03-01T02:00:00+00:00'
    """
    try:
        read = parsedate_to_datetime(text)
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except (TypeError, OverflowError) as error:
        raise ValueError("it is no date") from error
    raise ValueError("it does not say of which time zone it is")
