"""Run a command at most once, in a process that outlives the cockpit, and judge how it ended."""

import asyncio
import re
import secrets
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from checks.core.base import Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.variables import names_in
from cockpit.engine import launch
from cockpit.engine.context import Context
from cockpit.foundation.errors import UsageError
from cockpit.process import step as process
from cockpit.runtime.environment import secret_names
from cockpit.state import attempt_name

CHUNK_BYTES = 1 << 20
TAIL_BYTES = 1 << 16
URGENT_S = 2.0
NODE_ENDS = re.compile(r"Node\.js v\d[\w.+-]*")


class ActionCommand(Struct, frozen=True):
    """A command of the card; `values` replace each `{name}` in it, a shell has them as `$NAME`.

    An `urgent` command runs even if the run's folder cannot be written.
    """

    text: str
    shell: bool = False
    expect: str | None = None
    timeout_s: float = 600.0
    grace_s: float = 10.0
    values: Mapping[str, str] | None = None
    urgent: bool = False

    def format(self) -> str:
        """Format the command for display; variables stay unexpanded, so secrets stay out."""
        if self.shell:
            given = [f"{name}={shlex.quote(value)}" for name, value in self.environment().items()]
            return " ".join((*given, self.text))
        return " ".join(_filled(word, self.values or {}) for word in self.text.split())

    def environment(self) -> dict[str, str]:
        """Return the variables that a shell takes the values from; foreign text is no command."""
        if not self.shell:
            return {}
        return {name.upper(): value for name, value in (self.values or {}).items()}

    def argv(self, tools: Tools) -> tuple[str, ...]:
        """Return the arguments; a value stays one argument. Raises UnsetVariableError."""
        if self.shell:
            return ("/bin/sh", "-c", self.text)
        parts = shlex.split(self.text)
        return tuple(_filled(word, self.values or {}, tools.expand) for word in parts)


def _filled(word: str, values: Mapping[str, str], expand: Callable[[str], str] = str) -> str:
    """Fill in the values as they are, since they may be foreign text; expand the rest alone."""
    for name, value in values.items():
        if (mark := "{" + name + "}") in word:
            return value.join(_filled(part, values, expand) for part in word.split(mark))
    return expand(word)


def new_folder(name: str, attempt: int) -> str:
    """Return the name of a new attempt's folder, which no earlier folder in any place can have.

    The journal may not know of an earlier attempt of the same number, as after a full disk.
    """
    return f"{attempt_name(name, attempt)}-{secrets.token_hex(8)}"


async def perform(
    context: Context, name: str, attempt: int, command: ActionCommand
) -> Result | None:
    """Run `command` as attempt `attempt` of `name`; returns None if it is in doubt.

    May be called again for the same attempt, also by another cockpit: a process that never started
    is started, a running one is waited for, the result of an ended one is read.
    Raises UnsetVariableError before anything was started.
    """
    if named := _secrets_in_arguments(context, command):
        reason = (
            f"{named[0]} is a secret, and an argument is for all to see: read it in the command"
        )
        return Result(Outcome.UNKNOWN, f"was not begun: {reason}, from its environment")
    failure = Result(Outcome.UNKNOWN, "could not be started")
    own = context.step_folder(name, attempt)
    for folder in await asyncio.to_thread(launch.places, own, urgent=command.urgent):
        try:
            await _start(context, folder, command)
        except (OSError, ValueError) as error:
            failure = Result(Outcome.UNKNOWN, f"could not be started: {error}")
            continue
        began, result = await _wait_for_end(context, folder, command)
        if began:
            return result
        failure = result or failure
    return failure


async def _start(context: Context, folder: Path, command: ActionCommand) -> None:
    """Start the process unless it was started. An urgent command does not wait for a slow disk."""

    def spec() -> process.Spec:
        return process.Spec(
            argv=command.argv(context.tools),
            cwd=str(context.tools.folder.absolute()),
            timeout_s=command.timeout_s,
            grace_s=command.grace_s,
            note=" ".join((command.values or {}).values()),
        )

    patience_s = URGENT_S if command.urgent else None
    env = {**context.env, **command.environment()}
    await launch.Launch(folder, spec, env).begin(patience_s)


