"""The preflight, headless: looks, changes nothing, leaves no run behind."""

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
from cockpit.cli.interrupt import interruptible
from cockpit.cli.printing import say_json
from cockpit.engine.cutover import AT_ONCE
from cockpit.engine.scheduling import waves
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.redaction import Redactor, evidence
from cockpit.runtime.environment import redactor_for, tools

SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "×", Outcome.UNKNOWN: "?"}
VERDICTS = {
    0: "all {} passed",
    1: "NO-GO: {failed} of {} failed, do not begin the cutover",
    3: "HOLD: {unknown} of {} could not be measured, which is no pass",
}
DETAILS_SHOWN = 20


class CheckedLine(Struct, frozen=True):
    """A check, its result, and how long it took in seconds."""

    item: Planned
    result: Result
    took_s: float


def check(options: argparse.Namespace) -> int:
    """Run the checks; 0 when all passed, 1 when one failed, 3 when one could not measure."""
    path = Path(options.card)
    card = load(path)
    chosen = _chosen(plan(card), options.only)
    touch = tools(card, path.resolve().parent, dict(os.environ), SystemClock(), rehearsal=False)
    redactor = redactor_for(card, os.environ)

    async def run() -> int:
        checked = await looked_at(chosen, touch)
        status = _status(checked)
        if options.json:
            rows = [_row(one, redactor) for one in checked]
            say_json({"exit_status": status, "verdict": _verdict(checked), "checks": rows})
        else:
            _say(checked, redactor)
        return status

    return asyncio.run(interruptible(run))


def _status(checked: list[CheckedLine]) -> int:
    outcomes = {one.result.outcome for one in checked}
    if Outcome.FAILED in outcomes:
        return 1
    return 0 if outcomes == {Outcome.PASSED} else 3


def _verdict(checked: list[CheckedLine]) -> str:
    if not checked:
        return "HOLD: the card has no preflight checks, so nothing was measured"
    counts = Counter(one.result.outcome.value for one in checked)
    words = VERDICTS[_status(checked)]
    return words.format(len(checked), failed=counts["failed"], unknown=counts["unknown"])


def _chosen(planned: Plan, only: list[str]) -> tuple[Planned, ...]:
    if not only:
        return planned.preflight.items
    return tuple(planned.find(name) for name in dict.fromkeys(only))


async def looked_at(items: tuple[Planned, ...], touch: Tools) -> list[CheckedLine]:
    """Run checks side by side, a bounded number at once, each at its turn; gives them in order.

    What one has measured is there for those after it. What is no check is unknown.
    """
    places, found = asyncio.Semaphore(AT_ONCE), dict[str, CheckedLine]()

    def measured(name: str) -> Measurement | None:
        one = found.get(name)
        return Measurement(one.result.outcome, one.result.figures, 0.0) if one else None

    async def one(item: Planned) -> None:
        async with places:
            began = time.monotonic()
            result = await _looked(item, replace(touch, measured=measured))
            found[item.id] = CheckedLine(item, result, time.monotonic() - began)

    for wave in waves(items):
        await asyncio.gather(*(one(item) for item in wave))
    return [found[item.id] for item in items]


async def _looked(item: Planned, touch: Tools) -> Result:
    if isinstance(item.step, Check):
        return await run_check(item.step, touch)
    return Result(Outcome.UNKNOWN, "is no check: only a run begins it")


def _say(checked: list[CheckedLine], redactor: Redactor) -> None:
    rows = [(one, evidence(one.item.title, redactor)) for one in checked]
    width = max((len(title) for _, title in rows), default=0)
    for one, title in rows:
        outcome = one.result.outcome
        words = evidence(one.result.evidence, redactor)
        took = format_duration(one.took_s)
        print(f"{SIGNS[outcome]} {title:<{width}}  {outcome:<7}  {words}  {took}")
        if outcome is not Outcome.PASSED:
            for detail in one.result.details[:DETAILS_SHOWN]:
                print(f"  {'':<{width}}           {evidence(detail, redactor)}")
    print(_verdict(checked))


def _row(one: CheckedLine, redactor: Redactor) -> dict[str, object]:
    return {
        "id": one.item.id,
        "title": evidence(one.item.title, redactor),
        "outcome": one.result.outcome.value,
        "evidence": evidence(one.result.evidence, redactor),
        "details": [evidence(detail, redactor) for detail in one.result.details],
        "figures": dict(one.result.figures),
        "seconds": round(one.took_s, 3),
    }
