"""A small real DNS server on loopback, over UDP and TCP."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Answer = Callable[[bytes], bytes | None]

ZONE = (
    ("api.acme.test.", 60, "A", "203.0.113.10", "203.0.113.11"),
    ("api.acme.test.", 60, "AAAA", "2001:db8::1"),
    ("www.acme.test.", 300, "CNAME", "API.acme.test."),
    ("acme.test.", 30, "TXT", '"v=spf1 -all"', '"part one " "part two"', '"\\255\\000odd"'),
    ("loop.acme.test.", 30, "CNAME", "pool.acme.test."),
    ("pool.acme.test.", 30, "CNAME", "loop.acme.test."),
)


def zone(wire: bytes) -> bytes:
    """Answer from the zone above; a name that is not in it does not exist."""
    query = dns.message.from_wire(wire)
    answer = dns.message.make_response(query)
    name, kind = query.question[0].name, query.question[0].rdtype
    every = [dns.rrset.from_text(owner, ttl, "IN", *rest) for owner, ttl, *rest in ZONE]
    seen = set()
    while name not in seen:
        seen.add(name)
        here = [each for each in every if each.name == name]
        aliases = [each for each in here if each.rdtype == dns.rdatatype.CNAME]
        if fitting := [each for each in here if each.rdtype == kind] or aliases:
            answer.answer += fitting
            name = fitting[0][0].target if fitting[0].rdtype != kind else name
        elif not here:
            answer.set_rcode(dns.rcode.NXDOMAIN)
    return answer.to_wire()


def saying(code: dns.rcode.Rcode) -> Answer:
    def answer(wire: bytes) -> bytes:
        made = dns.message.make_response(dns.message.from_wire(wire))
        made.set_rcode(code)
        return made.to_wire()

    return answer


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if (said := self._answer(data)) is not None:
            self._transport.sendto(said, addr)


@contextlib.asynccontextmanager
async def serving(answer: Answer, tcp: Answer = zone) -> AsyncIterator[int]:
    """Answer on one port, over UDP by `answer` and over TCP by `tcp`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(EOFError, ConnectionError):
            (size,) = struct.unpack("!H", await reader.readexactly(2))
            said = tcp(await reader.readexactly(size)) or b""
            writer.write(struct.pack("!H", len(said)) + said)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Datagrams(answer), local_addr=("127.0.0.1", port)
    )
    try:
        yield port
    finally:
        transport.close()
        server.close()
