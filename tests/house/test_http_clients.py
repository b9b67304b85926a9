"""Law 10: HTTP clients come from one room, where those of a rehearsal are bound to loopback."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.imports import modules

ROOM = "cockpit.runtime"
CLIENTS = frozenset(
    {"AsyncClient", "AsyncHTTPTransport", "ClientSession", "HTTPTransport", "PoolManager"}
)
"""Classes of httpx, aiohttp and urllib3 that open connections."""

_LIBRARIES = ("httpx", "requests", "urllib.request", "http.client")
_CALLS = (
    *("Client", "HTTPConnection", "HTTPSConnection", "Session"),
    *("get", "post", "put", "request", "stream", "urlopen"),
)
DIRECT = frozenset(f"{library}.{name}" for library in _LIBRARIES for name in _CALLS)
"""Calls that open a connection without such a class."""

EXCEPTIONS = {
    "cockpit.rehearsal.host.capacity": "asks the embedded service, on loopback",
    "cockpit.rehearsal.host.client": "asks the embedded service, on loopback",
    "cockpit.rehearsal.observatory.series": "asks the embedded service, on loopback",
    "cockpit.rehearsal.router.router_app": "is the embedded router: passes on to loopback",
}


def clients(text: str) -> Iterator[str]:
    """Yield each call that constructs an HTTP client or sends a request without one."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            found = called.split(".")[-1] in CLIENTS or called in DIRECT
            if found and not answers_from_memory(node):
                yield called


def answers_from_memory(call: ast.Call) -> bool:
    """Whether a client is made over `MockTransport` alone, which calls a function, no network."""
    if call.args or [argument.arg for argument in call.keywords] != ["transport"]:
        return False
    return ast.unparse(call.keywords[0].value).startswith("httpx.MockTransport(")


@pytest.mark.law(10)
@pytest.mark.parametrize("name", sorted(modules()))
def test_law_10_no_other_room_makes_an_http_client(name: str) -> None:
    if name.startswith(f"{ROOM}.") or name in EXCEPTIONS:
        return
    made = list(clients(modules()[name].read_text(encoding="utf-8")))
    assert made == [], (
        f"{name}: take the client of `Tools.http`; a rehearsal's is bound to loopback"
    )


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_no_exception_is_out_of_date(name: str) -> None:
    assert list(clients(modules()[name].read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "call",
    ["httpx.AsyncClient(timeout=1)", "aiohttp.ClientSession()", "AsyncClient()", "httpx.get(url)"],
)
def test_a_client_is_found(call: str) -> None:
    assert list(clients(f"async def ask():\n    async with {call} as made:\n        pass\n"))


@pytest.mark.parametrize(
    ("arguments", "is_found"),
    [
        ("transport=httpx.MockTransport(ask)", False),
        ("transport=httpx.AsyncHTTPTransport()", True),
        ("transport=httpx.MockTransport(ask), mounts=mounts", True),
    ],
)
def test_a_client_that_answers_from_memory_connects_nowhere(arguments: str, is_found: bool) -> None:
    assert bool(list(clients(f"httpx.AsyncClient({arguments})"))) is is_found
