"""A metrics page as it reads later: more requests of one of its series, failed ones of another."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

_SAMPLE = re.compile(r"(\w+)\{(.*)\} (\S+)(.*)")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_FAILED = ("500", "5xx", "Internal Server Error")


class _Line(Struct, frozen=True):
    """A sample of a page, its labels without the bound of a bucket."""

    name: str
    labels: Mapping[str, str]
    le: str
    value: float
    rest: str

    def text(self, labels: Mapping[str, str], value: float) -> str:
        """Write the sample with other labels and another value."""
        bound = {"le": self.le} if self.le else {}
        inside = ",".join(f'{key}="{word}"' for key, word in {**labels, **bound}.items())
        return f"{self.name}{{{inside}}} {value:.17g}{self.rest}"


def grown(text: str, monitor: Mapping[str, Any], good: int, failed: int) -> str:
    """Return a page with more requests of a series that the monitor watches, and failed ones.

    The buckets of a histogram grow with its count: all that came was fast.
    """
    lines = [(line, _parsed(line)) for line in text.splitlines()]
    samples = [sample for _, sample in lines if sample]
    well = next(sample.labels for sample in samples if _is_well(sample, monitor))
    ill = {**well, **_code_of_failure(monitor)}
    is_there = any(sample.labels == ill and _counts(sample, monitor) for sample in samples)
    more = [(well, good), (ill, failed)]
    return "".join(
        f"{out}\n"
        for line, sample in lines
        for out in _later(line, sample, monitor, more, clone=not is_there)
    )


def _later(
    line: str,
    sample: _Line | None,
    monitor: Mapping[str, Any],
    more: list[tuple[Mapping[str, str], int]],
    *,
    clone: bool,
) -> Iterator[str]:
    """Yield what a line reads later, and after it the series that is new."""
    (well, good), (ill, failed) = more
    if sample is None or not _counts(sample, monitor) or sample.labels not in (well, ill):
        yield line
    elif sample.labels == ill:
        yield sample.text(ill, sample.value + failed)
    else:
        yield sample.text(well, sample.value + good)
        if clone:
            yield sample.text(ill, failed)


def _parsed(line: str) -> _Line | None:
    if not (found := _SAMPLE.fullmatch(line)):
        return None
    name, inside, value, rest = found.groups()
    labels = dict(_LABEL.findall(inside))
    return _Line(name, labels, labels.pop("le", ""), float(value), rest)


def _counts(sample: _Line, monitor: Mapping[str, Any]) -> bool:
    """Whether a sample counts the requests of the monitor: its counter, or a bucket beside it."""
    of = monitor["of"]
    bucket = f"{of.removesuffix('_count')}_bucket"
    return sample.name in (of, f"{of}_total") or (of.endswith("_count") and sample.name == bucket)


def _is_well(sample: _Line, monitor: Mapping[str, Any]) -> bool:
    """Whether a sample is watched, and counts no failed requests."""
    watched = monitor.get("labels", {}).items()
    return (
        _counts(sample, monitor)
        and all(re.fullmatch(pattern, sample.labels.get(key, "")) for key, pattern in watched)
        and any(key in sample.labels for key in monitor["share"])
        and not any(
            re.fullmatch(pattern, sample.labels.get(key, ""))
            for key, pattern in monitor["share"].items()
        )
    )


def _code_of_failure(monitor: Mapping[str, Any]) -> Mapping[str, str]:
    ((key, pattern),) = monitor["share"].items()
    return {key: next(code for code in _FAILED if re.fullmatch(pattern, code))}
