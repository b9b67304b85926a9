"""The output of a command: its beginning and end are held, and all of it is searched."""

import re

from checks.core.text import count_of

_HEAD_BYTES = 16 * 1024
_TAIL_BYTES = 48 * 1024
_CARRY_BYTES = 64 * 1024
_OVERLAP_BYTES = 4 * 1024
_LINE_CHARACTERS = 400
_LINES = 40
_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_NOISE = re.compile(r"npm (?:err|notice|warn)", re.IGNORECASE)
_BREAK = re.compile(r"[\r\n]+")


def _plain(raw: bytes) -> str:
    return _ESCAPE.sub("", raw.decode("utf-8", "replace"))


def _lines(text: str) -> list[str]:
    stripped = (line.rstrip()[:_LINE_CHARACTERS] for line in _BREAK.split(text))
    return [line for line in stripped if line.strip()]


class CapturedOutput:
    """A command's output, of any length, in less than 200 KiB of memory.

    `matched` is the first line in which `wanted` was found, without colours, or None.
    """

    def __init__(self, wanted: re.Pattern[str] | None = None) -> None:
        self.matched: str | None = None
        self._wanted = wanted
        self._head = b""
        self._tail = b""
        self._carry = b""
        self._size = 0

    def feed(self, chunk: bytes) -> None:
        """Add the next bytes, of any length."""
        self._size += len(chunk)
        room = _HEAD_BYTES - len(self._head)
        self._head += chunk[:room]
        self._tail = (self._tail + chunk[room:])[-_TAIL_BYTES:]
        if self._wanted is not None and self.matched is None:
            self._search_lines(self._carry + chunk)

    def end(self) -> None:
        """Search the last line too, which may lack its line break."""
        self._search(self._carry)
        self._carry = b""

    def lines(self) -> tuple[str, ...]:
        """Return at most 40 lines that are not blank, and between them how much is left out."""
        skipped = self._size - len(self._head) - len(self._tail)
        if skipped > 0:
            first, last = _lines(_plain(self._head)), _lines(_plain(self._tail))
            half = _LINES // 2
            return (*first[:half], f"… {count_of(skipped, 'byte')} left out …", *last[-half:])
        every = _lines(_plain(self._head + self._tail))
        if len(every) <= _LINES:
            return tuple(every)
        half = _LINES // 2
        left_out = f"… {count_of(len(every) - 2 * half, 'line')} left out …"
        return (*every[:half], left_out, *every[-half:])

    def last(self) -> str:
        """Return the last line with a word in it, else ""; one of npm only as a last resort."""
        telling = [line for line in self.lines() if re.search(r"\w", line)]
        own = [line for line in telling if not _NOISE.match(line)]
        # npm puts its reason first and the place of its log last.
        return own[-1] if own else next(iter(telling), "")

    def _search_lines(self, text: bytes) -> None:
        """Search the complete lines of `text`, carry over the rest; split a very long line."""
        cut = text.rfind(b"\n") + 1
        if len(text) - cut > _CARRY_BYTES:
            self._search(text)
            self._carry = text[-_OVERLAP_BYTES:]
        else:
            self._search(text[:cut])
            self._carry = text[cut:]

    def _search(self, raw: bytes) -> None:
        if self._wanted is None or self.matched is not None:
            return
        text = _plain(raw)
        if match := self._wanted.search(text):
            line = _BREAK.split(text[: match.start()])[-1] + _BREAK.split(text[match.start() :])[0]
            self.matched = line.strip()[:_LINE_CHARACTERS]
