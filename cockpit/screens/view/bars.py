"""The small sections: top bar, feed, breakers, and the armed breaker."""

from typing import assert_never

from checks.core.durations import format_duration
from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.plan import Plan
from cockpit.foundation.formatting import clock, instant, percent
from cockpit.journal.events import JournalEntry
from cockpit.projections.forecast import way_back
from cockpit.projections.narration import NewsTone, describe_event
from cockpit.projections.t_clock import running_back
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
from widgets.glyphs import Status as Glyph
from widgets.topbar import EnvironmentTag, TopBarView

FEED_LINES = 12
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
_TILES = {
    BreakerStatus.READY: Glyph.READY,
    BreakerStatus.ARMED: Glyph.ARMED,
    BreakerStatus.FIRING: Glyph.FIRING,
    BreakerStatus.FIRED: Glyph.FIRING,
    BreakerStatus.VERIFIED: Glyph.VERIFIED,
    BreakerStatus.FAILED: Glyph.FAILED,
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
    status, word = _state(snapshot, breaker, snapshot.state.breakers.get(breaker.breaker))
    return BreakerTile(breaker.key.upper(), name, status, word, _short(breaker))


def _short(breaker: Breaker) -> str:
    title = breaker.title or breaker.breaker
    return title if len(title) <= 11 else title.split()[0]


def _state(snapshot: Snapshot, breaker: Breaker, found: BreakerState | None) -> tuple[Glyph, str]:
    if found is not None and found.status is not BreakerStatus.READY:
        return _TILES[found.status], _word(snapshot, found)
    if isinstance(breaker, RollbackBreaker):
        undone = undone_by(snapshot, breaker)
        going = snapshot.state.rollback.parts if snapshot.state.rollback else ()
        if running_back(snapshot.state) and set(undone) <= set(going):
            return Glyph.FIRING, "going back"
        if not undone:
            return Glyph.SKIPPED, "nothing to undo"
    looks = breaker.changes.startswith("nothing")
    return Glyph.READY, "ready, a check" if looks else "ready"


def _word(snapshot: Snapshot, found: BreakerState) -> str:
    since = whole_seconds(snapshot.now_s - found.at_s)
    match found.status:
        case BreakerStatus.ARMED:
            return "ARMED"
        case BreakerStatus.FIRING:
            return f"firing {since}"
        case BreakerStatus.FIRED:
            return "verifying"
        case BreakerStatus.VERIFIED:
            return f"verified {whole_minutes(snapshot.now_s - found.at_s)} ago"
        case _:
            return f"failed {whole_minutes(snapshot.now_s - found.at_s)} ago"


def armed(snapshot: Snapshot) -> ArmedView | None:
    """Return what the armed breaker would do; None when none is armed."""
    for breaker in snapshot.plan.breakers:
        found = snapshot.state.breakers.get(breaker.breaker)
        if found is not None and found.status is BreakerStatus.ARMED:
            return _armed(snapshot, breaker, found)
    return None


def _armed(snapshot: Snapshot, breaker: Breaker, found: BreakerState) -> ArmedView:
    left_s = max(0.0, found.at_s + found.lasts_s - snapshot.now_s)
    others = [b.key.upper() for b in snapshot.plan.breakers if b is not breaker]
    verify, takes = f"verify: {_verified(breaker, found)}", _takes(snapshot, breaker)
    return ArmedView(
        title=f"{breaker.key.upper()} ARMED",
        number=format_countdown(left_s + 0.5),
        fraction=left_s / found.lasts_s if found.lasts_s else 0.0,
        note=f"nothing sent; disarms in {whole_seconds(left_s + 0.5)}",
        command=found.command,
        changes=_changes(snapshot, breaker, found),
        verify=f"{takes}; verify: share, watch" if takes else verify,
        short_verify=f"{takes}; share, watch" if takes else "",
        others=f"{' '.join(others)} still work" if others else "",
    )


def _changes(snapshot: Snapshot, breaker: Breaker, found: BreakerState) -> str:
    """Describe the effect on users."""
    ordered = snapshot.state.traffic.ordered
    if isinstance(breaker, RollbackBreaker) and breaker.parts and ordered > 0:
        moved = f"the {percent(ordered)} on {snapshot.canary} move back"
        return f"everyone on {snapshot.stable} ({moved})"
    return breaker.changes.replace("{endpoint}", found.argument)


def _takes(snapshot: Snapshot, breaker: Breaker) -> str:
    """Format how long a rollback takes and how much of that was measured; empty if nothing was."""
    lengths = tuple(way_back(snapshot.plan, snapshot.state, undone_by(snapshot, breaker)))
    if not (known_s := sum(length.seconds for length in lengths if length.measured)):
        return ""
    total_s = sum(length.seconds for length in lengths)
    return f"takes {whole_minutes(total_s)}, {measured_total(known_s)}"


def _verified(breaker: Breaker, found: BreakerState) -> str:
    match breaker:
        case RollbackBreaker():
            return "the share observed, then a watch"
        case CommandBreaker(verify=check):
            if check is None:
                return "by its exit status alone"
            name = (check.title or check.label()).replace("{endpoint}", found.argument)
            return f"{name} within {format_duration(breaker.within)}"
        case _:
            assert_never(breaker)
