"""Peers of every protocol that reply in every wrong way, for every check that asks one."""

import asyncio
import json
import os
import re
import shlex
import struct
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import dns.exception
import dns.flags
import dns.message
import dns.rrset

from tests.checks import name_server
from tests.checks.kit import Talk, saying, silent, talking
from tests.checks.peers import HOSTILE, OK, dripping, endless

_DATES = b"Date: NaN\r\nAge: NaN\r\nRetry-After: NaN\r\nLast-Modified: NaN\r\n"


def pouring(head: bytes, piece: bytes) -> Talk:
    """Return a talk that begins with `head` and never ends."""

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


def holding(body: bytes) -> Talk:
    """Return a talk that answers 200 with a JSON body, as HTTP prescribes."""
    head = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return saying(OK + head + body)


EMPTY_SERVICES: Mapping[str, Talk] = {
    "an empty body": holding(b""),
    "an empty object": holding(b"{}"),
    "an empty list": holding(b"[]"),
    "an empty value": holding(b"null"),
    "an empty text": holding(b'""'),
    "a blank line": holding(b"\n"),
    "no content": saying(b"HTTP/1.1 204 No Content\r\n\r\n"),
}


def message(kind: bytes, body: bytes) -> bytes:
    """Return a message of PostgreSQL's protocol."""
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
    """Return a talk that logs in, answers each query, and then repeats `piece` for ever."""

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


