"""Every widget has a sample, and every sample is drawn."""

import pytest
from msgspec.structs import fields

from tests.widgets.host import SIZES, Host, Wall, drawing, lines
from tests.widgets.samples import CALM, SAMPLE_OF, Shown
from widgets.drawn import Drawn


def test_every_widget_has_a_sample() -> None:
    missing = {kind.__name__ for kind in drawing() - set(SAMPLE_OF)}
    assert missing == set(), "give it a value in SAMPLE_OF of tests/widgets/samples.py"


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", SAMPLE_OF, ids=lambda kind: kind.__name__)
async def test_every_sample_is_drawn_and_in_ascii_drawn_plainly(
    kind: type[Drawn[object]], size: tuple[int, int]
) -> None:
    for ascii_only in (False, True):
        widget = kind(SAMPLE_OF[kind], ascii_only=ascii_only)
        widget.styles.height = size[1]
        app = Host(widget)
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            seen = "".join(lines(app))
        assert seen.strip(), f"{kind.__name__} draws nothing of its sample"
        assert seen.isascii() or not ascii_only, f"{kind.__name__} draws more than ASCII"


async def test_the_wall_has_a_widget_for_every_value_of_a_sample() -> None:
    app = Wall(CALM, 200)
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.pause()
        drawn = [widget.value for widget in app.query(Drawn) if widget.region.area]
    missing = {field.name for field in fields(Shown) if getattr(CALM, field.name) not in drawn}
    assert missing == set(), "let `Wall` of tests/widgets/host.py show it"
