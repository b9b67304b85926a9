"""Rules for traffic: it can be shifted, and a rollback takes it back."""

from collections.abc import Iterator
from typing import Any

from checks.core.units import share
from checks.process.command_line import place_of, takes_value
from cockpit.card.rules.raw import at, mappings, steps
from cockpit.card.yaml.places import PathFault

_PLANS = {"rollback traffic": "traffic", "rollback": "all"}


def traffic_has_a_router(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a card that shifts traffic says how."""
    if raw.get("traffic"):
        return
    for path, step in steps(raw):
        if "traffic" in step:
            message = (
                "traffic is shifted here, but the card has no `traffic:` section that says how"
            )
            yield PathFault((*path, "traffic"), message)


def set_takes_the_share(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that the command that shifts traffic takes the share."""
    for path, router in mappings(raw, "traffic"):
        command, shell = router.get("set"), router.get("shell") is True
        if isinstance(command, str) and not takes_value(command, "percent", in_shell=shell):
            place = place_of("percent", in_shell=shell)
            message = f"the command is not told the share: write `{place}` where it belongs"
            yield PathFault((*path, "set"), message)


def trips_have_a_way_back(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a hold that rolls back by itself has a plan to do so, and is in no rollback."""
    for path, step in steps(raw):
        plan = _PLANS.get(str(step.get("on_trip")))
        here = (*path, "on_trip")
        if plan and path[0] == "rollback":
            yield PathFault(
                here, "a rollback is not rolled back: write `on_trip: ask`, or leave it out"
            )
        elif plan and not has_plan(raw, plan):
            yield PathFault(here, f"there is nothing to roll back with: {missing_plan(plan)}")


def rollback_ends_at_zero(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that rolling traffic back leaves none of it on the canary."""
    for path, written in at(raw, ("rollback", "traffic", "*", "traffic")):
        try:
            left = share(written)
        except ValueError:
            continue
        if left > 0:
            yield PathFault(
                path, f"a rollback leaves no traffic on the canary: write 0%, not {written}"
            )


def stable_side_is_looked_at(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that the stable side is checked before traffic goes back to it."""
    for path, rollback in mappings(raw, "rollback"):
        if rollback.get("traffic") and not rollback.get("healthy"):
            message = "`healthy` is missing: write the check that the stable side answers, which is"
            yield PathFault(path, f"{message} run before traffic goes back to it")


def has_plan(raw: dict[str, Any], plan: str) -> bool:
    """Whether the card has steps for the rollback plan `traffic` or `all`."""
    parts = ("traffic",) if plan == "traffic" else ("traffic", "application", "database")
    rollback = raw.get("rollback")
    return isinstance(rollback, dict) and any(rollback.get(part) for part in parts)


def missing_plan(plan: str) -> str:
    """Return what to write so that a rollback plan has steps."""
    if plan == "traffic":
        return "list the steps under `rollback.traffic`"
    return "list steps under `rollback.traffic`, `.application` or `.database`"


RULES = (
    traffic_has_a_router,
    set_takes_the_share,
    trips_have_a_way_back,
    rollback_ends_at_zero,
    stable_side_is_looked_at,
)
