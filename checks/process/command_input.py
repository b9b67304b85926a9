"""Whether a command would wait for a person: nothing types into the commands of a card. Pure."""

import re
from collections.abc import Sequence

from checks.process.command_line import ASSIGNMENT, words_of
from checks.process.shell_text import outside_quotes

_BEFORE = frozenset(("command", "doas", "env", "exec", "nice", "nohup", "sudo", "time"))
_WITH_VALUE = re.compile(r"-[ugnC]|--(?:user|group|chdir|adjustment)")
_INTERPRETERS = frozenset(
    (
        *("bash", "csh", "dash", "fish", "ksh", "sh", "zsh"),
        *("ghci", "irb", "node", "php", "python", "python3"),
    )
)
_FULL_SCREEN = frozenset(("emacs", "htop", "less", "more", "nano", "vi", "view", "vim"))
_CLIENTS = {
    "psql": re.compile(r"-[a-zA-Z]*[cflV]|--(?:command|file|list|version|help)\b"),
    "mysql": re.compile(r"-[a-zA-Z]*[eV]|--(?:execute|version|help)\b"),
    "mongosh": re.compile(r"--(?:eval|file|version|help)\b|.*\.js$"),
}
"""Clients that ask a person for commands unless an option holds them."""

_CONTAINERS = frozenset(("docker", "kubectl", "oc", "podman"))
_TERMINAL = re.compile(r"-(?:it|ti|itd|dit)|--tty(?:=true)?")
_SSH_WITH_VALUE = re.compile(r"-[BbcDEeFIiJLlmOopQRSWw]")
_SSH_WITHOUT_COMMAND = re.compile(r"-[A-Za-z]*[NfVGQ]")


def wants_terminal(text: str) -> str | None:
    """Return the program that would wait for a person at a terminal; None if none is known to.

    >>> wants_terminal("ssh web1"), wants_terminal("ssh web1 systemctl restart web")
    ('ssh', None)
    """
    if re.search(r"[|<]", outside_quotes(text)):
        return None
    program, *arguments = _from_program(words_of(text)) or [""]
    program = program.rpartition("/")[2]
    waits = (
        (program in _INTERPRETERS and not arguments)
        or program in _FULL_SCREEN
        or (program in _CLIENTS and not any(map(_CLIENTS[program].match, arguments)))
        or (program == "ssh" and _has_no_command(arguments))
        or (program in _CONTAINERS and any(map(_TERMINAL.fullmatch, arguments)))
    )
    return program if waits else None


def _from_program(words: Sequence[str]) -> Sequence[str]:
    """Return the words from the program on, without `sudo`, its options and assignments."""
    rest = list(words)
    while rest and (rest[0] in _BEFORE or ASSIGNMENT.match(rest[0])):
        rest.pop(0)
        while rest and rest[0].startswith("-"):
            if _WITH_VALUE.fullmatch(rest.pop(0)) and rest:
                rest.pop(0)
    return rest


def _has_no_command(arguments: Sequence[str]) -> bool:
    """Whether `ssh` gets a host alone, without an option that makes that enough."""
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if _SSH_WITHOUT_COMMAND.fullmatch(option):
            return False
        if _SSH_WITH_VALUE.fullmatch(option) and rest:
            rest.pop(0)
    return len(rest) == 1
