"""Services and databases that answer in every wrong way, for every check that asks one."""

import asyncio
import struct
from collections.abc import Mapping

from tests.checks.kit import Talk, saying, silent
from tests.checks.peers import HOSTILE, OK, dripping, endless

_DATES = b"Date: NaN\r\nAge: NaN\r\nRetry-After: NaN\r\nLast-Modified: NaN\r\n"


def pouring(head: bytes, piece: bytes) -> Talk:
    """Give a talk that begins as `head` says and never ends."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    return talk


SERVICES: Mapping[str, Talk] = {
    **{name: saying(answer) for name, answer in HOSTILE.items()},
    "silent": silent,
    "endless": endless,
    "dripping": dripping(b"{"),
    "never begins": pouring(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 64),
    "endless headers": pouring(OK, b"X-A: " + b"y" * 8192 + b"\r\n"),
    "endless chunks": pouring(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nlog\n\r\n" * 64),
    "NaN in the headers": saying(OK + _DATES + b"Content-Length: 2\r\n\r\n[]"),
    "a length that is none": saying(OK + b"Content-Length: NaN\r\n\r\n{}"),
    "invalid UTF-8 in the headers": saying(OK + b"Date: \xff\xfe\r\nX-\xff: \xfe\r\n\r\n"),
    "no status": saying(b"HTTP/1.1 NaN \xff\r\n\r\n"),
    "a redirect to nowhere": saying(b"HTTP/1.1 301 \xff\r\nLocation: \xff\xfe\r\n\r\n"),
}


def message(kind: bytes, body: bytes) -> bytes:
    """Give a message of PostgreSQL's protocol."""
    return kind + struct.pack("!I", len(body) + 4) + body


_WELCOME = (
    message(b"R", struct.pack("!I", 0))
    + message(b"S", b"server_version\x0018.0\0")
    + message(b"S", b"client_encoding\0UTF8\0")
    + message(b"S", b"standard_conforming_strings\0on\0")
    + message(b"K", struct.pack("!II", 7, 7))
    + message(b"Z", b"I")
)
_ERROR = b"SERROR\0VERROR\0C58000\0M\xff\xfe\x1b[2J\x1b]0;pwned\x07\n\n[bold]t0ps3cret\0\0"
_ROW = message(b"D", struct.pack("!hI", 1, 3) + b"NaN")


def database(welcome: bytes = b"", answer: bytes = b"", piece: bytes = b"") -> Talk:
    """Give a talk that welcomes, answers each question, and pours `piece` for ever after it."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:  # neither TLS nor GSS, then the greeting itself
            (size,) = struct.unpack("!I", await reader.readexactly(4))
            if (await reader.readexactly(size - 4))[:4] == struct.pack("!I", 196608):
                break
            writer.write(b"N")
        writer.write(welcome)
        if not (answer or piece):
            await silent(reader, writer)
        while (answer or piece) and (not welcome or await reader.read(65536)):
            writer.write(answer or piece)
            while piece:
                writer.write(piece)
                await writer.drain()
            await writer.drain()
            if not welcome:
                return

    return talk


async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Read a greeting, and say nothing to it."""
    await reader.read(8)


DATABASES: Mapping[str, Talk] = {
    "silent": silent,
    "hangs up": hang_up,
    "a web page": database(answer=OK + b"\r\n<h1>Sign in</h1>"),
    "garbage": database(answer=b"\xff\xfe\x00" * 999),
    "a length that is negative": database(answer=b"R\xff\xff\xff\xff" * 99),
    "a message without end": database(answer=b"R\x7f\xff\xff\xff" + b"\0" * 99),
    "a pouring of zeros": database(piece=b"\0" * 65536),
    "an unknown way to log in": database(answer=message(b"R", struct.pack("!I", 99))),
    "a log-in without end": database(
        welcome=message(b"R", struct.pack("!I", 3)), answer=message(b"R", struct.pack("!I", 3))
    ),
    "a refusal in invalid UTF-8": database(answer=message(b"E", _ERROR)),
    "silent after the log-in": database(_WELCOME),
    "an error in invalid UTF-8": database(_WELCOME, message(b"E", _ERROR) + message(b"Z", b"I")),
    "garbage for an answer": database(_WELCOME, b"\xff\xfe\x00" * 999),
    "rows that were not asked for": database(_WELCOME, _ROW * 99 + message(b"Z", b"I")),
    "notices without end": database(_WELCOME, piece=message(b"N", _ERROR) * 64),
    "rows without end": database(_WELCOME, piece=_ROW * 999),
}
