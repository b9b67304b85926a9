"""What the looks at an error budget found left of it, one after the other."""

from cockpit.journal import events as ev

FIGURE = "left"
"""The figure of a `budget` check that says it."""

KEPT = 1440
"""So many of the newest looks: one a minute over a day."""

Looks = tuple[tuple[float, float | None], ...]
"""(run second, share left or None where a look could not measure it), newest last."""


def looked(before: Looks, event: ev.StepEnded, now_s: float) -> Looks:
    """Give the looks after one more; a step that has never measured a budget has none."""
    left = event.figures.get(FIGURE)
    if left is None and not before:
        return ()
    return (*before, (now_s, left))[-KEPT:]
