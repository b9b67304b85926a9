"""Disconnect from peers that do not speak PostgreSQL before the driver loops forever on them.

asyncpg 0.32 reads a message of type zero, such as MySQL's greeting contains, forever: the whole
program would hang. It also buffers a message until it is complete, up to 2 GiB. And a connection
that is cancelled while it is made leaves a future behind, whose error asyncio then complains of.
"""

import asyncio
import functools
from typing import Any

from checks.core.text import count_of

_HEAD_BYTES, _ROW = 5, b"D"
_MOST_BYTES = 64 * 1024 * 1024


class NotPostgresError(ConnectionError):
    """The peer is no PostgreSQL, or sends too much; the text ends a sentence."""


class Frames:
    """The messages of a stream: each is a type, a length that counts itself, and a body."""

    def __init__(self) -> None:
        self._head, self._left = b"", 0

    def fault(self, data: bytes) -> str:
        """Return what is wrong with the next bytes of the stream, or an empty text."""
        at = 0
        while at < len(data):
            skipped = min(self._left, len(data) - at)
            self._left, at = self._left - skipped, at + skipped
            missing = _HEAD_BYTES - len(self._head)
            if self._left or not (piece := data[at : at + missing]):
                break
            self._head, at = self._head + piece, at + len(piece)
            if not self._head[0]:
                return "does not speak PostgreSQL"
            if len(self._head) == _HEAD_BYTES:
                size = int.from_bytes(self._head[1:], "big", signed=True)
                if size > _MOST_BYTES and self._head[:1] == _ROW:
                    return f"gives a row of {count_of(size, 'byte')}, too much to be read"
                if not 4 <= size <= _MOST_BYTES:
                    return "does not speak PostgreSQL"
                self._head, self._left = b"", size - 4
        return ""


@functools.cache
def guard() -> None:
    """Make the driver disconnect from such a peer, with a NotPostgresError as the cause."""
    # Reading a card must not load what only a run needs.
    from asyncpg import connect_utils, protocol  # noqa: PLC0415

    kind: Any = protocol.Protocol
    connecting: Any = connect_utils

    class Attended(connecting.TLSUpgradeProto):  # type: ignore[misc]
        """The driver's question whether the server takes TLS; its error is always retrieved."""

        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            self.on_data.add_done_callback(_retrieve)

    class Guarded(kind):  # type: ignore[misc]  # the driver's own class has no types
        """The driver's protocol, with each chunk inspected before the driver parses it."""

        def connection_made(self, transport: asyncio.Transport) -> None:
            self._wire, self._frames, self._reason = transport, Frames(), ""
            super().connection_made(transport)

        def data_received(self, data: bytes) -> None:
            if self._reason:
                return
            self._reason = self._frames.fault(data)
            if self._reason:
                self._wire.abort()
            else:
                super().data_received(data)

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(NotPostgresError(self._reason) if self._reason else exc)

    protocol.Protocol = Guarded  # type: ignore[misc]
    connecting.TLSUpgradeProto = Attended


def _retrieve(future: "asyncio.Future[bool]") -> None:
    if not future.cancelled():
        future.exception()
