"""A command in the card: one text, which the shell's rules must split into arguments."""

import shlex
from typing import Any


def splittable(command: Any) -> Any:
    """Return `command` unchanged; raises ValueError if it does not split into arguments."""
    if not isinstance(command, str) or not command:
        return command  # the type and the length are checked elsewhere
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise ValueError(f"{command!r} cannot be split into arguments: {error}") from error
    if not arguments or not arguments[0]:
        raise ValueError("a command is needed, as npm run -s gate")
    return command
