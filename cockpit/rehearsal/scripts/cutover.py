"""`npm run cutover`: the four phases of the card, and their rollbacks."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.scripts import database_tasks
from cockpit.rehearsal.scripts.gate import run_gates
from cockpit.rehearsal.scripts.site import (
    ScriptError,
    Site,
    WrongUseError,
    check_health,
    request,
    run,
    say,
)
from cockpit.rehearsal.service.api_operations import CANARY_VERSION, STABLE_VERSION


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def validate(site: Site) -> None:
    """T-30: check that the stable version is healthy and that the gates pass."""
    say(check_health(site.stable_url, STABLE_VERSION))
    failures = run_gates(site)
    site.log_effect("cutover", "t-30")
    site.record("t-30.json", {"at": _now(), "gates": not failures})
    if failures:
        raise ScriptError(f"gates FAILED: {'; '.join(failures)}")
    say("gates PASSED")


def prepare_database(site: Site) -> None:
    """T-10: write a backup, then migrate the database."""
    migrated, faults = database_tasks.is_migrated(site), site.faults()
    site.log_effect("cutover", "t-10")
    backups = site.workspace / "backups"
    backups.mkdir(exist_ok=True)
    backup = backups / f"acme-{_now()}.dump"
    database_tasks.dump(site, backup)
    say(f"backup written: backups/{backup.name} ({backup.stat().st_size:,} bytes)")
    say(f"migration {database_tasks.MIGRATION}: add delivery_windows, orders.delivery_note")
    if Fault.FAILING_STEP in faults:
        database_tasks.wait_for_a_held_lock(site)
    if migrated:
        say("migrate: already deployed, nothing to do")
    else:
        database_tasks.migrate(site, up=True)
        say("migrate deployed")


def deploy(site: Site) -> None:
    """T-0: check that the canary is healthy; it has no traffic yet."""
    say(check_health(site.canary_url, CANARY_VERSION))
    site.log_effect("cutover", "t0")
    site.record("deployment.json", {"at": _now(), "live": STABLE_VERSION, "canary": CANARY_VERSION})
    say(f"canary {CANARY_VERSION} deployed, 0 % traffic")


def finalize(site: Site) -> None:
    """T+60: check that both versions are healthy, and write the deployment report."""
    for url, version in ((site.stable_url, STABLE_VERSION), (site.canary_url, CANARY_VERSION)):
        say(check_health(url, version))
    state = request(f"{site.admin_url}/state")[1]
    rows = database_tasks.counts(site.database_url)
    site.log_effect("cutover", "t60")
    report = {"at": _now(), "live": CANARY_VERSION, "canary_percent": state["canary"], "rows": rows}
    path = site.record("deployment-report.json", report)
    say(f"all systems operational; deployment report generated: records/{path.name}")


def rollback_application(site: Site) -> None:
    """Make the stable image live again, after checking that it is healthy."""
    say(check_health(site.stable_url, STABLE_VERSION))
    site.log_effect("cutover", "rollback-application")
    site.record("deployment.json", {"at": _now(), "live": STABLE_VERSION, "canary": None})
    say(f"live image is {STABLE_VERSION}")


def revert_release(site: Site) -> None:
    """Revert the release in the sources, so that the next deployment does not include it."""
    path = site.workspace / "package.json"
    package = json.loads(path.read_text())
    site.log_effect("cutover", "revert-release")
    path.write_text(json.dumps({**package, "version": STABLE_VERSION}, indent=2) + "\n")
    say(f"release reverted: the sources are of {STABLE_VERSION}")


def rollback_database(site: Site) -> None:
    """Roll back the migration if it is applied."""
    migrated = database_tasks.is_migrated(site)
    site.log_effect("cutover", "rollback-database")
    if migrated:
        database_tasks.migrate(site, up=False)
    say(f"migration {database_tasks.MIGRATION} {'rolled back' if migrated else 'was not applied'}")


STEPS: dict[str, Callable[[Site], None]] = {
    "t-30": validate,
    "t-10": prepare_database,
    "t0": deploy,
    "t60": finalize,
    "rollback-application": rollback_application,
    "revert-release": revert_release,
    "rollback-database": rollback_database,
}


def command(site: Site, arguments: list[str]) -> None:
    """Run the step that the argument names; raises WrongUseError if there is none."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        raise WrongUseError(f"usage: npm run cutover {' | '.join(STEPS)}; got {arguments}")
    STEPS[arguments[0]](site)


if __name__ == "__main__":
    sys.exit(run(command))
