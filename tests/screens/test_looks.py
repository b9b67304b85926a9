"""The whole bridge in each theme: what it says is said without colour, too."""

import pytest

from cockpit.screens.app import CockpitApp
from cockpit.screens.model.presenter import Presenter
from cockpit.screens.themes import MONO, PALETTES
from cockpit.screens.view.first_paint import FirstPaint
from cockpit.screens.view.snapshot import Situation, situation
from screenshots.__main__ import Told
from screenshots.stories import STORIES
from tests.widgets.host import SIZES, lines, screen_strips

WORDS = {
    Situation.FAILED: ("×", "failed"),
    Situation.BREACHING: ("▲", "breaching"),
    Situation.BLIND: ("?", "blind"),
    Situation.DOUBT: ("!", "in doubt"),
    Situation.ROLLING_BACK: ("■", "rolling back"),
    Situation.ROLLED_BACK: ("✓", "rolled back"),
    Situation.DONE: ("✓", "complete"),
}


def _looks(app: CockpitApp) -> set[str]:
    styles = (segment.style for strip in screen_strips(app) for segment in strip)
    return {str(style.color.name) for style in styles if style is not None and style.color}


@pytest.mark.law(10)
@pytest.mark.parametrize("theme", PALETTES)
@pytest.mark.parametrize("size", SIZES)
async def test_law_10_a_rehearsal_looks_different_in_every_theme(
    theme: str, size: tuple[int, int]
) -> None:
    """Law 10: its own hatch on all four sides, tag and word, whatever the theme."""
    seen = {}
    for environment in ("production", "rehearsal"):
        app = CockpitApp(None, first=FirstPaint("demo", "", environment), theme=theme)
        app.hold_still()
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            seen[environment] = lines(app)
    real, unreal = seen["production"], seen["rehearsal"]
    assert not any("╱" in line for line in real)
    assert all("╱" in (line[0], line[-1]) for line in unreal[1:-1])
    assert "╱" in unreal[0]
    assert " PRODUCTION " in real[0]
    assert " REHEARSAL " in unreal[0]
    assert "nothing real" in unreal[0]


@pytest.mark.law(11)
@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("size", SIZES)
async def test_law_11_each_situation_has_a_word_and_a_glyph_without_colour(
    name: str, size: tuple[int, int]
) -> None:
    """Law 11: in the theme of one colour word and glyph of the situation are on the screen."""
    story = STORIES[name]()
    app = CockpitApp(None, theme=MONO)
    app.hold_still()
    async with app.run_test(size=size) as pilot:
        app.live = Presenter(Told(story))
        app.draw()
        await pilot.pause()
        seen = "\n".join(lines(app))
        colours = _looks(app)
    for words in WORDS.get(situation(story.seen()), ()):
        assert words in seen
    assert len(colours) <= 2
