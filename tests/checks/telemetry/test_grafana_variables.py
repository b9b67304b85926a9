from typing import Any

import msgspec
import pytest

from checks.telemetry.grafana_variables import Variable, filled, values


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ({"type": "query", "current": {"value": "api"}}, ("api",)),
        ({"type": "query", "current": {"value": ["a", "b"]}}, ("a", "b")),
        ({"type": "query", "current": {"value": ["$__all"]}}, (".*",)),
        ({"type": "query", "current": {"value": "$__all"}, "allValue": ".+"}, (".+",)),
        ({"type": "query", "current": {}}, (".*",)),
        ({"type": "query", "options": None}, (".*",)),
        ({"type": "query", "options": [{"value": "$__all"}, {"value": "x"}]}, ("x",)),
        ({"type": "custom", "query": "5m,10m"}, ("5m",)),
        ({"type": "interval", "query": "1m,1h", "current": {"value": ""}}, ("1m",)),
        ({"type": "constant", "query": "a,b"}, ("a,b",)),
        ({"type": "textbox", "query": ""}, ("",)),
        ({"type": "custom", "current": {"value": 5}}, ("5",)),
    ],
)
def test_what_a_variable_is_when_the_dashboard_opens(
    variable: dict[str, Any], value: tuple[str, ...]
) -> None:
    made = msgspec.convert({"name": "v", **variable}, Variable)
    assert values([made]) == {"v": value}


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("up{job='$job'}", "up{job='api'}"),
        ("up{job='${job}'}", "up{job='api'}"),
        ("up{job='${job:regex}'}", "up{job='api'}"),
        ("up{job='[[job]]'}", "up{job='api'}"),
        ("up{node=~'$node'}", "up{node=~'(a|b)'}"),
        ("${node:csv} ${node:pipe} [[node:csv]]", "a,b a|b a,b"),
        ("rate(x[$__rate_interval]) $1 $gone ${gone} $jobs", None),
    ],
)
def test_each_way_to_name_a_variable(text: str, full: str | None) -> None:
    known = {"job": ("api",), "node": ("a", "b")}
    assert filled({"expr": [text, 7, None]}, known) == {"expr": [full or text, 7, None]}
