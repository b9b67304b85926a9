"""Every line of the go-live card is something that the packaged card makes the cockpit do."""

import stat
from pathlib import Path

import pytest

from checks.command import Command
from checks.routes import Routes
from checks.secrets import Secrets
from checks.surface import Surface
from cockpit.card.load import load
from cockpit.card.monitors import Scraped
from cockpit.card.packaged import card, init, text
from cockpit.card.plan import plan
from cockpit.card.steps import Confirm, Hold, OnTrip, Part, Report, Run, Traffic
from cockpit.errors import UsageError

CARD = card()
PLAN = plan(CARD)

DONE = {
    "technical": [
        ("done-gate", "3 passed, 0 critical failures"),
        ("done-surface", "9 public, none generic"),
        ("done-routes", "code routes are spec routes"),
        ("done-compatible", "the schema only grew"),
    ],
    "performance": [
        ("done-soak", "30 minutes at three times"),
        ("done-no-5xx", "not one 5xx"),
        ("done-p95", "250 ms"),
        ("done-database", "the database answers under load"),
    ],
    "operational": [
        ("done-sentry", "Sentry"),
        ("done-dashboards", "p95, 5xx, auth failures and the database"),
        ("done-alerts", "SLO breaches and error spikes"),
        ("done-backup", "backup exists and was restored"),
    ],
    "security": [
        ("done-auth", "401 or 403 without a valid token"),
        ("done-cors", "allowed origins"),
        ("done-rate-limit", "429"),
        ("done-pii", "sample of the logs"),
    ],
}
SUCCESS = [
    ("success-errors", "432 errors in 100,000"),
    ("success-latency", "p95 at most 250 ms and p99 at most 500 ms"),
    ("success-availability", "1m26s"),
    ("success-security", "without a token"),
]
DRUMBEAT = {
    "hour-1": [
        ("hour-sentry", "Sentry"),
        ("hour-pool", "50 %"),
        ("hour-latency", "response times and error rates"),
    ],
    "daily": [
        ("daily-logs", "night's logs"),
        ("daily-backup", "backup job"),
        ("daily-schema", "GenericObject"),
        ("daily-routes", "implemented over baseline"),
    ],
    "weekly": [
        ("weekly-security", "security smoke tests"),
        ("weekly-alerts", "thresholds"),
        ("weekly-load", "110 %"),
    ],
}
EYES = [
    ("eyes-bypass", "without a token"),
    ("eyes-pool", "80 %"),
    ("eyes-queries", "1 s"),
    ("eyes-backup", "backup job and the restore test"),
]


def _vouched(name: str, says: str) -> bool:
    """Say whether a confirm step speaks of it; a check speaks for itself."""
    step = PLAN.find(name).step
    return not isinstance(step, Confirm) or says in step.confirm


def test_preflight_has_its_four_lines() -> None:
    kinds = [type(item.step) for item in PLAN.preflight.items]
    assert kinds == [Secrets, Command, Routes, Surface]
    secrets, gate, _, surface = (item.step for item in PLAN.preflight.items)
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
    assert isinstance(load_test, Confirm)
    assert "60 s stayed under 250 ms" in load_test.confirm
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
    assert set(hold.watch) == {"p95", "errors"}


def test_seven_monitors_are_measured_or_vouched_for() -> None:
    measured = {monitor.monitor: monitor for monitor in CARD.monitors}
    expected = {"p95": (0.25, 300.0), "errors": (0.005, 120.0), "auth-failures": (100.0, 0.0)}
    for name, (above, sustained) in expected.items():
        monitor = measured[name]
        assert isinstance(monitor, Scraped)
        assert (float(monitor.above), monitor.sustained, monitor.page) == (above, sustained, True)
    assert all(_vouched(*line) for line in EYES)
    assert len(expected) + len(EYES) == 7


def test_three_breakers_run_their_commands() -> None:
    commands = {each.breaker: each.run for each in CARD.breakers if each.run}
    assert commands == {
        "demote": "npm run emergency:demote {endpoint}",
        "freeze": "node scripts/emergency-breakers.mjs freeze-surface",
        "sanity": "node scripts/emergency-breakers.mjs sanity-check",
    }
    assert all(each.verify for each in CARD.breakers if each.run)


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


def test_law_7_the_stable_side_is_looked_at_before_traffic_goes_there() -> None:
    """Law 7: a rollback looks at the health of what it rolls back to."""
    assert CARD.rollback.healthy is not None


def test_done_has_its_sixteen_lines() -> None:
    groups = {section.title: [item.id for item in section.items] for section in PLAN.done}
    assert groups == {name: [line[0] for line in lines] for name, lines in DONE.items()}
    assert all(_vouched(*line) for lines in DONE.values() for line in lines)


def test_success_has_its_four_metrics_by_the_stricter_reading() -> None:
    assert [item.id for item in PLAN.success.items] == [line[0] for line in SUCCESS]
    assert all(_vouched(*line) for line in SUCCESS)
    assert CARD.success.window == 86400.0


def test_the_drumbeat_has_its_ten_lines() -> None:
    groups = {section.title: [item.id for item in section.items] for section in PLAN.drumbeat}
    assert groups == {name: [line[0] for line in lines] for name, lines in DRUMBEAT.items()}
    assert all(_vouched(*line) for lines in DRUMBEAT.values() for line in lines)


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
