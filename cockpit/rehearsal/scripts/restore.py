"""`scripts/test-backup-restore.sh`: restore the newest backup beside the database, and compare.

Nothing of the live database changes; the scratch database is dropped however it ends.
"""

import os
import sys
from pathlib import Path

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.scripts import database_tasks
from cockpit.rehearsal.scripts.site import ScriptError, Site, run, say


def newest(site: Site) -> Path:
    """Give the newest backup; their names sort by time."""
    found = sorted((site.workspace / "backups").glob("acme-*.dump"))
    if not found:
        raise ScriptError("there is no backup in backups/: `npm run cutover t-10` makes one")
    return found[-1]


def _readable(site: Site, backup: Path, scratch: Path) -> Path:
    if Fault.FAILING_BACKUP not in site.faults():
        return backup
    whole = backup.read_bytes()
    scratch.write_bytes(whole[: len(whole) // 2])
    return scratch


def _restore(site: Site, backup: Path, scratch: Path, name: str) -> None:
    try:
        database_tasks.restore(site, _readable(site, backup, scratch), name)
    except ScriptError as error:
        raise ScriptError(f"backups/{backup.name}: {error}") from None


def compare(site: Site, database_name: str) -> None:
    """See that no table came back emptier than it must; live tables may have grown since."""
    live = database_tasks.counts(site.database_url)
    restored = database_tasks.counts(database_tasks.beside(site, database_name))
    for table, rows in restored.items():
        say(f"  {table}: {rows:,} restored, {live[table]:,} live")
    empty = [table for table, rows in restored.items() if not rows and live[table]]
    more = [table for table in restored if restored[table] > live[table]]
    if empty or more:
        raise ScriptError(f"the restored counts do not fit: {', '.join(empty + more)}")


def command(site: Site, arguments: list[str]) -> None:
    """Restore, compare, drop."""
    backup, name = newest(site), f"restore_check_{os.getpid()}"
    cut = site.workspace / "backups" / f".cut-{os.getpid()}"
    say(f"restoring backups/{backup.name} into {name}")
    database_tasks.execute(site, f"CREATE DATABASE {name}")
    try:
        site.pause()
        _restore(site, backup, cut, name)
        compare(site, name)
    finally:
        cut.unlink(missing_ok=True)
        database_tasks.execute(site, f"DROP DATABASE {name} WITH (FORCE)")
    say("backup/restore test PASSED")


if __name__ == "__main__":
    sys.exit(run(command))
