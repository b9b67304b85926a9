"""A secret in the arguments of a command, which every user of the host can read. Pure."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from checks.process.command_line import ASSIGNMENT
from checks.process.simple_commands import SimpleCommand, simple_commands

_NAME = r"(?:[a-z0-9]+[-_])*(?:password|passwd|passphrase|api[-_]?key|access[-_]?key)"
_SHORT_NAME = r"(?:client[-_])?secret|(?:(?:access|api|auth|bearer|bot|refresh)[-_])?token|pass"
_OPTION = re.compile(rf"(--?(?:{_NAME}|{_SHORT_NAME}))(?:=(.*))?", re.IGNORECASE | re.DOTALL)
_SAYS_HOW = re.compile(r"--?no[-_]", re.IGNORECASE)
_VARIABLE = re.compile(
    r"(?:[A-Z0-9_]*(?:PASSWORD|PASSWD|_PWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY))"
)
_HEADER = re.compile(
    r"(?:proxy-)?authorization:.*\$|(?:x-)?(?:api-?key|auth-token):\s*\S", re.IGNORECASE
)
_JOINED: Final = {  # where the short option and its value are one word, as in `-psecret`
    **dict.fromkeys(("mysql", "mysqladmin", "mysqldump", "mariadb", "mariadb-dump"), "-p"),
    "sshpass": "-p",
}
_SEPARATE: Final = {  # where its value is the next word
    "redis-cli": ("-a",),
    "sshpass": ("-p",),
    "ldapsearch": ("-w",),
    "docker": ("-p",),
    "podman": ("-p",),
}


def visible_secret(text: str, *, shell: bool) -> str | None:
    """Return the option or variable that shows a secret; None if there is none.

    A shell may set a variable from another one: no argument shows that.

    >>> visible_secret("mysql --password x -e 'select 1'", shell=False)
    '--password'
    >>> visible_secret('PGPASSWORD="$PASSWORD" psql -l', shell=True) is None
    True
    """
    shown = (name for each in simple_commands(text, shell=shell) for name in _shown(each, shell))
    return next(shown, None)


def _shown(command: SimpleCommand, shell: bool) -> Iterator[str]:
    yield from (word.partition("=")[0] for word in command.words if _is_set(word, shell))
    for word, after in pairwise((*command.words, "")):
        match = _OPTION.fullmatch(word)
        value = match and (match[2] or (match[2] is None and after and after[0] != "-"))
        if match and value and not _SAYS_HOW.match(word):
            yield match[1]
    program, arguments = command.program, command.arguments
    logs_in = program not in ("docker", "podman") or "login" in arguments
    for pair in pairwise((*arguments, "")):
        if option := _short_option(program, *pair, logs_in=logs_in):
            yield option


def _is_set(word: str, shell: bool) -> bool:
    """Whether a word sets a secret variable to a value that stands there."""
    name, _, value = word.partition("=")
    own = bool(value) and not (shell and value.startswith("$"))
    return own and ASSIGNMENT.match(word) is not None and _VARIABLE.fullmatch(name) is not None


def _short_option(program: str, word: str, after: str, *, logs_in: bool) -> str | None:
    """Return the short option of a known program whose value is a secret; None if it is not one."""
    joined = _JOINED.get(program)
    if joined and word.startswith(joined) and len(word) > len(joined):
        return joined
    separate = word in _SEPARATE.get(program, ()) and logs_in and bool(after)
    user = program == "curl" and word in ("-u", "--user") and bool(after.partition(":")[2])
    header = word in ("-H", "--header") and _HEADER.match(after) is not None
    return word if separate or user or header else None
