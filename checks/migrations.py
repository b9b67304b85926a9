"""Whether the database has exactly the migrations of the release."""

import asyncio
import re
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import UnreadableError
from checks.core.pattern import LinearPattern
from checks.core.text import join_names, one_line
from checks.core.units import Shown, Text
from checks.pg.connection import DatabaseError, database_url, reading, redact

_MOST = 100_000
_LONGEST = 256
"""Characters of a version; a file name is no longer either."""

_PART = re.compile(r"\d+|[^\d._]+")

Version = tuple[tuple[int, int, str], ...]
"""A version in comparable form: numbers compare as numbers, words as words."""


def grouped(text: Any) -> Any:
    """Return `text` unchanged; raises ValueError unless it is a pattern of RE2 with a group."""
    if isinstance(text, str) and not LinearPattern(text, captures=True).groups:
        raise ValueError(f"{text!r} has no group: put the version in parentheses, as ^(\\d+)_")
    return text


class Migrations(Check, kw_only=True, frozen=True, tag="migrations"):
    """The migrations recorded in a table are those in a folder.

    Failed: a file is not recorded (pending), or a record has no file (unknown to this release).
    Each is named.

    Unknown: the folder or the table does not exist, no file matches `pattern`, or a recorded
    version is null.

    `0007` and `7` are the same version, and so are `1_2` and `1.2`.
    """

    table: Annotated[Shown, Meta(description="the table that records them, as schema_migrations")]
    folder: Annotated[Text, Meta(description="the folder of their files or subfolders")]
    column: Annotated[Shown, Meta(description="the column with the version")] = "version"
    pattern: Annotated[
        Text,
        Meta(
            extra={"read": grouped},
            description="the names that are migrations, in RE2; the group `version`, or the first"
            " one, is the version",
        ),
    ] = r"^[VvUu]?(\d+(?:[._]\d+)*)"
    where: Annotated[
        Shown | None,
        Meta(
            description="an SQL condition for the rows that count, as `success` or `app = 'shop'`"
        ),
    ] = None
    keeps: Annotated[
        Literal["all", "newest"],
        Meta(description="whether the table has a row for each migration, or only for the newest"),
    ] = "all"
    database: Annotated[str, Meta(description="its URL; the target's when left out")] = ""

    def label(self) -> str:
        """Return the default title."""
        return "migrations"

    async def run(self, tools: Tools) -> Result:
        """Read and compare both lists; the details name every difference."""
        try:
            address = database_url(self.database, tools)
            files = await asyncio.to_thread(self._files, tools.path(self.folder))
            recorded = await self._recorded(address)
        except DatabaseError as error:
            return Result(error.outcome, str(error))
        except UnreadableError as error:
            return Result(Outcome.UNKNOWN, str(error))
        result = self._judge(recorded, files)
        return Result(result.outcome, redact(result.evidence, address), result.details)

    def _files(self, folder: Path) -> list[str]:
        try:
            names = [path.name for path in islice(folder.iterdir(), _MOST + 1)]
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not a path"
            raise UnreadableError(f"{self.folder} cannot be read: {reason}") from error
        if len(names) > _MOST:
            raise UnreadableError(f"{self.folder} holds more than {_MOST:,} names")
        pattern = LinearPattern(self.pattern, captures=True)
        matches = [match for name in names if (match := pattern.search(name))]
        group = "version" if "version" in pattern.names else 1
        versions = [match[group] for match in matches if match[group]]
        if not versions:
            raise UnreadableError(
                f"{self.folder} holds no migration: no name matches {self.pattern}"
            )
        return versions

    async def _recorded(self, address: str) -> list[str]:
        table = ".".join(map(_quoted, self.table.split(".")))
        # The parentheses and the line break keep a comment in `where` from hiding the rest.
        condition = f" WHERE ({self.where}\n)" if self.where else ""
        version = f"left({_quoted(self.column)}::text, {_LONGEST})"
        query = f"SELECT {version} FROM {table}{condition} LIMIT {_MOST + 1}"  # noqa: S608
        async with reading(address, self.timeout) as link:
            versions = [row[0] for row in await link.fetch(query)]
        if None in versions:
            raise UnreadableError(f"{self.table} holds null for a version")
        if len(versions) > _MOST:
            raise UnreadableError(f"{self.table} holds more than {_MOST:,} rows")
        return versions

    def _judge(self, recorded: list[str], files: list[str]) -> Result:
        rows, names = _by_version(recorded), _by_version(files)
        newest = max(rows, default=())
        if self.keeps == "newest":
            rows = {version: text for version, text in names.items() if version <= newest} | (
                {newest: rows[newest]} if rows else {}
            )
        pending = [names[version] for version in sorted(names) if version not in rows]
        stray = [rows[version] for version in sorted(rows) if version not in names]
        faults = []
        if pending:
            faults.append(f"{len(pending)} pending: {_shorten(pending)}")
        if stray:
            faults.append(f"{len(stray)} recorded without a file: {_shorten(stray)}")
        if faults:
            newest_text = one_line(rows[newest], 60) if rows else "nothing"
            evidence = f"{'; '.join(faults)}; the newest recorded is {newest_text}"
            return Result(
                Outcome.FAILED,
                evidence,
                (*_detail_lines("pending", pending), *_detail_lines("no file", stray)),
            )
        evidence = (
            f"{one_line(rows[newest], 60)} is the newest in {self.table} and in {self.folder}"
        )
        count = "" if self.keeps == "newest" else f", {len(rows)} of {len(names)} recorded"
        return Result(Outcome.PASSED, evidence + count)


def _by_version(texts: Iterable[str]) -> dict[Version, str]:
    return {_version(text): text for text in texts}


def _version(text: str) -> Version:
    """Return a version in comparable form.

    >>> _version("0007") == _version("7"), _version("1_2") < _version("1.10")
    (True, True)
    """
    parts = _PART.findall(text)
    numbers = (part.lstrip("0") if part.isdecimal() else None for part in parts)
    # Comparing lengths first orders numbers of any length without converting them.
    return tuple(
        (1, 0, part) if number is None else (0, len(number), number)
        for part, number in zip(parts, numbers, strict=True)
    )


def _shorten(versions: list[str]) -> str:
    return join_names([one_line(version, 40) for version in versions])


def _detail_lines(label: str, versions: list[str]) -> tuple[str, ...]:
    return tuple(f"{label}: {one_line(version)}" for version in versions[:100])


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
