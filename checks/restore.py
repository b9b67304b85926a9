"""Whether a dump of the database can be restored with the same contents."""

import asyncio
import shutil
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import IO, TYPE_CHECKING, Annotated, ClassVar

from msgspec import Meta, Struct, field

from checks.core.base import Check, Outcome, Result, Scheduling, Tools
from checks.core.durations import format_duration
from checks.core.text import count_of, join_names, one_line
from checks.core.units import Span, Text
from checks.pg import dump
from checks.pg.client_programs import ProgramError
from checks.pg.connection import DatabaseError, database_url, reading, redact
from checks.pg.dump import DumpError
from checks.pg.scratch_db import inside, scratch
from checks.pg.table_digest import contents, differences, tables

if TYPE_CHECKING:
    from checks.pg.connection import Link
    from checks.pg.dump import Programs
    from checks.pg.table_digest import Content, Table

_CLEANUP_S = 5.0
_NO_TIMEOUTS = """
SELECT set_config(name, '0', true) FROM pg_settings
WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
"""
_DATABASE_OPTIONS = """
SELECT format('ENCODING %L LC_COLLATE %L LC_CTYPE %L',
    pg_encoding_to_char(encoding), datcollate, datctype)
FROM pg_database WHERE datname = current_database()
"""


class ComparedTables(Struct, frozen=True):
    """The tables to compare, and pg_dump's options for them."""

    tables: "Sequence[Table]"
    options: tuple[str, ...]


class Restore(Check, kw_only=True, frozen=True, tag="restore"):
    """A fresh dump of the database, restored into a scratch database, has the same contents.

    **It writes** a database `cockpit_restore_…` on the same server, or on that of `into`, and the
    dump, as an unnamed file in the temporary folder (`TMPDIR`). Both are removed when the check
    ends, also after a failure or a cancellation; the next run drops what a killed one left on the
    server. The source is only read.

    Failed: pg_dump or pg_restore ends with an error, or a table is missing, or its rows or contents
    differ.

    Unknown: the programs are older than the server; there is not enough permission, space or time;
    or there is no table, or no row at all.

    The number of rows and a checksum over all columns are compared, table by table. Sequences,
    views and large objects are restored, but not compared. Dump, counts and checksums come from one
    snapshot, so that writes in the meantime do not matter; only a TRUNCATE, which ignores
    snapshots, shows as a difference.
    """

    FIGURES: ClassVar = {
        "dump_s": "how long the dump took, in seconds",
        "restore_s": "how long the restore took, in seconds",
        "bytes": "size of the dump",
    }

    timeout: Annotated[
        Span, Meta(description="time limit of the dump, the restore, and reading every row twice")
    ] = 1800.0
    database: Annotated[str, Meta(description="the source; the target's when left out")] = ""
    into: Annotated[
        str, Meta(description="the server for the scratch database; the source's when left out")
    ] = ""
    tables: Annotated[
        tuple[Text, ...],
        Meta(
            description="only the rows of these, as orders or app.audit_*, and of all that they"
            " refer to"
        ),
    ] = ()
    exclude: Annotated[
        tuple[Text, ...],
        Meta(description="without the rows of these; no other table may refer to them"),
    ] = ()
    programs: Annotated[
        str, Meta(description="the folder of pg_dump and pg_restore; else the PATH is searched")
    ] = field(default="", name="tools")

    def label(self) -> str:
        """Return the default title."""
        return "dump and restore"

    def scheduling(self) -> Scheduling:
        """Return EXCLUSIVE: a dump would distort a load test."""
        return Scheduling.EXCLUSIVE

    async def run(self, tools: Tools) -> Result:
        """Dump, restore and compare; the evidence gives tables, rows, size and both times."""
        urls = tools.expand(self.database or tools.target.database), tools.expand(self.into)
        figures: dict[str, float] = {}
        # The caller ends the check soon after its timeout: clean up before that.
        within_s = self.timeout - min(_CLEANUP_S, self.timeout / 10)
        try:
            async with asyncio.timeout(within_s):
                result = await self._dump_and_compare(tools, figures)
        except TimeoutError:
            known = ", ".join(f"{name} {value:,.4g}" for name, value in figures.items())
            evidence = (
                f"not done within {format_duration(within_s)}; until then: {known or 'no dump'}"
            )
            result = Result(Outcome.UNKNOWN, evidence, figures=figures)
        except DumpError as error:
            result = Result(Outcome.FAILED, str(error), figures=figures)
        except DatabaseError as error:
            result = Result(error.outcome, str(error), figures=figures)
        except (ProgramError, OSError, ValueError) as error:
            result = Result(Outcome.UNKNOWN, f"could not be tried: {error}", figures=figures)
        evidence = redact(redact(result.evidence, urls[0]), urls[1])
        return Result(result.outcome, evidence, result.details, result.figures)

    async def _dump_and_compare(self, tools: Tools, figures: dict[str, float]) -> Result:
        source = database_url(self.database, tools)
        server = database_url(self.into, tools) if self.into else source
        programs = await dump.find_programs(self.programs, tools)
        async with AsyncExitStack() as stack:
            file = stack.enter_context(dump.unlinked_tempfile(tools))
            async with reading(source, self.timeout, "repeatable_read") as link:
                database_options = await self._database_options(link)
                compared = await self._tables(link)
                _require_capacity(link, programs, compared, file)
                await self._dump(link, source, programs, compared, file, tools, figures)
                tools.say("reading every row of the source")
                before = await contents(link, compared.tables)
            name = await stack.enter_async_context(scratch(server, database_options, self.timeout))
            tools.say(f"restoring {count_of(figures['bytes'], 'byte')} into {name}")
            started_s = tools.clock.monotonic()
            await dump.restore(programs, inside(server, name), file, tools)
            figures["restore_s"] = tools.clock.monotonic() - started_s
            tools.say("reading every row of the restored database")
            async with reading(inside(server, name), self.timeout) as link:
                restored_names = {str(table) for table in await tables(link)}
                present = [table for table in compared.tables if str(table) in restored_names]
                after = await contents(link, present)
        return _judge(before, differences(before, after), figures)

    async def _database_options(self, link: "Link") -> str:
        # Another server may not have the same locales.
        database_options: str = await link.fetchval(_DATABASE_OPTIONS)
        return (
            database_options.split(" LC_COLLATE", maxsplit=1)[0] if self.into else database_options
        )

    async def _tables(self, link: "Link") -> ComparedTables:
        all_tables = await tables(link)
        for pattern in (*self.tables, *self.exclude):
            if not any(table.fits(pattern) for table in all_tables):
                raise ProgramError(f"no table matches {pattern}")
        compared = [table for table in all_tables if self._is_compared(table)]
        if not compared:
            raise ProgramError("there is no table to compare")
        # The others come without rows: a table alone would lack its schema, types and functions.
        without = [table for table in all_tables if table not in compared]
        options = [f"--exclude-table-data={table.quoted}" for table in without]
        return ComparedTables(compared, tuple(options))

    def _is_compared(self, table: "Table") -> bool:
        named = not self.tables or any(map(table.fits, self.tables))
        return named and not any(map(table.fits, self.exclude))

    async def _dump(  # noqa: PLR0913, PLR0917  # all that a dump is made of
        self,
        link: "Link",
        source: str,
        programs: "Programs",
        compared: ComparedTables,
        file: IO[bytes],
        tools: Tools,
        figures: dict[str, float],
    ) -> None:
        # The dump and the comparison share one snapshot, which lives as long as this transaction.
        await link.execute(_NO_TIMEOUTS)
        snapshot = await link.fetchval("SELECT pg_export_snapshot()")
        tools.say(f"dumping {count_of(len(compared.tables), 'table')}")
        started_s = tools.clock.monotonic()
        options = [*compared.options, f"--snapshot={snapshot}"]
        await dump.dump(programs, source, options, file, tools)
        figures["dump_s"] = tools.clock.monotonic() - started_s
        figures["bytes"] = float(file.seek(0, 2))


