"""The chart of one SLO: eighth blocks on a fixed scale, whose limit is a cell boundary.

Of n rows, max(1, n // 4) are headroom and the rest lie under the limit: what sticks out of the band
is over. A chart of one row has no headroom; a full cell is over, anything less is under.
"""

from collections.abc import Iterator
from enum import Enum
from functools import lru_cache
from typing import Final, NamedTuple

EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
_LEAST_OVER: Final = 2  # eighths above the boundary that any excess shows
_LOW_CHART_ROWS: Final = 8  # below this height a floor is drawn softer than a value


class Gap(Enum):
    """A cell without any sample: before monitoring began, or while the cockpit was dead."""

    GAP = "gap"


GAP: Final = Gap.GAP

# Value over limit (0 or more, inf for any value over a limit of 0); None: asked, but no data.
Sample = float | None | Gap


class Cell(NamedTuple):
    """A character of a chart and the name of its colour."""

    char: str
    ink: str


_EMPTY: Final = Cell(" ", "foreground")


class Frame(NamedTuple):
    """How a chart is drawn: rows (1 or more), last `tripped` cells red, columns of phase marks."""

    rows: int
    tripped: int = 0
    marks: frozenset[int] = frozenset()
    tinted: bool = True


def headroom(rows: int) -> int:
    """Return how many rows of a chart lie above its limit.

    >>> [headroom(rows) for rows in (1, 2, 3, 8)]
    [0, 1, 1, 2]
    """
    return max(1, rows // 4) if rows > 1 else 0


def fit(series: tuple[Sample, ...], width: int) -> tuple[Sample, ...]:
    """Return the newest `width` samples, filled up with gaps on the left.

    >>> fit((0.5, 0.6), 3)
    (<Gap.GAP: 'gap'>, 0.5, 0.6)
    """
    kept = series[-width:] if width > 0 else ()
    return (GAP,) * (width - len(kept)) + kept


@lru_cache(maxsize=64)
def chart(series: tuple[Sample, ...], frame: Frame) -> tuple[tuple[Cell, ...], ...]:
    """Draw a series, one cell a sample, as rows from the top.

    >>> print("".join(cell.char for cell in chart((0.0, 0.5, 1.0, 1.1), Frame(rows=1))[0]))
    ▁▄▇█
    >>> for row in chart((0.0, 0.5, 1.0, 1.02), Frame(rows=2)):
    ...     print("".join(cell.char for cell in row))
       ▂
    ▁▄██
    """
    first_red = len(series) - frame.tripped
    columns = [
        list(_column(sample, frame, red=index >= first_red, index=index))
        for index, sample in enumerate(series)
    ]
    return tuple(tuple(column[row] for column in columns) for row in range(frame.rows))


def _column(sample: Sample, frame: Frame, *, red: bool, index: int) -> Iterator[Cell]:
    """Yield the cells of one sample from the top."""
    under = frame.rows - headroom(frame.rows)
    for row in range(frame.rows - 1, -1, -1):  # 0 is the bottom row
        cell = _cell(sample, row, under, frame)
        if cell is None:
            yield _background(row, under, frame, index)
        elif red and sample is not None:
            yield Cell(cell.char, "alert-bar")
        else:
            yield cell


def _cell(sample: Sample, row: int, under: int, frame: Frame) -> Cell | None:
    if isinstance(sample, Gap):
        return None
    if sample is None:
        return Cell("·", "warning") if row == 0 else None
    over = sample > 1.0
    eighths = _eighths(sample, row, under, single=frame.rows == 1)
    if eighths == 0:
        return None
    floor = row == 0 and eighths == 1 and frame.rows < _LOW_CHART_ROWS
    return Cell(EIGHTHS[eighths], "caution-bar" if over else "limit" if floor else "spark")


def _eighths(ratio: float, row: int, under: int, *, single: bool) -> int:
    if single:
        return 8 if ratio > 1.0 else max(1, min(7, round(ratio * 7)))
    ratio = min(ratio, 2.0)  # above the scale a full column, also for infinity
    filled = max(0, min(8, round((ratio * under - row) * 8)))
    if row == 0:
        return max(1, filled)
    if row == under and ratio > 1.0:
        return max(_LEAST_OVER, filled)
    # What rounds up to the limit but is not over it must not show above it.
    return filled if row < under or ratio > 1.0 else 0


def _background(row: int, under: int, frame: Frame, index: int) -> Cell:
    if row == under and not frame.tinted:
        return Cell("▁", "limit") if index % 2 == 0 else _EMPTY
    return Cell("┊", "faint") if index in frame.marks else _EMPTY
