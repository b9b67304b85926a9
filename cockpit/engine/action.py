"""Run a command at most once, in a process that outlives the cockpit, and judge how it ended."""

import asyncio
import os
import shlex
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from checks.base import Outcome, Result, Tools
from cockpit.engine.context import Context
from cockpit.process import step as process
from cockpit.units import span

CHUNK_BYTES = 1 << 20
TAIL_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, as the card says it, with what becomes of `{name}` in it.

    One that is `urgent` is run even when the run's folder takes no more writing.
    """

    text: str
    shell: bool = False
    expect: str | None = None
    timeout_s: float = 600.0
    grace_s: float = 10.0
    values: Mapping[str, str] | None = None
    urgent: bool = False

    def shown(self) -> str:
        """Give the command as a person reads it; variables stay unexpanded, so secrets stay out."""
        return " ".join(_filled(word, self.values or {}) for word in self.text.split())

    def argv(self, tools: Tools) -> tuple[str, ...]:
        """Give the arguments; a value stays one argument, whatever it holds. Raises UnsetError."""
        if self.shell:
            return ("/bin/sh", "-c", self.text)
        words = shlex.split(self.text)
        return tuple(tools.expand(_filled(word, self.values or {})) for word in words)


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace("{" + name + "}", value)
    return word


async def perform(context: Context, name: str, attempt: int, command: Command) -> Result | None:
    """Run `command` as try `attempt` of `name`; None when it is in doubt whether it happened.

    May be called again for the same try, by whichever cockpit: what never began is begun, what runs
    is waited for, what has ended is read. Raises UnsetError before anything was begun.
    """
    for folder in _places(context, name, attempt, command):
        try:
            await asyncio.to_thread(_begin, context, folder, command)
        except OSError as error:
            failure = Result(Outcome.UNKNOWN, f"could not be started: {error}")
            continue
        ended = await process.wait(folder, context.clock.sleep)
        return await asyncio.to_thread(_judged, folder, ended, command)
    return failure


def _places(context: Context, name: str, attempt: int, command: Command) -> Iterator[Path]:
    """Give the run's own folder, and for an urgent command places that another disk may hold."""
    own = context.step_folder(name, attempt)
    yield own
    if command.urgent:
        for place in (Path("/dev/shm"), Path(tempfile.gettempdir())):  # noqa: S108
            if place.is_dir():
                yield place / f"cockpit-{os.getuid()}" / context.folder.name / own.name


def _begin(context: Context, folder: Path, command: Command) -> None:
    if not isinstance(process.state(folder), process.Never):
        return
    spec = process.Spec(
        argv=command.argv(context.tools),
        cwd=str(context.tools.folder.absolute()),
        timeout_s=command.timeout_s,
        grace_s=command.grace_s,
    )
    process.prepare(folder, spec)
    process.start(folder, context.env)


def _judged(
    folder: Path, ended: process.Ended | process.InDoubt | process.Never, command: Command
) -> Result | None:
    if isinstance(ended, process.InDoubt):
        return None
    if isinstance(ended, process.Never):
        return Result(Outcome.UNKNOWN, f"was never begun: {_last_line(folder / 'supervisor.log')}")
    last = _last_line(folder / "out")
    if ended.error is not None:
        return Result(Outcome.FAILED, f"could not be run: {ended.error}")
    if ended.reason is not None:
        words = f"{ended.reason} after {span(ended.duration_s)}"
        return Result(Outcome.FAILED, f"{words}; last line: {last}")
    if ended.exit_code != 0:
        return Result(Outcome.FAILED, f"exit {ended.exit_code}: {last}")
    return _succeeded(folder, ended, command.expect, last)


def _succeeded(folder: Path, ended: process.Ended, expect: str | None, last: str) -> Result:
    left = f"; {len(ended.left)} of its processes still run" if ended.left else ""
    if ended.disk_was_full:
        return Result(Outcome.UNKNOWN, f"exit 0, but the disk was full: output incomplete; {last}")
    if expect is not None and not _holds(folder / "out", expect):
        return Result(Outcome.FAILED, f"exit 0, but “{expect}” is not in its output; last: {last}")
    return Result(Outcome.PASSED, (expect or last or "exit 0") + left)


def _holds(path: Path, text: str) -> bool:
    """Tell whether a file of any size holds `text`, reading it in pieces."""
    wanted, kept = text.encode(), b""
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            if wanted in (kept := kept + piece):
                return True
            kept = kept[-len(wanted) :]
    return False


def _last_line(path: Path) -> str:
    """Give the last line of a file that says something; empty for none."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read(TAIL_BYTES).decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip()[-1000:] for line in reversed(lines) if line.strip()), "")
