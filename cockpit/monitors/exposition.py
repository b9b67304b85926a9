"""Reads the wanted metric families out of a Prometheus or OpenMetrics text page.

The parser of prometheus_client builds every family of the page though only a few are wanted,
imports an HTTP server and its whole registry, and raises on a malformed line of any family. This
one skips the lines of other families. A malformed line of a wanted family makes the whole page
unreadable: half a page of counters would show differences that never happened. Metric names in
quotes (`{"http.requests"}`) are not read.
"""

import math
import re
from collections.abc import Collection, Iterator
from functools import lru_cache

from msgspec import Struct

from cockpit.monitors.page_blocks import blocks, matches

MAX_BYTES = 8 * 1024 * 1024
MAX_LINES = 200_000
MAX_SERIES = 20_000
_MAX_LABELS = 4096
_MAX_LINE = 16_384

_SUFFIX = r"(?:_total|_bucket|_count|_sum)?"
_REST = re.compile(
    r"""[ \t]*
    (?:\{(?P<labels>(?:[^"}]|"(?:[^"\\]|\\.)*+")*+)\}[ \t]*)?
    (?P<value>[^\s{}"\#]+)
    (?:[ \t]+(?P<stamp>-?[0-9.]+(?:[eE][+-]?[0-9]+)?))?
    [ \t\r]*(?:\#[ \t].*)?""",  # what follows `# ` is an exemplar
    re.VERBOSE,
)
_LABEL = re.compile(r'[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*+)"[ \t]*(?:,|$)')
_ESCAPE = re.compile(r"\\(.)")
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:e[+-]?[0-9]+)?|[+-]?inf(?:inity)?|nan",
    re.IGNORECASE,
)

Labels = tuple[tuple[str, str], ...]


class MetricSample(Struct, frozen=True):
    """One line: its full name, its labels sorted by name, its value (NaN and ±Inf too)."""

    name: str
    labels: Labels
    value: float


class MetricsPage(Struct, frozen=True):
    """The wanted samples of one page.

    `families` are the wanted families that the page mentions, if only in a comment: a counter that
    has not counted yet has no line. `stamp` is the newest timestamp of a wanted line, in the page's
    own unit (milliseconds or seconds), None if no line has one.
    """

    samples: tuple[MetricSample, ...]
    families: frozenset[str]
    stamp: float | None = None


class Unreadable(Struct, frozen=True):
    """Why there is no page: the end of a sentence that starts with the page's address."""

    why: str


class _LineError(Exception):
    """A line of a wanted family that cannot be read."""


def family(name: str) -> str:
    """Return the family of a name that a card wrote with or without its suffix.

    >>> family("http_requests_total"), family("http_requests")
    ('http_requests', 'http_requests')
    """
    return name.removesuffix("_total").removesuffix("_bucket")


def parse(
    text: str, wanted: Collection[str], *, open_metrics: bool = False, whole: bool = False
) -> MetricsPage | Unreadable:
    r"""Parse the samples of the `wanted` families; Unreadable for a page that cannot be trusted.

    With `whole` the page is known to have come to its end, though its last line does not.

    >>> page = parse('http_requests_total{code="200"} 7\n', ["http_requests"])
    >>> page.samples
    (MetricSample(name='http_requests_total', labels=(('code', '200'),), value=7.0),)
    """
    if fault := _unfit(text, open_metrics=open_metrics, whole=whole):
        return Unreadable(fault)
    try:
        return _page(text, wanted)
    except _LineError as error:
        return Unreadable(str(error))


def _unfit(text: str, *, open_metrics: bool, whole: bool) -> str:
    if len(text) > MAX_BYTES:
        return f"is over {MAX_BYTES // 1024 // 1024} MiB"
    if text.count("\n") > MAX_LINES:
        return f"has over {MAX_LINES} lines"
    if open_metrics and not text.rstrip().endswith("# EOF"):
        return "is cut off: an OpenMetrics page ends in # EOF"
    if text and not whole and not text.endswith("\n"):
        return "is cut off: its last line does not end"
    return ""


