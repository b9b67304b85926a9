"""Each theme names every colour, and its text can be read."""

import pytest
from rich.color import Color, ColorSystem
from textual.color import Color as TextualColor
from textual.css.stylesheet import Stylesheet

from cockpit.screens.app import CockpitApp
from cockpit.screens.themes import CONTRAST, DARK, LIGHT, NAMES, PALETTES, SIXTEEN, themes

PAIRS = (
    *((ink, "background") for ink in ("foreground", "muted", "faint", "bright", "held")),
    *((ink, "background") for ink in ("success", "warning", "error")),
    *((ink, "surface") for ink in ("foreground", "muted", "bright", "held", "warning", "error")),
    *((ink, "panel") for ink in ("foreground", "held", "bright")),
    *((f"on-{fill}", f"fill-{fill}") for fill in ("ok", "caution", "alert")),
    *((f"on-{tag}", tag) for tag in ("tag", "staging", "rehearsal")),
    ("background", "foreground"),
)


def luminance(value: str) -> float:
    channels = [channel / 255 for channel in TextualColor.parse(value).rgb]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink: str, ground: str) -> float:
    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", PALETTES)
def test_every_name_has_a_colour(name: str) -> None:
    assert set(PALETTES[name]) == set(NAMES)
    assert name in {theme.name for theme in themes()}


@pytest.mark.parametrize("name", PALETTES)
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_text_can_be_read(name: str, ink: str, ground: str) -> None:
    least = 7 if name == CONTRAST and ink != "on-alert" else 4.5
    ratio = contrast(PALETTES[name][ink], PALETTES[name][ground])
    assert ratio >= least, f"{name}: {ink} on {ground} is {ratio:.1f}"


@pytest.mark.law(10)
@pytest.mark.parametrize("name", [DARK, LIGHT, CONTRAST, SIXTEEN])
def test_law_10_a_rehearsal_has_a_colour_of_its_own(name: str) -> None:
    palette = PALETTES[name]
    for other in ("tag", "staging", "foreground", "background", "warning", "error"):
        assert palette["rehearsal"] != palette[other]


def test_sixteen_colours_survive_a_sixteen_colour_terminal_unchanged() -> None:
    for value in set(PALETTES[SIXTEEN].values()):
        colour = Color.parse(value)
        down = colour.downgrade(ColorSystem.STANDARD)
        assert down.get_truecolor() is not None
        assert Color.from_ansi(down.number or 0).number == down.number
    numbers = {
        name: Color.parse(PALETTES[SIXTEEN][name]).downgrade(ColorSystem.STANDARD).number
        for name in ("tag", "rehearsal", "staging", "warning", "error", "success")
    }
    assert len(set(numbers.values())) == len(numbers)


async def test_the_app_begins_in_its_theme_and_parses_the_styles_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    again: list[Stylesheet] = []
    monkeypatch.setattr(Stylesheet, "reparse", again.append)
    app = CockpitApp(None)
    app.hold_still()
    async with app.run_test() as pilot:
        await pilot.pause()
        assert app.screen.styles.background.hex.lower() == PALETTES[DARK]["background"].lower()
    assert not again
