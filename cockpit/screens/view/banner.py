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
from widgets.banner import BannerStyle, BannerView
from widgets.form import FormLine
from widgets.glyphs import Status as Glyph

_STYLES: Final[Mapping[Situation, BannerStyle]] = {
    Situation.ROLLING_BACK: BannerStyle.ALARM,
    Situation.TRIPPED: BannerStyle.ALARM,
    Situation.ROLLED_BACK: BannerStyle.STOP,
    Situation.BACK_FAILED: BannerStyle.STOP,
    Situation.FAILED: BannerStyle.STOP,
    Situation.DONE: BannerStyle.DONE,
    Situation.DOUBT: BannerStyle.CAUTION,
    Situation.UNKNOWN: BannerStyle.CAUTION,
    Situation.BLIND: BannerStyle.CAUTION,
    Situation.BREACHING: BannerStyle.CAUTION,
    Situation.STALE: BannerStyle.CAUTION,
    Situation.HELD: BannerStyle.CAUTION,
}


def banner(snapshot: Snapshot, armed: ArmedView | None = None) -> BannerView:
    """Return the banner; `armed` is what Enter would fire."""
    at = situation(snapshot)
    style = style_of(snapshot, at)
    shown = number(snapshot, at)
    reason, short_reason = subtitle(snapshot, at)
    return BannerView(
        style=style,
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


def style_of(snapshot: Snapshot, at: Situation) -> BannerStyle:
    """Return the style; a NO-GO is never quiet, nor is a journal that cannot be written."""
    style = _STYLES.get(at, BannerStyle.QUIET)
    if style in (BannerStyle.QUIET, BannerStyle.CAUTION) and snapshot.decision.word is Word.NO_GO:
        return BannerStyle.STOP
    if style is BannerStyle.QUIET and snapshot.state.journal_fault:
        return BannerStyle.CAUTION
    return style


def _lines(snapshot: Snapshot, at: Situation) -> list[FormLine]:
    """Return up to three lines: a journal fault, then what sets the style, then its context."""
    lines = [first_reason(snapshot, at), *context(snapshot, at)]
    if snapshot.state.journal_fault:
        lines.insert(0, FormLine(snapshot.state.journal_fault, Glyph.FAILED, "JOURNAL NOT WRITTEN"))
    return [line for line in lines if line.text][:3]
