"""pg_dump and pg_restore: finding them, dumping into an unlinked file, restoring from it."""

import re
import tempfile
from collections.abc import Sequence
from typing import IO

from msgspec import Struct

from checks.core.base import Tools
from checks.core.errors import CheckError
from checks.core.text import one_line
from checks.pg.client_programs import ProgramError, call, major, program, split_password
from checks.process.captured_output import CapturedOutput

# These say nothing about the database's contents: nothing was measured.
_ELSEWHERE = re.compile(
    r"connection to server|server closed the connection|could not connect|No space left"
    r"|permission denied|out of memory|lock timeout|statement timeout|too many clients"
    r"|administrator command|shutting down|starting up",
    re.IGNORECASE,
)
# Programs of 17 and newer set it on every server, and an older one knows no such thing.
_HARMLESS = 'unrecognized configuration parameter "transaction_timeout"'
_ERROR = re.compile(r"pg_(?:dump|restore): error: (.*)")
_LOCK_WAIT_MS = 10_000


class DumpError(CheckError):
    """A dump or a restore failed because of the database; the text is a sentence."""


class Programs(Struct, frozen=True):
    """The paths of both programs, and their major version."""

    pg_dump: str
    pg_restore: str
    major: int


async def programs(folder: str, tools: Tools) -> Programs:
    """Find both programs; raises ProgramError."""
    dump, restore = program("pg_dump", folder, tools), program("pg_restore", folder, tools)
    return Programs(dump, restore, min(await major(dump, tools), await major(restore, tools)))


def unlinked_tempfile(tools: Tools) -> IO[bytes]:
    """Make a file in the temporary folder that is gone with its last user, however that ends."""
    return tempfile.TemporaryFile(dir=tools.env.get("TMPDIR") or None)


async def dump(
    found: Programs, address: str, options: Sequence[str], into: IO[bytes], tools: Tools
) -> None:
    """Dump a database; raises DumpError, or ProgramError where nothing was measured."""
    to = split_password(address, tools.env)
    argv = [
        *(found.pg_dump, "--format=custom", "--no-owner", "--no-privileges", "--no-password"),
        *("--no-publications", "--no-subscriptions", f"--lock-wait-timeout={_LOCK_WAIT_MS}"),
        *options,
        f"--dbname={to.text}",
    ]
    status, output = await call(argv, tools, to.env, into=into)
    _judge("pg_dump", status, output)


async def restore(found: Programs, address: str, source: IO[bytes], tools: Tools) -> None:
    """Restore a dump; raises DumpError, or ProgramError where nothing was measured."""
    to = split_password(address, tools.env)
    source.seek(0)
    argv = [found.pg_restore, "--no-owner", "--no-privileges", "--no-password"]
    status, output = await call([*argv, f"--dbname={to.text}"], tools, to.env, source=source)
    _judge("pg_restore", status, output)


def _judge(name: str, status: int, output: CapturedOutput) -> None:
    if not status:
        return
    lines = output.lines()
    errors = [match[1] for line in lines if (match := _ERROR.search(line))]
    if status == 1 and errors and all(_HARMLESS in error for error in errors):
        return
    serious = [error for error in errors if _HARMLESS not in error]
    said = one_line(serious[0] if serious else output.last() or "no word", 140)
    if status < 0 or any(_ELSEWHERE.search(line) for line in lines):
        raise ProgramError(f"{name} could not do its work, status {status}: {said}")
    raise DumpError(f"{name} ended with status {status}: {said}")
