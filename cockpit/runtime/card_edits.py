"""How the card of a run differs from the one that was begun or accepted."""

from collections.abc import Iterator

from checks.core.text import count_of
from cockpit.card.load_card import loads
from cockpit.card.model.plan import Plan, plan
from cockpit.foundation.errors import CardError

SHOWN = 12


def edits(before: str | None, now: str) -> tuple[str, ...]:
    """Return what differs, a line each; `before` is None if that text is not kept.

    First the steps, monitors and breakers by name, then the lines of the text.
    """
    if before is None:
        return ("what it was is not kept, so that what differs cannot be shown",)
    lines = (*_named(before, now), *_lines(before.splitlines(), now.splitlines()))
    if (left := len(lines) - SHOWN) > 0:
        return (*lines[:SHOWN], f"and {count_of(left, 'more line')}")
    return lines


def _named(before: str, now: str) -> Iterator[str]:
    """Yield the names of what the edit changes; none if one of the two is no card."""
    try:
        old, new = _parts(plan(loads(before, "before"))), _parts(plan(loads(now, "now")))
    except CardError:
        return
    if changed := [name for name in old if name in new and old[name] != new[name]]:
        yield f"changed: {', '.join(changed)}"
    if added := [name for name in new if name not in old]:
        yield f"new: {', '.join(added)}"
    if removed := [name for name in old if name not in new]:
        yield f"removed: {', '.join(removed)}"


def _parts(planned: Plan) -> dict[str, object]:
    steps = {f"step {item.id}": item.step for item in planned.all()}
    monitors = {f"monitor {monitor.monitor}": monitor for monitor in planned.monitors}
    return {**steps, **monitors, **{f"breaker {one.breaker}": one for one in planned.breakers}}


def _lines(before: list[str], now: list[str]) -> Iterator[str]:
    from difflib import SequenceMatcher  # noqa: PLC0415  (only an edited card needs it)

    for tag, old, old_end, new, new_end in SequenceMatcher(None, before, now, False).get_opcodes():
        if tag != "equal":
            yield from (
                f"line {old + n + 1} was: {text}" for n, text in enumerate(before[old:old_end])
            )
            yield from (f"line {new + n + 1} is: {text}" for n, text in enumerate(now[new:new_end]))
