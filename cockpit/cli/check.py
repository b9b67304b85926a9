"""`cockpit check`: the preflight without a screen and without a run; changes nothing."""

import argparse
import asyncio
import os
import time
from collections import Counter
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from checks.core.base import Check, Measurement, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.run_check import run_check
from cockpit.card.load_card import load
from cockpit.card.model.plan import Plan, Planned, plan
from cockpit.card.model.steps import Prove
from cockpit.card.read.messages import join_choices
from cockpit.cli.interrupt import interruptible
from cockpit.cli.printing import print_json
from cockpit.engine.cutover import AT_ONCE
from cockpit.engine.scheduling import waves
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import UsageError
from cockpit.foundation.redaction import Redactor, evidence
from cockpit.foundation.suggest import suggest_some
from cockpit.monitors.trial import proven
from cockpit.runtime.environment import redactor_for, tools

SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "×", Outcome.UNKNOWN: "?"}
VERDICTS = {
    0: "{passed} of {} passed",
    1: "NO-GO: {failed} of {} failed, do not begin the cutover",
    3: "HOLD: {unknown} of {} could not be measured, which does not count as passed",
}
DETAILS_SHOWN = 20


class CheckedLine(Struct, frozen=True):
    """A check, its result, and how long it took in seconds."""

    item: Planned
    result: Result
    took_s: float


def check(options: argparse.Namespace) -> int:
    """Run the checks; return 0 if all passed, 1 if one failed, else 3."""
    path = Path(options.card)
    card = load(path)
    selected = _selected(plan(card), options.only)
    run_tools = tools(card, path.resolve().parent, dict(os.environ), SystemClock(), rehearsal=False)
    redactor = redactor_for(card, os.environ)

    async def run() -> int:
        lines = await run_checks(selected, run_tools)
        status = _status(lines)
        if options.json:
            rows = [_row(line, redactor) for line in lines]
            print_json({"exit_status": status, "verdict": _verdict(lines), "checks": rows})
        else:
            _print(lines, redactor)
        return status

    return asyncio.run(interruptible(run))


def _status(lines: list[CheckedLine]) -> int:
    outcomes = {line.result.outcome for line in lines}
    if Outcome.FAILED in outcomes:
        return 1
    return 0 if outcomes == {Outcome.PASSED} else 3


def _verdict(lines: list[CheckedLine]) -> str:
    if not lines:
        return "HOLD: the card has no preflight checks, so nothing was measured"
    counts = Counter(line.result.outcome.value for line in lines)
    text = VERDICTS[_status(lines)]
    return text.format(len(lines), **{outcome.value: counts[outcome.value] for outcome in Outcome})


def _selected(planned: Plan, only: list[str]) -> tuple[Planned, ...]:
    if not only:
        return planned.preflight.items
    found = (_named(planned, name) for name in dict.fromkeys(only))
    return tuple({item.id: item for item in found}.values())


def _named(planned: Plan, name: str) -> Planned:
    """Find a step by its id, or by the end of its id where no other ends so; raises UsageError."""
    every = {item.id: item for item in planned.all()}
    ending = [known for known in every if known.endswith(f".{name}")]
    if name not in every and len(ending) > 1:
        raise UsageError(f"--only {name} may be {join_choices(ending)}: write the whole id")
    if ending and name not in every:
        return every[ending[0]]
    if name in every:
        return every[name]
    checks = [known for known, item in every.items() if isinstance(item.step, Check | Prove)]
    raise UsageError(f"there is no check `{name}`: {suggest_some(name, checks)}")


async def run_checks(items: tuple[Planned, ...], run_tools: Tools) -> list[CheckedLine]:
    """Run checks concurrently in their waves, at most `AT_ONCE` at a time; keeps their order.

    A check can use what an earlier one has measured. An item that is not a check is unknown.
    """
    places, lines = asyncio.Semaphore(AT_ONCE), dict[str, CheckedLine]()

    def measured(name: str) -> Measurement | None:
        line = lines.get(name)
        return Measurement(line.result.outcome, line.result.figures, 0.0) if line else None

    async def check_one(item: Planned) -> None:
        async with places:
            began = time.monotonic()
            result = await _run_check(item, replace(run_tools, measured=measured))
            lines[item.id] = CheckedLine(item, result, time.monotonic() - began)

    for wave in waves(items):
        await asyncio.gather(*(check_one(item) for item in wave))
    return [lines[item.id] for item in items]


async def _run_check(item: Planned, run_tools: Tools) -> Result:
    if isinstance(item.step, Check):
        return await run_check(item.step, run_tools)
    if isinstance(item.step, Prove):
        return await proven(item.step.monitor, run_tools, SystemClock())
    return Result(Outcome.UNKNOWN, "is not a check: only a run executes it")


def _print(lines: list[CheckedLine], redactor: Redactor) -> None:
    rows = [(line, evidence(line.item.title, redactor)) for line in lines]
    width = max((len(title) for _, title in rows), default=0)
    for line, title in rows:
        outcome = line.result.outcome
        text = evidence(line.result.evidence, redactor)
        took = format_duration(line.took_s)
        print(f"{SIGNS[outcome]} {title:<{width}}  {outcome:<7}  {text}  {took}")
        if outcome is not Outcome.PASSED:
            for detail in line.result.details[:DETAILS_SHOWN]:
                print(f"  {'':<{width}}           {evidence(detail, redactor)}")
    print(_verdict(lines))


def _row(line: CheckedLine, redactor: Redactor) -> dict[str, object]:
    return {
        "id": line.item.id,
        "title": evidence(line.item.title, redactor),
        "outcome": line.result.outcome.value,
        "evidence": evidence(line.result.evidence, redactor),
        "details": [evidence(detail, redactor) for detail in line.result.details],
        "figures": dict(line.result.figures),
        "seconds": round(line.took_s, 3),
    }
