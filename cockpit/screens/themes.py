"""The five themes: dark, light, high contrast, 16 colours, monochrome.

Each theme gives every name below a colour of its own. Only these names are used by the widgets and
the style sheets, so that a theme is complete by construction.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from textual.theme import Theme

DARK: Final = "cockpit-dark"
LIGHT: Final = "cockpit-light"
CONTRAST: Final = "cockpit-contrast"
SIXTEEN: Final = "cockpit-16"
MONO: Final = "cockpit-mono"

NAMES: Final = (
    *("background", "surface", "panel", "band", "foreground", "muted", "faint", "bright", "rule"),
    *("success", "warning", "error", "held", "spark", "limit", "caution-bar", "alert-bar"),
    *("fill-ok", "on-ok", "fill-caution", "on-caution", "fill-alert", "on-alert"),
    *("armed-track", "alert-track", "tag", "on-tag", "staging", "on-staging"),
    *("rehearsal", "on-rehearsal"),
)

# One line a theme, in the order of NAMES.
_DARK: Final = """
#0a0d12 #131922 #1b2430 #182330 #dbe3ec #98a6b6 #738194 #ffffff #2d3947
#4fc79a #ffb83d #ff646b #8ad0ff #5d7a99 #56657a #ffb83d #e8293f
#4fc79a #04140d #ffb83d #120c00 #c3132b #ffffff
#a06c10 #8e0e20 #dbe3ec #0a0d12 #5aa9ff #0a0d12
#c27bff #16091f
"""
_LIGHT: Final = """
#f6f7f9 #e9edf2 #dde3ea #dde5ee #17202b #4a5766 #5c6878 #000000 #c2cbd6
#0b6b48 #8a5200 #b3001f #0a4f8f #6a83a0 #8794a3 #c77700 #c3132b
#43c08c #04140d #ffb020 #1a1000 #b3001f #ffffff
#a06c10 #8e0e20 #17202b #ffffff #0b5fc2 #ffffff
#6b2fb3 #ffffff
"""
_CONTRAST: Final = """
#000000 #000000 #2a2a2a #000000 #ffffff #ffffff #d0d0d0 #ffffff #8c8c8c
#00ff9c #ffd000 #ff7a7a #9fdcff #c8c8c8 #ffffff #ffd000 #ff0022
#00ff9c #000000 #ffd000 #000000 #b80019 #ffffff
#8a6d00 #5c000c #ffffff #000000 #7cc0ff #000000
#e0b0ff #000000
"""
# The terminal palette's own sixteen, by the values that colours are matched against: nothing is
# rounded, so violet stays apart from white.
_SIXTEEN: Final = """
#000000 #000000 #000000 #000000 #ffffff #aaaaaa #aaaaaa #ffffff #555555
#55ff55 #ffff55 #ff5555 #55ffff #aaaaaa #aaaaaa #ffff55 #ff5555
#55ff55 #000000 #ffff55 #000000 #aa0000 #ffffff
#555555 #000000 #ffffff #000000 #55ffff #000000
#ff55ff #000000
"""
_MONO: Final = """
#000000 #000000 #000000 #000000 #e6e6e6 #e6e6e6 #e6e6e6 #e6e6e6 #e6e6e6
#e6e6e6 #e6e6e6 #e6e6e6 #e6e6e6 #e6e6e6 #e6e6e6 #e6e6e6 #e6e6e6
#e6e6e6 #000000 #e6e6e6 #000000 #e6e6e6 #000000
#000000 #000000 #e6e6e6 #000000 #e6e6e6 #000000
#e6e6e6 #000000
"""


def _palette(lines: str) -> Mapping[str, str]:
    return MappingProxyType(dict(zip(NAMES, lines.split(), strict=True)))


PALETTES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        DARK: _palette(_DARK),
        LIGHT: _palette(_LIGHT),
        CONTRAST: _palette(_CONTRAST),
        SIXTEEN: _palette(_SIXTEEN),
        MONO: _palette(_MONO),
    }
)


def _theme(name: str, palette: Mapping[str, str]) -> Theme:
    blue = palette["held"]
    return Theme(
        name=name,
        primary=blue,
        secondary=blue,
        accent=blue,
        dark=name != LIGHT,
        background=palette["background"],
        surface=palette["surface"],
        panel=palette["panel"],
        foreground=palette["foreground"],
        success=palette["success"],
        warning=palette["warning"],
        error=palette["error"],
        variables=dict(palette),
    )


def themes() -> tuple[Theme, ...]:
    """Return the themes, the default one first; an app registers them all.

    >>> [theme.name for theme in themes()][0]
    'cockpit-dark'
    """
    return tuple(_theme(name, palette) for name, palette in PALETTES.items())
