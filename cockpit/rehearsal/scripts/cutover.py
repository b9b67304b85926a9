"""`npm run cutover`: the four points of the card, and the ways back from them."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.scripts import database_tasks
from cockpit.rehearsal.scripts.gate import gates
from cockpit.rehearsal.scripts.site import ScriptError, Site, WrongUseError, ask, healthy, run, say
from cockpit.rehearsal.service.api_operations import CANARY_VERSION, STABLE_VERSION


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def validate(site: Site) -> None:
    """T-30: the stable version is well and the gates pass."""
    say(healthy(site.stable_url, STABLE_VERSION))
    failures = gates(site)
    site.effect("cutover", "t-30")
    site.record("t-30.json", {"at": _now(), "gates": not failures})
    if failures:
        raise ScriptError(f"gates FAILED: {'; '.join(failures)}")
    say("gates PASSED")


def prepare_database(site: Site) -> None:
    """T-10: a backup, then the migration."""
    migrated, faults = database_tasks.is_migrated(site), site.faults()
    site.effect("cutover", "t-10")
    backups = site.workspace / "backups"
    backups.mkdir(exist_ok=True)
    backup = backups / f"acme-{_now()}.dump"
    database_tasks.dump(site, backup)
    say(f"backup written: backups/{backup.name} ({backup.stat().st_size:,} bytes)")
    say(f"migration {database_tasks.MIGRATION}: add delivery_windows, orders.delivery_note")
    if Fault.FAILING_STEP in faults:
        database_tasks.meet_a_lock(site)
    if migrated:
        say("migrate: already deployed, nothing to do")
    else:
        database_tasks.migrate(site, up=True)
        say("migrate deployed")


def deploy(site: Site) -> None:
    """T-0: the canary runs and is well; it gets no traffic yet."""
    say(healthy(site.canary_url, CANARY_VERSION))
    site.effect("cutover", "t0")
    site.record("deployment.json", {"at": _now(), "live": STABLE_VERSION, "canary": CANARY_VERSION})
    say(f"canary {CANARY_VERSION} deployed, 0 % traffic")


def finalize(site: Site) -> None:
    """T+60: everything is well; the deployment report is written."""
    for url, version in ((site.stable_url, STABLE_VERSION), (site.canary_url, CANARY_VERSION)):
        say(healthy(url, version))
    state = ask(f"{site.admin_url}/state")[1]
    rows = database_tasks.counts(site.database_url)
    site.effect("cutover", "t60")
    report = {"at": _now(), "live": CANARY_VERSION, "canary_percent": state["canary"], "rows": rows}
    path = site.record("deployment-report.json", report)
    say(f"all systems operational; deployment report generated: records/{path.name}")


def rollback_application(site: Site) -> None:
    """Make the stable image the live one again; it is looked at first."""
    say(healthy(site.stable_url, STABLE_VERSION))
    site.effect("cutover", "rollback-application")
    site.record("deployment.json", {"at": _now(), "live": STABLE_VERSION, "canary": None})
    say(f"live image is {STABLE_VERSION}")


def revert_release(site: Site) -> None:
    """Take the release out of the sources, so that the next deployment does not bring it back."""
    path = site.workspace / "package.json"
    package = json.loads(path.read_text())
    site.effect("cutover", "revert-release")
    path.write_text(json.dumps({**package, "version": STABLE_VERSION}, indent=2) + "\n")
    say(f"release reverted: the sources are of {STABLE_VERSION}")


def rollback_database(site: Site) -> None:
    """Take the migration back, if it is there."""
    migrated = database_tasks.is_migrated(site)
    site.effect("cutover", "rollback-database")
    if migrated:
        database_tasks.migrate(site, up=False)
    say(f"migration {database_tasks.MIGRATION} {'rolled back' if migrated else 'was not there'}")


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
    """Run the one step named."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        raise WrongUseError(f"usage: npm run cutover {' | '.join(STEPS)}; got {arguments}")
    STEPS[arguments[0]](site)


if __name__ == "__main__":
    sys.exit(run(command))
