"""Whether a command would wait for a person: nothing types into the commands of a card. Pure."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from checks.process.simple_commands import SimpleCommand, simple_commands

_INTERPRETERS = frozenset(
    (
        *("bash", "csh", "dash", "fish", "ksh", "sh", "zsh"),
        *("ghci", "irb", "node", "php", "python", "python3"),
    )
)
_INTERACTIVE = re.compile(r"-[ils]+|--(?:login|interactive)")
_TELLS_OF_ITSELF = frozenset(("--help", "--version", "-V", "-version"))
_SCREENS = frozenset(
    (
        *("emacs", "htop", "less", "more", "most", "nano", "nvim", "pico", "vi", "view", "vim"),
        *("passwd", "screen", "telnet", "vipw", "visudo"),
    )
)
_TERMINAL = re.compile(r"-[ditu]+")
_SSH_WITH_VALUE = re.compile(r"-[BbcDEeFIiJLlmOopQRSWw]")
_SSH_WITHOUT_COMMAND = re.compile(r"-[A-Za-z]*[NfVGQ]")
_REDIS_WITH_VALUE = re.compile(r"-[hpsaunrid]|--(?:user|pass|sni|cacert|cert|key)")


def wants_terminal(text: str, *, shell: bool) -> str | None:
    """Return the program that would wait for a person at a terminal; None if none is known to.

    >>> wants_terminal("ssh web1", shell=False), wants_terminal("ssh web1 uptime", shell=False)
    ('ssh', None)
    >>> wants_terminal("cd /srv && python3", shell=True)
    'python3'
    """
    each = simple_commands(text, shell=shell)
    return next((name for name in map(_waits, each) if name is not None), None)


def never_ends(text: str, *, shell: bool) -> str | None:
    """Return the program that goes on until somebody ends it; None if none is known to.

    One that is read by another may end with that one.

    >>> never_ends("tail -f app.log", shell=False)
    'tail'
    >>> never_ends("tail -f app.log | grep -q ready", shell=True) is None
    True
    """
    for command in simple_commands(text, shell=shell):
        follows = _ENDLESS.get(command.program)
        if follows is not None and not command.is_read and follows(command.arguments):
            return command.program
    return None


def _waits(command: SimpleCommand) -> str | None:
    program, arguments = command.program, command.arguments
    if not program:
        own = next((word for word in command.options if word in ("sudo", "doas")), None)
        return own if {"-i", "-s"} & set(command.options) else None
    if _TELLS_OF_ITSELF & set(arguments):
        return None
    if program in _SCREENS:
        return program
    waits = _WAITS.get(program)
    return program if waits is not None and not command.is_fed and waits(arguments) else None


def _is_interactive(arguments: Sequence[str]) -> bool:
    return all(map(_INTERACTIVE.fullmatch, arguments))


def _has_no(pattern: str) -> Callable[[Sequence[str]], bool]:
    """Return whether a client has none of the options that keep it from asking for commands."""
    option = re.compile(pattern)
    return lambda arguments: not any(map(option.match, arguments))


def _opens_a_terminal(arguments: Sequence[str]) -> bool:
    """Whether it is `docker exec -it` or its like, or `kubectl edit`, which opens an editor."""
    own = [*arguments[: arguments.index("--")]] if "--" in arguments else [*arguments]
    verb = next((word for word in own if word in ("exec", "run", "attach", "debug", "edit")), None)
    if verb is None:
        return False
    options = own[own.index(verb) :]
    short = "".join(word for word in options if _TERMINAL.fullmatch(word))
    long = {"--tty", "--tty=true"} & set(options)
    return verb in ("attach", "edit") or bool(long) or {"i", "t"} <= set(short)


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


def _asks_redis(arguments: Sequence[str]) -> bool:
    """Whether `redis-cli` gets nothing but where to connect."""
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if not _REDIS_WITH_VALUE.fullmatch(word):
            return False
        del rest[:1]
    return True


def _is_a_database_alone(arguments: Sequence[str]) -> bool:
    """Whether `sqlite3` gets a file and nothing to do with it."""
    return not any(word.startswith("-") for word in arguments) and len(arguments) <= 1


def _edits(*verbs: str) -> Callable[[Sequence[str]], bool]:
    return lambda arguments: any(verb in arguments for verb in verbs)


def _rebases(arguments: Sequence[str]) -> bool:
    return arguments[:1] == ("rebase",) and bool({"-i", "--interactive"} & set(arguments))


def _follows(arguments: Sequence[str]) -> bool:
    """Whether a log is followed."""
    until = any(word.startswith(("--pid", "--until")) for word in arguments)
    short = any(re.fullmatch(r"-[a-zA-Z]*[fF]", word) for word in arguments)
    return not until and (short or any(word.startswith("--follow") for word in arguments))


def _follows_logs(arguments: Sequence[str]) -> bool:
    if "logs" not in arguments:
        return False
    options = arguments[arguments.index("logs") :]
    return any(word in ("-f", "--follow", "--follow=true") for word in options)


def _shows_for_ever(arguments: Sequence[str]) -> bool:
    """Whether `top` gets no number of rounds."""
    return not any(re.fullmatch(r"-[a-zA-Z]*[bnl].*", word) for word in arguments)


_MYSQL: Final = _has_no(r"-[a-zA-Z]*[eV]|--(?:execute|version|help)\b")
_CONTAINERS: Final = dict.fromkeys(("docker", "kubectl", "oc", "podman"), _opens_a_terminal)
_WAITS: Final[dict[str, Callable[[Sequence[str]], bool]]] = {
    **dict.fromkeys(_INTERPRETERS, _is_interactive),
    **_CONTAINERS,
    "psql": _has_no(r"-[a-zA-Z]*[cflV]|--(?:command|file|list|version|help)\b"),
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "mongosh": _has_no(r"--(?:eval|file|version|help)\b|.*\.js$"),
    "cqlsh": _has_no(r"-[ef]|--(?:execute|file|version|help)\b"),
    "sftp": _has_no(r"-[a-zA-Z]*b"),
    "sqlite3": _is_a_database_alone,
    "redis-cli": _asks_redis,
    "ssh": _has_no_command,
    "su": _has_no(r"-[a-z]*c|--(?:command|session-command)\b"),
    "crontab": _edits("-e"),
    "systemctl": _edits("edit"),
    "git": _rebases,
}
"""Programs that may ask a person, and whether these arguments leave that open."""

_ENDLESS: Final[dict[str, Callable[[Sequence[str]], bool]]] = {
    "tail": _follows,
    "journalctl": _follows,
    "docker": _follows_logs,
    "kubectl": _follows_logs,
    "oc": _follows_logs,
    "podman": _follows_logs,
    "top": _shows_for_ever,
    "watch": _has_no(r"-[a-zA-Z]*g|--(?:chgexit|errexit)\b"),
}
"""Programs that may go on for ever, and whether they do with these arguments."""
