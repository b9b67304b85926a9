"""How old the samples are from which a query computes its value. Pure.

The value of an aggregated query is always of the moment of its evaluation, and with `or vector(0)`
there is one without any sample. So its age is that of the selectors in it: of each selector the
oldest of the newest samples. A bare selector's age is that of its own samples.
"""

import math
from collections.abc import Iterable, Sequence

from checks.core.text import count_of, one_line
from checks.telemetry.promql_selectors import SeriesSelector, read_query
from checks.telemetry.query_response import VectorSeries

_LABEL = "cockpit_selector"
_MOST = 20


def stamps_query(query: str) -> str:
    """Return the query for the instants of a query's samples.

    Raises ValueError if a query reads no series, or if what it reads cannot be told.

    >>> stamps_query("up # of all")
    'timestamp(up)'
    >>> stamps_query("sum(up)")
    'label_replace(min(timestamp(up)), "cockpit_selector", "0", "__name__", ".*")'
    """
    read = read_query(query)
    if read.is_bare:
        return f"timestamp({read.selectors[0].text})"
    return " or ".join(
        f'label_replace(min(timestamp({one.text})), "{_LABEL}", "{at}", "__name__", ".*")'
        for at, one in enumerate(_present(read.selectors))
    )


def oldest_stamp(query: str, stamps: Sequence[VectorSeries]) -> float:
    """Return the Unix second of the oldest sample that a query reads, from its `stamps_query`.

    Raises ValueError if that cannot be told: there is no number, or a selector reads nothing. A
    selector may read nothing where another one of the same metric reads something: no event of
    that kind has come.
    """
    read = read_query(query)
    numbers = [stamp.number for stamp in stamps]
    if not read.is_bare:
        _check_all_read(query, _present(read.selectors), {one.metric.get(_LABEL) for one in stamps})
    if not (numbers and all(map(math.isfinite, numbers))):
        raise ValueError("its samples do not say how old they are")
    return min(numbers)


def _present(selectors: Iterable[SeriesSelector]) -> list[SeriesSelector]:
    """Return the selectors that read the present."""
    present = [one for one in selectors if not one.is_shifted]
    if not present:
        only = "only the past (`offset` or `@`)" if any(selectors) else "no series"
        raise ValueError(f"it reads {only}, so that its value is never fresh")
    if len(present) > _MOST:
        raise ValueError(
            f"it has {count_of(len(present), 'selector')}; of at most {_MOST} the age is told"
        )
    return present


def _check_all_read(query: str, selectors: Sequence[SeriesSelector], seen: set[str | None]) -> None:
    read = {one.metric for at, one in enumerate(selectors) if str(at) in seen}
    for at, one in enumerate(selectors):
        if str(at) not in seen and one.needed and one.metric not in read:
            raise ValueError(_unread(one, query))
    if not read:
        raise ValueError("it finds that a series is absent, of which there is no age")


def _unread(selector: SeriesSelector, query: str) -> str:
    """Return that a selector reads nothing, and what would tell a dead target from no event."""
    missing = f"there is no series of {one_line(selector.text, 80)} now"
    if "vector(" not in query:
        return missing
    cure = f"`or 0 * sum({one_line(selector.metric, 60)})` in place of `or vector(0)`"
    return f"{missing}: a dead target and no event read the same; {cure} tells them apart"
