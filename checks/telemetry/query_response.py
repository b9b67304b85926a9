"""The response of Prometheus's query API: series with their values, as numbers and stamps.

https://prometheus.io/docs/prometheus/latest/querying/api/#expression-query-result-formats
"""

import msgspec
from msgspec import Struct

from checks.core.errors import UnreadableError
from checks.core.text import one_line

TimedValue = tuple[float, str]
"""Unix seconds, and a number as text: `0.25`, `NaN`, `+Inf`."""


class QueryFailedError(UnreadableError, ValueError):
    """Prometheus reports an error in place of data."""


class WarnedError(UnreadableError, ValueError):
    """Prometheus warns that its response may lack data, as where one of its stores is away."""


class ResultTypeError(UnreadableError, ValueError):
    """The query returned a range or a string, where the values of one instant are needed."""

    def __init__(self, result_type: str) -> None:
        self.result_type = one_line(result_type, 20)
        super().__init__(f"gives a {self.result_type}, where one instant is asked for")


class VectorSeries(Struct):
    """One series of an instant vector, with its labels."""

    value: TimedValue
    metric: dict[str, str] = {}

    @property
    def stamp_s(self) -> float:
        """The instant of the value, in Unix seconds."""
        return self.value[0]

    @property
    def text(self) -> str:
        """The value as Prometheus writes it."""
        return self.value[1]

    @property
    def number(self) -> float:
        """The value, which may be NaN or infinite; raises ValueError for a text that is none."""
        return float(self.text)


class QueryData(Struct, rename="camel"):
    """The result of a query; its form depends on its type."""

    result_type: str
    result: msgspec.Raw


class QueryResponse(Struct):
    """The response to one query: `data`, or an `error` with another status than success."""

    status: str = "success"
    error: str = ""
    data: QueryData | None = None
    warnings: list[str] | None = None

    def series(self) -> list[VectorSeries]:
        """Return the series of an instant vector; a scalar is one series without labels.

        Raises QueryFailedError, WarnedError, ResultTypeError, and msgspec.ValidationError for
        another form.
        """
        if self.status != "success" or self.data is None:
            raise QueryFailedError(f"answered an error: {self.error[:200]}")
        if self.warnings:
            said = one_line("; ".join(self.warnings), 200)
            raise WarnedError(f"answered with a warning, perhaps without all data: {said}")
        if self.data.result_type == "scalar":
            return [VectorSeries(msgspec.json.decode(self.data.result, type=TimedValue))]
        if self.data.result_type != "vector":
            raise ResultTypeError(self.data.result_type)
        return msgspec.json.decode(self.data.result, type=list[VectorSeries])
