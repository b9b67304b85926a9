"""`scripts/test-backup-restore.sh`: restore the newest backup into a scratch database, and compare.

The live database is not changed, and the scratch database is always dropped.
"""

import os
import sys
from pathlib import Path

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.scripts import database_tasks
from cockpit.rehearsal.scripts.script_context import ScriptContext, ScriptError, print_line, run


def newest(context: ScriptContext) -> Path:
    """Return the newest backup: their names sort by time. Raises ScriptError if there is none."""
    backups = sorted((context.workspace / "backups").glob("acme-*.dump"))
    if not backups:
        raise ScriptError("there is no backup in backups/: `npm run cutover t-10` makes one")
    return backups[-1]


def _backup_to_restore(context: ScriptContext, backup: Path, scratch: Path) -> Path:
    if Fault.FAILING_BACKUP not in context.faults():
        return backup
    content = backup.read_bytes()
    scratch.write_bytes(content[: len(content) // 2])
    return scratch


def _restore(context: ScriptContext, backup: Path, scratch: Path, name: str) -> None:
    try:
        database_tasks.restore(context, _backup_to_restore(context, backup, scratch), name)
    except ScriptError as error:
        raise ScriptError(f"backups/{backup.name}: {error}") from None


def compare_counts(context: ScriptContext, database_name: str) -> None:
    """Compare the row counts; raises ScriptError if a restored table has too few or too many.

    A live table may have grown since the backup, so fewer rows are fine, but none are not.
    """
    live = database_tasks.counts(context.database_url)
    restored = database_tasks.counts(database_tasks.sibling_url(context, database_name))
    for table, rows in restored.items():
        print_line(f"  {table}: {rows:,} restored, {live[table]:,} live")
    empty = [table for table, rows in restored.items() if not rows and live[table]]
    more = [table for table in restored if restored[table] > live[table]]
    if empty or more:
        raise ScriptError(f"the restored counts do not fit: {', '.join(empty + more)}")


def command(context: ScriptContext, arguments: list[str]) -> None:
    """Restore the newest backup, compare the row counts, and drop the scratch database."""
    backup, name = newest(context), f"restore_check_{os.getpid()}"
    truncated = context.workspace / "backups" / f".truncated-{os.getpid()}"
    print_line(f"restoring backups/{backup.name} into {name}")
    database_tasks.execute(context, f"CREATE DATABASE {name}")
    try:
        context.pause()
        _restore(context, backup, truncated, name)
        compare_counts(context, name)
    finally:
        truncated.unlink(missing_ok=True)
        database_tasks.execute(context, f"DROP DATABASE {name} WITH (FORCE)")
    print_line("backup/restore test PASSED")


if __name__ == "__main__":
    sys.exit(run(command))
