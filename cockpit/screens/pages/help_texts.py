"""The help of each screen, above its keys: short, for somebody who has no time."""

from collections.abc import Iterable
from typing import Final

from widgets.glyphs import Status, glyph

S = Status
_STEPS: Final = (
    *(S.PASSED, S.FAILED, S.RUNNING, S.TODO, S.HELD),
    *(S.SKIPPED, S.UNKNOWN, S.STALE, S.IN_DOUBT, S.WAIVED),
)
_MONITORS: Final = (S.OK, S.BREACHING, S.TRIPPED, S.BLIND, S.LEARNING)
_BREAKERS: Final = (S.READY, S.ASKED, S.ARMED, S.FIRING, S.VERIFIED)


def legend(statuses: Iterable[Status]) -> str:
    """Return glyphs with their words, as Markdown.

    >>> legend([Status.OK, Status.BLIND])
    '**●** ok, **?** blind'
    """
    return ", ".join(f"**{glyph(status)}** {status.value}" for status in statuses)


BRIDGE: Final = f"""
**The bridge** shows what the journal tells. What was not measured is unknown or blind, never green.

**A breaker** is armed by its key, and nothing is sent; **Enter** fires, **Esc** or ten seconds
disarm. It works in every state and over everything.

**Steps** {legend(_STEPS)}. **Monitors** {legend(_MONITORS)}. **Breakers** {legend(_BREAKERS)}.
"""
OUTPUT: Final = """
**Output**: what the step that acts has written, redacted, newest last; of a failed check, what it
found. It follows the end until you scroll up. Breakers work here, too.
"""
JOURNAL: Final = """
**Journal**: the record. Each entry was on the disk before what it tells of began; newest last.
Breakers work here, too.
"""
DONE: Final = """
**Done**: every line of the list with its state, evidence and age. A result older than the card lets
it count is stale, and no GO. Enter looks at the chosen line again; the cutover is not touched.
"""
DAY1: Final = """
**Day 1**: what is left of the error budget and how long it lasts, what else must hold, and what is
due since the end. Enter runs the chosen line's check, or asks who vouches for it, by name.
"""
QUESTION: Final = """
**Your word**: each line must be filled in; what is given stands in the record with your name.
Letters are text here; the function keys still arm breakers.
"""
