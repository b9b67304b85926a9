"""A dashboard's variables, with the values that they have when it is opened."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

_USE = re.compile(r"\$\{(\w+)(?:\.\w+)?(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)")
_ALL = "$__all"
_LISTS = frozenset({"custom", "interval"})

Values = Mapping[str, tuple[str, ...]]


class VariableOption(Struct):
    """A selected or selectable value: one, several, or none."""

    value: str | list[str] | int | float | bool | None = None


class Variable(Struct, rename="camel"):
    """A variable of a dashboard, of any of Grafana's kinds."""

    name: str
    type: str = ""
    current: VariableOption | None = None
    options: list[VariableOption] | None = None
    query: Any = None
    all_value: str | None = None


def values(variables: list[Variable]) -> dict[str, tuple[str, ...]]:
    """Return each variable's values: the selected ones, else its first, else a match for all.

    >>> job = Variable("job", current=VariableOption("api"))
    >>> values([job, Variable("node", "custom", query="a,b")])
    {'job': ('api',), 'node': ('a',)}
    """
    return {variable.name: _value(variable) for variable in variables}


def filled(value: Any, known: Values) -> Any:
    """Return a query with its variables replaced by their values; Grafana's own ones stay.

    >>> filled({"expr": "up{job=~'$job'}[$__range]"}, {"job": ("a", "b")})
    {'expr': "up{job=~'(a|b)'}[$__range]"}
    """
    if isinstance(value, str):
        return _USE.sub(lambda match: _replaced(match, known), value)
    if isinstance(value, list):
        return [filled(item, known) for item in value]
    if isinstance(value, dict):
        return {key: filled(item, known) for key, item in value.items()}
    return value


def _value(variable: Variable) -> tuple[str, ...]:
    every = variable.all_value or ".*"
    chosen = _texts(variable.current)
    if chosen == (_ALL,):
        return (every,)
    if chosen:
        return chosen
    offered = [_texts(option) for option in variable.options or ()]
    if first := next((texts for texts in offered if texts and texts != (_ALL,)), None):
        return first
    written = str(variable.query or "")
    if variable.type in {"constant", "textbox"}:
        return (written,)
    return (written.split(",", maxsplit=1)[0] if variable.type in _LISTS else every,)


def _texts(choice: VariableOption | None) -> tuple[str, ...]:
    value = choice.value if choice else None
    if isinstance(value, list):
        return tuple(value)
    return () if value in {None, ""} else (str(value),)


def _replaced(match: re.Match[str], known: Values) -> str:
    name = match[1] or match[3] or match[5]
    if name not in known:
        return match[0]
    several, form = known[name], match[2] or match[4]
    if len(several) == 1:
        return several[0]
    return {"csv": ",".join(several), "pipe": "|".join(several)}.get(
        form or "", f"({'|'.join(several)})"
    )
