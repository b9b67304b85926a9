"""The simple commands in a text: what a shell would start, one program after the other. Pure."""

import re
from collections.abc import Iterator
from itertools import pairwise

from msgspec import Struct

from checks.process.command_line import ASSIGNMENT, words_of
from checks.process.shell_text import outside_quotes, shell_sign

_SEPARATOR = re.compile(r"&&|\|\||\|&?|;|\n|(?<![<>])&(?!>)")
_KEYWORDS = frozenset(("!", "(", "{", "do", "elif", "else", "if", "then", "until", "while"))
_SHELLS = frozenset(("bash", "dash", "ksh", "sh", "zsh"))
_ENDS = frozenset((")", "}", "done", "fi"))
_BEFORE = frozenset(("command", "doas", "env", "exec", "nice", "nohup", "sudo", "time"))
_WITH_VALUE = re.compile(r"-[ugnC]|--(?:user|group|chdir|adjustment)")
_REDIRECTION = re.compile(r"\d*(?:<<?-?|>[>|&]?)\S*|&>\S*")


class SimpleCommand(Struct, frozen=True):
    """The words of one program; whether another one, or a file, feeds it, and whether it is read.

    `program` is its name without folders; empty where the text only sets variables. `options` are
    those of `sudo` and its like, which stand before it.
    """

    words: tuple[str, ...]
    is_fed: bool = False
    is_read: bool = False

    @property
    def program(self) -> str:
        """The name of the program, without its folders."""
        return self._from_program[0].rpartition("/")[2] if self._from_program else ""

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after the program, without redirections."""
        return self._from_program[1:]

    @property
    def options(self) -> tuple[str, ...]:
        """What stands before the program: `sudo`, its options, variables."""
        return self.words[: len(self.words) - len(self._from_program)]

    @property
    def _from_program(self) -> tuple[str, ...]:
        rest = list(self.words)
        while rest and (rest[0] in _BEFORE or ASSIGNMENT.match(rest[0])):
            rest.pop(0)
            while rest and rest[0].startswith("-"):
                if _WITH_VALUE.fullmatch(rest.pop(0)) and rest:
                    rest.pop(0)
        return tuple(rest)


def simple_commands(text: str, *, shell: bool) -> list[SimpleCommand]:
    """Return the simple commands of a text, without comments.

    Without a shell it is one, unless it holds what only a shell acts on: then a shell was meant.

    >>> [each.program for each in simple_commands("cd /srv && sudo make | tee log", shell=True)]
    ['cd', 'make', 'tee']
    >>> simple_commands("# to do", shell=True)
    []
    """
    if not shell and shell_sign(text) is None:
        words = tuple(words_of(text))
        if not words or words[0].startswith("#"):
            return []
        return [SimpleCommand(words), *_within(SimpleCommand(words))]
    return _commands_in(text)


def _commands_in(text: str) -> list[SimpleCommand]:
    each = [command for command in _split(text) if command.words]
    return [*each, *(inner for command in each for inner in _within(command))]


def _within(command: SimpleCommand) -> list[SimpleCommand]:
    """Return the commands in the text of `sh -c`."""
    if command.program not in _SHELLS:
        return []
    pairs = pairwise((*command.arguments, ""))
    text = next((after for word, after in pairs if re.fullmatch(r"-[a-z]*c", word)), "")
    return _commands_in(text)


def _split(text: str) -> Iterator[SimpleCommand]:
    """Yield what stands between the signs that separate commands in a shell."""
    bare, begun, is_fed = outside_quotes(text), 0, False
    for match in (*_SEPARATOR.finditer(bare), None):
        end = match.start() if match else len(text)
        is_read = match is not None and match[0] in ("|", "|&")
        yield _simple(text[begun:end], bare[begun:end], is_fed=is_fed, is_read=is_read)
        begun, is_fed = (match.end() if match else end), is_read


def _simple(text: str, bare: str, *, is_fed: bool, is_read: bool) -> SimpleCommand:
    if comment := re.search(r"(?<!\S)#", bare):
        text, bare = text[: comment.start()], bare[: comment.start()]
    words = words_of(text.lstrip(" \t({").rstrip(" \t)}"))
    while words and words[0] in _KEYWORDS | _ENDS:
        words.pop(0)
    is_fed = is_fed or "<" in bare
    return SimpleCommand(tuple(_without_redirections(words)), is_fed, is_read)


def _without_redirections(words: list[str]) -> Iterator[str]:
    rest = iter(words)
    for word in rest:
        if not _REDIRECTION.fullmatch(word):
            yield word
        elif word[-1] in "<>|&":
            next(rest, None)
