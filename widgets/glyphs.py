"""The look of each status: one glyph, one ASCII form and one colour name.

A glyph never stands alone: every widget puts it beside its word, so that neither a monochrome
terminal nor a colour-blind reader loses anything.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple


class Status(StrEnum):
    """The statuses of rows, monitors and breakers."""

    NONE = "none"
    PASSED = "passed"
    VERIFIED = "verified"
    FAILED = "failed"
    RUNNING = "running"
    TODO = "to do"
    HELD = "held"
    SKIPPED = "skipped"
    OK = "ok"
    BREACHING = "breaching"
    TRIPPED = "tripped"
    LEARNING = "learning"
    UNKNOWN = "unknown"
    BLIND = "blind"
    STALE = "stale"
    IN_DOUBT = "in doubt"
    WAIVED = "waived"
    READY = "ready"
    ASKED = "asked for"
    ARMED = "armed"
    FIRING = "firing"


class Mark(NamedTuple):
    """A glyph, its ASCII form and the name of the theme colour it takes."""

    glyph: str
    ascii: str
    colour: str


_MARKS: Final = MappingProxyType(
    {
        Status.NONE: Mark(" ", " ", "muted"),
        Status.PASSED: Mark("✓", "+", "success"),
        Status.VERIFIED: Mark("✓", "+", "success"),
        Status.FAILED: Mark("×", "x", "error"),
        Status.RUNNING: Mark("►", ">", "bright"),
        Status.TODO: Mark("○", ".", "foreground"),
        Status.HELD: Mark("║", "=", "foreground"),
        Status.SKIPPED: Mark("-", "-", "muted"),
        Status.OK: Mark("●", "o", "success"),
        Status.BREACHING: Mark("▲", "^", "warning"),
        Status.TRIPPED: Mark("■", "#", "error"),
        Status.LEARNING: Mark("…", "_", "muted"),
        Status.UNKNOWN: Mark("?", "?", "warning"),
        Status.BLIND: Mark("?", "?", "warning"),
        Status.STALE: Mark("?", "?", "warning"),
        Status.IN_DOUBT: Mark("!", "!", "warning"),
        Status.WAIVED: Mark("~", "~", "foreground"),
        Status.READY: Mark("◇", "[ ]", "muted"),
        Status.ASKED: Mark("…", "_", "bright"),
        Status.ARMED: Mark("◆", "[X]", "warning"),
        Status.FIRING: Mark("»", ">", "bright"),
    }
)

_NEEDS_ATTENTION: Final = frozenset(
    {
        Status.FAILED,
        Status.BREACHING,
        Status.TRIPPED,
        Status.UNKNOWN,
        Status.BLIND,
        Status.STALE,
        Status.IN_DOUBT,
    }
)

_BEHIND: Final = frozenset({Status.PASSED, Status.VERIFIED, Status.SKIPPED, Status.NONE})

# Every drawing character is one cell wide here and there, so a layout never depends on the mode.
# «…» at the end of a cut text and «→» between versions are ours, too; foreign text passes through.
_DRAWN: Final = "█▀▄▁▂▃▅▆▇━╸─╌╋┣┐┊┬╱·…→×±✓►○║●▲■◇◆»▏"
_PLAIN: Final = "#'._.-=+*==--|>.:+/..>x~+>.=o^#OX>|"
TO_ASCII: Final = MappingProxyType(str.maketrans(_DRAWN, _PLAIN))


def glyph(status: Status, *, ascii_only: bool = False) -> str:
    """Return the glyph of a status: one cell, or up to three in ASCII.

    >>> glyph(Status.BREACHING), glyph(Status.BREACHING, ascii_only=True)
    ('▲', '^')
    """
    mark = _MARKS[status]
    return mark.ascii if ascii_only else mark.glyph


def colour(status: Status) -> str:
    """Return the theme variable, without its dollar sign, that a status' glyph takes.

    >>> colour(Status.TRIPPED), colour(Status.WAIVED)
    ('error', 'foreground')
    """
    return _MARKS[status].colour


def needs_attention(status: Status) -> bool:
    """Whether a status needs attention: only then may the words beside its glyph be coloured.

    >>> needs_attention(Status.BLIND), needs_attention(Status.OK)
    (True, False)
    """
    return status in _NEEDS_ATTENTION


def is_finished(status: Status) -> bool:
    """Whether a row is finished and may be dimmed.

    >>> is_finished(Status.PASSED), is_finished(Status.TODO)
    (True, False)
    """
    return status in _BEHIND
