"""One line of news for each entry of a journal: for the feed, the report and a headless run."""

from enum import StrEnum
from typing import assert_never

from msgspec import Struct

from checks.core.base import Outcome
from cockpit.card.model.plan import HEALTHY_STEP, Plan
from cockpit.foundation.formatting import percent
from cockpit.journal import events as ev
from cockpit.projections.cutover_window import describe_waiver
from cockpit.projections.hanging_lines import describe_hanging


class NewsTone(StrEnum):
    """The tone of a line of news; each has its glyph."""

    DONE = "done"
    BEGUN = "begun"
    ORDERED = "ordered"
    BAD = "bad"
    TRIPPED = "tripped"
    CAUTION = "caution"
    UNKNOWN = "unknown"
    DOUBT = "in doubt"
    WAIVED = "waived"
    ARMED = "armed"
    NOTE = "note"


class NewsLine(Struct, frozen=True):
    """One line of news."""

    tone: NewsTone
    text: str


_BY_OUTCOME = {
    Outcome.PASSED: NewsTone.DONE,
    Outcome.FAILED: NewsTone.BAD,
    Outcome.UNKNOWN: NewsTone.UNKNOWN,
    Outcome.SKIPPED: NewsTone.NOTE,
    Outcome.WAIVED: NewsTone.WAIVED,
}
_VERDICTS = {Outcome.PASSED: "verified", Outcome.SKIPPED: "taken over"}
_BY_STATE = {
    ev.MonitorStatus.OK: NewsTone.DONE,
    ev.MonitorStatus.BREACHING: NewsTone.CAUTION,
    ev.MonitorStatus.TRIPPED: NewsTone.TRIPPED,
    ev.MonitorStatus.BLIND: NewsTone.UNKNOWN,
}


