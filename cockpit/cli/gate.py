"""The production gate: routes, surface and compatibility, as the card has them."""

import argparse
import asyncio
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final, get_args

from msgspec.structs import replace

from checks.core.base import Check, Outcome, Result
from checks.registry import AnyCheck
from checks.surface import Surface
from cockpit.card import packaged
from cockpit.card.load_card import load
from cockpit.card.model.plan import Plan, Planned, SectionKind, plan
from cockpit.cli.arguments import DEFAULT_CARD
from cockpit.cli.check import DETAILS_SHOWN, SIGNS, CheckedLine, looked_at
from cockpit.cli.interrupt import interruptible
from cockpit.cli.printing import aside, say_json
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.redaction import Redactor, evidence
from cockpit.runtime.environment import redactor_for, tools

KNOWN: Final = frozenset(str(kind.__struct_config__.tag) for kind in get_args(AnyCheck))
GATES: Final = tuple(kind for kind in ("routes", "surface", "compatibility") if kind in KNOWN)


def gate(options: argparse.Namespace) -> int:
    """Run the gates; 0 when all passed, 1 when one failed, 3 when one could not be looked at."""
    path = Path(options.card)
    if path.exists() or options.card != DEFAULT_CARD:
        card = load(path)
    else:
        card = packaged.card()
        aside(f"there is no {DEFAULT_CARD} here: the gates are those of the packaged card")
    touch = tools(card, path.resolve().parent, dict(os.environ), SystemClock(), rehearsal=False)
    planned = plan(card)
    found = tuple(_of(kind, planned, options.public) for kind in GATES)

    async def run() -> int:
        looked = await looked_at(tuple(item for items in found for item in items), touch)
        missing = [_missing(kind) for kind, items in zip(GATES, found, strict=True) if not items]
        return _say([*looked, *missing], redactor_for(card, os.environ), as_json=options.json)

    return asyncio.run(interruptible(run))


def _of(kind: str, planned: Plan, public: int | None) -> tuple[Planned, ...]:
    """Give the card's gates of a kind; what preflight and Done both ask is asked once."""
    seen: list[Check] = []
    items: list[Planned] = []
    for item in planned.gating():
        step = item.step
        if not isinstance(step, Check) or step.__struct_config__.tag != kind:
            continue
        if isinstance(step, Surface) and public is not None:
            step = replace(step, public=public)
        plain = replace(step, id=None, title=None, about=None, fresh_for=None)
        if plain not in seen:
            seen.append(plain)
            items.append(replace(item, title=kind, step=step))
    return tuple(items)


def _missing(kind: str) -> CheckedLine:
    """Say that the card has no gate of a kind: what nobody looks at has not passed."""
    words = f"the card has no `check: {kind}` in preflight, phases or Done: nothing was looked at"
    where = Planned(kind, kind, _Nothing(), "gate", SectionKind.PREFLIGHT)
    return CheckedLine(where, Result(Outcome.UNKNOWN, words), 0.0)


class _Nothing(Check, frozen=True, kw_only=True):
    """Stands where the card has no gate of a kind."""


def verdict(outcomes: Counter[Outcome]) -> str:
    """Say it in the form that a card expects of a gate.

    >>> verdict(Counter({Outcome.PASSED: 3}))
    '3 passed, 0 critical failures'
    >>> verdict(Counter({Outcome.PASSED: 3, Outcome.UNKNOWN: 1}))
    '3 passed, 1 unknown, 0 critical failures'
    """
    unknown = f" {outcomes[Outcome.UNKNOWN]} unknown," if outcomes[Outcome.UNKNOWN] else ""
    failed = outcomes[Outcome.FAILED]
    return f"{outcomes[Outcome.PASSED]} passed,{unknown} {failed} critical failures"


def exit_status(outcomes: Counter[Outcome]) -> int:
    """Give the status of all gates together; no gate at all has proved nothing."""
    if outcomes[Outcome.FAILED]:
        return 1
    return 3 if outcomes[Outcome.UNKNOWN] or not outcomes[Outcome.PASSED] else 0


def _say(looked: list[CheckedLine], redactor: Redactor, *, as_json: bool) -> int:
    outcomes = Counter(one.result.outcome for one in looked)
    status, told = exit_status(outcomes), verdict(outcomes)
    if as_json:
        rows = [_row(one, redactor) for one in looked]
        say_json({"exit_status": status, "verdict": told, "gates": rows})
        return status
    for line in _lines(looked, redactor):
        print(line)
    print(told)
    return status


def _lines(looked: list[CheckedLine], redactor: Redactor) -> Iterator[str]:
    for one in looked:
        outcome = one.result.outcome
        words = "" if outcome is Outcome.PASSED else f" {outcome.value}"
        yield f"{SIGNS[outcome]} {one.item.title}{words}: {evidence(one.result.evidence, redactor)}"
        if outcome is not Outcome.PASSED:
            for detail in one.result.details[:DETAILS_SHOWN]:
                yield f"    {evidence(detail, redactor)}"


def _row(one: CheckedLine, redactor: Redactor) -> dict[str, object]:
    return {
        "id": one.item.id,
        "gate": one.item.title,
        "outcome": one.result.outcome.value,
        "evidence": evidence(one.result.evidence, redactor),
        "details": [evidence(detail, redactor) for detail in one.result.details],
        "seconds": round(one.took_s, 3),
    }
