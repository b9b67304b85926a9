"""A waiver says what hangs on it; what running again cannot help is not offered so."""

from msgspec.structs import replace

from cockpit.card.load_card import loads
from cockpit.card.model.plan import plan
from cockpit.journal import events as ev
from cockpit.projections.hanging_lines import describe_hanging, hanging_on, what_helps
from cockpit.projections.narration import describe_event
from cockpit.state import SectionState, State, StepState, StepStatus
from tests.engine.kit import READY, card

SOAK = {"check": "tls", "host": "shop.example", "id": "soak", "title": "Soak"}


def reads(name: str, title: str) -> dict[str, object]:
    line = {"check": "measured", "of": "soak", "figure": "days_left", "at_most": 30}
    return line | {"id": name, "title": title}


ALSO = {"check": "measured", "of": "soak", "figure": "days_left", "at_most": 9}
BOTH = {"check": "all", "id": "both", "title": "Both", "checks": [ALSO, SOAK | {"id": "inner"}]}
PLAN = plan(
    loads(
        card(
            SOAK,
            reads("fast", "Fast"),
            READY | {"id": "other"},
            done={"technical": [reads("early", "Early"), BOTH]},
        )
    )
)


def test_a_waiver_says_what_hangs_on_it() -> None:
    assert [item.id for item in hanging_on(PLAN, "soak")] == ["fast", "early", "both"]
    said = "Fast, Early, Both read what it measures, and stay unknown without it"
    assert describe_hanging(PLAN, "soak") == said
    assert describe_hanging(PLAN, "other") == ""
    event = ev.Waived(step="soak", name="Ann", reason="so")
    told = describe_event(ev.JournalEntry(1, "", 0.0, "alice", event), PLAN)
    assert told is not None
    assert told.text == f"Soak waived by Ann: so; {said}"


def seen(status: StepStatus | None) -> State:
    steps = {"fast": StepState(StepStatus.UNKNOWN, 1, 1.0)}
    if status is not None:
        steps["soak"] = StepState(status, 1, 1.0)
    return State(steps=steps)


def test_what_would_help_a_line_of_a_waived_or_never_run_check() -> None:
    fast = PLAN.find("fast")
    waived = what_helps(PLAN, seen(StepStatus.WAIVED), fast)
    assert waived == (
        "Soak was waived and cannot run any more: waive this too, or measure it in a new run"
    )
    assert what_helps(PLAN, seen(None), fast).startswith("Soak has not run and cannot run any more")
    for status in (StepStatus.PASSED, StepStatus.FAILED, StepStatus.UNKNOWN, StepStatus.RUNNING):
        assert what_helps(PLAN, seen(status), fast) == "", status
    assert what_helps(PLAN, seen(StepStatus.WAIVED), PLAN.find("other")) == ""


def test_a_check_of_the_done_list_can_be_run_again() -> None:
    planned = plan(loads(card(done={"technical": [SOAK, reads("fast", "Fast")]})))
    state = replace(seen(StepStatus.WAIVED), sections={"done.technical": SectionState(0.0)})
    assert what_helps(planned, state, planned.find("fast")) == (
        "Soak was waived: check it again on the Done screen, then this"
    )
