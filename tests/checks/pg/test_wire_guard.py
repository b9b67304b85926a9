"""What no PostgreSQL would send is kept from the driver."""

import asyncio
import gc
import itertools
import ssl
import struct

import pytest
import trustme
from asyncpg import connect_utils
from hypothesis import given
from hypothesis import strategies as st

from checks.core.base import Outcome, Result
from checks.pg.wire_guard import Frames, guard
from checks.postgres import Postgres
from cockpit.rehearsal.host.embedded_postgres import Cluster
from tests.checks.hostile import database, message
from tests.checks.kit import read, talking, tools
from tests.checks.test_postgres import LIMIT_S, ask
from tests.checks.test_postgres import address as of

MYSQL = b"\x4a\0\0\0\x0a8.0.36\0" + b"\0" * 60


@pytest.mark.law(12)
async def test_law_12_a_database_of_another_kind_does_not_hold_up_the_program() -> None:
    """The driver alone would read this greeting for ever, and nothing else would run."""
    async with talking(database(answer=MYSQL)) as port:
        to = f"postgresql://u:p@127.0.0.1:{port}/app?sslmode=disable"
        one = read(Postgres, check="postgres", timeout="5s").run(tools(database=to))
        seen = await asyncio.wait_for(one, LIMIT_S)
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence == f"127.0.0.1:{port}/app does not speak PostgreSQL"


@pytest.mark.law(12)
async def test_law_12_nor_does_one_behind_tls() -> None:
    using = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(using)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"S")
        await writer.start_tls(using)
        await reader.read(4)
        writer.write(MYSQL)
        await writer.drain()
        await reader.read()

    async with talking(talk) as port:
        to = f"postgresql://u:p@127.0.0.1:{port}/app?sslmode=require"
        one = read(Postgres, check="postgres", timeout="5s").run(tools(database=to))
        seen = await asyncio.wait_for(one, LIMIT_S)
    assert seen == Result(Outcome.UNKNOWN, f"127.0.0.1:{port}/app does not speak PostgreSQL")


@pytest.mark.law(9)
async def test_law_9_a_row_without_measure_is_not_read(cluster: Cluster) -> None:
    seen = await ask(of(cluster), query="SELECT repeat('x', 70000000)", timeout="10s")
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.endswith("gives a row of 70,000,010 bytes, too much to be read")
    large = await ask(of(cluster), query="SELECT repeat('x', 9000000)", timeout="10s")
    assert large.evidence.startswith("xxx")


@given(st.lists(st.binary(max_size=9), max_size=9), st.lists(st.integers(1, 20), min_size=1))
def test_where_the_pieces_are_cut_changes_nothing(bodies: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(message(b"S", body) for body in bodies)
    for tail, said in ((b"", ""), (b"\0", "does not speak PostgreSQL")):
        frames, found, rest = Frames(), [], stream + tail
        for cut in itertools.cycle(cuts):
            if not rest:
                break
            found.append(frames.fault(rest[:cut]))
            rest = rest[cut:]
        assert "".join(found) == said


@pytest.mark.parametrize("size", [-1, 0, 3, 2**31 - 1])
def test_a_length_that_is_none(size: int) -> None:
    assert Frames().fault(b"R" + struct.pack("!i", size)) == "does not speak PostgreSQL"


async def test_a_connection_cancelled_while_it_is_made_leaves_no_complaint_behind() -> None:
    """The driver's future of the TLS question is then awaited by nobody."""
    guard()
    complaints: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, complaint: complaints.append(complaint))
    context = ssl.create_default_context()
    cut_off = connect_utils.TLSUpgradeProto(loop, "127.0.0.1", 5432, context, False)
    cut_off.connection_lost(None)
    await asyncio.sleep(0)
    del cut_off
    gc.collect()
    assert complaints == []
