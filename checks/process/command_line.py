"""A command as the card writes it: one text, which must split into arguments."""

import shlex
from typing import Any


def splittable(command: Any) -> Any:
    """Return `command` as it is; raises ValueError for one that does not split into arguments."""
    if not isinstance(command, str) or not command:
        return command  # what is no text, or empty, is named as such
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"{command!r} cannot be split into arguments: {error}") from error
    if not words or not words[0]:
        raise ValueError("a command is needed, as npm run -s gate")
    return command
