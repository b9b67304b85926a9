"""Every total of a forecast is the sum of its parts; the T-clock stands in every kind of hold."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.card import packaged
from cockpit.card.model.pace import paced
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import Part, Run
from cockpit.journal import events as ev
from cockpit.projections.forecast import Length, back_items, forecast
from cockpit.projections.t_clock import Ticking
from cockpit.state import State
from screenshots import stories as told
from screenshots.stories import STORIES
from screenshots.story import CLOSES, OPENS, Story
from tests.card.restores import lasting_as_a_restore, measured

NAMES = sorted(STORIES)


@pytest.fixture(scope="module")
def stories() -> dict[str, Story]:
    return {name: tell() for name, tell in STORIES.items()}


@pytest.mark.parametrize("name", NAMES)
def test_the_parts_of_each_forecast_sum_up(stories: dict[str, Story], name: str) -> None:
    seen = stories[name].seen()
    ahead = seen.forecast
    assert ahead.left_s == pytest.approx(sum(length.seconds for length in ahead.left))
    assert ahead.end == max(seen.utc, OPENS) + timedelta(seconds=ahead.left_s)
    assert ahead.no_return + timedelta(seconds=ahead.back_s) == CLOSES
    assert ahead.l_clock_s + ahead.window_left_s == (CLOSES - OPENS).total_seconds()
    assert ahead.ratio(ahead.opens) == 0
    assert ahead.ratio(ahead.closes) == 1
    assert all(length.seconds >= 0 for length in (*ahead.left, *ahead.back))


def test_a_running_hold_takes_what_is_left_of_it() -> None:
    story = told.calm()
    left = {length.id: length.seconds for length in story.seen().forecast.left}
    assert left["canary-hold"] == pytest.approx(600 - 228)
    assert left["full-hold"] == 300
    assert "t-0.traffic-5" not in left


def test_the_way_back_is_what_was_changed_last_change_first() -> None:
    ahead = told.calm().seen().forecast
    assert ahead.parts == (Part.TRAFFIC, Part.APPLICATION, Part.DATABASE)
    assert ahead.back[-1].id == "rollback-hold", "the watch over all of it comes last"
    assert told.doubt().seen().forecast.parts == (Part.DATABASE,)


def test_a_time_in_which_nobody_watched_is_no_hold() -> None:
    story = told.calm()
    story.sample()
    before = story.seen().forecast.left_s
    story.at_s += 500
    story.tell(ev.SessionOpened(operator="alice", host="ops1", boot="b1", resumed=True))
    assert story.seen().forecast.left_s == pytest.approx(before)


@pytest.mark.parametrize(
    ("name", "ticking", "at_s"),
    [
        ("waiting", Ticking.COUNTING, -1800 - 560),
        ("calm", Ticking.HELD, 71),
        ("doubt", Ticking.DOUBT, -600),
        ("asked", Ticking.WAITS, 71),
        ("trip", Ticking.BACK, 71),
        ("done", Ticking.COMPLETE, 3840),
    ],
)
def test_the_t_clock(stories: dict[str, Story], name: str, ticking: Ticking, at_s: float) -> None:
    clock = stories[name].seen().forecast.t_clock
    assert clock.ticking is ticking
    assert clock.at_s == pytest.approx(at_s)


def test_the_t_clock_waits_at_the_point_of_the_next_phase() -> None:
    story = told.waiting()
    story.do(story.plan.preflight, 4)
    story.at_s = 10.0
    story.do(story.plan.phases[0], 30)
    story.wait(20)
    clock = story.seen().forecast.t_clock
    assert (clock.at_s, clock.ticking) == (-600, Ticking.WAITS)
    assert story.seen().forecast.least


def test_the_end_may_be_later_while_something_waits_for_a_person() -> None:
    assert told.blind().seen().forecast.least
    assert told.doubt().seen().forecast.least
    assert not told.calm().seen().forecast.least


def test_the_operators_hold_may_move_the_end() -> None:
    story = told.calm()
    story.tell(ev.Held(reason="Bob looks at a log"))
    assert story.seen().forecast.least
    story.tell(ev.Released())
    assert not story.seen().forecast.least


def test_a_failed_step_may_move_the_end_and_is_still_to_do_whole() -> None:
    story = told.calm()
    story.ended("canary-hold", Outcome.FAILED, "p95 tripped")
    ahead = story.seen().forecast
    assert ahead.least
    assert {length.id: length.seconds for length in ahead.left}["canary-hold"] == 600


def test_half_way_back_only_what_is_left_of_the_rollback_counts() -> None:
    """What was run in it is over, what runs has its rest, and all else is whole."""
    story = told.calm()
    parts = (Part.TRAFFIC, Part.DATABASE)
    steps = [item.id for item in back_items(story.plan, parts)]
    whole = {length.id: length.seconds for length in story.seen().forecast.back}
    begun = ev.RollbackStarted(parts=parts, steps=tuple(steps), reason="alice", automatic=False)
    story.tell(begun)
    story.step(steps[0], 20)
    story.step(steps[1], None)
    story.wait(5)
    ahead = story.seen().forecast
    left = {length.id: length.seconds for length in ahead.back}
    assert list(left) == steps
    assert left[steps[0]] == 0
    assert left[steps[1]] == pytest.approx(whole[steps[1]] - 5)
    assert all(left[name] == whole[name] for name in steps[2:])
    assert ahead.left == (), "nothing goes forward any more"
    story.tell(ev.RollbackEnded(outcome=Outcome.FAILED, evidence="undo failed"))
    assert story.seen().forecast.least


def test_without_a_run_the_window_is_empty_and_all_is_to_do() -> None:
    now = OPENS
    whole = plan(packaged.card())
    ahead = forecast(whole, State(), 0.0, now)
    assert (ahead.opens, ahead.closes, ahead.window_left_s) == (now, now, 0)
    assert ahead.ratio(now) == 1.0
    assert len(ahead.left) == sum(len(phase.items) for phase in whole.phases)
    assert ahead.parts == tuple(Part)[::-1]
    assert ahead.end == now + timedelta(seconds=ahead.left_s)


def test_a_measured_restore_takes_the_place_of_what_was_assumed() -> None:
    story = replace(told.calm(), card=lasting_as_a_restore(packaged.card()))
    before = story.seen().forecast
    assert {part.id: part.seconds for part in before.back}["undo"] == 60
    assert before.back_measured_s == 0
    measured(story, 340.0)
    after = story.seen().forecast
    assert [part for part in after.back if part.measured] == [
        Length("undo", "undo migrations", 340.0, measured=True)
    ]
    assert after.back_measured_s == 340
    assert after.back_s == before.back_s + 280
    assert before.no_return - after.no_return == timedelta(seconds=280)
    assert sum(part.seconds for part in after.back) == after.back_s


def test_a_way_forward_takes_as_long_as_it_was_measured() -> None:
    card = lasting_as_a_restore(packaged.card())
    first = card.phases[0]
    run = Run(run="make copy", id="copy", lasts_as="restored")
    story = replace(told.waiting(), card=replace(card, phases=(replace(first, steps=(run,)),)))
    assert story.seen().forecast.left == (Length("copy", "make copy", 60.0),)
    measured(story, 340.0)
    assert story.seen().forecast.left == (Length("copy", "make copy", 340.0, measured=True),)
    story.step("copy", None)
    story.wait(40)
    assert story.seen().forecast.left_s == 300


def test_what_was_measured_is_real_seconds_in_a_rehearsal() -> None:
    story = replace(told.calm(), card=paced(lasting_as_a_restore(packaged.card()), 60))
    lasts = {part.id: part.seconds for part in story.seen().forecast.back}
    assert lasts["undo"] == 1, "assumed, and so shortened"
    measured(story, 340.0)
    assert story.seen().forecast.back_measured_s == 340
