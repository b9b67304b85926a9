"""What a card says of its monitors: where the value comes from, its limit, and when it trips."""

import math
import re
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta, field

from checks.base import Entry
from checks.units import Duration, Span, Text, duration, share

_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(s|min|h)")
_PER_MINUTE = {"s": 60.0, "min": 1.0, "h": 1 / 60}


class Limit(float):
    """A limit in base units, with the text that the card gave.

    Seconds for a latency, a ratio 0..1 for a share, events a minute for a rate, else a bare number.
    """

    text: str

    def __new__(cls, value: float, text: str) -> "Limit":
        """Make a limit of `value` that shows as `text`."""
        made = super().__new__(cls, value)
        made.text = text
        return made


def limit(value: Any) -> Limit:
    """Read a limit: `250ms`, `0.5 %`, `100/min` or a bare number; raises ValueError otherwise.

    >>> limit("100/min") == 100.0, limit("250ms").text
    (True, '250ms')
    """
    if isinstance(value, Limit):
        return value
    text = str(value).strip()
    number = _number(value, text)
    if number is None or not 0 <= number < math.inf:
        raise ValueError(f"{value!r} is not a limit: write 250ms, 0.5 %, 100/min or a number")
    return Limit(number, text)


def _number(value: Any, text: str) -> float | None:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return float(value)
    if found := _RATE.fullmatch(text):
        return float(found[1]) * _PER_MINUTE[found[2]]
    for read in (duration, share):
        try:
            return read(text)
        except ValueError:
            continue
    return None


_NUMBER = r"[0-9]+(\.[0-9]+)?"
_PATTERN = rf"^\s*(({_NUMBER}\s*(ms|s|m|h|d)\s*)+|{_NUMBER}\s*%|{_NUMBER}\s*/\s*(s|min|h))\s*$"

AnyLimit = Annotated[
    Limit,
    Meta(
        extra={"read": limit},
        extra_json_schema={
            "type": ["string", "number"],
            "pattern": _PATTERN,
            "minimum": 0,
            "examples": ["250ms", "0.5 %", "100/min", 0],
        },
    ),
]
Labels = dict[str, str]


class _Monitor(Entry, frozen=True, kw_only=True, tag_field="source"):
    monitor: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the monitor's name")]
    above: Annotated[AnyLimit, Meta(description="the limit; a value over it breaches")]
    sustained: Annotated[Duration, Meta(description="a breach this long trips")] = field(
        default=0.0, name="for"
    )
    clear: Annotated[Duration, Meta(description="ok for this long clears a trip")] = 60.0
    every: Annotated[Span, Meta(description="how often it is measured")] = 1.0
    stale: Annotated[Span, Meta(description="older data than this is no data")] = 15.0
    timeout: Annotated[Span, Meta(description="for one measurement")] = 5.0
    page: Annotated[bool, Meta(description="a trip calls a person")] = False


class Scraped(_Monitor, frozen=True, kw_only=True, tag="metrics"):
    """A value computed from the differences of a `/metrics` page, scraped directly.

    Exactly one of `quantile` (with `of`, a histogram), `share` (with `of`, a counter) and `rate`
    (with `of`, a counter) says what is computed. With `by`, each value of that label is judged
    alone and the worst counts.
    """

    url: Annotated[Text, Meta(description="where the page is")]
    of: Annotated[Text, Meta(description="the histogram or counter, without its _bucket or _total")]
    quantile: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None, Meta(description="0.95 for p95, in seconds")
    ] = None
    share: Annotated[
        Labels | None,
        Meta(description="labels (regular expressions) of the part whose share of all is taken"),
    ] = None
    rate: Annotated[
        Labels | None,
        Meta(description="labels (regular expressions) of the events counted, per minute"),
    ] = None
    labels: Annotated[Labels, Meta(description="labels that all must match")] = field(
        default_factory=dict
    )
    by: Annotated[str | None, Meta(description="a label: each of its values is judged alone")] = (
        None
    )
    over: Annotated[Span, Meta(description="the window that is looked back over")] = 60.0
    samples: Annotated[
        int, Meta(ge=1, description="fewer events than this in the window is no data")
    ] = 60


class Prometheus(_Monitor, frozen=True, kw_only=True, tag="prometheus"):
    """A value asked of Prometheus's HTTP API: the query gives one number."""

    query: Annotated[Text, Meta(description="in PromQL; its one number is the value")]
    url: Annotated[Text, Meta(description="where Prometheus answers")] = "${PROMETHEUS_URL}"
    count: Annotated[
        str | None, Meta(description="a query for the number of samples behind it")
    ] = None
    samples: Annotated[int, Meta(ge=1, description="fewer than this (by `count`) is no data")] = 1


AnyMonitor = Scraped | Prometheus
