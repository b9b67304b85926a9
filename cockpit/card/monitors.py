"""What a card says of its monitors: where the value comes from, its limit, and when it trips."""

import math
import re
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema

from checks.base import Entry
from checks.units import Duration, duration, share

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
    PlainValidator(limit),
    WithJsonSchema(
        {
            "type": ["string", "number"],
            "pattern": _PATTERN,
            "minimum": 0,
            "examples": ["250ms", "0.5 %", "100/min", 0],
        }
    ),
]


class _Monitor(Entry):
    monitor: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the monitor's name")
    above: AnyLimit = Field(description="the limit; a value over it breaches")
    sustained: Duration = Field(0.0, alias="for", ge=0, description="a breach this long trips")
    clear: Duration = Field(60.0, ge=0, description="ok for this long clears a trip")
    every: Duration = Field(1.0, gt=0, description="how often it is measured")
    stale: Duration = Field(15.0, gt=0, description="older data than this is no data")
    timeout: Duration = Field(5.0, gt=0, description="for one measurement")
    page: bool = Field(False, description="a trip calls a person")


class Scraped(_Monitor):
    """A value computed from the differences of a `/metrics` page, scraped directly.

    Exactly one of `quantile` (with `of`, a histogram), `share` (with `of`, a counter) and `rate`
    (with `of`, a counter) says what is computed. With `by`, each value of that label is judged
    alone and the worst counts.
    """

    source: Literal["metrics"] = Field(description="a `/metrics` page, read directly")
    url: str = Field(min_length=1, description="where the page is")
    of: str = Field(
        min_length=1, description="the histogram or counter, without its _bucket or _total"
    )
    quantile: float | None = Field(None, gt=0, lt=1, description="0.95 for p95, in seconds")
    share: dict[str, str] | None = Field(
        None, description="labels (regular expressions) of the part whose share of all is taken"
    )
    rate: dict[str, str] | None = Field(
        None, description="labels (regular expressions) of the events counted, per minute"
    )
    labels: dict[str, str] = Field(default_factory=dict, description="labels that all must match")
    by: str | None = Field(None, description="a label: each of its values is judged alone")
    over: Duration = Field(60.0, gt=0, description="the window that is looked back over")
    samples: int = Field(60, ge=1, description="fewer events than this in the window is no data")


class Prometheus(_Monitor):
    """A value asked of Prometheus's HTTP API: the query gives one number."""

    source: Literal["prometheus"] = Field(description="a Prometheus server")
    url: str = Field("${PROMETHEUS_URL}", min_length=1, description="where Prometheus answers")
    query: str = Field(min_length=1, description="in PromQL; its one number is the value")
    count: str | None = Field(None, description="a query for the number of samples behind it")
    samples: int = Field(1, ge=1, description="fewer than this (by `count`) is no data")


AnyMonitor = Annotated[Scraped | Prometheus, Field(discriminator="source")]
