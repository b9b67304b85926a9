"""Reads a selector of PromQL: `http_requests_total{code=~"5..",code!=""}`."""

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import re2
from msgspec import Struct

from cockpit.monitors.exposition import Labels

_STRING = r'"(?:[^"\\]|\\.)*"'
SELECTOR = rf'[a-zA-Z_:][\w:]*\{{(?:[^"{{}}]|{_STRING})*\}}'
"""The shape of one, as a regular expression without groups."""

_MATCHER = re.compile(rf"([a-zA-Z_]\w*)(=~|!~|!=|=)({_STRING})(?:,|\Z)")


class Name(NamedTuple):
    """What names a series: its metric, and its labels sorted by name."""

    metric: str
    labels: Labels


class Matcher(Struct, frozen=True):
    """One condition on a label; a series without that label has it empty."""

    label: str
    pattern: Any
    is_wanted: bool

    def fits(self, labels: dict[str, str]) -> bool:
        """Tell whether it holds; a pattern must fit the whole value."""
        fits = self.pattern.fullmatch(labels.get(self.label, "")) is not None
        return fits is self.is_wanted


class Selector(Struct, frozen=True):
    """A metric's name and conditions on its labels."""

    metric: str
    matchers: tuple[Matcher, ...]

    @classmethod
    def read(cls, text: str) -> "Selector":
        """Read what has the shape `SELECTOR`; raises ValueError for a wrong condition."""
        metric, _, rest = text[:-1].partition("{")
        matchers: list[Matcher] = []
        while rest:
            found = _MATCHER.match(rest)
            if not found:
                raise ValueError(f"{rest} is no condition on a label")
            matchers.append(_matcher(found[1], found[2], found[3]))
            rest = rest[found.end() :]
        return cls(metric, tuple(matchers))

    def places(self, names: Sequence[Name]) -> list[tuple[int, Labels]]:
        """Give the places of the series that fit, each with its labels."""
        return [
            (place, name.labels)
            for place, name in enumerate(names)
            if name.metric == self.metric
            and all(one.fits(dict(name.labels)) for one in self.matchers)
        ]


def _matcher(label: str, operator: str, quoted: str) -> Matcher:
    value: str = json.loads(quoted, strict=False)  # its escapes are among those of JSON
    options = re2.Options()  # Prometheus's own kind of expression: it takes linear time
    options.log_errors = False
    try:
        pattern = re2.compile(value if "~" in operator else re2.escape(value), options)
    except re2.error as error:
        raise ValueError(f"{value} is no regular expression of RE2") from error
    return Matcher(label, pattern, not operator.startswith("!"))
