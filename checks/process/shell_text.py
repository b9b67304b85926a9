"""A command as a shell reads it: what is quoted, and what only a shell would act on. Pure."""

import re
import string
from enum import Enum

HIDDEN = "\0"
"""Stands for each character that a shell takes as it is."""

_SIGN = re.compile(
    r"&&|\|\||[|<>;*\n]|(?<!\S)&|&(?!\S)|(?<!\S)[a-zA-Z0-9_./-]+&(?=[\w./-]+(?!\S))"
    r"|(?<!\$)\?(?=[*?.]|$|\s)|\[[!\w-]{2,}\]|(?<!\S)~(?=/|\s|$)|(?<!\S)\#"
)
_IN_DOUBLE_QUOTES = re.compile(r"\$\(|`|\$\{[A-Za-z_][A-Za-z0-9_]*[^A-Za-z0-9_}][^}]{0,256}\}")
_VARIABLE = re.compile(r"\$[A-Za-z_][A-Za-z0-9_]*|\$[0-9@*#?$!-]")
_BRACES = re.compile(r"(?<![{$])\{[^{}\s,]{0,99}(?:,|\.\.)[^{}\s]{0,99}\}(?!\})")
_PLAIN = string.ascii_letters + string.digits + "_./-"
_CUT = re.compile(r"(?<=[^\s&<>|;(])&(?=[^\s&<>|;)])")


class Quotes(Enum):
    """What a character stands in."""

    NONE = ""
    SINGLE = "'"
    DOUBLE = '"'


def outside_quotes(text: str, *, and_double: bool = False) -> str:
    r"""Return the text with all in quotes, and what a backslash escapes, as HIDDEN.

    With `and_double` what stands in double quotes is kept: a shell replaces variables in there. A
    line that a backslash continues is one line. The text keeps its length.

    >>> outside_quotes('a "b" \'c\' \\;').replace(HIDDEN, "-")
    'a --- --- --'
    >>> outside_quotes('a "b" \'c\'', and_double=True).replace(HIDDEN, "-")
    'a -b- ---'
    """
    kept, quotes, escaped = [], Quotes.NONE, False
    for character in text:
        if escaped:
            shown, escaped = HIDDEN, False
        elif character == "\\" and quotes is not Quotes.SINGLE:
            shown, escaped = HIDDEN, True
        elif character == quotes.value:
            shown, quotes = HIDDEN, Quotes.NONE
        elif quotes is Quotes.NONE and character in "'\"":
            shown, quotes = HIDDEN, Quotes(character)
        elif quotes is Quotes.NONE or (quotes is Quotes.DOUBLE and and_double):
            shown = character
        else:
            shown = HIDDEN
        kept.append(shown)
    return "".join(kept)


def shell_sign(text: str) -> str | None:
    """Return the first sign that only a shell acts on; None if there is none.

    A program that is started without one gets it as a word, and often succeeds all the same.

    >>> shell_sign("echo deployed && false"), shell_sign("grep 'a|b' log"), shell_sign("ls *.sql")
    ('&&', None, '*')
    """
    if match := _SIGN.search(outside_quotes(text.strip())):
        return "a line break" if match[0] == "\n" else match[0].lstrip(_PLAIN)
    match = _IN_DOUBLE_QUOTES.search(outside_quotes(text, and_double=True))
    return match[0] if match else None


def bash_braces(text: str) -> str | None:
    """Return the first braces that only bash expands; None if there are none.

    >>> bash_braces("rm log{1,2}"), bash_braces("docker ps --format {{.ID}},{{.Names}}")
    ('{1,2}', None)
    """
    match = _BRACES.search(outside_quotes(text))
    return match[0] if match else None


def cut_by_shell(text: str) -> bool:
    """Whether a shell ends a command at a `&` in the middle of a word.

    >>> cut_by_shell("curl http://127.0.0.1/?a=1&b=2"), cut_by_shell("make > log 2>&1 & wait")
    (True, False)
    """
    return _CUT.search(outside_quotes(text)) is not None


def shell_variable(text: str) -> str | None:
    """Return the first variable that only a shell replaces, as $NAME; None if there is none.

    >>> shell_variable("echo $HOME"), shell_variable("echo ${HOME}"), shell_variable("awk '$1'")
    ('$HOME', None, None)
    """
    match = _VARIABLE.search(outside_quotes(text, and_double=True))
    return match[0] if match else None
