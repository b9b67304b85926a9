"""`npm run cutover`: the four phases of the card, and their rollbacks."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from checks.core.text import count_of
from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.scripts import database_tasks
from cockpit.rehearsal.scripts.gate import run_gates
from cockpit.rehearsal.scripts.script_context import (
    ScriptContext,
    ScriptError,
    WrongUseError,
    check_health,
    print_line,
    request,
    run,
)
from cockpit.rehearsal.service.api_operations import CANARY_VERSION, STABLE_VERSION


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def validate(context: ScriptContext) -> None:
    """T-30: check that the stable version is healthy and that the gates pass."""
    print_line(check_health(context.stable_url, STABLE_VERSION))
    failures = run_gates(context)
    context.log_effect("cutover", "t-30")
    context.record("t-30.json", {"at": _now(), "gates": not failures})
    if failures:
        raise ScriptError(f"gates FAILED: {'; '.join(failures)}")
    print_line("gates PASSED")


def prepare_database(context: ScriptContext) -> None:
    """T-10: write a backup, then migrate the database."""
    migrated, faults = database_tasks.is_migrated(context), context.faults()
    context.log_effect("cutover", "t-10")
    backups = context.workspace / "backups"
    backups.mkdir(exist_ok=True)
    backup = backups / f"acme-{_now()}.dump"
    database_tasks.dump(context, backup)
    print_line(f"backup written: backups/{backup.name} ({count_of(backup.stat().st_size, 'byte')})")
    print_line(f"migration {database_tasks.MIGRATION}: add delivery_windows, orders.delivery_note")
    if Fault.FAILING_STEP in faults:
        database_tasks.wait_for_a_held_lock(context)
    if migrated:
        print_line("migrate: already deployed, nothing to do")
    else:
        database_tasks.migrate(context, up=True)
        print_line("migrate deployed")


def deploy(context: ScriptContext) -> None:
    """T-0: check that the canary is healthy; it has no traffic yet."""
    print_line(check_health(context.canary_url, CANARY_VERSION))
    context.log_effect("cutover", "t0")
    context.record(
        "deployment.json", {"at": _now(), "live": STABLE_VERSION, "canary": CANARY_VERSION}
    )
    print_line(f"canary {CANARY_VERSION} deployed, 0 % traffic")


def finalize(context: ScriptContext) -> None:
    """T+60: check that both versions are healthy, and write the deployment report."""
    for url, version in (
        (context.stable_url, STABLE_VERSION),
        (context.canary_url, CANARY_VERSION),
    ):
        print_line(check_health(url, version))
    state = request(f"{context.admin_url}/state")[1]
    rows = database_tasks.counts(context.database_url)
    context.log_effect("cutover", "t60")
    report = {"at": _now(), "live": CANARY_VERSION, "canary_percent": state["canary"], "rows": rows}
    path = context.record("deployment-report.json", report)
    print_line(f"all systems operational; deployment report generated: records/{path.name}")


def rollback_application(context: ScriptContext) -> None:
    """Make the stable image live again, after checking that it is healthy."""
    print_line(check_health(context.stable_url, STABLE_VERSION))
    context.log_effect("cutover", "rollback-application")
    context.record("deployment.json", {"at": _now(), "live": STABLE_VERSION, "canary": None})
    print_line(f"live image is {STABLE_VERSION}")


def revert_release(context: ScriptContext) -> None:
    """Revert the release in the sources, so that the next deployment does not include it."""
    path = context.workspace / "package.json"
    package = json.loads(path.read_text())
    context.log_effect("cutover", "revert-release")
    path.write_text(json.dumps({**package, "version": STABLE_VERSION}, indent=2) + "\n")
    print_line(f"release reverted: the sources are of {STABLE_VERSION}")


def rollback_database(context: ScriptContext) -> None:
    """Roll back the migration if it is applied."""
    migrated = database_tasks.is_migrated(context)
    context.log_effect("cutover", "rollback-database")
    if migrated:
        database_tasks.migrate(context, up=False)
    print_line(
        f"migration {database_tasks.MIGRATION} {'rolled back' if migrated else 'was not applied'}"
    )


STEPS: dict[str, Callable[[ScriptContext], None]] = {
    "t-30": validate,
    "t-10": prepare_database,
    "t0": deploy,
    "t60": finalize,
    "rollback-application": rollback_application,
    "revert-release": revert_release,
    "rollback-database": rollback_database,
}


def command(context: ScriptContext, arguments: list[str]) -> None:
    """Run the step that the argument names; raises WrongUseError if there is none."""
    if len(arguments) != 1 or arguments[0] not in STEPS:
        raise WrongUseError(f"usage: npm run cutover {' | '.join(STEPS)}; got {arguments}")
    STEPS[arguments[0]](context)


if __name__ == "__main__":
    sys.exit(run(command))
