"""`scripts/test-backup-restore.sh`: restore the newest backup into a scratch database, and compare.

The live database is not changed, and the scratch database is always dropped.
"""

import os
import sys
from pathlib import Path

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.scripts import database_tasks
from cockpit.rehearsal.scripts.site import ScriptError, Site, run, say


def newest(site: Site) -> Path:
    """Return the newest backup: their names sort by time. Raises ScriptError if there is none."""
    backups = sorted((site.workspace / "backups").glob("acme-*.dump"))
    if not backups:
        raise ScriptError("there is no backup in backups/: `npm run cutover t-10` makes one")
    return backups[-1]


def _backup_to_restore(site: Site, backup: Path, scratch: Path) -> Path:
    if Fault.FAILING_BACKUP not in site.faults():
        return backup
    content = backup.read_bytes()
    scratch.write_bytes(content[: len(content) // 2])
    return scratch


def _restore(site: Site, backup: Path, scratch: Path, name: str) -> None:
    try:
        database_tasks.restore(site, _backup_to_restore(site, backup, scratch), name)
    except ScriptError as error:
        raise ScriptError(f"backups/{backup.name}: {error}") from None


def compare_counts(site: Site, database_name: str) -> None:
    """Compare the row counts; raises ScriptError if a restored table has too few or too many.

    A live table may have grown since the backup, so fewer rows are fine, but none are not.
    """
    live = database_tasks.counts(site.database_url)
    restored = database_tasks.counts(database_tasks.sibling_url(site, database_name))
    for table, rows in restored.items():
        say(f"  {table}: {rows:,} restored, {live[table]:,} live")
    empty = [table for table, rows in restored.items() if not rows and live[table]]
    more = [table for table in restored if restored[table] > live[table]]
    if empty or more:
        raise ScriptError(f"the restored counts do not fit: {', '.join(empty + more)}")


def command(site: Site, arguments: list[str]) -> None:
    """Restore the newest backup, compare the row counts, and drop the scratch database."""
    backup, name = newest(site), f"restore_check_{os.getpid()}"
    truncated = site.workspace / "backups" / f".truncated-{os.getpid()}"
    say(f"restoring backups/{backup.name} into {name}")
    database_tasks.execute(site, f"CREATE DATABASE {name}")
    try:
        site.pause()
        _restore(site, backup, truncated, name)
        compare_counts(site, name)
    finally:
        truncated.unlink(missing_ok=True)
        database_tasks.execute(site, f"DROP DATABASE {name} WITH (FORCE)")
    say("backup/restore test PASSED")


if __name__ == "__main__":
    sys.exit(run(command))
