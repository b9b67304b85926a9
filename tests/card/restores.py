"""A way back that takes as long as a restore, and a story in which that was measured."""

from msgspec.structs import replace

from checks.core.base import Outcome
from checks.restore import Restore
from cockpit.card.model.card import Card
from cockpit.card.model.steps import Run
from cockpit.journal import events as ev
from screenshots.story import Story


def lasting_as_a_restore(card: Card) -> Card:
    """Let the card's last way back of the database take as long as a restore in its preflight."""
    *first, last = card.rollback.database
    assert isinstance(last, Run)
    database = (*first, replace(last, id="undo", about=60.0, lasts_as="restored"))
    return replace(
        card,
        preflight=(*card.preflight, Restore(id="restored")),
        rollback=replace(card.rollback, database=database),
    )


def measured(story: Story, seconds: float, outcome: Outcome = Outcome.PASSED) -> None:
    story.tell(ev.StepStarted(step="restored", attempt=1, action=False))
    figures = {"restore_s": seconds}
    ended = ev.StepEnded(
        step="restored", attempt=1, outcome=outcome, evidence="as seen", figures=figures
    )
    story.tell(ended)
