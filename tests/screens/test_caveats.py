"""What a run stands on, goes on with and found, as the view says it."""

from pathlib import Path

import pytest

from checks.core.base import Outcome
from cockpit.foundation.redaction import Redactor
from cockpit.journal import events as ev
from cockpit.projections.decision import caveats
from cockpit.screens.model.step_output import StepOutput, page
from cockpit.screens.view.banner import banner
from cockpit.screens.view.choices import _short
from cockpit.screens.view.cutover import cutover
from cockpit.screens.view.offers import offers
from screenshots.stories import STORIES
from screenshots.story import Story
from widgets.glyphs import Status as Glyph


def output(folder: Path) -> StepOutput:
    return StepOutput(folder, Redactor({}))


def in_a_phase() -> Story:
    """Tell: the first phase began, its first step failed and was waived, and it waits."""
    story = Story()
    story.begin()
    story.do(story.plan.preflight, 4)
    phase = story.plan.phases[0]
    story.tell(ev.SectionStarted(section=phase.id))
    story.step(phase.items[0].id, None)
    story.ended(phase.items[0].id, Outcome.FAILED, "2 routes are gone", "GET /a", "GET /b")
    return story


def waived() -> Story:
    story = in_a_phase()
    story.tell(ev.Waived(step=story.plan.phases[0].items[0].id, name="alice", reason="known"))
    return story


def test_a_stage_that_was_begun_goes_on_with_its_next_step() -> None:
    story = waived()
    choice = banner(story.seen()).choices[0]
    following = story.plan.phases[0].items[1].title
    assert choice.key == "n"
    assert choice.label == f"go on with T-30 validation: {following}"
    assert choice.short == "go on with T-30 validation"


def test_a_stage_that_was_not_begun_is_started() -> None:
    assert banner(STORIES["waiting"]().seen()).choices[0].label == "start Preflight"


def test_an_ended_run_offers_nothing_to_begin() -> None:
    story = STORIES["rolled-back"]()
    story.tell(ev.RunEnded(word="NO-GO", reasons=(), exit_status=1))
    assert offers(story.seen()).next_label == ""
    story = waived()
    story.tell(ev.RunEnded(word="HOLD", reasons=(), exit_status=3))
    view = banner(story.seen())
    assert "n" not in [choice.key for choice in view.choices]


def test_a_phase_says_how_many_were_waived() -> None:
    rows = cutover(waived().seen()).rows
    assert next(row for row in rows if "validation" in row.title).evidence == "1 waived"


@pytest.mark.law(1)
def test_law_1_done_says_what_it_stands_on() -> None:
    """Law 1: a GO that stands on a waiver says so on the screen that says DONE."""
    story = STORIES["done"]()
    assert banner(story.seen()).lines[1].text.startswith("Done 16 of 16")
    first = story.plan.preflight.items[0].id
    story.tell(ev.Waived(step=first, name="alice", reason="known"))
    seen = story.seen()
    line = banner(seen).lines[1]
    assert line.text == f"with: {'; '.join(caveats(seen.plan, seen.state))}"
    assert "waived by alice" in line.text
    assert line.status is Glyph.WAIVED


def test_a_phase_that_went_back_is_stopped_and_one_that_goes_back_is_not() -> None:
    chips = {name: cutover(STORIES[name]().seen()).phases for name in ("trip", "rolled-back")}
    assert chips["rolled-back"][2].status is Glyph.FAILED
    assert chips["trip"][2].status is Glyph.TRIPPED


def test_the_output_page_gives_evidence_and_details(tmp_path: Path) -> None:
    story = in_a_phase()
    item = story.plan.phases[0].items[0]
    name, lines = page(story.plan, story.state(), output(tmp_path))
    assert name == f"output of {item.title}"
    assert lines == (f"{item.title} failed: 2 routes are gone", "  GET /a", "  GET /b")


def test_the_output_page_names_the_failed_one_first(tmp_path: Path) -> None:
    story = STORIES["preflight"]()
    name, lines = page(story.plan, story.state(), output(tmp_path))
    assert name == f"output of {story.plan.find('gate').title} and 1 more"
    assert "schema-compat: GET /orders.total was removed" in lines[1]
    assert any("spec list not found" in line for line in lines)


def test_the_output_page_keeps_the_output_of_what_acted_last(tmp_path: Path) -> None:
    story = STORIES["preflight"]()
    acted = output(tmp_path)
    acted.title, acted.lines = "shift", ("shifted",)
    assert page(story.plan, story.state(), acted)[1][-2:] == ("output of shift:", "shifted")


def test_before_anything_began_the_output_page_says_so(tmp_path: Path) -> None:
    story = STORIES["waiting"]()
    assert page(story.plan, story.state(), output(tmp_path)) == ("output of nothing yet", ())


def test_a_title_is_cut_between_words() -> None:
    assert _short("production gate", 15) == "production gate"
    assert _short("extraordinarily-long gate", 14) == "extraordinarily-long"
