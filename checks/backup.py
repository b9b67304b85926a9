"""Whether there is a recent backup that is not suspiciously small."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import UnreadableError
from checks.core.percentages import format_percent
from checks.core.text import count_of, one_line
from checks.core.units import Share, Span, Text
from checks.process.backup_sources import (
    Backup,
    NoBackupError,
    backup_from_response,
    backups_from_files,
    backups_from_lines,
)
from checks.process.child import follow
from checks.process.command_line import arguments_of, splittable

_SHARE_OF_FILES = 0.5
_MOST_BYTES = 1024 * 1024


class BackupAge(Check, kw_only=True, frozen=True, tag="backup"):
    """The newest backup is younger than `within`, and not much smaller than the one before.

    Backups are found by a file pattern, by a command that prints a timestamp a line (optionally
    with the size in bytes), or by a URL.

    Failed: the newest backup is too old, too small or empty, or there is none.

    Unknown: its timestamp is in the future or cannot be read, or there is no earlier backup to
    compare its size with.

    It does not prove that the backup can be restored: `restore` does.
    """

    FIGURES: ClassVar = {
        "age_s": "age of the newest backup, in seconds",
        "bytes": "its size, if known",
    }

    files: Annotated[
        Text | None, Meta(description="a file pattern, as /backups/**/*.dump, relative to the card")
    ] = None
    command: Annotated[
        Text | None,
        Meta(
            extra={"read": splittable},
            description="or a command that prints a timestamp a line, optionally with the bytes",
        ),
    ] = field(default=None, name="run")
    shell: Annotated[bool, Meta(description="run the command with /bin/sh")] = False
    url: Annotated[Text | None, Meta(description="or a URL, for its Last-Modified header")] = None
    key: Annotated[
        Text | None, Meta(description="where the URL's JSON holds the timestamp, as backup.ended")
    ] = None
    within: Annotated[Span, Meta(description="the newest backup is at most this old")] = 93600.0
    at_least: Annotated[
        Share | None,
        Meta(
            description="its least size, as a share of the one before; when left out, 50 % for"
            " files, and not checked otherwise"
        ),
    ] = None

    def __post_init__(self) -> None:
        """Check that there is exactly one source, and no option that it does not support."""
        if sum(source is not None for source in (self.files, self.command, self.url)) != 1:
            raise ValueError("exactly one of `files`, `run` and `url` is needed")
        if self.key is not None and self.url is None:
            raise ValueError("`key` is a place in the response of a `url`: name the `url`")
        if self.at_least is not None and self.url is not None:
            raise ValueError(
                "a `url` does not tell the size of the backup before: leave out `at_least`"
            )

    def label(self) -> str:
        """Return the default title."""
        return "newest backup"

    async def run(self, tools: Tools) -> Result:
        """Find the backups; the evidence is the age of the newest, and its size if known."""
        try:
            backups = await self._find(tools)
        except NoBackupError as error:
            return Result(Outcome.FAILED, str(error))
        except UnreadableError as error:
            return Result(Outcome.UNKNOWN, f"the newest backup is not known: {error}")
        ordered = sorted(backups, key=lambda backup: backup.created, reverse=True)
        return self._judge(ordered, datetime.now(UTC))

    async def _find(self, tools: Tools) -> list[Backup]:
        if self.files is not None:
            pattern = tools.expand(self.files)
            return await asyncio.to_thread(backups_from_files, tools.folder, pattern)
        if self.command is not None:
            return backups_from_lines(await self._run_command(self.command, tools))
        async with tools.http(self.timeout) as client:
            return await backup_from_response(
                client, tools.expand(self.url or ""), self.key, self.timeout
            )

    async def _run_command(self, command: str, tools: Tools) -> list[str]:
        output = bytearray()

        def feed(chunk: bytes) -> None:
            output.extend(chunk[: _MOST_BYTES - len(output)])

        argv = arguments_of(command, tools.expand, shell=self.shell)
        try:
            status = await follow(argv, tools.folder, tools.env, feed)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "a zero byte in an argument"
            raise UnreadableError(f"the command cannot start: {reason}") from error
        lines = [line for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
        if status:
            last = one_line(lines[-1] if lines else "no output", 80)
            raise UnreadableError(f"the command ended with status {status}: {last}")
        if len(output) >= _MOST_BYTES:
            raise UnreadableError("the command prints more than 1 MiB")
        return lines

    def _judge(self, backups: list[Backup], now: datetime) -> Result:
        newest, previous = backups[0], backups[1] if len(backups) > 1 else None
        age_s = (now - newest.created).total_seconds()
        details = tuple(map(_line, backups[:10]))
        figures = {"age_s": age_s} | ({} if newest.size is None else {"bytes": float(newest.size)})
        if age_s < 0:
            evidence = f"{_name(newest)} is dated {format_duration(-age_s)} in the future"
            return Result(Outcome.UNKNOWN, evidence, details)
        limit = format_duration(self.within)
        evidence = f"{_name(newest)} is {format_duration(age_s)} old, limit {limit}"
        outcome = Outcome.PASSED if age_s <= self.within else Outcome.FAILED
        size, size_text = self._judge_size(newest, previous)
        if outcome is Outcome.PASSED or size is Outcome.FAILED:
            outcome = size
        return Result(outcome, f"{evidence}{size_text}", details, figures)

    def _judge_size(self, newest: Backup, previous: Backup | None) -> tuple[Outcome, str]:
        if newest.size == 0:
            return Outcome.FAILED, ", and empty"
        least = self.at_least
        if least is None:
            least = 0.0 if self.files is None else _SHARE_OF_FILES
        if not least:
            size = "" if newest.size is None else f", {count_of(newest.size, 'byte')}"
            return Outcome.PASSED, size
        if newest.size is None or previous is None or not previous.size:
            return Outcome.UNKNOWN, "; the sizes of it and of the one before are not known"
        ratio = newest.size / previous.size
        sizes = f", {count_of(newest.size, 'byte')}, {format_percent(ratio)} of the one before"
        if ratio < least:
            return Outcome.FAILED, f"{sizes}, at least {format_percent(least)} expected"
        return Outcome.PASSED, sizes


def _name(backup: Backup) -> str:
    return one_line(backup.name, 60)


def _line(backup: Backup) -> str:
    size = "" if backup.size is None else f" {count_of(backup.size, 'byte')}"
    return f"{backup.created.isoformat(timespec='seconds')}{size} {_name(backup)}"
