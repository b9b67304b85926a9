"""Dates in HTTP headers."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_date(text: str) -> datetime:
    """Return the instant of a header such as Date; raises ValueError if it is not an HTTP date.

    Without a time zone it would be a different instant on each machine.

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
