"""The small sections: top bar, feed, breakers, and the armed breaker."""

from typing import assert_never

from msgspec.structs import replace

from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.plan import Plan
from cockpit.foundation.formatting import clock, instant, percent
from cockpit.journal.events import JournalEntry
from cockpit.projections.armed_text import describe_verified, describe_verify
from cockpit.projections.forecast import back_items, rollback_lengths
from cockpit.projections.narration import NewsTone, describe_event
from cockpit.projections.t_clock import is_rolling_back
from cockpit.screens.view.offers import undone_by
from cockpit.screens.view.phrases import (
    format_countdown,
    measured_total,
    whole_minutes,
    whole_seconds,
)
from cockpit.screens.view.snapshot import Snapshot
from cockpit.state import BreakerState, BreakerStatus
from widgets.armed import ArmedView
from widgets.breakers import BreakerTile
from widgets.feed import FeedLine
from widgets.form import Choice
from widgets.glyphs import Status as Glyph
from widgets.topbar import EnvironmentTag, TopBarView

FEED_LINES = 12
_UNCHANGED = "this run has changed nothing of it"
TONES = {
    NewsTone.DONE: Glyph.PASSED,
    NewsTone.BEGUN: Glyph.RUNNING,
    NewsTone.ORDERED: Glyph.FIRING,
    NewsTone.BAD: Glyph.FAILED,
    NewsTone.TRIPPED: Glyph.TRIPPED,
    NewsTone.CAUTION: Glyph.BREACHING,
    NewsTone.UNKNOWN: Glyph.UNKNOWN,
    NewsTone.DOUBT: Glyph.IN_DOUBT,
    NewsTone.WAIVED: Glyph.WAIVED,
    NewsTone.ARMED: Glyph.ARMED,
    NewsTone.NOTE: Glyph.NONE,
}

_ENDED = {
    BreakerStatus.VERIFIED: Glyph.VERIFIED,
    BreakerStatus.FAILED: Glyph.FAILED,
    BreakerStatus.TAKEN_OVER: Glyph.SKIPPED,
}


def topbar(snapshot: Snapshot) -> TopBarView:
    """Return the top bar; a rehearsal notes that it touches nothing real."""
    run = snapshot.state.run
    rehearsal = run is not None and run.rehearsal
    environment = (
        EnvironmentTag.REHEARSAL
        if rehearsal
        else EnvironmentTag(snapshot.card.environment.value.upper())
    )
    note = "touches nothing real" if environment is EnvironmentTag.REHEARSAL else ""
    watching = ""
    if snapshot.observer is not None:
        watching = f"control {snapshot.observer or 'nobody'}; watching, no keys"
    return TopBarView(
        environment=environment,
        service=snapshot.card.service,
        versions=f"{snapshot.stable} → {snapshot.canary}",
        run=run.run if run else "",
        control=snapshot.state.operator,
        observer=watching,
        utc=clock(snapshot.utc, seconds=True),
        note=note,
        note_short="nothing real" if note else "",
    )


def feed(plan: Plan, entries: tuple[JournalEntry, ...]) -> tuple[FeedLine, ...]:
    """Return the last entries that are worth a line, newest last."""
    lines: list[FeedLine] = []
    for entry in reversed(entries):
        if news := describe_event(entry, plan):
            lines.append(FeedLine(instant(entry.at), TONES[news.tone], news.text))
        if len(lines) >= FEED_LINES:
            break
    return tuple(reversed(lines))


def breakers(snapshot: Snapshot) -> tuple[BreakerTile, ...]:
    """Return the tiles in the order of their keys."""
    ordered = sorted(snapshot.plan.breakers, key=lambda breaker: breaker.key)
    return tuple(_tile(snapshot, breaker) for breaker in ordered)


def _tile(snapshot: Snapshot, breaker: Breaker) -> BreakerTile:
    name = breaker.title or breaker.breaker
    status, word = _status(snapshot, breaker)
    return BreakerTile(breaker.key.upper(), name, status, word, _short(breaker))


def _short(breaker: Breaker) -> str:
    title = breaker.title or breaker.breaker
    return title if len(title) <= 11 else title.split()[0]


def _status(snapshot: Snapshot, breaker: Breaker) -> tuple[Glyph, str]:
    """Return the glyph and the word of a tile."""
    state = snapshot.state.breakers.get(breaker.breaker)
    status = state.status if state is not None else BreakerStatus.READY
    since_s = snapshot.now_s - state.at_s if state is not None else 0.0
    match status:
        case BreakerStatus.READY:
            return _ready(snapshot, breaker)
        case BreakerStatus.ARMED:
            return Glyph.ARMED, "ARMED"
        case BreakerStatus.FIRING:
            return Glyph.FIRING, f"firing {whole_seconds(since_s)}"
        case BreakerStatus.FIRED:
            return Glyph.FIRING, "verifying"
        case BreakerStatus.VERIFIED | BreakerStatus.FAILED | BreakerStatus.TAKEN_OVER:
            return _ENDED[status], f"{status} {whole_minutes(since_s)} ago"
        case _:
            assert_never(status)


