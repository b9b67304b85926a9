"""Reading the files that a card names: bounded, off the event loop, with errors that say where."""

import asyncio
import stat
from pathlib import Path

from checks.core.errors import UnreadableError

_MOST_BYTES = 16 * 1024 * 1024


async def text(path: Path, name: str) -> str:
    """Return the text of the file at `path`, which errors call `name`; invalid UTF-8 is replaced.

    Raises UnreadableError when it is missing, not a plain file, larger than 16 MiB or not text.
    """
    return await asyncio.to_thread(_text, path, name)


def _text(path: Path, name: str) -> str:
    try:
        # Opening a pipe would wait for its writer, and a device may never end: only plain files.
        if not stat.S_ISREG(path.stat().st_mode):
            raise UnreadableError(f"{name} is not a plain file")
        with path.open("rb") as file:
            content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no path"
        raise UnreadableError(f"{name} cannot be read: {reason}") from error
    if len(content) > _MOST_BYTES:
        raise UnreadableError(f"{name} is larger than 16 MiB")
    if b"\0" in content:
        raise UnreadableError(f"{name} is not text in UTF-8: it holds zero bytes")
    return content.decode("utf-8-sig", "replace")
