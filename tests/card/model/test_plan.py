import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.card.load_card import loads
from cockpit.card.model.naming import MAX_ID, item_id, shortened
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import Confirm, Hold, Part, Run, Traffic
from cockpit.card.packaged import card
from cockpit.foundation.errors import UsageError
from tests.card.cards import SMALL

PLAN = plan(card())


def test_sections_stand_in_the_order_of_the_card() -> None:
    assert [section.id for section in PLAN.sections()] == [
        "preflight",
        "t-30",
        "t-10",
        "t-0",
        "t+60",
        "done.technical",
        "done.performance",
        "done.operational",
        "done.security",
        "rollback.application",
        "rollback.database",
        "rollback.traffic",
        "success",
        "drumbeat.hour-1",
        "drumbeat.daily",
        "drumbeat.weekly",
    ]


def test_ids_are_unique_short_and_plain() -> None:
    ids = [item.id for item in PLAN.all()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.+-]{0,47}", each) for each in ids)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("preflight.secrets", "secrets"),
        ("gate", "production gate"),
        ("t-30.cutover-t-30", "cutover t-30"),
        ("t-0.traffic-5", "traffic 5 %"),
        ("canary-hold", "hold 10m"),
        ("t-10.restore-test", "restore test"),
        ("rollback.traffic.traffic-0", "traffic 0 %"),
        ("t+60.deployment-report", "deployment report"),
    ],
)
def test_a_step_is_found_by_its_id(name: str, title: str) -> None:
    found = PLAN.find(name)
    assert found.title == title
    assert found in PLAN.all()


def test_an_unknown_id_names_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"there is no step `gat`: did you mean `gate`\?"):
        PLAN.find("gat")


def test_a_go_needs_preflight_phases_and_done_alone() -> None:
    sections = {item.section.split(".")[0] for item in PLAN.gating()}
    assert sections == {"preflight", "t-30", "t-10", "t-0", "t+60", "done"}


def test_every_part_has_a_rollback_section_even_without_steps() -> None:
    small = plan(loads(SMALL))
    assert set(small.rollback) == set(Part)
    assert all(section.items == () for section in small.rollback.values())


def test_steps_that_are_alike_are_numbered() -> None:
    twice = SMALL.replace("- run: make switch", "- run: make switch\n      - run: make switch")
    assert [item.id for item in plan(loads(twice)).phases[0].items] == [
        "t-0.make-switch",
        "t-0.make-switch-2",
    ]


def test_a_made_id_gives_way_to_one_that_the_card_gives() -> None:
    taken = SMALL.replace("run: make ready", "run: make ready\n    id: t-0.make-switch")
    made = plan(loads(taken))
    assert made.find("t-0.make-switch").section == "preflight"
    assert made.phases[0].items[0].id == "t-0.make-switch-2"


@given(st.text(min_size=1, max_size=80), st.sets(st.integers(2, 9)))
def test_an_id_is_made_of_any_text(text: str, numbers: set[int]) -> None:
    step = Confirm(confirm=text)
    first = item_id("done.technical", step, ())
    taken = {first, *(f"{first[: MAX_ID - 2]}-{number}" for number in numbers)}
    made = item_id("done.technical", step, taken)
    assert made not in taken
    assert re.fullmatch(r"[a-z0-9][a-z0-9.+-]{0,47}", made)


def test_titles_are_one_line_of_at_most_sixty_characters() -> None:
    assert shortened("one\n  two") == "one two"
    assert shortened("x" * 100) == "x" * 59 + "…"
    assert all(len(item.title) <= 60 for item in PLAN.all())


def test_what_a_step_does_is_its_title_when_it_has_none() -> None:
    steps = (Run(run="npm run -s gate"), Traffic(traffic=0.005), Hold(hold=90.0))
    assert [item_id("x", step, ()) for step in steps] == ["x.gate", "x.traffic-0.5", "x.hold-1m30s"]