def describe_event(entry: ev.JournalEntry, plan: Plan) -> NewsLine | None:  # noqa: C901, PLR0911, PLR0912 - one arm an event
    """Return the line of news that an entry makes; None for one that is not news."""
    event, by = entry.event, entry.by
    match event:
        case ev.RunStarted():
            kind = "rehearsal" if event.rehearsal else "run"
            text = f"{kind} {event.run}: {event.service} {event.stable} to {event.canary}"
            return NewsLine(NewsTone.BEGUN, text)
        case ev.SessionOpened():
            word = "came back" if event.resumed else "in control"
            return NewsLine(NewsTone.NOTE, f"{event.operator} {word}, on {event.host}")
        case ev.SessionClosed():
            return NewsLine(NewsTone.NOTE, f"{by} left: {event.reason}")
        case ev.SectionStarted():
            return NewsLine(NewsTone.BEGUN, f"{_section(plan, event.section)} begun by {by}")
        case ev.SectionEnded():
            return NewsLine(NewsTone.DONE, f"{_section(plan, event.section)} ended")
        case ev.StepStarted():
            again = f", try {event.attempt}" if event.attempt > 1 else ""
            tone = NewsTone.ORDERED if event.action else NewsTone.BEGUN
            return NewsLine(tone, f"{title(plan, event.step)}{again}")
        case ev.StepEnded():
            text = f"{title(plan, event.step)} {event.outcome}: {event.evidence}"
            return NewsLine(_BY_OUTCOME[event.outcome], text.removesuffix(": "))
        case ev.StepDoubted():
            return NewsLine(NewsTone.DOUBT, f"{title(plan, event.step)} in doubt: {event.evidence}")
        case ev.Waived():
            return NewsLine(NewsTone.WAIVED, _waived(event, plan))
        case ev.MarkedDone():
            text = f"{title(plan, event.step)} marked as done by {event.name}: {event.reason}"
            return NewsLine(NewsTone.WAIVED, text)
        case ev.CardAccepted():
            return NewsLine(NewsTone.WAIVED, _accepted_card(event))
        case ev.WindowWaived():
            return NewsLine(NewsTone.WAIVED, describe_waiver(event))
        case ev.Held():
            return NewsLine(NewsTone.CAUTION, f"held by {by} {event.reason}".strip())
        case ev.Released():
            return NewsLine(NewsTone.NOTE, f"hold ended by {by}")
        case ev.TrafficOrdered():
            return NewsLine(
                NewsTone.ORDERED, f"traffic {percent(event.share)} to the canary ordered"
            )
        case ev.MonitorChanged():
            return NewsLine(_BY_STATE.get(event.after, NewsTone.NOTE), event.text)
        case ev.BreakerArmed():
            return NewsLine(NewsTone.ARMED, _armed(plan, event, by))
        case ev.BreakerDisarmed():
            return NewsLine(
                NewsTone.NOTE, f"{breaker(plan, event.breaker)} disarmed: {event.reason}"
            )
        case ev.BreakerFired():
            text = f"{breaker(plan, event.breaker)} fired by {by}: {event.command}"
            return NewsLine(NewsTone.ORDERED, text)
        case ev.BreakerActed():
            text = f"{breaker(plan, event.breaker)} sent, its effect is looked for"
            return NewsLine(NewsTone.BEGUN, text)
        case ev.BreakerEnded():
            return NewsLine(_BY_OUTCOME[event.outcome], _breaker_ended(event, plan))
        case ev.RollbackStarted():
            how = "automatic, by the card's on_trip rule" if event.automatic else f"by {by}"
            text = f"rollback of {' + '.join(event.parts)} begun, {how}: {event.reason}"
            return NewsLine(NewsTone.TRIPPED, text)
        case ev.RollbackEnded():
            tone = _BY_OUTCOME[event.outcome]
            over = "taken over" if event.outcome is Outcome.SKIPPED else event.outcome
            return NewsLine(tone, f"rollback {over}: {event.evidence}")
        case ev.Decided():
            tone = {"GO": NewsTone.DONE, "NO-GO": NewsTone.BAD}.get(event.word, NewsTone.CAUTION)
            why = f": {event.reasons[0]}" if event.reasons else ""
            return NewsLine(tone, f"{event.word}{why}")
        case ev.ReportWritten():
            return NewsLine(NewsTone.DONE, f"report written: {event.path}")
        case ev.FaultInjected():
            return NewsLine(NewsTone.CAUTION, f"{_fault(event)} by {by}")
        case ev.Noted():
            return NewsLine(NewsTone.NOTE, event.text)
        case ev.RunEnded():
            tone = NewsTone.DONE if event.word == "GO" else NewsTone.BAD
            return NewsLine(tone, f"the run ended {event.word}")
        case ev.MonitorsSampled() | ev.TrafficObserved() | ev.StepProgressed():
            return None  # once a second: what is news of it has an event of its own
    assert_never(event)


def _armed(plan: Plan, event: ev.BreakerArmed, by: str) -> str:
    armed = "armed anyway" if event.anyway else "armed"
    return f"{breaker(plan, event.breaker)} {armed} by {by}, nothing sent: {event.command}"


def title(plan: Plan, step: str) -> str:
    """Return a step's title; its id if the card has no such step."""
    if step == HEALTHY_STEP:
        return "is the stable side healthy?"
    planned = next((item for item in plan.all() if item.id == step), None)
    return planned.title if planned else step


def breaker(plan: Plan, name: str) -> str:
    """Return a breaker's key and title; its name if the plan does not have it."""
    planned = next((item for item in plan.breakers if item.breaker == name), None)
    return f"{planned.key.upper()} {planned.title or name}" if planned else name


def _breaker_ended(event: ev.BreakerEnded, plan: Plan) -> str:
    verdict = _VERDICTS.get(event.outcome, event.outcome.value)
    return f"{breaker(plan, event.breaker)} {verdict}: {event.evidence}"


def _fault(event: ev.FaultInjected) -> str:
    return f"fault {event.fault} {'injected' if event.on else 'taken away'}"


def _waived(event: ev.Waived, plan: Plan) -> str:
    words = f"{title(plan, event.step)} waived by {event.name}: {event.reason}"
    return "; ".join(filter(None, (words, describe_hanging(plan, event.step))))


def _accepted_card(event: ev.CardAccepted) -> str:
    return f"edited card accepted by {event.name}: {'; '.join(event.edits)}"


def _section(plan: Plan, section: str) -> str:
    planned = next((item for item in plan.sections() if item.id == section), None)
    return planned.title if planned else section