def _page(text: str, wanted: Collection[str]) -> MetricsPage:
    samples: dict[tuple[str, Labels], MetricSample] = {}
    stamp: float | None = None
    for name, rest, number in _lines(text, wanted):
        sample, stamped = _sample(name, rest, number)
        if samples.setdefault((name, sample.labels), sample) is not sample:
            raise _LineError(f"names a series of {name} twice, again in line {number}")
        if len(samples) > MAX_SERIES:
            raise _LineError(f"has over {MAX_SERIES} series of what is wanted")
        if stamped is not None:
            stamp = stamped if stamp is None else max(stamp, stamped)
    return MetricsPage(tuple(samples.values()), _mentioned(text, wanted, samples.values()), stamp)


def _lines(text: str, wanted: Collection[str]) -> Iterator[tuple[str, str, int]]:
    """Yield name, rest and 1-based number of each line of a wanted family."""
    names = "|".join(sorted(map(re.escape, wanted)))
    pattern = re.compile(rf"^[ \t]*((?:{names}){_SUFFIX})(?![A-Za-z0-9_:])([^\n]*)", re.MULTILINE)
    number = 1
    for block in blocks(text):
        at = 0
        for line in pattern.finditer(block):
            number += block.count("\n", at, line.start())
            at = line.start()
            yield line[1], line[2], number
        number += block.count("\n", at)


def _sample(name: str, rest: str, number: int) -> tuple[MetricSample, float | None]:
    if len(rest) > _MAX_LINE:
        raise _LineError(f"is wrong in line {number}: it has over {_MAX_LINE} characters")
    parts = _REST.fullmatch(rest)
    if not parts or not _NUMBER.fullmatch(parts["value"]):
        raise _LineError(f"is wrong in line {number}: {name} has no readable value there")
    try:
        labels = _labels(parts["labels"] or "")
        stamp = _stamp(parts["stamp"])
    except ValueError as error:
        raise _LineError(f"is wrong in line {number}: {name} {error}") from error
    return MetricSample(name, labels, float(parts["value"])), stamp


def _stamp(text: str | None) -> float | None:
    if not text:
        return None
    if not _NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError("has a timestamp that is no instant")
    return float(text)


@lru_cache(maxsize=4096)  # the same series come every second; at most 16 MiB of text
def _labels(text: str) -> Labels:
    if len(text) > _MAX_LABELS:
        raise ValueError(f"has labels longer than {_MAX_LABELS} characters")
    labels: dict[str, str] = {}
    at = 0
    while at < len(text):
        label = _LABEL.match(text, at)
        if not label:
            if not text[at:].strip():
                break
            raise ValueError("has labels that cannot be read")
        if label[1] in labels:
            raise ValueError(f"has the label {label[1]} twice")
        labels[label[1]] = label[2]
        at = label.end()
    return tuple(sorted((name, _plain(value)) for name, value in labels.items()))


def _plain(value: str) -> str:
    r"""Undo the escapes of a label's value: `\\`, `\"` and `\n`; any other stays as it is."""
    if "\\" not in value:
        return value
    plain = {"\\": "\\", '"': '"', "n": "\n"}
    return _ESCAPE.sub(lambda escape: plain.get(escape[1], escape[0]), value)


def _mentioned(
    text: str, wanted: Collection[str], samples: Collection[MetricSample]
) -> frozenset[str]:
    """Return the wanted families that have a line, or a comment that declares them."""
    names = {sample.name for sample in samples}
    return frozenset(name for name in wanted if _declared(name, text) or _has_line(name, names))


def _declared(family: str, text: str) -> bool:
    pattern = rf"^[ \t]*#[ \t]+(?:TYPE|HELP)[ \t]+{re.escape(family)}(?:_total)?[ \t]"
    return any(matches(re.compile(pattern, re.MULTILINE), text))


def declared_type(text: str, name: str) -> str:
    r"""Return the type that a page declares for a name, empty if it declares none.

    >>> declared_type("# TYPE http_requests_total counter\n", "http_requests_total")
    'counter'
    """
    pattern = rf"^[ \t]*#[ \t]+TYPE[ \t]+{re.escape(name)}[ \t]+([a-z]+)[ \t\r]*$"
    declared = next(matches(re.compile(pattern, re.MULTILINE), text), None)
    return declared[1] if declared else ""


def _has_line(family: str, names: set[str]) -> bool:
    return any(
        f"{family}{suffix}" in names for suffix in ("", "_total", "_bucket", "_count", "_sum")
    )
