"""Rules for time: phases are in order, and the window opens before it closes."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cockpit.card.model.card import instant
from cockpit.card.rules.raw import at
from cockpit.card.yaml.places import PathFault


def phases_in_order(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that each phase's T-point is later than the one before."""
    latest: tuple[int, str] | None = None
    for path, name in at(raw, ("phases", "*", "phase")):
        point = _minutes(name)
        if point is None:
            continue
        if latest and point == latest[0]:
            yield PathFault(path, f"{name} stands twice: give each phase a T-point of its own")
        elif latest and point < latest[0]:
            yield PathFault(path, f"{name} comes before {latest[1]}: order the phases by time")
        else:
            latest = point, name


def window_is_one(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that the window is two instants in order, or a length."""
    window = raw.get("window")
    if not isinstance(window, dict):
        return
    here = ("window",)
    present = {key for key in ("opens", "closes", "lasts") if window.get(key) is not None}
    if not present:
        yield PathFault(
            here, "a window needs `opens` and `closes`, or else its length as `lasts: 2h`"
        )
    elif "lasts" in present and len(present) > 1:
        message = "a window has a length or two instants, not both: take `lasts` or the others away"
        yield PathFault((*here, "lasts"), message)
    elif len(present) == 1 and "lasts" not in present:
        missing = ({"opens", "closes"} - present).pop()
        yield PathFault(here, f"the window's other instant is missing: write `{missing}` as well")
    yield from _closes_after_opening(window)


def _closes_after_opening(window: dict[str, Any]) -> Iterator[PathFault]:
    opens, closes = _instant(window.get("opens")), _instant(window.get("closes"))
    if opens and closes and closes <= opens:
        message = f"the window closes at {closes:%FT%RZ}, not after it opens at {opens:%FT%RZ}"
        yield PathFault(("window", "closes"), message)


def _minutes(name: Any) -> int | None:
    """Return the minutes of a T-point; None for a malformed one, which the model reports."""
    if isinstance(name, str) and name[:2] in ("T-", "T+") and name[2:].isdecimal():
        return int(name[1:10])
    return None


def _instant(value: Any) -> datetime | None:
    try:
        return instant(value)
    except ValueError:
        return None


RULES = (phases_in_order, window_is_one)
