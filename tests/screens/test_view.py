"""The view: the same state at the same instant gives the words that the screens promise."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.card import packaged
from cockpit.card.model.steps import Part, Traffic
from cockpit.journal import events as ev
from cockpit.projections.forecast import back_items
from cockpit.screens.view import bars
from cockpit.screens.view.banner import banner
from cockpit.screens.view.cutover import cutover
from cockpit.screens.view.offers import offers
from cockpit.screens.view.phrases import format_countdown, whole_seconds
from cockpit.screens.view.slo import buckets, panel
from cockpit.screens.view.snapshot import Situation, situation
from cockpit.screens.view.strip import ruler, strip, until_back_s
from screenshots.stories import STORIES, calm, trip, waiting
from screenshots.story import Story
from tests.card.restores import lasting_as_a_restore, measured
from tests.widgets.host import Host, lines
from widgets.banner import Banner, BannerStyle, BannerView
from widgets.chart import GAP
from widgets.glyphs import Status as Glyph
from widgets.rows import ListRow
from widgets.strip import CellView, Tone
from widgets.topbar import EnvironmentTag


@pytest.fixture(scope="module")
def stories() -> dict[str, Story]:
    return {name: tell() for name, tell in STORIES.items()}


def cells(story: Story) -> dict[str, CellView]:
    names = ("clock", "trip", "back", "end", "window", "stop")
    return dict(zip(names, strip(story.seen()), strict=True))


def shown(story: Story) -> BannerView:
    return banner(story.seen())


@pytest.mark.parametrize(
    ("name", "at", "word", "style"),
    [
        ("waiting", Situation.WAITS, "HOLD", BannerStyle.QUIET),
        ("preflight", Situation.FAILED, "NO-GO", BannerStyle.STOP),
        ("calm", Situation.PLANNED_HOLD, "HOLD", BannerStyle.QUIET),
        ("breach", Situation.BREACHING, "HOLD", BannerStyle.CAUTION),
        ("blind", Situation.BLIND, "HOLD", BannerStyle.CAUTION),
        ("doubt", Situation.DOUBT, "HOLD", BannerStyle.CAUTION),
        ("asked", Situation.ASKED, "HOLD", BannerStyle.QUIET),
        ("trip", Situation.ROLLING_BACK, "NO-GO", BannerStyle.ALARM),
        ("rolled-back", Situation.ROLLED_BACK, "NO-GO", BannerStyle.STOP),
        ("done", Situation.DONE, "DONE", BannerStyle.DONE),
    ],
)
def test_word_and_look(
    stories: dict[str, Story], name: str, at: Situation, word: str, style: BannerStyle
) -> None:
    view = shown(stories[name])
    assert situation(stories[name].seen()) is at
    assert (view.word, view.style) == (word, style)
    assert view.lines, "a reason stands beside the word"


def test_breach_says_value_limit_time_and_what_follows(stories: dict[str, Story]) -> None:
    view, found = shown(stories["breach"]), cells(stories["breach"])
    assert view.lines[0].text == "p95 268 ms over 250 ms for 2m19s"
    assert view.under == "p95 breaching during the planned hold"
    assert (view.number, view.number_label, view.number_note) == (
        "2:41",
        "to trip",
        "then rolls back",
    )
    assert (found["trip"].value, found["trip"].tone) == ("p95 in 2m41s", Tone.ATTENTION)
    assert [choice.key for choice in view.choices] == ["F5", "F6", "o"]
    assert view.choices[1].label == "rollback: traffic + app + database"
    assert found["stop"].value == "F6 rollback"


def test_trip_says_back_on_stable_and_no_end(stories: dict[str, Story]) -> None:
    story = stories["trip"]
    view, found = shown(story), cells(story)
    assert found["end"].label == "BACK ON STABLE"
    assert found["stop"].value == "rolling back now"
    assert found["back"].value == "rolling back now"
    assert ruler(story.seen()).end is None, "a forecast that no longer holds leaves the ruler"
    assert view.lines[0].text.startswith("p95 TRIPPED 02:12:16Z")
    assert view.choices[0].key == "o", "interrupting is never a first choice"
    assert "h" not in [choice.key for choice in view.choices]


@pytest.mark.law(5)
def test_back_on_stable_is_the_instant_at_which_0_percent_was_verified() -> None:
    """Law 5: it neither moves on with the clock nor waits for the rest of the rollback."""
    story = trip()
    shift = next(
        item
        for item in back_items(story.plan, (Part.TRAFFIC,))
        if isinstance(item.step, Traffic) and item.step.traffic == 0
    )
    story.ended(shift.id, Outcome.PASSED, "0 % seen")
    at = f"{story.seen().utc:%H:%M:%S}Z"
    for _ in range(2):
        end = cells(story)["end"]
        assert (end.label, end.value) == ("BACK ON STABLE", at)
        assert until_back_s(story.seen()) == 0.0
        story.wait(45)


def test_the_numbers_of_one_screen_agree(stories: dict[str, Story]) -> None:
    story = stories["trip"]
    seen = story.seen()
    left_s = until_back_s(seen)
    assert shown(story).number == format_countdown(left_s)
    back = seen.utc + timedelta(seconds=left_s)
    assert cells(story)["end"].value == f"{back:%H:%M:%S}Z"
    calm = stories["calm"]
    hold = next(row for row in cutover(calm.seen()).rows if row.title == "hold 10m")
    assert hold.right == f"{whole_seconds(372)} left"
    assert shown(calm).number == "6:12"
    assert cells(calm)["clock"].detail == "held 3m48s"


def test_a_hold_says_how_much_of_it_was_watched_and_how_much_was_blind() -> None:
    story = calm()
    story.ended("canary-hold", Outcome.FAILED, "again")
    begun = ev.StepStarted(
        step="canary-hold", attempt=2, action=False, watches={"p95": 5.0, "errors": 5.0}
    )
    story.tell(begun)

    def row() -> ListRow:
        return next(row for row in cutover(story.seen()).rows if row.title == "hold 10m")

    story.wait(370)
    assert (row().evidence, row().right) == ("", "3m50s left")
    story.values["errors"] = None
    story.wait(240)
    assert (row().evidence, row().right) == ("held 6m10s of 10m watched, 4m blind", "3m50s left")
    assert row().progress == pytest.approx(370 / 600)
    story.values["errors"] = 0.0002
    story.wait(60)
    assert "held 7m10s of 10m watched, 4m blind" in shown(story).lines[0].text
    assert shown(story).number == "2:50"


def test_blind_says_what_blindness_does_and_since_when(stories: dict[str, Story]) -> None:
    view, found = shown(stories["blind"]), cells(stories["blind"])
    assert view.lines[1].text == "holds here until it sees; never rolls back by itself"
    assert re.fullmatch(r"\+4:1\d", view.number)
    assert view.number_label == "without data since 02:08Z"
    assert found["end"].value.endswith("or later")
    assert found["trip"].value == "5xx unknown, 6 ok"
    row = panel(stories["blind"].seen(), 30).rows[1]
    assert (row.status, row.value, row.series[-1]) == (Glyph.BLIND, "no data", None)


def test_doubt_offers_verify_first(stories: dict[str, Story]) -> None:
    view, found = shown(stories["doubt"]), cells(stories["doubt"])
    assert view.lines[0].text == "cutover t-10 in doubt. Did it happen?"
    assert [choice.key for choice in view.choices] == ["v", "m", "r"]
    assert offers(stories["doubt"].seen()).again_acts
    assert (found["clock"].value, found["clock"].detail) == ("T-00:10:00", "in doubt 2m02s")


def test_preflight_says_what_failed_and_waives_last(stories: dict[str, Story]) -> None:
    view, found = shown(stories["preflight"]), cells(stories["preflight"])
    assert view.under == "nothing was changed yet"
    assert [choice.key for choice in view.choices] == ["r", "w"]
    assert found["window"].value == "opens in 4m17s"
    assert found["back"].value == "not begun"
    rows = cutover(stories["preflight"].seen()).rows
    assert rows[0].active
    assert rows[-1].title == "T-30 validation to T+60 finalization"
    assert "schema-compat: GET /orders.total was removed" in [row.title for row in rows]


def test_done_is_done_and_says_until_when_one_can_go_back(stories: dict[str, Story]) -> None:
    view = shown(stories["done"])
    assert view.lines[0].text == "GO: 2.5.0 live, 100 % observed"
    assert view.number_label == "rollback possible for"
    assert cells(stories["done"])["end"].label == "ENDED"


def test_armed_names_command_users_and_seconds(stories: dict[str, Story]) -> None:
    armed = bars.armed(stories["armed"].seen())
    assert armed is not None
    assert armed.title == "F5 ARMED"
    assert armed.note == "nothing sent; disarms in 7 s"
    assert armed.changes == "everyone on 2.4.0 (the 5 % on 2.5.0 move back)"
    assert 0.6 < armed.fraction < 0.8


@pytest.mark.law(4)
def test_a_rollback_with_nothing_to_undo_asks_for_its_key_again() -> None:
    """Law 4: Enter is not offered then; armed by the key again it shows what it sends anyway."""
    story = waiting()
    armed = ev.BreakerArmed(breaker="traffic", command="nothing to undo", lasts_s=10.0)
    story.tell(armed)
    asked = bars.armed(story.seen())
    assert asked is not None
    assert [choice.key for choice in asked.choices] == ["F5", "Esc"]
    assert asked.changes == "this run has changed nothing of it"
    story.tell(replace(armed, command="set 0", anyway=True))
    shown = bars.armed(story.seen())
    assert shown is not None
    assert shown.title == "F5 ARMED ANYWAY"
    assert [choice.key for choice in shown.choices] == ["Enter", "Esc"]
    assert shown.verify.startswith("verify: 0 % on the canary seen")


def test_breakers_are_disabled_until_something_can_be_undone(stories: dict[str, Story]) -> None:
    tiles = bars.breakers(stories["waiting"].seen())
    assert [tile.key for tile in tiles] == ["F2", "F3", "F4", "F5", "F6"]
    assert [tile.word for tile in tiles[3:]] == ["nothing to undo"] * 2
    assert tiles[2].word == "ready, a check"
    assert [t.status for t in bars.breakers(stories["calm"].seen())[3:]] == [Glyph.READY] * 2


@pytest.mark.parametrize("name", sorted(STORIES))
def test_instants_carry_z_and_durations_units(stories: dict[str, Story], name: str) -> None:
    for cell in strip(stories[name].seen()):
        for words in (cell.value, cell.detail, cell.short):
            bare = re.sub(r"T[+-]\d\d:\d\d:\d\d", "", words)
            assert not re.search(r"\d:\d\d(?![:\d]*Z)", bare), words


@pytest.mark.parametrize("name", sorted(STORIES))
def test_what_is_said_fits_its_cell_at_120_columns(stories: dict[str, Story], name: str) -> None:
    room = (17, 19, 17, 20, 19, 19)
    for cell, cells_free in zip(strip(stories[name].seen()), room, strict=True):
        assert len(cell.value) <= cells_free or len(cell.short or "x" * 99) <= cells_free
        assert len(cell.detail) <= cells_free, cell.detail


def test_an_observer_has_no_choices_and_is_told_so(stories: dict[str, Story]) -> None:
    seen = stories["breach"].seen(observer="alice")
    assert banner(seen).choices == ()
    assert bars.topbar(seen).observer == "control alice; watching, no keys"
    assert offers(seen) == type(offers(seen))()


@pytest.mark.law(1)
def test_law_1_a_journal_fault_is_shouted(stories: dict[str, Story]) -> None:
    seen = stories["calm"].seen()
    fault = "the journal cannot be written: no space left on device"
    view = banner(replace(seen, state=replace(seen.state, journal_fault=fault)))
    assert view.style is BannerStyle.CAUTION
    assert view.lines[0].text == fault
    assert view.under == "the journal is not written"


@pytest.mark.law(1)
def test_law_1_a_monitor_that_says_nothing_any_more_is_blind(stories: dict[str, Story]) -> None:
    seen = stories["calm"].seen()
    later = replace(seen, now_s=seen.now_s + 45, utc=seen.utc + timedelta(seconds=45))
    assert panel(seen, 30).rows[0].status is Glyph.OK
    row = panel(later, 30).rows[0]
    assert row.status is Glyph.BLIND
    assert row.note.startswith("stale")


@pytest.mark.law(10)
def test_law_10_a_rehearsal_says_that_it_touches_nothing_real() -> None:
    story = Story(rehearsal=True)
    story.begin()
    view = bars.topbar(story.seen())
    assert view.environment is EnvironmentTag.REHEARSAL
    assert view.note == "touches nothing real"
    assert view.run.startswith("R")


def test_buckets_keep_the_worst_and_gaps_stay_gaps() -> None:
    series = [(0.0, 0.25), (5.0, 0.75), (10.0, 0.5), (31.0, None), (62.0, 1.0), (63.0, None)]
    assert buckets(series, 0.5, 10.0, 6, 7) == (1.5, 1.0, GAP, None, GAP, GAP, 2.0)
    assert buckets([(0.0, 0.0), (1.0, 2.0)], 0.0, 1.0, 1, 2) == (0.0, float("inf"))


def test_a_phase_mark_never_makes_a_breach_older_than_its_cause() -> None:
    story = STORIES["calm"]()
    seen = story.seen()
    ordered_s = seen.state.steps["t-0.traffic-5"].started_s
    view = panel(seen, 30)
    mark = next(mark for mark in view.marks if mark.label == "5 %")
    series = story.state().monitors["p95"].series
    first = next(index for index, (at_s, _) in enumerate(series) if at_s >= ordered_s)
    step_s = 30.0
    bucket = int(series[first][0] // step_s)
    last = int(series[-1][0] // step_s)
    assert last - bucket + 1 <= mark.cells_ago


def test_the_feed_is_newest_last_and_leaves_samples_out(stories: dict[str, Story]) -> None:
    story = stories["breach"]
    lines = bars.feed(story.plan, story.state().feed)
    assert "p95 breaching" in lines[-1].text
    assert all(line.at.endswith("Z") for line in lines)


def test_missing_for_go_is_summed_up_by_phase(stories: dict[str, Story]) -> None:
    missing = cutover(stories["breach"].seen()).missing
    assert missing is not None
    titles = [row.title for row in missing]
    assert titles[0] == "p95 breaching"
    assert "T+60 finalization" in titles
    assert "Done 0 of 16" in titles


def test_foreign_text_of_a_card_and_a_journal_is_never_markup() -> None:
    story = STORIES["calm"]()
    story.tell(ev.Noted(text="[/foo] [red]"))
    lines = bars.feed(story.plan, story.state().feed)
    assert lines[-1].text == "[/foo] [red]"


@pytest.mark.parametrize("name", ["breach", "blind", "trip"])
@pytest.mark.parametrize("width", [78, 80])
async def test_no_choice_is_cut_at_80_columns(
    stories: dict[str, Story], name: str, width: int
) -> None:
    view = shown(stories[name])
    section = Banner(view)
    section.styles.height = 4
    show = Host(section)
    async with show.run_test(size=(width, 4)):
        last = lines(show)[3]
    assert "…" not in last
    for choice in view.choices:
        assert f"{choice.key} " in last
        assert (choice.short or choice.label) in last


def test_a_measured_way_back_says_so_wherever_it_is_explained() -> None:
    story = replace(calm(), card=lasting_as_a_restore(packaged.card()))
    story.tell(ev.BreakerArmed(breaker="rollback", command="all of it", lasts_s=10.0))
    assumed = bars.armed(story.seen())
    assert assumed is not None
    assert "measured" not in f"{cells(story)['back'].detail} {assumed.verify}"
    measured(story, 340.0)
    assert cells(story)["back"].detail.endswith("m, 5m measured")
    armed = bars.armed(story.seen())
    assert armed is not None
    assert "m, 5m measured; verify: 0 % on the canary seen within" in armed.verify
    assert "m, 5m measured; 0 % on the canary seen within" in armed.short_verify
    story.tell(ev.BreakerDisarmed(breaker="rollback", reason="said so"))
    story.tell(ev.BreakerArmed(breaker="traffic", command="traffic", lasts_s=10.0))
    armed = bars.armed(story.seen())
    assert armed is not None
    assert "measured" not in armed.verify, "it brings no database back"


def test_a_row_says_of_its_length_whether_it_was_measured() -> None:
    story = replace(trip(), card=lasting_as_a_restore(packaged.card()))
    steps = tuple(item.id for item in back_items(story.plan, tuple(Part)))
    begun = ev.RollbackStarted(parts=tuple(Part), steps=steps, reason="alice", automatic=False)
    story.tell(begun)

    def right() -> str:
        rows = cutover(story.seen()).rows
        return next(row.right for row in rows if row.title == "ROLLBACK undo migrations")

    assert right() == "about 1m"
    measured(story, 340.0)
    assert right() == "5m40s measured"


def test_demote_is_offered_where_somebody_was_let_in_without_a_token() -> None:
    story = calm()
    assert "F2" not in [choice.key for choice in shown(story).choices]
    story.ended("canary-hold", Outcome.PASSED, "6 of 6 monitors ok")
    story.step("canary-auth", None)
    words = "GET /api/orders answered 200 to no token: somebody without a valid token was let in"
    story.ended("canary-auth", Outcome.FAILED, words, let_in=1.0)
    first = shown(story).choices[0]
    assert (first.key, first.label, first.short) == ("F2", "demote endpoint", "demote")
    assert [choice.key for choice in shown(story).choices] == ["F2", "r", "w"]


def test_demote_is_not_offered_where_nobody_was_let_in() -> None:
    story = calm()
    story.ended("canary-hold", Outcome.PASSED, "6 of 6 monitors ok")
    story.step("canary-auth", None)
    words = "GET /api/orders answered 404 to no token, 401 or 403 expected"
    story.ended("canary-auth", Outcome.FAILED, words, let_in=0.0)
    assert [choice.key for choice in shown(story).choices] == ["r", "w"]


def test_demote_is_offered_beside_the_way_back_when_the_bypass_trips() -> None:
    story = calm()
    story.values["bypass"] = 1.0
    story.sample()
    keys = [choice.key for choice in shown(story).choices]
    assert keys[:3] == ["F5", "F6", "F2"]
