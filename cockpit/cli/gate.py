"""`cockpit gate`: the routes, surface and compatibility checks of a card."""

import argparse
import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

from msgspec.structs import replace

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.text import count_of
from checks.registry import AnyCheck
from checks.surface import Surface
from cockpit.card import packaged
from cockpit.card.load_card import load
from cockpit.card.model.plan import Plan, Planned, SectionKind, plan
from cockpit.cli.arguments import DEFAULT_CARD
from cockpit.cli.check import DETAILS_SHOWN, SIGNS, CheckedLine, run_checks
from cockpit.cli.interrupt import interruptible
from cockpit.cli.printing import print_aside, print_json
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.redaction import Redactor, evidence
from cockpit.runtime.environment import redactor_for, tools

KNOWN: Final = frozenset(str(kind.__struct_config__.tag) for kind in get_args(AnyCheck))
GATES: Final = tuple(kind for kind in ("routes", "surface", "compatibility") if kind in KNOWN)


def gate(options: argparse.Namespace) -> int:
    """Run the gates; return 0 if all passed, 1 if one failed, else 3."""
    path = Path(options.card)
    if path.exists() or options.card != DEFAULT_CARD:
        card = load(path)
    else:
        card = packaged.card()
        print_aside(f"there is no {DEFAULT_CARD} here: using the gates of the packaged card")
    run_tools = tools(card, path.resolve().parent, dict(os.environ), SystemClock(), rehearsal=False)
    planned = plan(card)
    gates = tuple(_gates_of(kind, planned, options.public) for kind in GATES)

    async def run() -> int:
        lines = await run_checks(tuple(item for items in gates for item in items), run_tools)
        missing = [_missing(kind) for kind, items in zip(GATES, gates, strict=True) if not items]
        return _print([*lines, *missing], redactor_for(card, os.environ), as_json=options.json)

    return asyncio.run(interruptible(run))


def _gates_of(kind: str, planned: Plan, public: int | None) -> tuple[Planned, ...]:
    """Return the card's gates of a kind, each once, even if preflight and Done both have it."""
    plain_checks: list[Check] = []
    items: list[Planned] = []
    for item in planned.gating():
        step = item.step
        if not isinstance(step, Check) or step.__struct_config__.tag != kind:
            continue
        if isinstance(step, Surface) and public is not None:
            step = replace(step, public=public)
        plain = replace(step, id=None, title=None, about=None, fresh_for=None)
        if plain not in plain_checks:
            plain_checks.append(plain)
            items.append(replace(item, title=kind, step=step))
    return tuple(items)


def _missing(kind: str) -> CheckedLine:
    """Return an unknown result for a kind of gate that the card does not have."""
    reason = f"the card has no `check: {kind}` in preflight, phases or Done: nothing was checked"
    where = Planned(kind, kind, _MissingCheck(), "gate", SectionKind.PREFLIGHT)
    return CheckedLine(where, Result(Outcome.UNKNOWN, reason), 0.0)


class _MissingCheck(Check, frozen=True, kw_only=True):
    """The check of a gate that the card does not have; it is never run."""

    def label(self) -> str:
        return "nothing"

    async def run(self, tools: Tools) -> Result:
        return Result(Outcome.UNKNOWN, "nothing was checked")


def verdict(outcomes: Counter[Outcome]) -> str:
    """Return the verdict in the form that a card expects of a gate.

    >>> verdict(Counter({Outcome.PASSED: 3}))
    '3 passed, 0 critical failures'
    >>> verdict(Counter({Outcome.PASSED: 3, Outcome.UNKNOWN: 1}))
    '3 passed, 1 unknown, 0 critical failures'
    """
    unknown = f" {outcomes[Outcome.UNKNOWN]} unknown," if outcomes[Outcome.UNKNOWN] else ""
    failed = outcomes[Outcome.FAILED]
    return f"{outcomes[Outcome.PASSED]} passed,{unknown} {count_of(failed, 'critical failure')}"


def exit_status(outcomes: Counter[Outcome]) -> int:
    """Return the exit status of all gates together; 3 if there are none."""
    if outcomes[Outcome.FAILED]:
        return 1
    return 3 if outcomes[Outcome.UNKNOWN] or not outcomes[Outcome.PASSED] else 0


def _print(lines: list[CheckedLine], redactor: Redactor, *, as_json: bool) -> int:
    outcomes = Counter(line.result.outcome for line in lines)
    status, text = exit_status(outcomes), verdict(outcomes)
    if as_json:
        rows = [_row(line, redactor) for line in lines]
        print_json({"exit_status": status, "verdict": text, "gates": rows})
        return status
    for line in _lines(lines, redactor):
        print(line)
    print(text)
    return status


def _lines(lines: list[CheckedLine], redactor: Redactor) -> Iterator[str]:
    for line in lines:
        outcome = line.result.outcome
        title = f"{line.item.title}{'' if outcome is Outcome.PASSED else f' {outcome.value}'}"
        yield f"{SIGNS[outcome]} {title}: {evidence(line.result.evidence, redactor)}"
        if outcome is not Outcome.PASSED:
            for detail in line.result.details[:DETAILS_SHOWN]:
                yield f"    {evidence(detail, redactor)}"


def _row(line: CheckedLine, redactor: Redactor) -> dict[str, object]:
    return {
        "id": line.item.id,
        "gate": line.item.title,
        "outcome": line.result.outcome.value,
        "evidence": evidence(line.result.evidence, redactor),
        "details": [evidence(detail, redactor) for detail in line.result.details],
        "seconds": round(line.took_s, 3),
    }
