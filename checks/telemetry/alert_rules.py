"""The health and the state of alert rules, by Prometheus's HTTP API."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct

from checks.core.durations import format_duration
from checks.core.findings import Finding, failed, passed, unknown
from checks.core.text import one_line
from checks.telemetry.counter_increase import CounterQueries
from checks.web.json_api import Api, ApiRequest


class AlertRule(Struct, rename="camel"):
    """An alert rule, and the outcome of its last evaluation."""

    name: str
    type: str
    health: str = "unknown"
    last_error: str = ""
    last_evaluation: datetime | None = None
    state: str = ""


class RuleGroup(Struct):
    """A group of rules in a file, evaluated every `interval` seconds."""

    rules: list[AlertRule]
    interval: float = 0.0


class RuleGroups(Struct):
    """All groups of rules."""

    groups: list[RuleGroup]


class RulesResponse(Struct):
    """The response to `/api/v1/rules`."""

    data: RuleGroups
    warnings: list[str] | None = None


class RuleMeasurement(Struct, frozen=True):
    """The finding on the rules of one name, and the worst of their states."""

    name: str
    finding: Finding
    state: str = ""


class _Loaded(Struct, frozen=True):
    """A rule, for how many seconds an evaluation counts, and the age of the last one."""

    rule: AlertRule
    fresh_s: float
    age_s: float | None


async def check_rules(api: Api, names: Sequence[str], stale_s: float) -> list[RuleMeasurement]:
    """Check that each alert rule is loaded, and was evaluated lately with success.

    An evaluation is stale after `stale_s` seconds and after two intervals of its group. Raises
    HttpError, and ValueError for a response that is none.
    """
    request = ApiRequest(path="/api/v1/rules", params={"type": "alert", "rule_name[]": names})
    response = await api.ask(request, RulesResponse)
    if response.warnings:
        said = one_line("; ".join(response.warnings), 200)
        raise ValueError(f"{api.name} answered with a warning, perhaps without all rules: {said}")
    now_s = (await CounterQueries.at_present(api)).at_s
    loaded = [
        _Loaded(rule, max(stale_s, 2 * group.interval), _age_s(rule, now_s))
        for group in response.data.groups
        for rule in group.rules
        if rule.type == "alerting"
    ]
    return [_measure(name, [one for one in loaded if one.rule.name == name]) for name in names]


def describe_states(measured: Iterable[RuleMeasurement]) -> str:
    """Return the names of the rules that fire or are about to; empty if there are none.

    >>> describe_states([RuleMeasurement("A", passed(""), "firing")])
    ', firing: A'
    """
    found = list(measured)
    return "".join(
        f", {state}: {', '.join(names)}"
        for state in ("firing", "pending")
        if (names := [one.name for one in found if one.state == state])
    )


def _age_s(rule: AlertRule, now_s: float) -> float | None:
    return None if rule.last_evaluation is None else now_s - rule.last_evaluation.timestamp()


def _measure(name: str, loaded: Sequence[_Loaded]) -> RuleMeasurement:
    states = sorted({one_line(one.rule.state, 20) for one in loaded})
    worst = next((state for state in ("firing", "pending") if state in states), "")
    return RuleMeasurement(name, _judge(name, loaded, ", ".join(states)), worst)


def _judge(name: str, loaded: Sequence[_Loaded], states: str) -> Finding:
    if not loaded:
        return failed(f"rule {name} is not loaded")
    for one in loaded:
        if one.rule.health == "err":
            return failed(f"rule {name} fails: {one_line(one.rule.last_error, 100)}")
    if any(one.rule.health != "ok" for one in loaded):
        return unknown(f"rule {name} was not evaluated yet")
    for one in loaded:
        if one.age_s is None:
            return unknown(f"rule {name} does not say when it was last evaluated")
        if not one.age_s <= one.fresh_s:
            age, limit = format_duration(one.age_s), format_duration(one.fresh_s)
            return unknown(f"rule {name} was last evaluated {age} ago, limit {limit}")
    return passed(f"rule {name}: healthy, {states}")
