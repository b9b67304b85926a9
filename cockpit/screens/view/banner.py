"""The banner: the decision, why, the one number that matters next, and the choices."""

from collections.abc import Mapping
from typing import Final

from cockpit.projections.decision import Word
from cockpit.screens.view.choices import choices
from cockpit.screens.view.number import number
from cockpit.screens.view.reasons import context, first_reason
from cockpit.screens.view.snapshot import Situation, Snapshot, situation
from cockpit.screens.view.subtitle import subtitle
from widgets.armed import ArmedView
from widgets.banner import BannerView, Look
from widgets.form import FormLine
from widgets.glyphs import Status as Glyph

_LOOKS: Final[Mapping[Situation, Look]] = {
    Situation.ROLLING_BACK: Look.ALARM,
    Situation.TRIPPED: Look.ALARM,
    Situation.ROLLED_BACK: Look.STOP,
    Situation.BACK_FAILED: Look.STOP,
    Situation.FAILED: Look.STOP,
    Situation.DONE: Look.DONE,
    Situation.DOUBT: Look.CAUTION,
    Situation.UNKNOWN: Look.CAUTION,
    Situation.BLIND: Look.CAUTION,
    Situation.BREACHING: Look.CAUTION,
    Situation.STALE: Look.CAUTION,
    Situation.HELD: Look.CAUTION,
}


def banner(snapshot: Snapshot, armed: ArmedView | None = None) -> BannerView:
    """Return the banner; `armed` is what Enter would fire."""
    at = situation(snapshot)
    look = look_of(snapshot, at)
    shown = number(snapshot, at)
    reason, short_reason = subtitle(snapshot, at)
    return BannerView(
        look=look,
        word="DONE" if at is Situation.DONE else snapshot.decision.word.value,
        under=reason,
        under_short=short_reason,
        lines=tuple(_lines(snapshot, at)),
        choices=choices(snapshot, at),
        number=shown.number,
        number_label=shown.label,
        number_note=shown.note,
        progress=shown.progress,
        armed=armed,
    )


def look_of(snapshot: Snapshot, at: Situation) -> Look:
    """Return the look; a NO-GO is never quiet, nor is a journal that cannot be written."""
    look = _LOOKS.get(at, Look.QUIET)
    if look in (Look.QUIET, Look.CAUTION) and snapshot.decision.word is Word.NO_GO:
        return Look.STOP
    if look is Look.QUIET and snapshot.state.journal_fault:
        return Look.CAUTION
    return look


def _lines(snapshot: Snapshot, at: Situation) -> list[FormLine]:
    """Return up to three lines: a journal fault, then what sets the look, then its context."""
    lines = [first_reason(snapshot, at), *context(snapshot, at)]
    if snapshot.state.journal_fault:
        lines.insert(0, FormLine(snapshot.state.journal_fault, Glyph.FAILED, "JOURNAL NOT WRITTEN"))
    return [line for line in lines if line.text][:3]
