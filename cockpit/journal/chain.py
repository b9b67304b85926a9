"""The form of a journal's line, and the hash chain that binds each line to all before it.

A line is one JSON object in canonical form: UTF-8, sorted keys, no blanks, no NaN, then a line
feed. To the caller's fields it adds `seq` (1, 2, ...), `prev` (the hash of the line before, 64
zeros before the first) and `hash` (SHA-256 of the same object without `hash`).
The chain reveals changed, missing and moved lines. It cannot reveal whole lines cut off at the end.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from checks.core.text import count_of
from cockpit.foundation.errors import JournalError

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

RESERVED: Final = ("seq", "prev", "hash")
LINE_MAX_BYTES: Final = 1 << 20


class Link(Struct, frozen=True):
    """The end of a chain: the last line's number and hash."""

    seq: int = 0
    hash: str = "0" * 64


class JournalLine(Struct, frozen=True):
    """One line of a journal: the caller's `fields`, and its link."""

    seq: int
    prev: str
    hash: str
    fields: Mapping[str, Json]

    @property
    def link(self) -> Link:
        """The end of the chain with this line."""
        return Link(self.seq, self.hash)


class BadLine(JournalError):  # noqa: N818  (it names what it is)
    """A line of a journal that is not as it was written; `line_number` counts from 1."""

    def __init__(self, line_number: int, what: str) -> None:
        super().__init__(f"line {line_number} of the journal is not as it was written: {what}")
        self.line_number = line_number
        self.what = what


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


_ENCODE: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
_DECODE: Final = json.JSONDecoder(parse_constant=_refuse).decode


def seal(fields: Mapping[str, Json], after: Link) -> tuple[JournalLine, bytes]:
    """Return `fields` as the line that follows `after`, and its bytes with the line feed.

    Raises ValueError for reserved names, NaN, lone surrogates and lines over `LINE_MAX_BYTES`,
    and TypeError for values that JSON cannot hold.
    """
    if taken := [name for name in RESERVED if name in fields]:
        raise ValueError(f"a journal line has a field {taken[0]!r}: the journal sets it itself")
    body = {**fields, "seq": after.seq + 1, "prev": after.hash}
    digest = hashlib.sha256(_ENCODE(body).encode()).hexdigest()
    line = JournalLine(after.seq + 1, after.hash, digest, fields)
    data = _ENCODE({**body, "hash": digest}).encode() + b"\n"
    if len(data) > LINE_MAX_BYTES:
        size = count_of(len(data), "byte")
        raise ValueError(f"a journal line has {size}: at most {LINE_MAX_BYTES:,} are read again")
    return line, data


def parse(data: bytes, after: Link) -> JournalLine:
    """Return the line in `data` (with its line feed), which must follow `after`.

    Raises BadLine if it does not, or if its hash is not that of its content.
    """
    number = after.seq + 1
    body = _object(data, number)
    seq, prev, digest = (body.pop(name, None) for name in RESERVED)
    if seq != number:
        raise BadLine(number, f"its seq is {seq!r:.20}, {number} would be right")
    if prev != after.hash:
        raise BadLine(number, "its prev is not the hash of the line before: a line was changed")
    # Without its own member the line is what was hashed, byte for byte: nothing is encoded again.
    hashed = data[:-1].replace(f'"hash":"{digest}",'.encode(errors="replace"), b"", 1)
    if digest != hashlib.sha256(hashed).hexdigest():
        raise BadLine(number, "its hash does not fit its content")
    return JournalLine(number, after.hash, digest, body)


def _object(data: bytes, number: int) -> dict[str, Json]:
    try:
        body = _DECODE(data[:-1].decode())
    except (ValueError, RecursionError) as error:
        raise BadLine(number, f"it is no JSON ({type(error).__name__})") from error
    if not isinstance(body, dict):
        raise BadLine(number, f"it is a JSON {type(body).__name__}, an object would be right")
    return body
