"""The drumbeat of the days after: what is due, and recording that it was done, by whom."""

import argparse
import asyncio
import os
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from checks.core.base import Check
from checks.core.durations import format_duration
from cockpit.card.model.card import Card
from cockpit.card.model.plan import Plan, plan
from cockpit.card.model.steps import Confirm
from cockpit.cli.find_run import card_of, named, now_s
from cockpit.cli.interrupt import interruptible
from cockpit.cli.printing import say_json
from cockpit.cli.take_control import in_control
from cockpit.control.open_run import OpenRun
from cockpit.engine import orders
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import UsageError
from cockpit.foundation.redaction import Redactor, evidence
from cockpit.projections.drumbeat import Beat, Due, beats, exit_status, groups, late, verdict
from cockpit.runtime.environment import redactor_for
from cockpit.state import State

SIGNS = {
    Due.DONE: "✓",
    Due.DUE: "○",
    Due.OVERDUE: "▲",
    Due.FAILED: "×",
    Due.UNKNOWN: "?",
    Due.RUNNING: "►",
    Due.WAITS: "-",
    Due.UNTIMED: "○",
}


def drumbeat(options: argparse.Namespace) -> int:
    """Say what is due; 1 when something is overdue or failed, 3 when something is not known."""
    run = named(options, options.run)
    state = run.state()
    card = card_of(run, state)
    wanted = _wanted(plan(card), options)
    if not wanted:
        return _say(options, card, state, now_s(state))
    options.resume = run.id
    # A word may be given in a rehearsal too: it asks nothing of anything.
    options.touches_nothing = all(isinstance(order, orders.Vouch) for order in wanted)

    async def work(running: OpenRun) -> int:
        for order in wanted:
            await running.engine.order(order)
        await running.engine.looked()
        session = running.session
        return _say(options, card, session.state, session.now_s())

    flight = lambda: in_control(options, work, goes_on=False, watches=False)  # noqa: E731
    return asyncio.run(interruptible(flight))


def _wanted(planned: Plan, options: argparse.Namespace) -> Sequence[orders.Order]:
    """Give the orders: each item named by `--done`, and with `--run` every check."""
    items = {item.id: item for group in planned.drumbeat for item in group.items}
    wanted: dict[str, orders.Order] = {}
    if options.run_now:
        checks = [name for name, item in items.items() if isinstance(item.step, Check)]
        wanted = {name: orders.CheckAgain(name) for name in checks}
    for name in options.done:
        if name not in items:
            raise UsageError(f"--done {name}: the drumbeat has {', '.join(items) or 'no item'}")
        if not isinstance(items[name].step, Confirm):
            wanted[name] = orders.CheckAgain(name)
        elif options.operator:
            wanted[name] = orders.Vouch(name, options.operator)
        else:
            raise UsageError(f"--done {name} is a person's word: say whose with --as NAME")
    return tuple(wanted.values())


def _say(options: argparse.Namespace, card: Card, state: State, at_s: float) -> int:
    found, redactor = beats(plan(card), state, at_s), redactor_for(card, os.environ)
    status, run = exit_status(found), state.run.run if state.run else None
    if options.json:
        rows = [_row(beat, at_s, redactor) for beat in found]
        told = verdict(found)
        say_json({"exit_status": status, "run": run, "verdict": told, "items": rows})
        return status
    for line in _lines(found, at_s, redactor):
        print(line)
    print(verdict(found))
    return status


def _lines(found: Sequence[Beat], at_s: float, redactor: Redactor) -> Iterator[str]:
    width = max((len(evidence(beat.item.title, redactor)) for beat in found), default=0)
    for name, members in groups(found):
        yield name.upper()
        for beat in members:
            title = f"{evidence(beat.item.title, redactor):<{width}}"
            words = f"{beat.stands.value:<7}  {_when(beat, at_s)}"
            shown = evidence(beat.evidence, redactor)
            yield f"{SIGNS[beat.stands]} {title}  {words}  {shown}".rstrip()


def _when(beat: Beat, at_s: float) -> str:
    said = []
    if beat.done_s is not None:
        said.append(f"done {format_duration(int(at_s - beat.done_s))} ago by {beat.by}")
    if beat.due_s is not None:
        said.append(f"{late(beat, at_s)}, {_instant(beat.due_s, at_s):%d %b %H:%M}Z")
    if beat.missed:
        said.append(f"{beat.missed} missed")
    return "; ".join(said)


def _row(beat: Beat, at_s: float, redactor: Redactor) -> dict[str, object]:
    return {
        "id": beat.item.id,
        "rhythm": beat.group,
        "title": evidence(beat.item.title, redactor),
        "state": beat.stands.value,
        "due": _iso(beat.due_s, at_s),
        "missed": beat.missed,
        "done": _iso(beat.done_s, at_s),
        "by": beat.by or None,
        "evidence": evidence(beat.evidence, redactor),
    }


def _instant(run_s: float, at_s: float) -> datetime:
    return SystemClock().utc() + timedelta(seconds=run_s - at_s)


def _iso(run_s: float | None, at_s: float) -> str | None:
    return None if run_s is None else _instant(run_s, at_s).isoformat(timespec="seconds")