def _ready(snapshot: Snapshot, breaker: Breaker) -> tuple[Glyph, str]:
    """Return the glyph and the word of a breaker that is neither armed nor fired."""
    match breaker:
        case RollbackBreaker() if _runs_now(snapshot, breaker):
            return Glyph.FIRING, "going back"
        case RollbackBreaker() if not undone_by(snapshot, breaker):
            return Glyph.SKIPPED, "nothing to undo"
        case RollbackBreaker() | CommandBreaker():
            is_check = breaker.changes.startswith("nothing")
            return Glyph.READY, "ready, a check" if is_check else "ready"
        case _:
            assert_never(breaker)


def _runs_now(snapshot: Snapshot, breaker: RollbackBreaker) -> bool:
    """Whether the running rollback undoes all that this breaker would undo."""
    rollback = snapshot.state.rollback
    undoing = rollback.parts if rollback else ()
    return is_rolling_back(snapshot.state) and set(undone_by(snapshot, breaker)) <= set(undoing)


def armed(snapshot: Snapshot) -> ArmedView | None:
    """Return what the armed breaker would do; None when none is armed."""
    for breaker in snapshot.plan.breakers:
        breaker_state = snapshot.state.breakers.get(breaker.breaker)
        if breaker_state is not None and breaker_state.status is BreakerStatus.ARMED:
            return _armed(snapshot, breaker, breaker_state)
    return None


def _armed(snapshot: Snapshot, breaker: Breaker, breaker_state: BreakerState) -> ArmedView:
    left_s = max(0.0, breaker_state.at_s + breaker_state.lasts_s - snapshot.now_s)
    others = [b.key.upper() for b in snapshot.plan.breakers if b is not breaker]
    how, takes = _describe_verify(snapshot, breaker, breaker_state), _takes(snapshot, breaker)
    shown = ArmedView(
        title=f"{breaker.key.upper()} ARMED{' ANYWAY' if breaker_state.anyway else ''}",
        number=format_countdown(left_s + 0.5),
        fraction=left_s / breaker_state.lasts_s if breaker_state.lasts_s else 0.0,
        note=f"nothing sent; disarms in {whole_seconds(left_s + 0.5)}",
        command=breaker_state.command,
        changes=_changes(snapshot, breaker, breaker_state),
        verify=f"{takes}; verify: {how}" if takes else f"verify: {how}",
        short_verify=f"{takes}; {how}" if takes else "",
        others=f"{' '.join(others)} still work" if others else "",
    )
    return _second_question(shown, breaker) if _is_idle(snapshot, breaker) else shown


def _is_idle(snapshot: Snapshot, breaker: Breaker) -> bool:
    """Whether it is a rollback that would undo nothing if it were fired now."""
    match breaker:
        case RollbackBreaker():
            return not undone_by(snapshot, breaker)
        case CommandBreaker():
            return False
        case _:
            assert_never(breaker)


def _second_question(shown: ArmedView, breaker: Breaker) -> ArmedView:
    """Ask, in place of Enter, for the key again: what it sends then is shown first."""
    key = breaker.key.upper()
    return replace(
        shown,
        changes=_UNCHANGED,
        verify="what it would send is shown first",
        short_verify="",
        choices=(Choice(key, "arms it anyway"), Choice("Esc", "disarms")),
    )


def _changes(snapshot: Snapshot, breaker: Breaker, breaker_state: BreakerState) -> str:
    """Describe the effect on users."""
    match breaker:
        case RollbackBreaker() if breaker_state.anyway:
            return "; ".join(filter(None, (breaker.changes, _UNCHANGED)))
        case RollbackBreaker(parts=parts) if (
            parts and (ordered := snapshot.state.traffic.ordered) > 0
        ):
            moved = f"the {percent(ordered)} on {snapshot.canary} move back"
            return f"everyone on {snapshot.stable} ({moved})"
        case RollbackBreaker() | CommandBreaker():
            return breaker.changes.replace("{endpoint}", breaker_state.argument)
        case _:
            assert_never(breaker)


def _takes(snapshot: Snapshot, breaker: Breaker) -> str:
    """Format how long a rollback takes and how much of that was measured; empty if nothing was."""
    lengths = tuple(rollback_lengths(snapshot.plan, snapshot.state, undone_by(snapshot, breaker)))
    if not (known_s := sum(length.seconds for length in lengths if length.measured)):
        return ""
    total_s = sum(length.seconds for length in lengths)
    return f"takes {whole_minutes(total_s)}, {measured_total(known_s)}"


def _describe_verify(snapshot: Snapshot, breaker: Breaker, breaker_state: BreakerState) -> str:
    match breaker:
        case RollbackBreaker():
            items = back_items(snapshot.plan, undone_by(snapshot, breaker))
            return describe_verified(items)
        case CommandBreaker():
            return describe_verify(breaker, breaker_state.argument)
        case _:
            assert_never(breaker)
