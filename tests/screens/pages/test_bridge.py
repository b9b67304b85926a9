"""Every value of a screenful is shown by a widget of the bridge."""

from msgspec.structs import fields, replace
from textual.widgets import Static

from cockpit.screens.app import CockpitApp
from cockpit.screens.pages.bridge import Bridge
from cockpit.screens.view.first_paint import FirstPaint
from cockpit.screens.view.screenful import Screenful, before_open
from tests.widgets.host import SIZES
from tests.widgets.samples import CALM
from widgets.drawn import Drawn


def screenful() -> Screenful:
    """Return a screenful whose every value differs from the first paint's, and is not empty."""
    return replace(
        before_open(FirstPaint("acme-api", "2.4.0 → 2.5.0", "staging")),
        banner=CALM.banner,
        strip=CALM.strip,
        ruler=CALM.ruler,
        cutover=CALM.cutover,
        slo=CALM.slo,
        feed=CALM.feed,
        breakers=CALM.breakers,
    )


async def test_every_value_of_a_screenful_reaches_a_widget() -> None:
    """A new panel needs a value here, a widget in `Bridge.compose`, and a line in `Bridge.show`."""
    app, shown = CockpitApp(None), screenful()
    app.hold_still()
    before = before_open(FirstPaint())
    async with app.run_test(size=(120, 36)):
        bridge = app.screen_stack[0]
        assert isinstance(bridge, Bridge)
        await bridge.ask(Static("a question"))
        await bridge.put_back()
        assert not bridge.query(".asked")
        bridge.show(shown)
        drawn = [widget.value for widget in bridge.query(Drawn)]
        for field in fields(Screenful):
            value = getattr(shown, field.name)
            assert value != getattr(before, field.name), f"give `{field.name}` a value in this test"
            assert value in drawn, f"no widget of the bridge shows `{field.name}`"


async def fields_in_sight(size: tuple[int, int]) -> set[str]:
    """Return the fields of a screenful that a widget with cells of its own shows at a size."""
    app, shown = CockpitApp(None), screenful()
    app.hold_still()
    async with app.run_test(size=size) as pilot:
        bridge = app.screen_stack[0]
        assert isinstance(bridge, Bridge)
        bridge.show(shown)
        await pilot.pause()
        drawn = [w.value for w in bridge.query(Drawn) if w.is_on_screen and w.region.area]
        return {field.name for field in fields(Screenful) if getattr(shown, field.name) in drawn}


async def test_every_value_of_a_screenful_is_in_sight_at_some_size() -> None:
    """A panel may give way on a small terminal; one without cells at all sizes shows nothing."""
    seen = {name for size in SIZES for name in await fields_in_sight(size)}
    hidden = {field.name for field in fields(Screenful)} - seen
    assert hidden == set(), f"no size of {SIZES} has room for these: look at the bridge's styles"
