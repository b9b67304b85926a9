"""`--dry-run` of a breaker and of a rollback: what would be sent and verified; nothing is."""

import argparse
from pathlib import Path
from typing import assert_never

from msgspec.structs import replace

from cockpit.card.load_card import load
from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.card import Card
from cockpit.card.model.plan import Plan, plan
from cockpit.card.model.steps import Part
from cockpit.cli.find_run import card_of, named, newest_run_of, root
from cockpit.cli.printing import print_aside, print_json
from cockpit.engine import announced
from cockpit.engine.breakers import checked_argument
from cockpit.engine.rollback import parts_anyway, parts_fired, parts_to_undo
from cockpit.foundation.errors import UsageError
from cockpit.projections.armed_text import describe_verified
from cockpit.projections.forecast import back_items
from cockpit.state import BreakerState, BreakerStatus, State

SHOWN_ANYWAY = "nothing of it was changed: --anyway shows what would be sent all the same"


def print_dry_breaker(options: argparse.Namespace) -> None:
    """Print what firing the breaker would send now; opens no run."""
    card, planned, state = _read(options)
    breaker = breaker_named(planned, options.name)
    argument = checked_argument(breaker, options.argument)
    if options.anyway:
        state = _armed_anyway(planned, state, breaker)
    _print_hint(planned, state, breaker)
    command = announced.format_commands(card, planned, state, breaker, argument)
    verify = announced.format_verify(planned, state, breaker, argument)
    _print(options, command, breaker.changes.replace("{endpoint}", argument), verify)


def _print_hint(planned: Plan, state: State, breaker: Breaker) -> None:
    """Print, where a rollback has nothing to undo, what shows its commands."""
    match breaker:
        case RollbackBreaker():
            if not parts_fired(planned, state, breaker):
                print_aside(SHOWN_ANYWAY)
        case CommandBreaker():
            pass
        case _:
            assert_never(breaker)


def _armed_anyway(planned: Plan, state: State, breaker: Breaker) -> State:
    """Return the state in which `--anyway` arms the breaker."""
    match breaker:
        case RollbackBreaker() if not parts_fired(planned, state, breaker):
            armed = BreakerState(BreakerStatus.ARMED, state.now_s, anyway=True)
            return replace(state, breakers={**state.breakers, breaker.breaker: armed})
        case RollbackBreaker() | CommandBreaker():
            return state
        case _:
            assert_never(breaker)


def print_dry_rollback(options: argparse.Namespace) -> None:
    """Print what the rollback would send now; opens no run."""
    card, planned, state = _read(options)
    wanted = () if options.plan == "all" else (Part(options.plan),)
    parts = parts_to_undo(state, wanted)
    if not parts and options.anyway:
        parts = parts_anyway(planned, wanted)
    if not parts:
        print_aside(SHOWN_ANYWAY)
    items = back_items(planned, parts)
    command = announced.format_rollback(card, items)
    _print(options, command, " + ".join(parts), describe_verified(items))


def breaker_named(planned: Plan, name: str) -> Breaker:
    """Return a breaker of the card; raises UsageError with the names that there are."""
    for card_breaker in planned.breakers:
        if card_breaker.breaker == name:
            return card_breaker
    names = ", ".join(card_breaker.breaker for card_breaker in planned.breakers)
    raise UsageError(f"the card has no breaker {name!r}; its breakers are {names or 'none'}")


def _read(options: argparse.Namespace) -> tuple[Card, Plan, State]:
    """Return the card, its plan, and the state of the run that the order would be given in."""
    path = Path(options.card)
    run = named(options, options.resume) if options.resume else newest_run_of(root(options), path)
    state = run.state() if run else State()
    goes_on = run is not None and (options.resume or state.changed or not state.ended)
    card = card_of(run, state) if run and goes_on else load(path)
    return card, plan(card), state if goes_on else State()


def _print(options: argparse.Namespace, command: str, changes: str, verify: str) -> None:
    told = {"would send": command, "changes": changes, "verified by": verify}
    if options.json:
        print_json({"dry_run": True} | {key.replace(" ", "_"): told[key] for key in told})
        return
    for name, text in told.items():
        if text:
            print(f"{name}: {text}")
    print("dry run: nothing was sent")
