"""Rules for breakers: the plan has steps, and each placeholder is filled."""

import re
from collections.abc import Iterator
from typing import Any

from checks.process.command_line import place_of, takes_value
from cockpit.card.rules.raw import Found, at, mappings, steps, texts
from cockpit.card.rules.traffic import has_plan, missing_plan
from cockpit.card.yaml.places import PathFault
from cockpit.foundation.suggest import suggest

_PLACEHOLDER = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")
_COMMANDS = ("run", "path", "url", "set")
"""The keys whose texts are filled; braces in a query or a body are left alone."""


def plan_has_steps(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that the plan that a breaker fires has steps."""
    for path, plan in at(raw, ("breakers", "*", "rollback")):
        if plan in ("traffic", "all") and not has_plan(raw, plan):
            yield PathFault(path, f"that plan is empty: {missing_plan(plan)}")


def endpoint_is_taken(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that `{endpoint}` and `takes: endpoint` go together."""
    for path, breaker in mappings(raw, "breakers", "*"):
        takes = breaker.get("takes") is not None
        used = [here for here, text in texts(breaker, path) if "{endpoint}" in text]
        if used and not takes:
            message = "{endpoint} is never asked for: write `takes: endpoint` in this breaker"
            yield PathFault(used[0], message)
        if takes and breaker.get("rollback") is not None:
            yield PathFault(
                (*path, "takes"), "a rollback plan takes no endpoint: take this key away"
            )
        elif takes and not _reaches_command(breaker):
            place = place_of("endpoint", in_shell=breaker.get("shell") is True)
            message = f"the endpoint that is picked never reaches the command: write {place} in"
            yield PathFault((*path, "takes"), f"{message} `run`")


def _reaches_command(breaker: dict[str, Any]) -> bool:
    run, shell = breaker.get("run"), breaker.get("shell") is True
    return run is None or takes_value(str(run), "endpoint", in_shell=shell)


def placeholders_are_known(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that each placeholder is one that is filled: any other would reach the target as is."""
    for node, known in _with_placeholders(raw):
        for path, text in _commands(node):
            for name in _PLACEHOLDER.findall(text):
                if name not in known:
                    yield PathFault(path, f"nothing fills {{{name}}} here: {_help(name, known)}")


def steps_take_nothing(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that no step has `{endpoint}` (a breaker's) or `{percent}` (the router's)."""
    for node in steps(raw):
        for path, text in _commands(node):
            for name in {"endpoint", "percent"} & set(_PLACEHOLDER.findall(text)):
                owner = "a breaker" if name == "endpoint" else "`traffic.set`"
                yield PathFault(path, f"nothing fills {{{name}}} here: it stands in {owner} alone")


def _with_placeholders(raw: dict[str, Any]) -> Iterator[tuple[Found, tuple[str, ...]]]:
    yield from ((node, ("endpoint",)) for node in mappings(raw, "breakers", "*"))
    yield from ((node, ("percent",)) for node in mappings(raw, "traffic"))


def _commands(node: Found) -> Iterator[tuple[tuple[str | int, ...], str]]:
    path, entry = node
    yield from (pair for pair in texts(entry, path) if pair[0][-1] in (*_COMMANDS, "changes"))


def _help(name: str, known: tuple[str, ...]) -> str:
    near = suggest(name, known).replace("`", "")
    return f"{near}; a command with braces of its own belongs in a script"


RULES = (
    plan_has_steps,
    endpoint_is_taken,
    placeholders_are_known,
    steps_take_nothing,
)
