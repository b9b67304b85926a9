"""Every line of the go-live card is something that the packaged card makes the cockpit do."""

import stat
from pathlib import Path

import pytest

from checks.auth import Auth
from checks.backup import BackupAge
from checks.command import Command
from checks.database import Database
from checks.load import Load
from checks.routes import Routes
from checks.secrets import Secrets
from checks.surface import Surface
from cockpit.card.load_card import load
from cockpit.card.model.breakers import CommandBreaker
from cockpit.card.model.monitors import CheckMonitor, MetricsMonitor
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import Hold, OnTrip, Part, Prove, Report, Run, Traffic
from cockpit.card.packaged import card, init, text
from cockpit.foundation.errors import UsageError

CARD = card()
PLAN = plan(CARD)
COMMANDS = [each for each in CARD.breakers if isinstance(each, CommandBreaker)]

LOOKED_AT = {
    "bypass": (Auth, None, 0.0),
    "pool": (Database, "connections_ratio", 0.8),
    "queries": (Database, "query_s", 1.0),
    "backup": (BackupAge, None, 0.0),
}


def test_preflight_has_its_four_lines() -> None:
    steps = [item.step for item in PLAN.preflight.items]
    assert [type(step) for step in steps[:4]] == [Secrets, Command, Routes, Surface]
    assert steps[4:] == [Prove(monitor=monitor) for monitor in PLAN.monitors]
    secrets, gate, _, surface = steps[:4]
    assert isinstance(secrets, Secrets)
    assert set(secrets.names) == {"JWT_SECRET", "DATABASE_URL", "POSTGRES_PASSWORD"}
    assert isinstance(gate, Command)
    assert gate.expect == "3 passed, 0 critical failures"
    assert isinstance(surface, Surface)
    assert surface.public == 9


def test_four_phases_begin_with_their_cutover_command() -> None:
    first = [section.items[0].step for section in PLAN.phases]
    assert [section.id for section in PLAN.phases] == ["t-30", "t-10", "t-0", "t+60"]
    assert [step.run for step in first if isinstance(step, Run)] == [
        f"npm run cutover {point}" for point in ("t-30", "t-10", "t0", "t60")
    ]


def test_the_phases_wait_for_what_the_card_waits_for() -> None:
    load_test = PLAN.find("load-test").step
    assert isinstance(load_test, Load)
    assert (load_test.duration, load_test.average) == (60.0, 0.25)
    restore = PLAN.find("t-10.restore-test").step
    assert isinstance(restore, Run)
    assert restore.run == "./scripts/test-backup-restore.sh"
    assert any(isinstance(item.step, Report) for item in PLAN.phases[3].items)


def test_the_canary_gets_five_percent_then_ten_watched_minutes_then_all() -> None:
    traffic = [item.step for item in PLAN.phases[2].items if isinstance(item.step, Traffic)]
    assert [step.traffic for step in traffic] == [0.05, 1.0]
    hold = PLAN.find("canary-hold").step
    assert isinstance(hold, Hold)
    assert (hold.hold, hold.on_trip) == (600.0, OnTrip.ROLLBACK_TRAFFIC)
    assert set(hold.watch) == {"p95", "errors", "auth-failures", "bypass", "pool", "queries"}


def test_seven_monitors_are_measured_or_looked_at() -> None:
    measured = {monitor.monitor: monitor for monitor in CARD.monitors}
    expected = {"p95": (0.25, 300.0), "errors": (0.005, 120.0), "auth-failures": (100.0, 0.0)}
    for name, (above, sustained) in expected.items():
        monitor = measured[name]
        assert isinstance(monitor, MetricsMonitor)
        assert (float(monitor.above), monitor.sustained, monitor.page) == (above, sustained, True)
    for name, (kind, figure, above) in LOOKED_AT.items():
        looked = measured[name]
        assert isinstance(looked, CheckMonitor)
        assert isinstance(looked.check, kind)
        assert (looked.figure, float(looked.above), looked.page) == (figure, above, True)
    assert len(measured) == 7


def test_three_breakers_run_their_commands() -> None:
    commands = {each.breaker: each.run for each in COMMANDS}
    assert commands == {
        "demote": "npm run emergency:demote {endpoint}",
        "freeze": "node scripts/emergency-breakers.mjs freeze-surface",
        "sanity": "node scripts/emergency-breakers.mjs sanity-check",
    }
    assert all(each.verify for each in COMMANDS)


def test_three_rollbacks_have_steps() -> None:
    assert all(PLAN.rollback[part].items for part in Part)
    database = PLAN.rollback[Part.DATABASE].items[0].step
    assert isinstance(database, Run)
    assert database.run == "./scripts/test-backup-restore.sh"
    shift, watch = (item.step for item in PLAN.rollback[Part.TRAFFIC].items)
    assert isinstance(shift, Traffic)
    assert shift.traffic == 0.0
    assert isinstance(watch, Hold)
    assert watch.hold == 600.0


@pytest.mark.law(7)
def test_law_7_the_stable_side_is_looked_at_before_traffic_goes_there() -> None:
    """Law 7: a rollback looks at the health of what it rolls back to."""
    assert CARD.rollback.healthy is not None


def test_done_has_sixteen_lines_success_four_and_the_drumbeat_ten() -> None:
    assert [(group.title, len(group.items)) for group in PLAN.done] == [
        ("technical", 4),
        ("performance", 4),
        ("operational", 4),
        ("security", 4),
    ]
    assert len(PLAN.success.items) == 4
    assert CARD.success.window == 86400.0
    rhythms = [(group.title, len(group.items)) for group in PLAN.drumbeat]
    assert rhythms == [("hour-1", 3), ("daily", 4), ("weekly", 3)]


def test_init_writes_a_card_that_loads(tmp_path: Path) -> None:
    path = tmp_path / "golive.yaml"
    init(path)
    assert path.read_text(encoding="utf-8") == text()
    assert load(path) == CARD


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    path = tmp_path / "golive.yaml"
    path.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        init(path)
    assert path.read_text() == "mine"


def test_init_follows_no_link_that_points_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "golive.yaml"
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is there already"):
        init(path)
    assert not stat.S_ISREG(path.lstat().st_mode)


def test_init_into_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the card cannot be written: no such file"):
        init(tmp_path / "none" / "golive.yaml")
