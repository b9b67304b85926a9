"""Whether a figure that another check of this run measured is within a limit."""

import math
from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from checks.core.base import Check, Measurement, Outcome, Result, Scheduling, Tools
from checks.core.durations import format_duration
from checks.core.limits import AnyLimit, Limit
from checks.core.percentages import format_percent
from checks.core.units import Text


class Measured(Check, kw_only=True, frozen=True, tag="measured"):
    """A figure that another check of the card has measured is within a limit.

    This way, one load test serves several lines of the card: its failures, its p95, its database.

    Failed: the figure is over the limit.

    Unknown: the other check has not ended, is unknown itself, was waived, or has no such figure.
    Whether it passed or failed does not matter.
    """

    of: Annotated[Text, Meta(description="the id of the check that measures")]
    figure: Annotated[Text, Meta(description="the name of the figure, as `p95_s`")]
    at_most: Annotated[AnyLimit, Meta(description="the limit, with the unit of the figure")]

    def label(self) -> str:
        """Return the default title."""
        return f"{self.figure} of {self.of}"

    def scheduling(self) -> Scheduling:
        """Return FINAL: it reads what other checks have measured."""
        return Scheduling.FINAL

    def figures(self) -> Mapping[str, str]:
        """Return the figure that it reads."""
        return {self.figure: f"the figure of {self.of}"}

    async def run(self, tools: Tools) -> Result:
        """Compare; the evidence is the value, the limit, and the age of the measurement."""
        measurement = tools.measured(self.of)
        if measurement is None:
            return Result(Outcome.UNKNOWN, f"{self.of} has measured nothing in this run yet")
        value = measurement.figures.get(self.figure, math.nan)
        if math.isnan(value) or measurement.outcome not in (Outcome.PASSED, Outcome.FAILED):
            return Result(Outcome.UNKNOWN, self._reason_unmeasured(measurement))
        outcome = Outcome.PASSED if value <= self.at_most else Outcome.FAILED
        evidence = f"{_format(value, self.at_most)}, limit {self.at_most.text}"
        age = f"measured {format_duration(round(measurement.age_s))} ago by {self.of}"
        return Result(outcome, f"{evidence}; {age}", figures={self.figure: value})

    def _reason_unmeasured(self, measurement: Measurement) -> str:
        if measurement.outcome is Outcome.WAIVED:
            return f"{self.of} was waived: nothing that it measured counts"
        if measurement.outcome not in (Outcome.PASSED, Outcome.FAILED):
            return f"{self.of} is {measurement.outcome.value}: it has measured nothing that counts"
        figures = ", ".join(sorted(measurement.figures)) or "none"
        return f"{self.of} has measured no {self.figure}; its figures are: {figures}"


def _format(value: float, limit: Limit) -> str:
    """Format a value in the unit of its limit."""
    if "%" in limit.text:
        return format_percent(value)
    return f"{value:g}" if limit.text.replace(".", "").isdigit() else format_duration(value)
