"""What a terminal would show: pyte, without the sequences that it mistakes."""

import codecs
import re
from collections.abc import Callable
from typing import Final

import pyte

COLUMNS: Final = 160
ROWS: Final = 45

_FOREIGN = re.compile(
    r"\x1b\[[<>=][0-9;:]*[\x20-\x2f]*[@-~]"  # keyboard protocols, secondary attributes
    r"|\x1b\[\?[0-9;:]*[mun]"  # private colours, status of the keyboard
    r"|\x1b\[[?]?[0-9;:]*[\x20-\x2f]+[@-~]"  # asks for modes, shapes the cursor
    r"|\x1b[P_^X][^\x1b\x07]*(?:\x1b\\|\x07)"  # device and application strings
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)",  # titles, colours, links
    re.DOTALL,
)
_UNFINISHED = re.compile(
    r"\x1b(?:\[[0-9;:?<>=\x20-\x2f]*|[P_^X\]](?:[^\x07\x1b]|\x1b(?!\\))*|[()]?)$", re.DOTALL
)
_CARRIED_MOST = 65_536


class Emulator:
    """A screen of `columns` by `rows`, fed with what a program writes, in chunks cut anywhere."""

    def __init__(self, columns: int = COLUMNS, rows: int = ROWS) -> None:
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._carried = ""

    def feed(self, data: bytes) -> None:
        """Take a chunk; what a sequence is cut in waits for the next one."""
        text = self._carried + self._decoder.decode(data)
        self._carried = ""
        if (cut := _UNFINISHED.search(text)) and len(text) - cut.start() < _CARRIED_MOST:
            text, self._carried = text[: cut.start()], text[cut.start() :]
        self._stream.feed(_FOREIGN.sub("", text))

    def text(self) -> str:
        """Return the screen's text, a line a row."""
        return "\n".join(self._screen.display)


Answer = Callable[[re.Match[bytes]], bytes]
_QUESTIONS: tuple[tuple[re.Pattern[bytes], Answer], ...] = (
    (re.compile(rb"\x1b\[0?c"), lambda _: b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[>0?q"), lambda _: b"\x1bP>|XTerm(380)\x1b\\"),
    (re.compile(rb"\x1b\[>0?c"), lambda _: b"\x1b[>41;380;0c"),
    (re.compile(rb"\x1b\[6n"), lambda _: b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[5n"), lambda _: b"\x1b[0n"),
    (
        re.compile(rb"\x1b\[\?(\d+)\$p"),
        lambda m: b"\x1b[?%s;%d$y" % (m[1], 2 if m[1] == b"2026" else 0),
    ),
    (
        re.compile(rb"\x1b\](1[01]);\?(?:\x07|\x1b\\)"),
        lambda m: b"\x1b]%s;rgb:0000/0000/0000\x1b\\" % m[1],
    ),
)


def answers(data: bytes, seen: int = 0) -> list[bytes]:
    """Return what a modern terminal answers to the questions in `data` that end after byte `seen`.

    >>> answers(b"\\x1b[?2026$p")
    [b'\\x1b[?2026;2$y']
    """
    return [
        answer(found)
        for question, answer in _QUESTIONS
        for found in question.finditer(data)
        if found.end() > seen
    ]
