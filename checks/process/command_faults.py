"""What makes a command do something other than it says: no shell, a placeholder, no effect. Pure.

It errs to silence: a program that is not known here is left alone.
"""

import re

from checks.process.command_line import ASSIGNMENT
from checks.process.shell_text import (
    bash_braces,
    cut_by_shell,
    outside_quotes,
    shell_sign,
    shell_variable,
)
from checks.process.simple_commands import SimpleCommand, simple_commands

_ANGLES = re.compile(r"<[A-Za-z][\w .-]*>")
_QUOTED_ANGLES = re.compile(r"(['\"])<[A-Za-z][\w -]*>\1")
_MATCHES_TEXT = re.compile(r"\b(?:[ef]?grep|rg|sed|awk|jq|xmllint|perl)\b")
_SHOUTED = re.compile(
    r"\[[A-Z][A-Z_ -]{2,40}\]|%[A-Z][A-Z_]{2,40}%|\bYOUR[_-][A-Z0-9_-]{2,40}"
    r"|\b(?:TODO|FIXME|CHANGE_?ME|REPLACE_?ME)\b"
)
_SHOUTED_ANGLES = re.compile(r"<[A-Z][A-Z0-9 _-]+>")
_BRACES = re.compile(r"\{\{-?\s*(?!(?:end|else|range|if|with|json)\b)[A-Za-z_][\w.-]*\s*-?\}\}")
"""As in a template; those of Go's own templates begin with a dot, or with one of these words."""
_DATE = re.compile(r"\bYYYY([-_./]?)MM\1DD\b")
_FORMATS_A_DATE = re.compile(r"\bto_(?:char|date|timestamp)\b|format", re.IGNORECASE)

_STATE = frozenset(
    (
        *("alias", "cd", "declare", "export", "local", "popd", "pushd", "readonly", "set"),
        *("shopt", "source", ".", "ulimit", "umask", "unalias", "unset"),
    )
)
_COMMENT = "this is a comment, which nothing runs: write what to run, or a `confirm`"
_TOGETHER = "write it before the command that needs it, in one step with `shell: true`"


def shell_fault(text: str) -> str | None:
    """Return why a command without a shell needs one; None if it does not."""
    if text.lstrip().startswith("#"):
        return None  # a comment, which has no effect anywhere
    if sign := shell_sign(text):
        what = sign if sign.startswith("a ") else f"`{sign}`"
        return (
            f"{what} is for a shell, and none runs this: the program would get it as a word."
            " Write `shell: true` beside it, or put quotes around what is meant as it stands"
        )
    if name := shell_variable(text):
        bare = name.strip("$")
        cure = f"write ${{{bare}}}" if bare.isidentifier() else "write `shell: true` beside it"
        return f"nothing replaces `{name}` here: {cure}, or put it in single quotes"
    return None


def placeholder(text: str) -> str | None:
    """Return a piece of the text that somebody still has to replace; None if there is none.

    >>> placeholder("kubectl delete pod <POD>"), placeholder("deploy {{ version }}")
    ('<POD>', '{{ version }}')
    >>> placeholder("docker ps --format '{{.ID}}'") is None
    True
    """
    places = (
        (_ANGLES, outside_quotes(text)),
        (_QUOTED_ANGLES, "" if _MATCHES_TEXT.search(text) else text),
        (_SHOUTED_ANGLES, text),
        (_SHOUTED, "" if _MATCHES_TEXT.search(text) else text),
        (_BRACES, text),
        (_DATE, "" if _FORMATS_A_DATE.search(text) else text),
    )
    found = (match for pattern, where in places if (match := pattern.search(where)))
    return next((match[0].strip("'\"") for match in found), None)


def no_effect(text: str, *, shell: bool) -> str | None:
    """Return why a command cannot have an effect; None if nothing is known against it."""
    each = simple_commands(text, shell=shell)
    if not each:
        is_comment = text.lstrip().startswith("#")
        return _COMMENT if is_comment else None
    if all(_sets_state(command, shell=shell) for command in each):
        first = each[0].words[0]
        if ASSIGNMENT.match(first):
            return f"this only sets a variable of its own shell, which ends with it: {_TOGETHER}"
        return f"`{first}` changes the state of its own shell, which ends with it: {_TOGETHER}"
    if not shell and ASSIGNMENT.match(first := each[0].words[0]):
        name = first.partition("=")[0]
        cure = "write `shell: true` beside it, or begin with `env`"
        return f"`{name}=` before a command is for a shell: {cure}"
    return None


def only_for_bash(text: str) -> str | None:
    """Return what bash alone would act on, which does not run it; None if there is nothing."""
    if braces := bash_braces(text):
        return f"only bash replaces `{braces}`, and it does not run this: write each word out"
    return None


def cut_short(text: str) -> str | None:
    """Return why a shell would run less than is written; None if it would not."""
    if not cut_by_shell(text):
        return None
    return "a shell ends the command at the `&` inside of a word: put quotes around that word"


def _sets_state(command: SimpleCommand, *, shell: bool) -> bool:
    """Whether it does nothing but change its shell; in one, a script that is sourced is run."""
    first = command.words[0]
    if shell and first in ("source", "."):
        return False
    return first in _STATE or all(map(ASSIGNMENT.match, command.words))
