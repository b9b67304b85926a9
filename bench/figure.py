"""One figure of the table: what was measured, what the floor is, what is to be reached."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["reached", "missed", ""]


class MeasureError(Exception):
    """Something could not be measured; the words say what, and what was seen instead."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside its floor, both in `unit`.

    `most` is the largest value that reaches the target, `most_ratio` the largest ratio to the
    floor, `least_ratio` the smallest; all that are given must hold, and without one the figure only
    informs.
    """

    name: str
    unit: str
    measured: float
    floor: float | None = None
    floor_name: str = ""
    most: float | None = None
    most_ratio: float | None = None
    least_ratio: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Return the measured value over the floor; None without a floor to divide by."""
        return self.measured / self.floor if self.floor else None

    @property
    def verdict(self) -> Verdict:
        """Return whether the target is reached; empty where there is none.

        >>> Figure("start", "ms", 500.0, floor=200.0, most_ratio=2.2).verdict
        'missed'
        """
        if self.most is self.most_ratio is self.least_ratio is None:
            return ""
        within = self.most is None or self.measured <= self.most
        if self.most_ratio is not None:
            within = within and self.ratio is not None and self.ratio <= self.most_ratio
        if self.least_ratio is not None:
            within = within and self.ratio is not None and self.ratio >= self.least_ratio
        return "reached" if within else "missed"

    @property
    def target(self) -> str:
        """Return the target in words.

        >>> Figure("key", "ms", 4.0, floor=3.0, most=10, most_ratio=2).target
        '10 ms, 2 x'
        """
        wanted = [] if self.most is None else [f"{self.most:g} {self.unit}"]
        wanted += [] if self.most_ratio is None else [f"{self.most_ratio:g} x"]
        wanted += [] if self.least_ratio is None else [f"{self.least_ratio:g} x or more"]
        return ", ".join(wanted)


HEAD = ("figure", "measured", "floor", "ratio", "to reach", "")
_LEFT = (0, 4, 5)


def table(figures: list[Figure]) -> str:
    """Lay figures out as a table in plain text, a line each under a head."""
    rows = [HEAD, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(_fitted(row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def number(value: float) -> str:
    """Write a value with three digits that mean something.

    >>> number(0.12345), number(3.456), number(45.67), number(1234.5), number(0)
    ('0.123', '3.46', '45.7', '1,234', '0')
    """
    if abs(value) >= 100 or value == 0:
        return f"{value:,.0f}"
    return f"{value:.{3 if abs(value) < 1 else 2 if abs(value) < 10 else 1}f}"


def _cells(figure: Figure) -> tuple[str, ...]:
    floor = "" if figure.floor is None else f"{number(figure.floor)} {figure.unit}"
    return (
        figure.name,
        f"{number(figure.measured)} {figure.unit}",
        f"{floor} {figure.floor_name}".strip(),
        "" if figure.ratio is None else f"{figure.ratio:.2f} x",
        figure.target,
        " ".join(filter(None, (figure.verdict, figure.note))),
    )


def _fitted(row: tuple[str, ...], widths: list[int]) -> list[str]:
    pairs = enumerate(zip(row, widths, strict=True))
    return [cell.ljust(width) if at in _LEFT else cell.rjust(width) for at, (cell, width) in pairs]
