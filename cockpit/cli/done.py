"""`cockpit done`: the Done list as a run has recorded it, or with its checks run now."""

import argparse
import asyncio
import os
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from checks.core.base import Check, Tools
from checks.core.durations import format_duration
from cockpit.card.load_card import load
from cockpit.card.model.card import Card
from cockpit.card.model.plan import Plan, Planned, plan
from cockpit.card.model.steps import Confirm
from cockpit.cli.check import DETAILS_SHOWN, CheckedLine, run_checks
from cockpit.cli.find_run import card_of, named, newest_run_of, now_s, root
from cockpit.cli.interrupt import interruptible
from cockpit.cli.printing import print_aside, print_json, print_news
from cockpit.cli.take_control import in_control, refuse_rehearsal
from cockpit.control.open_run import OpenRun
from cockpit.engine import orders
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.redaction import Redactor, evidence
from cockpit.projections.done_list import DoneLine, LineStatus, exit_status, summary, to_do
from cockpit.projections.done_list import done as lines_of
from cockpit.runtime.environment import redactor_for, tools
from cockpit.runtime.run_folder import RunFolder
from cockpit.state import State

SIGNS = {
    **dict.fromkeys((LineStatus.PASSED, LineStatus.VOUCHED), "✓"),
    LineStatus.WAIVED: "~",
    LineStatus.FAILED: "×",
    LineStatus.DOUBT: "!",
    LineStatus.SKIPPED: "-",
    LineStatus.RUNNING: "►",
    LineStatus.TODO: "○",
    **dict.fromkeys((LineStatus.UNKNOWN, LineStatus.STALE), "?"),
}


def done(options: argparse.Namespace) -> int:
    """Print each line's status; return 0 if all are done, 1 if one failed, else 3."""
    path = Path(options.what)
    if path.suffix not in (".yaml", ".yml"):
        return _done_of_run(options, named(options, options.what))
    card = load(path)
    if options.run_now:
        return _run_now(options, path, card)
    if run := newest_run_of(root(options), path):
        return _print_recorded(options, run)
    print_aside(f"{root(options)} has no run of {path}: this is what there is to do")
    return _print_list(options, card, lines_of(plan(card), State(), 0.0))


def _done_of_run(options: argparse.Namespace, run: RunFolder) -> int:
    if not options.run_now:
        return _print_recorded(options, run)
    refuse_rehearsal(run)
    options.resume = run.id

    async def work(running: OpenRun) -> int:
        print_news(running)
        context = running.engine.context
        await _check_again(running, [item for group in context.plan.done for item in group.items])
        session = running.session
        lines = lines_of(context.plan, session.state, session.now_s())
        return _print_list(options, context.card, lines, run.id)

    return asyncio.run(interruptible(lambda: in_control(options, work, goes_on=False)))


async def _check_again(running: OpenRun, items: Iterable[Planned]) -> None:
    """Order every check of the list again, and wait for the results."""
    for item in items:
        if isinstance(item.step, Check):
            await running.engine.order(orders.CheckAgain(item.id))
    await running.engine.wait_for_rechecks()


def _print_recorded(options: argparse.Namespace, run: RunFolder) -> int:
    state = run.state()
    card = card_of(run, state)
    return _print_list(options, card, lines_of(plan(card), state, now_s(state)), run.id)


def _run_now(options: argparse.Namespace, path: Path, card: Card) -> int:
    """Run the list's checks without a run; nothing is recorded."""
    run_tools = tools(card, path.resolve().parent, dict(os.environ), SystemClock(), rehearsal=False)

    async def run() -> int:
        return _print_list(options, card, await _lines_now(plan(card), run_tools))

    return asyncio.run(interruptible(run))


async def _lines_now(planned: Plan, run_tools: Tools) -> tuple[DoneLine, ...]:
    groups = {item.id: group.title for group in planned.done for item in group.items}
    items = tuple(item for group in planned.done for item in group.items)
    checks = tuple(item for item in items if isinstance(item.step, Check))
    checked = {line.item.id: line for line in await run_checks(checks, run_tools)}
    return tuple(_line(groups[item.id], item, checked.get(item.id)) for item in items)


def _line(group: str, item: Planned, checked: CheckedLine | None) -> DoneLine:
    if checked is None:
        text = "changes the target: only a run executes it"
        asks = to_do(item) if isinstance(item.step, Confirm) else text
        return DoneLine(item, group, LineStatus.TODO, asks)
    result = checked.result
    status = LineStatus(result.outcome.value)
    return DoneLine(item, group, status, result.evidence, result.details, 0.0)


def _print_list(
    options: argparse.Namespace, card: Card, lines: tuple[DoneLine, ...], run: str | None = None
) -> int:
    status, redactor = exit_status(lines), redactor_for(card, os.environ)
    if options.json:
        rows = [_row(line, redactor) for line in lines]
        print_json({"exit_status": status, "verdict": summary(lines), "run": run, "lines": rows})
        return status
    width = max((len(evidence(line.item.title, redactor)) for line in lines), default=0)
    for group, members in groupby(lines, key=lambda line: line.group):
        in_group = tuple(members)
        counted = sum(line.status.counts for line in in_group)
        print(f"{group.upper()} {counted} of {len(in_group)}")
        for line in in_group:
            _print_line(line, redactor, width)
    print(summary(lines))
    return status


def _print_line(line: DoneLine, redactor: Redactor, width: int) -> None:
    title, text = evidence(line.item.title, redactor), evidence(line.evidence, redactor)
    age = "" if line.age_s is None else f"  {format_duration(int(line.age_s))} ago"
    text = f"{SIGNS[line.status]} {title:<{width}}  {line.status.value:<11}  {text}{age}"
    print(text.rstrip())
    if not line.status.counts:
        for detail in line.details[:DETAILS_SHOWN]:
            print(f"  {'':<{width}}               {evidence(detail, redactor)}")


def _row(line: DoneLine, redactor: Redactor) -> dict[str, object]:
    return {
        "id": line.item.id,
        "group": line.group,
        "title": evidence(line.item.title, redactor),
        "state": line.status.value,
        "counts": line.status.counts,
        "evidence": evidence(line.evidence, redactor),
        "details": [evidence(detail, redactor) for detail in line.details],
        "age_s": None if line.age_s is None else round(line.age_s, 3),
        "fresh_for_s": line.item.step.fresh_for,
    }
