"""A dashboard's variables, filled with the values that it shows when it is opened."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

_USE = re.compile(r"\$\{(\w+)(?:\.\w+)?(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)")
_ALL = "$__all"
_LISTS = frozenset({"custom", "interval"})

Values = Mapping[str, tuple[str, ...]]


class VariableOption(Struct):
    """What is chosen, or could be: one value, several, or none."""

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


def filled(given: Any, known: Values) -> Any:
    """Return a query with each variable replaced in each of its texts; Grafana's own stay.

    >>> filled({"expr": "up{job=~'$job'}[$__range]"}, {"job": ("a", "b")})
    {'expr': "up{job=~'(a|b)'}[$__range]"}
    """
    if isinstance(given, str):
        return _USE.sub(lambda found: _replaced(found, known), given)
    if isinstance(given, list):
        return [filled(each, known) for each in given]
    if isinstance(given, dict):
        return {key: filled(each, known) for key, each in given.items()}
    return given


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


def _replaced(found: re.Match[str], known: Values) -> str:
    name = found[1] or found[3] or found[5]
    if name not in known:
        return found[0]
    several, form = known[name], found[2] or found[4]
    if len(several) == 1:
        return several[0]
    return {"csv": ",".join(several), "pipe": "|".join(several)}.get(
        form or "", f"({'|'.join(several)})"
    )
