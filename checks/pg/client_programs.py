"""PostgreSQL's client programs: finding them, reading their version, running them.

A password is passed in the environment, never in the arguments, which every user of the machine
could read.
"""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from msgspec import Struct

from checks.core.base import Tools
from checks.core.errors import CheckError
from checks.process.captured_output import CapturedOutput
from checks.process.child import follow

_VERSION = re.compile(r"\(PostgreSQL\)\s+(\d+)")
_ELSEWHERE = frozenset(
    ["PGHOSTADDR", "PGSERVICE", "PGSERVICEFILE", "PGSYSCONFDIR", "PGOPTIONS", "PGCLIENTENCODING"]
)
"""Variables that only the programs read, not the driver: both must use the same database."""

_SECRET = frozenset({"password", "sslpassword"})


class ProgramError(CheckError):
    """One of PostgreSQL's programs cannot be used; the text is a sentence."""


class Address(Struct, frozen=True):
    """A database's address without its password, and the environment that holds the password."""

    text: str
    env: Mapping[str, str]


def split_password(address: str, env: Mapping[str, str]) -> Address:
    """Split an address from its password; raises ValueError if it cannot be parsed.

    >>> split_password("postgresql://u:p%20w@h:1/x", {})
    Address(text='postgresql://u@h:1/x', env={'PGPASSWORD': 'p w', 'PGCONNECT_TIMEOUT': '10'})
    """
    parts = urlsplit(address)
    params = dict(parse_qsl(parts.query, keep_blank_values=True))
    password = params.get("password") or unquote(parts.password or "")
    user, at, host = parts.netloc.rpartition("@")
    netloc = user.split(":")[0] + at + host
    query = urlencode([(name, value) for name, value in params.items() if name not in _SECRET])
    text = urlunsplit((parts.scheme, netloc, parts.path, query, ""))
    if "\0" in password:
        raise ValueError("a zero byte in the password")
    password_env = {"PGPASSWORD": password} if password else {}
    inherited = {name: value for name, value in env.items() if name not in _ELSEWHERE}
    return Address(text, {**inherited, **password_env, "PGCONNECT_TIMEOUT": "10"})


def find_program(name: str, folder: str, tools: Tools) -> str:
    """Return the path of a program in `folder`, or on the PATH if that is empty.

    Raises ProgramError if there is none.
    """
    search_path = str(tools.path(folder)) if folder else tools.env.get("PATH", "")
    if path := shutil.which(name, path=search_path):
        return str(Path(path).absolute())
    where = f"in {folder}" if folder else "on the PATH"
    raise ProgramError(f"there is no {name} {where}: name the folder that holds it as `tools`")


async def major_version(path: str, tools: Tools) -> int:
    """Return the major version of a program; raises ProgramError."""
    status, output = await run_program([path, "--version"], tools, tools.env)
    if status == 0 and (match := _VERSION.search(output.last())):
        return int(match[1])
    raise ProgramError(f"{Path(path).name} does not say its version: {output.last() or 'nothing'}")


async def run_program(
    argv: Sequence[str],
    tools: Tools,
    env: Mapping[str, str],
    *,
    source: IO[bytes] | None = None,
    into: IO[bytes] | None = None,
) -> tuple[int, CapturedOutput]:
    """Run a program with `source` as its input and `into` as its output; raises ProgramError.

    Return its exit status and what it wrote: without `into` all of it, else the errors only.
    """
    output = CapturedOutput()
    try:
        status = await follow(argv, tools.folder, env, output.feed, source=source, into=into)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise ProgramError(f"{Path(argv[0]).name} cannot be started: {reason}") from error
    output.end()
    return status, output
