"""pg_dump and pg_restore: finding them, dumping into an unlinked file, restoring from it."""

import re
import tempfile
from collections.abc import Sequence
from typing import IO

from msgspec import Struct

from checks.core.base import Tools
from checks.core.errors import CheckError
from checks.core.text import one_line
from checks.pg.client_programs import (
    ProgramError,
    find_program,
    major_version,
    run_program,
    split_password,
)
from checks.process.captured_output import CapturedOutput

# These say nothing about the database's contents: nothing was measured.
_ELSEWHERE = re.compile(
    r"connection to server|server closed the connection|could not connect|No space left"
    r"|permission denied|out of memory|lock timeout|statement timeout|too many clients"
    r"|administrator command|shutting down|starting up",
    re.IGNORECASE,
)
# Programs of version 17 and newer set it on every server, and older servers do not know it.
_HARMLESS = 'unrecognized configuration parameter "transaction_timeout"'
_ERROR = re.compile(r"pg_(?:dump|restore): error: (.*)")
_LOCK_WAIT_MS = 10_000


class DumpError(CheckError):
    """A dump or a restore failed because of the database; the text is a sentence."""


class Programs(Struct, frozen=True):
    """The paths of both programs, and the lower of their major versions."""

    pg_dump: str
    pg_restore: str
    major: int


async def find_programs(folder: str, tools: Tools) -> Programs:
    """Return the paths of both programs and the lower of their versions; raises ProgramError."""
    pg_dump = find_program("pg_dump", folder, tools)
    pg_restore = find_program("pg_restore", folder, tools)
    versions = await major_version(pg_dump, tools), await major_version(pg_restore, tools)
    return Programs(pg_dump, pg_restore, min(versions))


def unlinked_tempfile(tools: Tools) -> IO[bytes]:
    """Open a temporary file without a name: it is gone with its last user, even a killed one."""
    return tempfile.TemporaryFile(dir=tools.env.get("TMPDIR") or None)


async def dump(
    programs: Programs, address: str, options: Sequence[str], into: IO[bytes], tools: Tools
) -> None:
    """Dump a database; raises DumpError, or ProgramError where nothing was measured."""
    to = split_password(address, tools.env)
    argv = [
        *(programs.pg_dump, "--format=custom", "--no-owner", "--no-privileges", "--no-password"),
        *("--no-publications", "--no-subscriptions", f"--lock-wait-timeout={_LOCK_WAIT_MS}"),
        *options,
        f"--dbname={to.text}",
    ]
    status, output = await run_program(argv, tools, to.env, into=into)
    _judge("pg_dump", status, output)


async def restore(programs: Programs, address: str, source: IO[bytes], tools: Tools) -> None:
    """Restore a dump; raises DumpError, or ProgramError where nothing was measured."""
    to = split_password(address, tools.env)
    source.seek(0)
    argv = [programs.pg_restore, "--no-owner", "--no-privileges", "--no-password"]
    status, output = await run_program([*argv, f"--dbname={to.text}"], tools, to.env, source=source)
    _judge("pg_restore", status, output)


def _judge(name: str, status: int, output: CapturedOutput) -> None:
    if not status:
        return
    lines = output.lines()
    errors = [match[1] for line in lines if (match := _ERROR.search(line))]
    if status == 1 and errors and all(_HARMLESS in error for error in errors):
        return
    serious = [error for error in errors if _HARMLESS not in error]
    reason = one_line(serious[0] if serious else output.last() or "no word", 140)
    if status < 0 or any(_ELSEWHERE.search(line) for line in lines):
        raise ProgramError(f"{name} could not do its work, status {status}: {reason}")
    raise DumpError(f"{name} ended with status {status}: {reason}")