async def without_rows(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Speak PostgreSQL's protocol to the letter, and have no row for any query."""
    (size,) = struct.unpack("!I", await reader.readexactly(4))
    await reader.readexactly(size - 4)
    writer.write(_WELCOME)
    selected, ready = message(b"C", b"SELECT 0\0"), message(b"Z", b"I")
    while True:
        kind, size = struct.unpack("!cI", await reader.readexactly(5))
        body = await reader.readexactly(size - 4)
        if body.startswith(b"BEGIN"):
            ready = message(b"Z", b"T")
        elif body.startswith((b"COMMIT", b"ROLLBACK")):
            ready = message(b"Z", b"I")
        if kind == b"X":
            return
        writer.write({**_WITHOUT_ROWS, b"S": ready, b"Q": selected + ready}.get(kind, b""))
        await writer.drain()


_WITHOUT_ROWS = {
    b"P": message(b"1", b""),
    b"D": message(b"t", b"\0\0") + message(b"n", b""),
    b"B": message(b"2", b""),
    b"E": message(b"C", b"SELECT 0\0"),
    b"C": message(b"3", b""),
}


DATABASES: Mapping[str, Talk] = {
    "a length that is negative": database(answer=b"R\xff\xff\xff\xff" * 99),
    "a message without end": database(answer=b"R\x7f\xff\xff\xff" + b"\0" * 99),
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


EMPTY_DATABASES: Mapping[str, Talk] = {"no rows": without_rows}


def bursting(piece: bytes) -> Talk:
    """Return a talk that repeats `piece` for ever, whatever it is sent."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(piece)
            await writer.drain()

    return talk


def blurting(answer: bytes) -> Talk:
    """Return a talk that reads something, sends `answer` and hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(answer)
        await writer.drain()

    return talk


def leaving(answer: bytes) -> Talk:
    """Return a talk that sends `answer` and ends, unasked: some protocols let the server begin."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.write_eof()
        # To close with a request unread would reset the connection, and could lose the answer.
        await silent(reader, writer)

    return talk


STRANGERS: Mapping[str, Talk] = {
    "silent": silent,
    "hangs up": leaving(b""),
    "garbage": leaving(b"\xff\xfe\0" * 999),
    "a web page": leaving(OK + b"\r\n<h1>Sign in</h1>"),
    "zeros without end": bursting(b"\0" * 65536),
}
"""Who may listen at a port in place of the right server, whatever the protocol is."""

_RECORD = b"\x16\x03\x03"
TLS_SERVERS: Mapping[str, Talk] = {
    "half a record": blurting(_RECORD + b"\x40\0\x02"),
    "an empty record": blurting(_RECORD + b"\0\0"),
    "a hello of nothing": blurting(_RECORD + b"\0\x04\x02\0\0\0"),
    "records without end": bursting((_RECORD + b"\x40\0" + b"\x02" * 0x4000) * 4),
}

EMPTY_TLS_SERVERS: Mapping[str, Talk] = {"an alert": blurting(b"\x15\x03\x03\0\x02\x02\x28")}

Reply = name_server.Answer


def replying(change: Callable[[dns.message.Message], object]) -> Reply:
    """Return a correct answer with some parts changed."""

    def answer(wire: bytes) -> bytes:
        made = dns.message.make_response(dns.message.from_wire(wire))
        change(made)
        return made.to_wire()

    return answer


def _as_another(made: dns.message.Message) -> None:
    made.id ^= 0xFFFF


def _as_a_question(made: dns.message.Message) -> None:
    made.flags &= ~dns.flags.QR


def _cut_short(made: dns.message.Message) -> None:
    made.flags |= dns.flags.TC


NAME_SERVERS: Mapping[str, Reply] = {
    "silent": lambda _: None,
    "nothing": lambda _: b"",
    "garbage": lambda _: b"\xff\xfe garbage" * 40,
    "an echo": lambda wire: wire,
    "a header alone": lambda wire: wire[:12],
    "of another question": replying(_as_another),
    "no answer but a question": replying(_as_a_question),
    "always cut short": replying(_cut_short),
    "records that are not there": lambda wire: wire[:2] + b"\x84\0\0\x01\xff\xff" + wire[8:],
    "a failure": name_server.saying(dns.rcode.SERVFAIL),
    "a refusal": name_server.saying(dns.rcode.REFUSED),
}
EMPTY_NAME_SERVERS: Mapping[str, Reply] = {"no records": replying(lambda _: None)}


def of_zone(text: bytes) -> Reply:
    """Return an answer of those records of a zone that can be read, and that are asked for."""
    records = []
    for line in text.decode("ascii", "ignore").splitlines():
        with suppress(dns.exception.DNSException, ValueError):
            owner, ttl, kind, value = line.split(" ", 3)
            records.append(dns.rrset.from_text(owner, int(ttl), "IN", kind, value))

    def add(made: dns.message.Message) -> None:
        made.answer += [it for it in records if it.rdtype == made.question[0].rdtype]

    return replying(add)


PROGRAMS: Mapping[str, str] = {
    "hangs": "exec sleep 60",
    "stops in the middle": "echo ok so far; exec sleep 60",
    "deaf to signals": "trap '' TERM INT HUP; while :; do sleep 1; done",
    "pours lines": "exec yes",
    "pours zeros": "exec cat /dev/zero",
    "a line of megabytes": "head -c 3000000 /dev/zero | tr '\\0' x",
    "garbage": "printf '\\377\\376\\000\\033[2J[red]\\n'",
    "not a number": "echo NaN",
    "JSON": "echo '{}'",
    "fails": "echo no >&2; exit 1",
    "is not found": "exit 127",
    "is killed": "kill -9 $$",
}
EMPTY_PROGRAMS: Mapping[str, str] = {"nothing": ":", "blank lines": "echo; echo"}

FILES: Mapping[str, bytes] = {
    "garbage": b"\xff\xfe\0garbage",
    "invalid UTF-8": b'{"paths": {"/\xff\xfe": {"get": {}}}}',
    "a number": b"17",
    "NaN": b"NaN",
    "half": b'{"openapi": "3.1.0", "paths": {',
    "deep": b"[" * 100_000,
    "another shape": b'{"openapi": 3.1, "paths": [{"get": "/a"}]}',
    "a page": b"<h1>Sign in</h1>",
    "a line of megabytes": b"x" * 3_000_000,
    "too large": b" " * (16 * 1024 * 1024 + 1),
}
EMPTY_FILES: Mapping[str, bytes] = {
    "nothing": b"",
    "blank lines": b"\n \n",
    "an empty object": b"{}",
    "an empty list": b"[]",
    "an empty value": b"null",
    "no operations": b'{"openapi": "3.1.0", "info": {"title": "a", "version": "1"}, "paths": {}}',
}


OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "a", "version": "1"},
    "paths": {
        "/": {"get": {"x-visibility": "public", "responses": {"200": {"description": "ok"}}}}
    },
}


class Place(NamedTuple):
    """Where a peer can be asked: the part of it that its protocol has."""

    url: str = ""
    database: str = ""
    port: int = 0
    program: str = ""
    file: str = ""


Peer = Callable[[Path], AbstractAsyncContextManager[Place]]


class Right(NamedTuple):
    """A reply at which a check must pass, and how a peer is made that gives such a reply."""

    reply: bytes
    giving: Callable[[bytes], Peer]


def cuts(reply: bytes) -> dict[str, bytes]:
    """Return what is left of a right reply that is cut, by how; no cut leaves it as it is."""
    made = {
        "only its first line": b"".join(reply.splitlines(keepends=True)[:1]),
        "only its first half": reply[: len(reply) // 2],
        "all but its digits": re.sub(rb"[0-9]", b"", reply),
        "nothing": b"",
    }
    return {name: cut for name, cut in made.items() if cut != reply}


def _at_port(port: int) -> Place:
    return Place(port=port)


class Protocol(NamedTuple):
    """Peers that reply wrongly or not at all, and peers whose polite reply lacks the value.

    Those in `foreign` send nothing of the protocol: a check whose result is the same at every peer
    has understood none. Those in `waits` let a check come to a timeout. Those in `pours` keep the
    machine busy: they are met apart from the others, so that no timeout hides a reply.

    A check must pass at the reply `right`, and may not at what is left of it when it is cut: so it
    is seen to look at the reply. A text in its place says why there is none. `at` names a peer at a
    port as the card does, in the protocol's own scheme: with another, a check may end unconnected.
    """

    wrong: Mapping[str, Peer]
    empty: Mapping[str, Peer]
    foreign: frozenset[str]
    waits: frozenset[str]
    right: Right | str
    pours: frozenset[str] = frozenset()
    at: Callable[[int], Place] = _at_port


PASSWORD = "t0ps3cret"


def at_url(url: str) -> Callable[[int], Place]:
    """Return what names a peer at a port by an address, in which `{port}` stands for the port."""
    return lambda port: Place(url=url.format(port=port), port=port)


at_http = at_url("http://127.0.0.1:{port}")


def _at_database(port: int) -> Place:
    at = f"postgresql://u:{PASSWORD}@127.0.0.1:{port}/app?sslmode=disable"
    return Place(database=at, port=port)


@asynccontextmanager
async def serving(at: Callable[[int], Place], talk: Talk, _: Path) -> AsyncIterator[Place]:
    """Serve a talk at a port over TCP."""
    async with talking(talk) as port:
        yield at(port)


def over_tcp(
    at: Callable[[int], Place],
    wrong: Mapping[str, Talk],
    empty: Mapping[str, Talk],
    right: tuple[bytes, Callable[[bytes], Talk]] | str,
    *,
    waits: Iterable[str] = (),
    pours: Iterable[str] = (),
) -> Protocol:
    """Return a protocol over TCP whose checks meet the strangers above besides the peers named.

    `right` is a reply at which its checks must pass, and what makes a talk that gives such a reply;
    or why there is none.
    """
    known = {*wrong, *empty} & STRANGERS.keys()
    assert not known, f"over_tcp itself adds {sorted(known)}: leave them out, or name yours apart"

    def peer(talk: Talk) -> Peer:
        return partial(serving, at, talk)

    return Protocol(
        wrong={name: peer(talk) for name, talk in {**STRANGERS, **wrong}.items()},
        empty={name: peer(talk) for name, talk in empty.items()},
        foreign=frozenset(STRANGERS.keys() - {"zeros without end"}),
        waits=frozenset({"silent", *waits}),
        right=right
        if isinstance(right, str)
        else Right(right[0], lambda reply: peer(right[1](reply))),
        pours=frozenset({"zeros without end", *pours}),
        at=at,
    )


@asynccontextmanager
async def _name_server(answer: Reply, _: Path) -> AsyncIterator[Place]:
    async with name_server.serving(answer, answer) as port:
        yield Place(port=port)


@asynccontextmanager
async def _program(script: str, folder: Path) -> AsyncIterator[Place]:
    path = folder / "program"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    yield Place(program=str(path))


@asynccontextmanager
async def _file(content: bytes, folder: Path) -> AsyncIterator[Place]:
    (folder / "file").write_bytes(content)
    yield Place(file="file")


@asynccontextmanager
async def _no_plain_file(make: Callable[[Path], object], folder: Path) -> AsyncIterator[Place]:
    make(folder / "file")
    yield Place(file="file")


_NO_PLAIN_FILES: Mapping[str, Callable[[Path], object]] = {
    "a folder": Path.mkdir,
    "a pipe that nobody writes to": os.mkfifo,
    "a link to itself": lambda path: path.symlink_to(path),
    "a device without end": lambda path: path.symlink_to("/dev/zero"),
    "missing": lambda _: None,
}

PROTOCOLS: Mapping[str, Protocol] = {
    "http": Protocol(
        {name: partial(serving, at_http, talk) for name, talk in SERVICES.items()},
        {name: partial(serving, at_http, talk) for name, talk in EMPTY_SERVICES.items()},
        frozenset({"silent", "nothing", "garbage"}),
        frozenset({"silent", "dripping"}),
        Right(b"ok", lambda body: partial(serving, at_http, holding(body))),
        frozenset({"endless", "never begins", "endless headers", "endless chunks"}),
        at_http,
    ),
    "postgres": over_tcp(
        _at_database,
        DATABASES,
        EMPTY_DATABASES,
        right="each check sends other queries: its own tests let it pass at a real PostgreSQL",
        waits={"a message without end", "silent after the log-in"},
        pours={"a log-in without end", "notices without end", "rows without end"},
    ),
    "tls": over_tcp(
        at_url("https://127.0.0.1:{port}"),
        TLS_SERVERS,
        EMPTY_TLS_SERVERS,
        right="no text is a handshake: tests/checks/test_tls.py lets it pass at a real server",
        pours={"records without end"},
    ),
    "dns": Protocol(
        {name: partial(_name_server, answer) for name, answer in NAME_SERVERS.items()},
        {name: partial(_name_server, answer) for name, answer in EMPTY_NAME_SERVERS.items()},
        frozenset({"silent", "nothing", "garbage", "an echo"}),
        frozenset({"silent", "nothing", "garbage", "an echo", "of another question"}),
        Right(
            b'a.test. 60 TXT "v=1"\na.test. 60 A 203.0.113.1\n',
            lambda zone: partial(_name_server, of_zone(zone)),
        ),
    ),
    "program": Protocol(
        {name: partial(_program, script) for name, script in PROGRAMS.items()},
        {name: partial(_program, script) for name, script in EMPTY_PROGRAMS.items()},
        frozenset({"hangs", "is not found", "is killed"}),
        frozenset({"hangs", "stops in the middle", "deaf to signals"}),
        Right(
            b"tests: 3 passed\n",
            lambda output: partial(_program, f"printf %s {shlex.quote(output.decode())}"),
        ),
        frozenset({"pours lines", "pours zeros"}),
    ),
    "file": Protocol(
        {
            **{name: partial(_file, content) for name, content in FILES.items()},
            **{name: partial(_no_plain_file, make) for name, make in _NO_PLAIN_FILES.items()},
        },
        {name: partial(_file, content) for name, content in EMPTY_FILES.items()},
        frozenset({"missing", "a folder", "a link to itself"}),
        frozenset({"a pipe that nobody writes to"}),
        Right(json.dumps(OPENAPI, indent=1).encode(), lambda content: partial(_file, content)),
    ),
}
"""Checks over HTTP meet the strangers in its own terms: `nothing` hangs up, `never begins` pours,
and a web page is a right reply of HTTP, whose text is wrong."""
