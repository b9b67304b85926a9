"""A page with a fault written in: the labels and the names of a real page, other counts. Pure."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from msgspec import Struct

from cockpit.card.model.monitors import MetricsMonitor
from cockpit.monitors.exposition import Labels, MetricSample, MetricsPage
from cockpit.monitors.invented_value import doubt
from cockpit.monitors.page_blocks import matches
from cockpit.monitors.resolution import Awaited, Found, Missing, resolve
from cockpit.monitors.window_query import (
    NAME_LABEL,
    AnyQuery,
    Pattern,
    Quantile,
    Rate,
    Share,
    WindowQuery,
    window_query,
)

OVER = 1.2
"""A limit, and a fifth over it."""

_LEAST_EVENTS = 1000
_MOST_EVENTS = 9_000
"""More than that in a second is taken for several processes."""
_CODES = tuple(str(code) for code in range(100, 600))
_CLASSES = tuple(f"{digit}xx" for digit in range(1, 6))


class FaultPage(Struct, frozen=True):
    """The series to write, what each counts on the real page, and grows by in a second.

    `made_up` names the labels of a series that the real page does not have yet; empty for none.
    """

    series: tuple[tuple[MetricSample, float], ...]
    declared: str
    made_up: str = ""

    def text(self, passed_s: float) -> str:
        """Write the page that follows the real one by so many seconds."""
        return self._text((one, growth * passed_s) for one, growth in self.series)

    def without(self, labels: frozenset[str]) -> str:
        """Write the page without these labels; without a label to leave out, without the lines."""
        if not labels & {label for one, _ in self.series for label, _ in one.labels}:
            return "up 1\n"
        bare = {
            (one.name, tuple(pair for pair in one.labels if pair[0] not in labels)): one.value
            for one, _ in self.series
        }
        return self._text((MetricSample(*key, value), 0.0) for key, value in bare.items())

    def _text(self, counts: Iterable[tuple[MetricSample, float]]) -> str:
        lines = (f"{one.name}{_written(one.labels)} {one.value + more!r}\n" for one, more in counts)
        return self.declared + "".join(lines)


def fault_page(monitor: MetricsMonitor, page: MetricsPage, text: str) -> FaultPage:
    """Return pages whose value is a fifth over the monitor's limit.

    Raises ValueError, with the reason, if the real page holds nothing to begin with.
    """
    query = window_query(monitor)
    meant, series = _meant(monitor, query, page, text)
    per_s = meant.per_s if isinstance(meant, Quantile) else 1.0
    growing = tuple(_growing(monitor, query, series, per_s))
    known = {one.labels for one in series}
    strange = [one for one, _ in growing if one.labels not in known]
    part = {**(monitor.share or {}), **(monitor.rate or {})}
    made_up = [f"{name} {value}" for one in strange for name, value in one.labels if name in part]
    return FaultPage(growing, _declared(text, query.family), " and ".join(made_up))


def _meant(
    monitor: MetricsMonitor, query: AnyQuery, page: MetricsPage, text: str
) -> tuple[WindowQuery, list[MetricSample]]:
    """Return what the monitor reads, and its series; raises ValueError with why there are none."""
    match resolve(monitor, query, page, text):
        case Found(query=meant):
            names, labels = meant.names, query.labels
            named = (one for one in page.samples if one.name in names)
            return meant, [one for one in named if labels.matches(one.labels)]
        case Awaited(why=why, learning=True):
            raise ValueError(
                f"its page is right, but {why}, so no fault can be written into one:"
                " send the service a request, then run this line again"
            )
        case Awaited(why=why) | Missing(why=why):
            raise ValueError(why)
        case resolution:
            assert_never(resolution)


def named_labels(monitor: MetricsMonitor) -> frozenset[str]:
    """Return the labels that a monitor names."""
    named = {*monitor.labels, *(monitor.share or ()), *(monitor.rate or ())} - {NAME_LABEL}
    return frozenset(named | ({monitor.by} if monitor.by else set()))


def _growing(
    monitor: MetricsMonitor, query: AnyQuery, series: Sequence[MetricSample], per_s: float
) -> Iterator[tuple[MetricSample, float]]:
    limit = float(monitor.judged_at())
    events = max(monitor.samples, _LEAST_EVENTS) / min(1.0, monitor.every)
    match query:
        case Quantile():
            yield from _slow(series, OVER * limit * per_s, events)
        case Rate():
            wrong = OVER * limit / 60 if limit else 1.0
            yield from _failing(series, monitor.rate or {}, (events, wrong))
        case Share():
            events = max(events, min(_MOST_EVENTS, math.ceil(10 / limit) if limit > 0 else 0))
            bad = min(events, max(1.0, math.ceil(OVER * limit * events - 1e-9)))
            yield from _failing(series, monitor.share or {}, (events - bad, bad))
        case _:
            assert_never(query)


def _slow(
    series: Sequence[MetricSample], lasts: float, events: float
) -> Iterator[tuple[MetricSample, float]]:
    """Yield the buckets of one histogram, in which every event lasts so long, in its unit."""
    own = _without_bound(series[0].labels)
    for one in series:
        if _without_bound(one.labels) == own:
            bound = float(dict(one.labels)["le"])
            yield one, events if bound >= lasts else 0.0


def _failing(
    series: Sequence[MetricSample], part: Mapping[str, str], growth: tuple[float, float]
) -> Iterator[tuple[MetricSample, float]]:
    """Yield a series of other events, and one of the part that is wrong."""
    pattern, (others, wrong) = Pattern(part), growth
    good = next((one for one in series if not pattern.matches(one.labels)), None)
    bad = next((one for one in series if pattern.matches(one.labels)), None)
    if good is not None:
        yield good, others
    yield (bad or _made_up(series, part)), wrong


def _made_up(series: Sequence[MetricSample], part: Mapping[str, str]) -> MetricSample:
    """Return a series of the part though none has come yet; it counts from zero.

    Raises ValueError, with the reason, if a value of it may never come.
    """
    labels = dict(series[0].labels)
    for label, pattern in part.items():
        seen = {dict(one.labels).get(label, "") for one in series}
        labels[label] = _example(pattern, seen)
        why = None if labels[label] in seen else doubt(pattern, labels[label], seen)
        if why is not None:
            raise ValueError(f"{label}: {why}")
    return MetricSample(series[0].name, tuple(sorted(labels.items())), 0.0)


def _example(pattern: str, seen: set[str]) -> str:
    """Return a text that a pattern matches; raises ValueError if none is found."""
    classes = bool(seen & set(_CLASSES))
    literal = (
        re.sub(r"\\(.)", r"\1", re.sub(r"(?<!\\)\.[*+]?", "0", one)) for one in pattern.split("|")
    )
    codes = (*_CLASSES, *_CODES) if classes else (*_CODES, *_CLASSES)
    matches = Pattern({"": pattern})
    for text in (*sorted(seen), *codes, *literal):
        if matches.matches((("", text),)):
            return text
    raise ValueError(f"no text was found that `{pattern}` matches, to write the fault with")


def _without_bound(labels: Labels) -> Labels:
    return tuple(pair for pair in labels if pair[0] != "le")


def _declared(text: str, family: str) -> str:
    """Return the lines of a page that declare type and unit of a family, or of a `_count`."""
    names = "|".join(map(re.escape, {family, f"{family}_total", family.removesuffix("_count")}))
    line = re.compile(rf"^# (?:TYPE|UNIT) (?:{names}) \w+[ \t\r]*$", re.MULTILINE)
    return "".join(f"{found[0]}\n" for found in matches(line, text))


def _written(labels: Labels) -> str:
    escaped = (
        (name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n"))
        for name, value in labels
    )
    return "{" + ",".join(f'{name}="{value}"' for name, value in escaped) + "}" if labels else ""
