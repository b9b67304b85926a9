"""The folders of runs: where they are, how they are named, created, found and listed."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.structs import asdict

from cockpit.foundation.errors import JournalError, UsageError
from cockpit.foundation.own_files import (
    read_regular,
    refuse_foreign_folder,
    refuse_strange_inside,
    write_regular,
)
from cockpit.foundation.second_place import existing_places, second_places
from cockpit.journal import events as ev
from cockpit.journal.control_lock import Holder, holder
from cockpit.journal.journal_reader import read
from cockpit.state import State, fold

JOURNAL = "journal.jsonl"
CARD = "card.yaml"
BEGINNING = "beginning.json"
WORLD = "world"
"""The folder of a rehearsal's services."""


def default_root() -> Path:
    """Return the folder of runs under the user's state directory (`XDG_STATE_HOME`)."""
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "cockpit" / "runs"


class Beginning(Struct, frozen=True):
    """How a run begins: `card` is the path of the card, `speed` the factor that divides waits."""

    card: str
    rehearsal: bool = False
    scenario: str | None = None
    speed: float = 1.0


class RunFolder(Struct, frozen=True):
    """The folder of one run."""

    path: Path

    @property
    def id(self) -> str:
        """Return the run's name; that of a rehearsal begins with R."""
        return self.path.name

    @property
    def journal(self) -> Path:
        """Return the path of the journal."""
        return self.path / JOURNAL

    @property
    def card(self) -> Path:
        """Return the path of the run's own copy of the card."""
        return self.path / CARD

    def beginning(self) -> Beginning | None:
        """Return how the run will begin if its journal is still empty, else None.

        Raises UsageError if the folder holds no run.
        """
        if self.journal.exists() and next(read(self.journal), None) is not None:
            return None
        if (began := self.began()) is None:
            raise UsageError(f"{self.path} holds no run: its {BEGINNING} is missing or broken")
        return began

    def began(self) -> Beginning | None:
        """Return how the run began; None if the file for it is missing or broken."""
        try:
            return Beginning(**json.loads(read_regular(self.path / BEGINNING)))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def started_at(self) -> str:
        """Return when the run began, as an ISO instant; when it was made, if it has no first line.

        A folder that is copied, moved or written to keeps its place among the runs.
        """
        with suppress(JournalError, OSError):
            if (first := next(self.entries(), None)) is not None:
                return first.at
        with suppress(OSError):
            made_s = (self.path / BEGINNING).stat().st_mtime
            return datetime.fromtimestamp(made_s, UTC).isoformat(timespec="milliseconds")
        return ""

    def card_text(self) -> str:
        """Return the run's own copy of the card; raises StrangeFile and OSError."""
        return read_regular(self.card)

    def kept_card(self, sha256: str) -> str | None:
        """Return the text of the run's card with that digest; None if it is not kept anywhere.

        Raises StrangeFile and OSError.
        """
        began = self.began()
        for path in (self.card, self._kept(sha256), *((Path(began.card),) if began else ())):
            with suppress(FileNotFoundError, IsADirectoryError, UnicodeDecodeError):
                text = path.read_text(encoding="utf-8") if path.is_file() else ""
                if digest(text) == sha256:
                    return text
        return None

    def card_as_run(self, state: State) -> str:
        """Return the card that was begun or accepted, whatever was edited since.

        Raises JournalError if it was edited and is not kept.
        """
        if state.run is None:
            return self.card_text()
        if (text := self.kept_card(state.card_sha256)) is not None:
            return text
        raise JournalError(
            f"{self.card} was edited after run {self.id} began, and the card as it began is not"
            f" kept: put back the one whose SHA-256 is {state.card_sha256}"
        )

    def keep_card(self, text: str) -> None:
        """Keep a card's text beside the run's own copy, which may be edited."""
        write_regular(self._kept(digest(text)), text)

    def _kept(self, sha256: str) -> Path:
        return self.path / f"card-{sha256[:12]}.yaml"

    def refuse_foreign(self) -> None:
        """Raise UsageError for somebody else's folder, StrangeFile for a link or a pipe in it."""
        refuse_foreign_folder(self.path)
        refuse_strange_inside(self.path, WORLD)

    def entries(self) -> Iterator[ev.JournalEntry]:
        """Read the journal; raises JournalError at the first line that was altered."""
        return (ev.decode(line) for line in read(self.journal))

    def state(self) -> State:
        """Return the state that the journal folds to; raises JournalError."""
        return fold(self.entries())

    def moved_from(self, state: State) -> str:
        """Return the path at which the run began, if that is another one; else nothing."""
        began = state.run.folder if state.run else ""
        return began if began and Path(began) != self.path.resolve() else ""

    def holder(self) -> Holder | None:
        """Return who is in control now; None for nobody."""
        return holder(self.path)


def create(root: Path, card_text: str, now: datetime, beginning: Beginning) -> RunFolder:
    """Create a new run's folder with the card in it; its name is unique under `root`.

    Raises UsageError if `root` is somebody else's, or has a hundred runs of the same second.
    """
    refuse_foreign_folder(root)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    stem = ("R" if beginning.rehearsal else "") + f"{now:%m%d-%H%M%S}"
    for name in (stem, *(f"{stem}-{number}" for number in range(2, 100))):
        try:
            (root / name).mkdir(mode=0o700)
        except FileExistsError:
            continue
        try:
            return _furnished(root / name, card_text, beginning)
        except OSError:
            shutil.rmtree(root / name, ignore_errors=True)
            raise
    raise UsageError(f"{root} already has a hundred runs of this second; try again")


def _furnished(path: Path, card_text: str, beginning: Beginning) -> RunFolder:
    (path / CARD).write_text(card_text, encoding="utf-8")
    RunFolder(path).keep_card(card_text)
    (path / BEGINNING).write_text(json.dumps(asdict(beginning)), encoding="utf-8")
    return RunFolder(path)


def create_anywhere(root: Path, card_text: str, now: datetime, beginning: Beginning) -> RunFolder:
    """Create a new run's folder as `create`, or in a second place if the disk takes none.

    For what must not wait for a disk. Raises what `create` raises, if no place takes it.
    """
    try:
        return create(root, card_text, now, beginning)
    except OSError:
        for place in second_places(root):
            with suppress(OSError):
                return create(place, card_text, now, beginning)
        raise


def find(root: Path, name: str) -> RunFolder:
    """Find a run by its name or its folder's path; raises UsageError if there is none.

    A bare name means a run under `root` alone: not a folder of that name where one happens to be.
    """
    named = (place / name for place in _places(root))
    for path in (Path(name),) if os.sep in name else named:
        if (path / BEGINNING).is_file():
            return RunFolder(path.resolve())
    known = ", ".join(run.id for run in runs(root)[:5])
    raise UsageError(f"there is no run {name!r} in {root}; the newest are: {known or 'none'}")


def runs(root: Path) -> tuple[RunFolder, ...]:
    """Return all runs that have a journal, the one that began last first.

    Those of a full disk are in second places.
    """
    paths = (path for place in _places(root) for path in place.iterdir())
    folders = [RunFolder(path) for path in paths if (path / JOURNAL).is_file()]
    return tuple(sorted(folders, key=lambda run: (run.started_at(), run.id), reverse=True))


def _places(root: Path) -> list[Path]:
    """Return the folders that hold runs of `root`: itself, and those in second places."""
    return [place for place in (root, *existing_places(root)) if place.is_dir()]


def digest(text: str) -> str:
    """Return the SHA-256 of a card's text, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()