def _require_capacity(
    link: "Link", programs: "Programs", compared: ComparedTables, file: IO[bytes]
) -> None:
    server = link.get_server_version().major
    if server > programs.major:
        raise ProgramError(
            f"pg_dump is of version {programs.major}, the server of {server}: name the folder of"
            " newer programs as `tools`"
        )
    size, free = sum(table.size for table in compared.tables), shutil.disk_usage(file.fileno()).free
    if size > free:
        raise ProgramError(
            f"the tables take {count_of(size, 'byte')} and the temporary folder has {free:,}:"
            " set TMPDIR"
        )


def _judge(before: "dict[str, Content]", faults: list[str], figures: dict[str, float]) -> Result:
    rows = sum(content.rows for content in before.values())
    times = f"dump {count_of(figures['bytes'], 'byte')} in {format_duration(figures['dump_s'])}"
    times += f", restored in {format_duration(figures['restore_s'])}"
    if faults:
        evidence = f"the restored database differs: {join_names(faults)}"
        return Result(Outcome.FAILED, evidence, (*faults[:100], times), figures)
    if not rows:
        return Result(
            Outcome.UNKNOWN, "every table is empty, so nothing was compared", (times,), figures
        )
    details = tuple(
        f"{one_line(name)}: {count_of(content.rows, 'row')}" for name, content in before.items()
    )
    of = count_of(rows, "row")
    same = count_of(len(before), f"table with {of} is the same", f"tables with {of} are the same")
    return Result(Outcome.PASSED, f"{same}; {times}", details[:100], figures)
