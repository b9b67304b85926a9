"""A command in the card: one text, which the shell's rules must split into arguments."""

import re
import shlex
from collections.abc import Callable
from typing import Any

ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
"""How a word begins that sets a variable."""


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


def arguments_of(command: str, expand: Callable[[str], str], *, shell: bool) -> list[str]:
    """Return a command's arguments: /bin/sh with its text, or its words with variables replaced.

    Raises what `expand` raises.

    >>> arguments_of("echo 'a b'", str, shell=False), arguments_of("a && b", str, shell=True)
    (['echo', 'a b'], ['/bin/sh', '-c', 'a && b'])
    """
    if shell:
        return ["/bin/sh", "-c", command]
    return [expand(word) for word in shlex.split(command)]


def words_of(command: str) -> list[str]:
    """Return the words of a command; none if its quotes are not closed, which others report.

    >>> words_of("echo 'a b' c"), words_of("it's")
    (['echo', 'a b', 'c'], [])
    """
    try:
        return shlex.split(command)
    except ValueError:
        return []


def place_of(name: str, *, in_shell: bool) -> str:
    """Return what stands in a command where the value `name` belongs.

    A shell takes it from its environment: in the text it would be read as more of the command.

    >>> place_of("percent", in_shell=False), place_of("percent", in_shell=True)
    ('{percent}', '$PERCENT')
    """
    return f"${name.upper()}" if in_shell else f"{{{name}}}"


def takes_value(command: str, name: str, *, in_shell: bool) -> bool:
    """Whether a command has a place for the value `name`.

    >>> takes_value('set "${PERCENT}"', "percent", in_shell=True)
    True
    """
    if in_shell:
        return re.search(rf"\$(?:{name.upper()}\b|\{{{name.upper()}\b)", command) is not None
    return place_of(name, in_shell=False) in command
