"""Rules for names: they are unique, and what they refer to exists."""

from collections.abc import Iterator
from typing import Any

from cockpit.card.rules.raw import at, checks, mappings, steps
from cockpit.card.yaml.places import Path, PathFault, dotted
from cockpit.foundation.suggest import suggest

MAX_ID = 48


def ids_are_unique(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that each id is unique in the card: the command line names a step by it."""
    entries = (*steps(raw), *mappings(raw, "monitors", "*"), *mappings(raw, "breakers", "*"))
    ids = [((*path, "id"), step["id"]) for path, step in entries if "id" in step]
    yield from _unique(ids, "id")
    for path, name in ids:
        if isinstance(name, str) and len(name) > MAX_ID:
            yield PathFault(path, f"an id has at most {MAX_ID} characters: shorten it")


def monitors_are_unique(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that each monitor's name is unique."""
    yield from _unique(at(raw, ("monitors", "*", "monitor")), "monitor's name")


def breakers_are_unique(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that each breaker's name and key are unique."""
    yield from _unique(at(raw, ("breakers", "*", "breaker")), "breaker's name")
    yield from _unique(at(raw, ("breakers", "*", "key")), "breaker's key")


def watched_exist(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a hold watches monitors that exist in the card."""
    known = [name for _, name in at(raw, ("monitors", "*", "monitor")) if isinstance(name, str)]
    for path, step in steps(raw):
        for here, name in at(step, ("watch", "*"), path):
            if isinstance(name, str) and name not in known:
                yield PathFault(here, f"there is no monitor `{name}`: {suggest(name, known)}")


def measured_exist(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a `measured` check names the id of a step."""
    known = [str(step["id"]) for _, step in steps(raw) if "id" in step]
    for path, check in checks(raw):
        name = check.get("of")
        if check["check"] == "measured" and isinstance(name, str) and name not in known:
            yield PathFault((*path, "of"), f"there is no step `{name}`: {suggest(name, known)}")


def restores_exist(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that the step named by `lasts_as` is a `restore` check."""
    every = {str(step["id"]): step for _, step in steps(raw) if "id" in step}
    known = [name for name, step in every.items() if _restores(step)]
    for path, step in steps(raw):
        name = step.get("lasts_as")
        if isinstance(name, str) and name not in known:
            wrong = f"`{name}` is no `restore` check" if name in every else f"there is no `{name}`"
            yield PathFault((*path, "lasts_as"), f"{wrong}: {_named(name, known)}")


def _restores(step: dict[str, Any]) -> bool:
    """Whether a step is a `restore` check, or an `all` check that contains one."""
    return "check" in step and any(check["check"] == "restore" for _, check in checks(step))


def _named(name: str, known: list[str]) -> str:
    return suggest(name, known) if known else "give a `restore` check of this card an `id`"


def secrets_are_named(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a `secrets` check has names to check, its own or the card's."""
    for path, check in checks(raw):
        if check["check"] == "secrets" and not check.get("names") and not raw.get("secrets"):
            yield PathFault(
                path, "this checks no secret: list their names under the card's `secrets`"
            )


def _unique(named: Any, what: str) -> Iterator[PathFault]:
    first: dict[str, Path] = {}
    for path, name in named:
        if not isinstance(name, str):
            continue
        if name in first:
            message = (
                f"the {what} `{name}` stands twice, first at {dotted(first[name])}: rename one"
            )
            yield PathFault(path, message)
        first.setdefault(name, path)


RULES = (
    ids_are_unique,
    monitors_are_unique,
    breakers_are_unique,
    watched_exist,
    measured_exist,
    restores_exist,
    secrets_are_named,
)
