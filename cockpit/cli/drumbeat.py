"""`cockpit drumbeat`: what is due after a GO, and recording that it was done, and by whom."""

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
from cockpit.cli.printing import print_json
from cockpit.cli.take_control import in_control
from cockpit.control.open_run import OpenRun
from cockpit.engine import orders
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import UsageError
from cockpit.foundation.redaction import Redactor, evidence
from cockpit.projections.drumbeat import Beat, Due, beats, exit_status, format_due, groups, verdict
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
    """Print what is due; return 1 if an item is overdue or failed, 3 if one is unknown, else 0."""
    run = named(options, options.run)
    state = run.state()
    card = card_of(run, state)
    ordered = _orders(plan(card), options)
    if not ordered:
        return _print(options, card, state, now_s(state))
    options.resume = run.id
    # A word may be recorded in a rehearsal too: it acts on no system.
    options.touches_nothing = all(isinstance(order, orders.Vouch) for order in ordered)

    async def work(running: OpenRun) -> int:
        for order in ordered:
            await running.engine.order(order)
        await running.engine.wait_for_rechecks()
        session = running.session
        return _print(options, card, session.state, session.now_s())

    flight = lambda: in_control(options, work, goes_on=False, watches=False)  # noqa: E731
    return asyncio.run(interruptible(flight))


def _orders(planned: Plan, options: argparse.Namespace) -> Sequence[orders.Order]:
    """Return the orders: one for each item of `--done` and, with `--run`, for every check."""
    items = {item.id: item for group in planned.drumbeat for item in group.items}
    ordered: dict[str, orders.Order] = {}
    if options.run_now:
        checks = [name for name, item in items.items() if isinstance(item.step, Check)]
        ordered = {name: orders.CheckAgain(name) for name in checks}
    for name in options.done:
        if name not in items:
            known = ", ".join(items) or "none"
            raise UsageError(f"--done {name}: there is no such item; the items are {known}")
        if not isinstance(items[name].step, Confirm):
            ordered[name] = orders.CheckAgain(name)
        elif options.operator:
            ordered[name] = orders.Vouch(name, options.operator)
        else:
            raise UsageError(f"--done {name} is a person's word: add whose with --as NAME")
    return tuple(ordered.values())


def _print(options: argparse.Namespace, card: Card, state: State, at_s: float) -> int:
    due, redactor = beats(plan(card), state, at_s), redactor_for(card, os.environ)
    status, run = exit_status(due), state.run.run if state.run else None
    if options.json:
        rows = [_row(beat, at_s, redactor) for beat in due]
        text = verdict(due)
        print_json({"exit_status": status, "run": run, "verdict": text, "items": rows})
        return status
    for line in _lines(due, at_s, redactor):
        print(line)
    print(verdict(due))
    return status


def _lines(due: Sequence[Beat], at_s: float, redactor: Redactor) -> Iterator[str]:
    width = max((len(evidence(beat.item.title, redactor)) for beat in due), default=0)
    for name, members in groups(due):
        yield name.upper()
        for beat in members:
            title = f"{evidence(beat.item.title, redactor):<{width}}"
            status = f"{beat.status.value:<7}  {_when(beat, at_s)}"
            shown = evidence(beat.evidence, redactor)
            yield f"{SIGNS[beat.status]} {title}  {status}  {shown}".rstrip()


def _when(beat: Beat, at_s: float) -> str:
    parts = []
    if beat.done_s is not None:
        parts.append(f"done {format_duration(int(at_s - beat.done_s))} ago by {beat.by}")
    if beat.due_s is not None:
        parts.append(f"{format_due(beat, at_s)}, {_instant(beat.due_s, at_s):%d %b %H:%M}Z")
    if beat.missed:
        parts.append(f"{beat.missed} missed")
    return "; ".join(parts)


def _row(beat: Beat, at_s: float, redactor: Redactor) -> dict[str, object]:
    return {
        "id": beat.item.id,
        "rhythm": beat.group,
        "title": evidence(beat.item.title, redactor),
        "state": beat.status.value,
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
