"""The preflight, headless: looks, changes nothing, leaves no run behind."""

import argparse
import asyncio
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

from checks.base import Check, Outcome, Result, Tools
from cockpit.card.load import load
from cockpit.card.plan import Plan, Planned, plan
from cockpit.clock import SystemClock
from cockpit.engine.cutover import AT_ONCE
from cockpit.engine.look import look
from cockpit.text import Mask, evidence
from cockpit.units import span
from cockpit.world import mask, tools

SIGNS = {Outcome.PASSED: "✓", Outcome.FAILED: "×", Outcome.UNKNOWN: "?"}


@dataclass(frozen=True, slots=True)
class Checked:
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
    checked = asyncio.run(_all(chosen, touch))
    _say(checked, mask(card, os.environ), as_json=options.json)
    outcomes = {one.result.outcome for one in checked}
    if Outcome.FAILED in outcomes:
        return 1
    return 0 if outcomes <= {Outcome.PASSED} else 3


def _chosen(planned: Plan, only: list[str]) -> tuple[Planned, ...]:
    if not only:
        return planned.preflight.items
    return tuple(planned.find(name) for name in only)


async def _all(items: tuple[Planned, ...], touch: Tools) -> list[Checked]:
    places = asyncio.Semaphore(AT_ONCE)

    async def one(item: Planned) -> Checked:
        async with places:
            began = time.monotonic()
            result = await _looked(item, touch)
            return Checked(item, result, time.monotonic() - began)

    return await asyncio.gather(*(one(item) for item in items))


async def _looked(item: Planned, touch: Tools) -> Result:
    if isinstance(item.step, Check):
        return await look(item.step, touch)
    return Result(Outcome.UNKNOWN, "is no check: only a run begins it")


def _say(checked: list[Checked], hide: Mask, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"checks": [_row(one, hide) for one in checked]}, ensure_ascii=False))
        return
    width = max((len(one.item.title) for one in checked), default=0)
    for one in checked:
        outcome = one.result.outcome
        words = evidence(one.result.evidence, hide)
        print(
            f"{SIGNS[outcome]} {one.item.title:<{width}}  {outcome:<7}  {words}  {span(one.took_s)}"
        )
        if outcome is not Outcome.PASSED:
            for detail in one.result.details[:20]:
                print(f"  {'':<{width}}           {evidence(detail, hide)}")


def _row(one: Checked, hide: Mask) -> dict[str, object]:
    return {
        "id": one.item.id,
        "title": one.item.title,
        "outcome": one.result.outcome.value,
        "evidence": evidence(one.result.evidence, hide),
        "details": [evidence(detail, hide) for detail in one.result.details],
        "seconds": round(one.took_s, 3),
    }