async def _wait_for_end(
    context: Context, folder: Path, command: ActionCommand
) -> tuple[bool, Result | None]:
    """Wait for the end; returns whether the command was started at all, and its result."""
    try:
        ended = await process.wait(folder, context.clock.sleep)
        began = not isinstance(ended, process.Never)
        return began, await asyncio.to_thread(_result, folder, ended, command)
    except OSError as error:
        return True, Result(Outcome.UNKNOWN, f"what became of it cannot be read: {error}")


def _secrets_in_arguments(context: Context, command: ActionCommand) -> list[str]:
    """Return the secrets that would be visible in the arguments; a shell expands its own."""
    named = () if command.shell else names_in(command.text)
    return [name for name in named if name in secret_names(context.card)]


async def wait_halted(context: Context, name: str, attempt: int) -> Result:
    """Wait for the end of an attempt that was asked to stop, and return what is known of it.

    Its effect was not observed, so it never passes: it may have happened in part.
    """
    folder = context.step_folder(name, attempt)
    began, result = await _wait_for_end(context, folder, ActionCommand(""))
    if not began:
        return Result(Outcome.SKIPPED, "it had not begun")
    return Result(Outcome.UNKNOWN, result.evidence if result else "it left no outcome")


async def was_never_started(context: Context, name: str, attempt: int) -> bool:
    """Whether no process of an attempt was ever started, as far as its folder tells."""
    folder = context.step_folder(name, attempt)
    return isinstance(await asyncio.to_thread(process.state, folder), process.Never)


async def refuse_while_it_runs(context: Context, name: str, attempt: int) -> None:
    """Raise UsageError if a process of an earlier attempt still runs."""
    state = await asyncio.to_thread(process.state, context.step_folder(name, attempt))
    if isinstance(state, process.RunningStep):
        raise UsageError(f"{name} still runs: it cannot be run again before it has ended")
    if isinstance(state, process.InDoubt) and state.survivors:
        names = ", ".join(f"{survivor.name} ({survivor.pid})" for survivor in state.survivors[:3])
        raise UsageError(f"of {name} there still runs {names}: end that first, then run it again")


def _result(
    folder: Path, ended: process.Ended | process.InDoubt | process.Never, command: ActionCommand
) -> Result | None:
    if isinstance(ended, process.InDoubt):
        return None
    if isinstance(ended, process.Never):
        return Result(Outcome.UNKNOWN, f"was never begun: {_last_line(folder / 'supervisor.log')}")
    last = _last_line(folder / "out")
    if ended.error is not None:
        return Result(Outcome.FAILED, f"could not be run: {ended.error}")
    if ended.reason is not None:
        evidence = f"{ended.reason} after {format_duration(ended.duration_s)}"
        return Result(Outcome.FAILED, f"{evidence}; last line: {last}")
    if ended.exit_code != 0:
        return Result(Outcome.FAILED, f"exit {ended.exit_code}: {last}")
    return _result_of_success(folder, ended, command.expect, last)


def _result_of_success(folder: Path, ended: process.Ended, expect: str | None, last: str) -> Result:
    left = f"; {len(ended.left)} of its processes still run" if ended.left else ""
    if ended.disk_was_full:
        return Result(Outcome.UNKNOWN, f"exit 0, but the disk was full: output incomplete; {last}")
    if expect is not None and not _contains(folder / "out", expect):
        return Result(Outcome.FAILED, f"exit 0, but “{expect}” is not in its output; last: {last}")
    return Result(Outcome.PASSED, (expect or last or "exit 0") + left)


def _contains(path: Path, text: str) -> bool:
    """Whether a file contains `text`; reads it in chunks, so its size does not matter."""
    needle, tail = text.encode(), b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            if needle in (tail := tail + chunk):
                return True
            tail = tail[-len(needle) :]
    return False


def _last_line(path: Path) -> str:
    """Return the last line of a file that is not blank; empty if there is none.

    A Node program that crashed ends with its version: then it is the last line with an error.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - TAIL_BYTES))
            lines = file.read(TAIL_BYTES).decode(errors="replace").splitlines()
    except OSError:
        return ""
    said = [text[-1000:] for line in reversed(lines) if (text := line.strip())]
    if said and NODE_ENDS.fullmatch(said[0]):
        said = [line for line in said if "Error" in line] or said[1:] or said
    return said[0] if said else ""
