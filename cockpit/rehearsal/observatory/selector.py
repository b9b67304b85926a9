"""Parses an instant vector selector of PromQL: `http_requests_total{code=~"5..",code!=""}`."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import re2
from msgspec import Struct

from cockpit.monitors.exposition import Labels

_STRING = r'"(?:[^"\\]|\\.)*"'
SELECTOR = rf'[a-zA-Z_:][\w:]*\{{(?:[^"{{}}]|{_STRING})*\}}'
"""A regular expression, without groups, that matches a selector."""

_MATCHER = re.compile(rf"([a-zA-Z_]\w*)(=~|!~|!=|=)({_STRING})(?:,|\Z)")


class SeriesName(NamedTuple):
    """The identity of a series: its metric, and its labels sorted by name."""

    metric: str
    labels: Labels


class Matcher(Struct, frozen=True):
    """One condition on a label; a series without the label has an empty value."""

    label: str
    pattern: Any
    is_wanted: bool

    def matches(self, labels: dict[str, str]) -> bool:
        """Whether the labels meet the condition; a pattern must match the whole value."""
        is_match = self.pattern.fullmatch(labels.get(self.label, "")) is not None
        return is_match is self.is_wanted


class Selector(Struct, frozen=True):
    """A metric's name and conditions on its labels."""

    metric: str
    matchers: tuple[Matcher, ...]

    @classmethod
    def parse(cls, text: str) -> "Selector":
        """Parse a text that `SELECTOR` matches; raises ValueError for an invalid condition."""
        metric, _, rest = text[:-1].partition("{")
        matchers: list[Matcher] = []
        while rest:
            match = _MATCHER.match(rest)
            if not match:
                raise ValueError(f"{rest} is not a condition on a label")
            matchers.append(_matcher(match[1], match[2], match[3]))
            rest = rest[match.end() :]
        return cls(metric, tuple(matchers))

    def indices(self, names: Sequence[SeriesName]) -> list[tuple[int, Labels]]:
        """Return the indices of the matching series, each with the labels of its series."""
        return [
            (index, name.labels)
            for index, name in enumerate(names)
            if name.metric == self.metric
            and all(matcher.matches(dict(name.labels)) for matcher in self.matchers)
        ]


def _matcher(label: str, operator: str, quoted: str) -> Matcher:
    value: str = json.loads(quoted, strict=False)  # JSON has the same escapes, and more
    options = re2.Options()  # Prometheus uses RE2, too: it runs in linear time
    options.log_errors = False
    try:
        pattern = re2.compile(value if "~" in operator else re2.escape(value), options)
    except re2.error as error:
        raise ValueError(f"{value} is not a regular expression of RE2") from error
    return Matcher(label, pattern, not operator.startswith("!"))
