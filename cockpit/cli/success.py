"""`cockpit success`: error budget, latency and availability since the deployment."""

import argparse
import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import asdict

from checks.budget import ErrorBudget
from checks.core.base import Check, Outcome
from cockpit.card.load_card import load
from cockpit.card.model.plan import Planned, plan
from cockpit.card.model.steps import Confirm
from cockpit.cli.check import DETAILS_SHOWN, SIGNS, CheckedLine, run_checks
from cockpit.cli.interrupt import interruptible
from cockpit.cli.printing import print_json
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.redaction import Redactor, evidence
from cockpit.projections.error_budget import Standing, share, standing
from cockpit.runtime.environment import redactor_for, tools


def success(options: argparse.Namespace) -> int:
    """Check every metric now; return 0 if all hold, 1 if one does not, 3 if one is unknown."""
    path = Path(options.card)
    card = load(path)
    items = plan(card).success.items
    run_tools = tools(card, path.resolve().parent, dict(os.environ), SystemClock(), rehearsal=False)
    redactor = redactor_for(card, os.environ)

    async def run() -> int:
        checks = tuple(item for item in items if isinstance(item.step, Check))
        checked = {line.item.id: line for line in await run_checks(checks, run_tools)}
        return _print(items, checked, redactor, as_json=options.json)

    return asyncio.run(interruptible(run))


def _print(
    items: tuple[Planned, ...],
    checked: dict[str, CheckedLine],
    redactor: Redactor,
    *,
    as_json: bool,
) -> int:
    outcomes = [line.result.outcome for line in checked.values()]
    status = 0 if items and len(checked) == len(items) else 3
    if Outcome.FAILED in outcomes:
        status = 1
    elif any(outcome is not Outcome.PASSED for outcome in outcomes):
        status = 3
    held = sum(outcome is Outcome.PASSED for outcome in outcomes)
    summary = f"{held} of {len(items)} hold" if items else "the card has no success metrics"
    if as_json:
        rows = [_row(item, checked.get(item.id), redactor) for item in items]
        print_json({"exit_status": status, "verdict": summary, "metrics": rows})
        return status
    for item in items:
        for line in _lines(item, checked.get(item.id), redactor):
            print(line)
    print(summary)
    return status


def _lines(item: Planned, checked: CheckedLine | None, redactor: Redactor) -> Iterator[str]:
    title = evidence(item.title, redactor)
    if checked is None:
        asks = (
            f"needs a person's confirmation: {item.step.confirm}"
            if isinstance(item.step, Confirm)
            else ""
        )
        yield f"○ {title}  to do  {evidence(asks, redactor)}".rstrip()
        return
    outcome = checked.result.outcome
    shown = evidence(checked.result.evidence, redactor)
    yield f"{SIGNS[outcome]} {title}  {outcome.value}  {shown}"
    if isinstance(item.step, ErrorBudget):
        for line in describe_budget(standing(item.step, checked.result.figures)):
            yield f"    {line}"
    elif outcome is not Outcome.PASSED:
        for detail in checked.result.details[:DETAILS_SHOWN]:
            yield f"    {evidence(detail, redactor)}"


def describe_budget(budget: Standing) -> Iterator[str]:
    """Yield the lines that describe an error budget."""
    if budget.left is not None:
        yield f"{share(budget.left)} left, {budget.counted}; {budget.limit}"
    yield from budget.sentences
    for burning in budget.burns:
        hot = "  too fast" if burning.hot else ""
        yield f"burn over {burning.window}: {burning.burn:.2f} of {burning.factor:.2f}{hot}"
    for meter in budget.meters:
        yield f"{meter.name} {meter.value}, {meter.limit}"
    yield budget.covers


def _row(item: Planned, checked: CheckedLine | None, redactor: Redactor) -> dict[str, object]:
    row: dict[str, object] = {"id": item.id, "title": evidence(item.title, redactor)}
    if checked is None:
        return {**row, "outcome": "to do", "evidence": "", "figures": {}}
    result = checked.result
    row |= {"outcome": result.outcome.value, "evidence": evidence(result.evidence, redactor)}
    row |= {"figures": dict(result.figures)}
    if isinstance(item.step, ErrorBudget):
        budget = standing(item.step, result.figures)
        burns = [asdict(burning) for burning in budget.burns]
        row |= {"limit": budget.limit, "words": list(budget.sentences), "burns": burns}
    return row
