"""Faults of some requests hit the same share of any few requests: no canary is spared by chance."""

from collections import deque

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.service.api_operations import FAULT_HEADER
from cockpit.rehearsal.service.faults import HeldConnections, fault_injection


async def _ok(_: web.Request) -> web.Response:
    return web.Response()


async def test_of_any_five_requests_in_a_row_exactly_one_fails() -> None:
    app = web.Application(middlewares=[fault_injection(HeldConnections("", "test"))])
    app.router.add_get("/api/orders", _ok)
    headers = {FAULT_HEADER: Fault.ERRORS_AT_CANARY.value}
    async with TestClient(TestServer(app)) as client:
        newest: deque[int] = deque(maxlen=5)
        for number in range(20):
            newest.append((await client.get("/api/orders", headers=headers)).status)
            if number >= 4:
                assert sorted(newest) == [200, 200, 200, 200, 500]
        assert {(await client.get("/api/orders")).status for _ in range(10)} == {200}
