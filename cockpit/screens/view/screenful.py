"""Everything that the bridge shows, as the values of its widgets."""

from msgspec import Struct

from cockpit.screens.view.first_paint import FirstPaint
from widgets.banner import BannerStyle, BannerView
from widgets.breakers import BreakerTile
from widgets.cutover import CutoverView
from widgets.feed import FeedLine
from widgets.form import FormLine
from widgets.ruler import RulerView
from widgets.slo import SloPanelView
from widgets.strip import CellView
from widgets.topbar import EnvironmentTag, TopBarView

LABELS = ("T-CLOCK", "NEXT TRIP", "GO BACK", "END", "WINDOW", "STOP")


class Screenful(Struct, frozen=True, kw_only=True):
    """The values of all widgets, all from one snapshot; none has a default, so none is left out."""

    topbar: TopBarView
    banner: BannerView
    strip: tuple[CellView, ...]
    ruler: RulerView
    cutover: CutoverView
    slo: SloPanelView
    feed: tuple[FeedLine, ...]
    breakers: tuple[BreakerTile, ...]


def before_open(known: FirstPaint) -> Screenful:
    """Return what is shown before the run is open: nothing is measured, so nothing is green."""
    rehearsal = known.environment == "rehearsal"
    return Screenful(
        topbar=TopBarView(
            EnvironmentTag(known.environment.upper()),
            known.service,
            known.versions,
            known.run,
            control=known.control,
            note="touches nothing real" if rehearsal else "",
            note_short="nothing real" if rehearsal else "",
        ),
        banner=BannerView(
            BannerStyle.QUIET, "HOLD", "opening…", (FormLine("the run is being opened"),)
        ),
        strip=tuple(CellView(label, "opening…") for label in LABELS),
        ruler=RulerView(),
        cutover=CutoverView(),
        slo=SloPanelView(),
        feed=(),
        breakers=(),
    )
