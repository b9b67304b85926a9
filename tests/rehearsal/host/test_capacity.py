"""What a rehearsal's load asks for follows what the machine serves; a limit never does."""

import asyncio

import pytest
from aiohttp import web

from cockpit.rehearsal.host import capacity
from cockpit.rehearsal.protocol.rates import FULL_RATE_PER_S
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError

BACKGROUND_PER_S = 60.0


async def served_per_s(between_s: float) -> float:
    """Measure a service that gives no two responses in less than `between_s` seconds."""
    one_at_a_time = asyncio.Lock()

    async def respond(_: web.Request) -> web.StreamResponse:
        async with one_at_a_time:
            await asyncio.sleep(between_s)
        return web.json_response({})

    app = web.Application()
    app.router.add_get("/", respond)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    try:
        return await capacity.measured_per_s(f"http://{host}:{port}/", "token")
    finally:
        await runner.cleanup()


async def test_a_service_is_measured_no_faster_than_it_responds() -> None:
    assert 0 < await served_per_s(0.05) <= 20


async def test_a_service_that_does_not_respond_is_an_error() -> None:
    with pytest.raises(RehearsalError, match="does not respond"):
        await capacity.measured_per_s("http://127.0.0.1:1/", "token")


@pytest.mark.parametrize("served", [5.0, 100.0, 250.0, 300.0, 450.0, 480.0, 1_000.0, 50_000.0])
def test_the_load_and_the_background_leave_most_of_the_machine_free(served: float) -> None:
    """But for the least load, without which there would be nothing to judge."""
    expected = capacity.expected_rate_per_s(served, BACKGROUND_PER_S)
    assert capacity.LEAST_RATE_PER_S <= expected <= FULL_RATE_PER_S
    if expected > capacity.LEAST_RATE_PER_S:
        assert BACKGROUND_PER_S + 3 * expected <= 0.26 * served
