"""Which lines of a page a monitor means; what it means and is not there is named. Pure.

A share of a label that no series has would be 0 for ever, and green. So of each page it is asked:
are there lines of that name, of a counter or a histogram as the monitor needs, with the labels that
it names? A label value that has not come yet (no 5xx so far) is no fault, for clients create a
labelled series at its first event.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from checks.core.text import one_line
from cockpit.card.model.monitors import MetricsMonitor
from cockpit.monitors.bucket_bounds import bound_fault, bounds_of, undecided, unit_of
from cockpit.monitors.exposition import Labels, MetricSample, MetricsPage, declared_type
from cockpit.monitors.names_on_page import counters_of, histograms_of, nearest
from cockpit.monitors.window_query import (
    NAME_LABEL,
    AnyQuery,
    Exactly,
    Pattern,
    Quantile,
    Rate,
    Share,
    WindowQuery,
)

_MOST_NAMED = 5
_NUMBERS = tuple(str(code) for code in range(100, 600))
_CLASSES = tuple(f"{digit}{x}" for digit in range(1, 6) for x in ("xx", "XX"))


class Found(Struct, frozen=True):
    """What the monitor means is there; `note` says which of several names it is."""

    query: WindowQuery
    note: str = ""


class Awaited(Struct, frozen=True):
    """Its name is there, its series are not yet: the page counts, so that their first event does.

    With `learning` nothing is wrong: no event has come so far.
    """

    why: str
    learning: bool = False


class Missing(Struct, frozen=True):
    """It is not there, or is something else; `why` ends a sentence that begins with the address."""

    why: str


Resolution = Found | Awaited | Missing
_Series = Mapping[str, tuple[MetricSample, ...]]


def resolve(monitor: MetricsMonitor, query: AnyQuery, page: MetricsPage, text: str) -> Resolution:
    """Return what a monitor means on a page, whose whole text is `text`."""
    series = {
        name: found
        for name in candidates(monitor, query)
        if (found := tuple(sample for sample in page.samples if sample.name == name))
    }
    if not series:
        return _absent(monitor, query, page, text)
    faults = {
        name: _form_fault(query, name, some, text) or _labels_fault(monitor, query, name, some)
        for name, some in series.items()
    }
    fitting = [name for name, fault in faults.items() if fault is None]
    if not fitting:
        return next(fault for fault in faults.values() if fault is not None)
    if len(fitting) > 1:
        return Missing(_ambiguous(fitting))
    if isinstance(query, Quantile):
        return _histogram(monitor, query, series[fitting[0]], text)
    if len(series) == 1:
        return Found(Exactly(query, fitting[0]) if NAME_LABEL in monitor.labels else query)
    others = ", ".join(name for name in series if name not in fitting)
    return Found(Exactly(query, fitting[0]), f"reads {fitting[0]}, not {others}")


def _histogram(
    monitor: MetricsMonitor, query: Quantile, series: Sequence[MetricSample], text: str
) -> Found | Missing:
    """Return a histogram in its own unit, and whether its bounds can decide the limit."""
    bounds = bounds_of(one for one in series if query.labels.matches(one.labels))
    unit = unit_of(monitor, query.family, text, bounds)
    bounds_s = tuple(bound / unit.per_s for bound in bounds)
    if fault := bound_fault(monitor, bounds_s):
        return Missing(f"{query.family} {fault}")
    note = "; ".join(filter(None, (unit.note, undecided(monitor, bounds_s))))
    return Found(replace(query, per_s=unit.per_s), note)


def candidates(monitor: MetricsMonitor, query: AnyQuery) -> tuple[str, ...]:
    """Return the names of the lines that a monitor may mean."""
    name = monitor.labels.get(NAME_LABEL)
    if name is None:
        return query.names
    return tuple(one for one in query.names if Pattern({NAME_LABEL: name}).matches_name(one))


def _ambiguous(names: Sequence[str]) -> str:
    both = " and ".join(names)
    cure = " or ".join(f"{NAME_LABEL}: {name}" for name in names)
    return f"has both {both}: say under `labels` which is meant, as {cure}"


def _absent(
    monitor: MetricsMonitor, query: AnyQuery, page: MetricsPage, text: str
) -> Awaited | Missing:
    """Return why there is no line: another kind of family, no series yet, or no such family.

    A `_count` belongs to a histogram or a summary, which alone is declared.
    """
    base = query.family
    names = {sample.name for sample in page.samples}
    kind = declared_type(text, base) or declared_type(text, f"{base}_total")
    parent = declared_type(text, base.removesuffix("_count")) if base.endswith("_count") else ""
    if fault := _other_kind(query, kind, names):
        return fault
    if kind or parent or base in page.families:
        return Awaited(f"no series of {base} yet", learning=True)
    known, word = _known(query, text)
    if not known:
        return Missing(f"has no {monitor.of}, and no {word} at all")
    return Missing(f"has no {monitor.of}; its {word}s are {nearest(monitor.of, known)}")


def _known(query: AnyQuery, text: str) -> tuple[list[str], str]:
    match query:
        case Quantile():
            return histograms_of(text), "histogram"
        case Share() | Rate():
            return counters_of(text), "counter"
        case _:
            assert_never(query)


def _other_kind(query: AnyQuery, kind: str, names: set[str]) -> Missing | None:
    """Return a fault where the family has lines, or a type, of another kind than is needed."""
    base = query.family
    match query:
        case Quantile():
            if kind == "summary" or (not kind and {base, f"{base}_count"} & names):
                return Missing(
                    f"{base} is a summary, whose quantiles cannot be judged over a window;"
                    " a quantile needs a histogram (its service must export buckets)"
                )
            if kind in ("counter", "gauge") or f"{base}_total" in names:
                return Missing(f"{base} is a {kind or 'counter'}; a quantile needs a histogram")
        case Share() | Rate():
            if kind in ("histogram", "summary") or f"{base}_count" in names:
                what = kind or "histogram"
                return Missing(f"{base} is a {what}: write `of: {base}_count` for its events")
        case _:
            assert_never(query)
    return None


def _form_fault(
    query: AnyQuery, name: str, series: Sequence[MetricSample], text: str
) -> Missing | None:
    """Return a fault if the lines of that name are not those of a counter."""
    if isinstance(query, Quantile):
        return None
    kind = declared_type(text, name)
    if kind == "summary" or (not kind and any(_has(one.labels, "quantile") for one in series)):
        return Missing(f"{name} is a summary: write `of: {name}_count` for its events")
    if kind == "gauge":
        return Missing(f"{name} is a gauge, which may fall; a share or a rate needs a counter")
    return None


def _labels_fault(
    monitor: MetricsMonitor, query: AnyQuery, name: str, series: Sequence[MetricSample]
) -> Awaited | Missing | None:
    """Return a fault if the series have none of the labels, or none of the values, that are named.

    A label whose pattern matches no value but the empty one may be missing.
    """
    named = {label: text for label, text in monitor.labels.items() if label != NAME_LABEL}
    for label, pattern in named.items():
        if not _is_empty(pattern) and not any(_has(one.labels, label) for one in series):
            return _no_label(name, label, series)
    matching = [one for one in series if query.labels.matches(one.labels)]
    if not matching:
        return Awaited(_no_match(name, named, series))
    part = dict(monitor.share or monitor.rate or {})
    for label in (*part, *([monitor.by] if monitor.by else ())):
        if not any(_has(one.labels, label) for one in matching):
            return _no_label(name, label, matching)
    for label, pattern in part.items():
        if not _could_match(label, pattern, matching):
            return Missing(
                f"{name} has {label} {_values(label, matching)}, which `{pattern}` can never be"
            )
    return None


def _no_label(name: str, label: str, series: Sequence[MetricSample]) -> Missing:
    labels = sorted({known for one in series for known, _ in one.labels if known != "le"})
    there = f"its labels are {', '.join(labels)}" if labels else "it has no labels"
    return Missing(f"no series of {name} has the label {label}; {there}")


def _no_match(name: str, named: Mapping[str, str], series: Sequence[MetricSample]) -> str:
    for label, pattern in named.items():
        if not any(Pattern({label: pattern}).matches(one.labels) for one in series):
            return f"no series of {name} has {label} `{pattern}`; there is {_values(label, series)}"
    wanted = " and ".join(f"{label} `{pattern}`" for label, pattern in named.items())
    return f"no series of {name} has {wanted} together"


def _values(label: str, series: Iterable[MetricSample]) -> str:
    values = sorted({dict(one.labels).get(label, "") for one in series} - {""})
    shown = ", ".join(one_line(value, 40) for value in values[:_MOST_NAMED])
    return shown + (f" and {len(values) - _MOST_NAMED} more" if len(values) > _MOST_NAMED else "")


def _could_match(label: str, pattern: str, series: Sequence[MetricSample]) -> bool:
    """Whether a pattern for HTTP codes fits the form of the codes: 503, 5xx or a text.

    A pattern that is for no such code, and one that matches a value, is not doubted.
    """
    matches = _matcher(pattern)
    forms = [form for form in (_NUMBERS, _CLASSES) if any(map(matches, form))]
    values = {dict(one.labels).get(label, "") for one in series} - {""}
    if not forms or not values or any(map(matches, values)):
        return True
    return any(value in form for form in forms for value in values)


def _matcher(pattern: str) -> Callable[[str], bool]:
    compiled = Pattern({"": pattern})
    return lambda value: compiled.matches((("", value),))


def _is_empty(pattern: str) -> bool:
    matches = _matcher(pattern)
    return matches("") and not matches("\0")


def _has(labels: Labels, label: str) -> bool:
    return any(name == label for name, _ in labels)
