"""A check that connects otherwise than with the tools' HTTP client asks `tools.reaches` (law 10).

tests/checks/test_hostile.py runs every kind with tools that allow no host. This table also covers
the code that no entry there runs.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

import pytest

from tests.house.imports import ROOT

MEANS = re.compile(
    r"\b(open_connection|create_connection|create_datagram_endpoint|open_unix_connection"
    r"|asyncpg\.connect|asyncpg\.create_pool|Resolver|getaddrinfo|sock_connect|socket\.socket"
    r"|FastHttpUser|HttpUser|ClientSession|AsyncClient|httpx\.Client|urlopen|HTTPConnection)[()]"
)


class Means(NamedTuple):
    """How a file of checks opens a connection, and where it is first asked whether it may."""

    call: str
    file: str
    asks: str


TABLE: Mapping[str, Means] = {
    "checks/dns.py": Means("Resolver", "checks/dns.py", "if not tools.reaches(server or name)"),
    "checks/pg/connection.py": Means(
        "asyncpg.connect", "checks/pg/connection.py", "if not tools.reaches(host)"
    ),
    "checks/web/tls_handshake.py": Means(
        "open_connection", "checks/tls.py", "if tools.reaches(host)"
    ),
    "checks/loadgen/child/load_users.py": Means(
        "FastHttpUser", "checks/loadgen/preflight_request.py", "if not tools.reaches(host)"
    ),
    "checks/loadgen/locust_command.py": Means(
        "socket.socket", "checks/loadgen/locust_command.py", 'listener.bind(("127.0.0.1", 0))'
    ),
}
"""The last one connects to nobody: it looks for a free port of loopback."""


def means(text: str) -> set[str]:
    """Return the calls in a source that open a connection."""
    return set(MEANS.findall(text))


def test_each_file_that_connects_is_in_the_table() -> None:
    sources = {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in (ROOT / "checks").rglob("*.py")
    }
    connecting = {name: calls for name, text in sources.items() if (calls := means(text))}
    assert connecting == {name: {row.call} for name, row in TABLE.items()}, (
        "use `tools.http`; or ask `tools.reaches` before you connect, and name here where"
    )


@pytest.mark.parametrize("row", TABLE.values(), ids=TABLE)
def test_permission_is_asked_where_the_table_says(row: Means) -> None:
    assert row.asks in (ROOT / row.file).read_text(encoding="utf-8")


def test_a_new_way_to_connect_is_noticed() -> None:
    assert means("reader, writer = await asyncio.open_connection(host, 6379)") == {
        "open_connection"
    }
    assert means("with socket.socket() as s:\n    s.connect((host, 25))") == {"socket.socket"}
    assert means("async with tools.http(self.timeout) as client:") == set()
