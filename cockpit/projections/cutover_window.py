"""The window binds: before it opens and after it closes no step acts without a person's word.

Breakers and the rollback are free of it: what stops and what brings back never waits.
"""

from datetime import datetime, timedelta

from cockpit.card.model.plan import Planned, SectionKind
from cockpit.card.model.steps import Run, Traffic
from cockpit.journal import events as ev
from cockpit.state import State


def acts(item: Planned) -> bool:
    """Whether a step acts, and so needs the window; a step of a rollback does not need it."""
    return isinstance(item.step, Run | Traffic) and item.section_kind is not SectionKind.ROLLBACK


def instant_at(state: State, now_s: float) -> datetime | None:
    """Return the instant of a run second, by the wall clock of the newest entry; None before it."""
    if not state.last_at:
        return None
    return datetime.fromisoformat(state.last_at) + timedelta(seconds=now_s - state.now_s)


def is_outside(run: ev.RunStarted, now: datetime) -> bool:
    """Whether an instant is before the window's opening, or after its closing."""
    return not _opens(run) <= now <= _closes(run)


def has_closed(run: ev.RunStarted, now: datetime) -> bool:
    """Whether an instant is after the window's closing."""
    return now > _closes(run)


def reason_not_to_act(state: State, now: datetime) -> str | None:
    """Return why no step may act at an instant, as a sentence; None if it may.

    A person's word holds for the side of the window on which it was given.
    """
    run = state.run
    if run is None or not is_outside(run, now):
        return None
    closed = has_closed(run, now)
    if any(word.closed is closed for word in state.window_waivers):
        return None
    when = f"closed at {show(_closes(run))}" if closed else f"opens at {show(_opens(run))}"
    return f"the window {when}: outside it a step acts only on a named person's word"


def describe_waiver(word: ev.WindowWaived) -> str:
    """Describe who let steps act outside the window, on which side, and why.

    >>> describe_waiver(ev.WindowWaived(name="Ann", reason="the slot moved", closed=True))
    'acting after the window closed was allowed by Ann: the slot moved'
    """
    side = "after the window closed" if word.closed else "before the window opened"
    return f"acting {side} was allowed by {word.name}: {word.reason}"


def show(at: datetime) -> str:
    """Format an instant of the window with its day, which may be another one.

    >>> from datetime import UTC
    >>> show(datetime(2027, 3, 1, 2, 0, tzinfo=UTC))
    '2027-03-01T02:00Z'
    """
    return f"{at:%FT%RZ}"


def _opens(run: ev.RunStarted) -> datetime:
    return datetime.fromisoformat(run.opens)


def _closes(run: ev.RunStarted) -> datetime:
    return datetime.fromisoformat(run.closes)
