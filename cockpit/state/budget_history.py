"""What the runs of a `budget` check measured, one after another."""

from cockpit.journal import events as ev

FIGURE = "left"
"""The figure of a `budget` check that holds the share of the error budget that is left."""

MAX_LENGTH = 1440
"""Only so many of the newest measurements are held: one a minute over a day."""

BudgetHistory = tuple[tuple[float, float | None], ...]
"""(run second, share left as a ratio, or None if it could not be measured), newest last."""


def extended(history: BudgetHistory, event: ev.StepEnded, now_s: float) -> BudgetHistory:
    """Return the history with one more measurement; empty until a budget was measured once."""
    left = event.figures.get(FIGURE)
    if left is None and not history:
        return ()
    return (*history, (now_s, left))[-MAX_LENGTH:]
