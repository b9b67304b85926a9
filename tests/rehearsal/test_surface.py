"""The HTTP surface of a real world, as the card's checks and breakers use it."""

import asyncio
import re
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import httpx
import pytest

from cockpit.rehearsal.host.client import RehearsalWorld
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError
from cockpit.rehearsal.service.api_operations import PUBLIC, VERSION_HEADER
from cockpit.rehearsal.service.connection_pool import MAX_SIZE as POOL_SIZE

from .places import attempts

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("rehearsal")]


def bearer(world: RehearsalWorld) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.env['SMOKE_JWT']}"}


async def ask(
    http: httpx.AsyncClient, world: RehearsalWorld, path: str, **more: Any
) -> httpx.Response:
    return await http.get(world.env["TARGET_URL"] + path, headers=bearer(world) | more)


async def put(
    http: httpx.AsyncClient, world: RehearsalWorld, what: str, body: object
) -> httpx.Response:
    return await http.put(f"{world.env['ADMIN_URL']}/{what}", json=body)


def series(metrics: str, name: str, **labels: str) -> float:
    total = 0.0
    for line in metrics.splitlines():
        found = re.match(rf"{name}(?:\{{(.*)\}})? (\S+)\Z", line)
        if found and all(f'{k}="{v}"' in found[1] for k, v in labels.items()):
            total += float(found[2])
    return total


async def test_health_is_asked_of_the_real_database(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    answer = await http.get(world.env["TARGET_URL"] + "/health")
    assert answer.json() == {"status": "ok", "version": "2.4.0", "database": "up"}


async def test_every_public_operation_needs_a_token(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    for operation in PUBLIC:
        url = world.env["TARGET_URL"] + re.sub(r"\{\w+\}", "7", operation.path)
        body = {"customer_id": 1, "product_id": 1, "quantity": 1} if operation.request else None
        without = await http.request(operation.method, url, json=body)
        assert (operation.line, without.status_code) == (operation.line, 401)
        assert without.headers["WWW-Authenticate"] == "Bearer"
        given = await http.request(operation.method, url, json=body, headers=bearer(world))
        assert (operation.line, given.status_code) == (operation.line, operation.status)


async def test_cors_answers_to_its_own_origins_alone(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    url, allow = world.env["TARGET_URL"] + "/api/orders", "Access-Control-Allow-Origin"
    wish = {"Access-Control-Request-Method": "GET"}
    good, bad = {"Origin": "https://app.example.com"}, {"Origin": "https://evil.example"}
    preflight = await http.options(url, headers=good | wish)
    assert (preflight.status_code, preflight.headers[allow]) == (204, good["Origin"])
    refused = await http.options(url, headers=bad | wish)
    assert (refused.status_code, allow in refused.headers) == (403, False)
    assert (await ask(http, world, "/api/stock", **good)).headers[allow] == good["Origin"]
    assert allow not in (await ask(http, world, "/api/stock", **bad)).headers


async def test_a_burst_is_answered_with_429(world: RehearsalWorld) -> None:
    async with aiohttp.ClientSession(headers=bearer(world)) as session:

        async def one() -> tuple[int, str]:
            async with session.get(world.env["TARGET_URL"] + "/api/stock") as answer:
                return answer.status, answer.headers.get("Retry-After", "")

        answers = await asyncio.gather(*(one() for _ in range(300)))
    assert {status for status, _ in answers} == {200, 429}
    assert all(int(after) >= 1 for status, after in answers if status == 429)


async def test_a_fault_cannot_be_asked_for_from_outside(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    url = world.env["TARGET_URL"] + "/api/orders"
    answer = await http.get(url, headers={"X-Rehearsal-Fault": "auth-bypass"})
    assert answer.status_code == 401


@pytest.mark.law(5)
async def test_the_weight_is_what_the_answers_show(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    """Law 5: commanded and observed are two things; the second can be seen from outside."""
    assert (await put(http, world, "weight", {"canary": 30})).json()["stable"] == 70
    assert (await http.get(world.env["ADMIN_URL"] + "/weight")).json()["canary"] == 30
    before = (await http.get(world.env["METRICS_URL"])).text
    seen = [(await ask(http, world, "/api/stock")).headers[VERSION_HEADER] for _ in range(40)]
    assert set(seen) == {"2.4.0", "2.5.0"}
    after = (await http.get(world.env["METRICS_URL"])).text
    canary, stable = (
        series(after, "http_requests_total", version=v)
        - series(before, "http_requests_total", version=v)
        for v in ("2.5.0", "2.4.0")
    )
    assert canary / (canary + stable) == pytest.approx(0.3, abs=0.1)


async def test_the_slo_bound_is_a_bucket_and_counts_agree(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    text = (await http.get(world.env["METRICS_URL"])).text
    bucket = "http_request_duration_seconds_bucket"
    assert series(text, bucket, le="0.25", version="2.4.0") > 0
    counted = series(text, "http_request_duration_seconds_count", version="2.4.0")
    assert counted == series(text, "http_requests_total", version="2.4.0")
    assert series(text, bucket, le=r"+Inf", version="2.4.0") == counted


async def test_background_traffic_flows_and_does_not_fail(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    first = (await http.get(world.env["METRICS_URL"])).text
    async for _ in attempts():
        text = (await http.get(world.env["METRICS_URL"])).text
        path = "/api/customers/{customer_id}"  # asked for by nobody else here
        grown = series(text, "http_requests_total", path=path) - series(
            first, "http_requests_total", path=path
        )
        if grown > 5:
            break
    failed = [line for line in text.splitlines() if re.search(r'code="5', line)]
    assert [line for line in failed if 'version="2.4.0"' in line] == []


async def test_a_demoted_path_is_closed_even_with_a_token(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    assert (await ask(http, world, "/api/analytics")).status_code == 200
    await put(http, world, "demote", {"path": "/api/analytics"})
    assert (await ask(http, world, "/api/analytics")).status_code == 404
    await put(http, world, "demote", {"path": "/api/analytics", "demoted": False})
    assert (await ask(http, world, "/api/analytics")).status_code == 200


async def test_a_frozen_surface_hides_what_is_not_public(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    assert (await ask(http, world, "/internal/jobs")).status_code == 200
    await put(http, world, "freeze", {"frozen": True})
    for path, status in (("/internal/jobs", 404), ("/api/orders/7", 200), ("/health", 200)):
        assert (await ask(http, world, path)).status_code == status


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("weight", {"canary": 101}),
        ("weight", {"canary": "5"}),
        ("weight", {"canary": True}),
        ("weight", [5]),
        ("demote", {"path": "api"}),
        ("freeze", {}),
        ("fault", {"name": "nix", "on": True}),
        ("fault", {"name": "hung-target", "on": 1}),
    ],
)
async def test_the_admin_refuses_what_does_not_fit(
    world: RehearsalWorld, http: httpx.AsyncClient, what: str, body: object
) -> None:
    url = world.env["ADMIN_URL"] + "/state"
    before = (await http.get(url)).json()
    answer = await put(http, world, what, body)
    assert answer.status_code == 400
    assert "must" in answer.json()["error"]
    assert (await http.get(url)).json() == before


async def test_latency_and_errors_at_the_canary(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    await world.set_fault("latency-at-canary")
    await world.set_fault("errors-at-canary")
    assert (await ask(http, world, "/api/stock")).elapsed.total_seconds() < 0.3, "no traffic yet"
    await put(http, world, "weight", {"canary": 100})
    answers = await asyncio.gather(*(ask(http, world, "/api/stock") for _ in range(40)))
    assert all(a.elapsed.total_seconds() > 0.3 for a in answers)
    assert 1 <= sum(a.status_code == 500 for a in answers) <= 24
    assert (await http.get(world.env["CANARY_URL"] + "/health")).status_code == 200


async def test_auth_bypass_at_the_canary(world: RehearsalWorld, http: httpx.AsyncClient) -> None:
    await world.set_fault("auth-bypass")
    await put(http, world, "weight", {"canary": 100})
    assert (await http.get(world.env["TARGET_URL"] + "/api/orders")).status_code == 200


async def test_who_got_in_without_a_token_is_counted(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    """Only successes by a bypass count: no refusal, open path or probe of the preview port."""

    async def let_in() -> float:
        text = (await http.get(world.env["METRICS_URL"])).text
        assert "\nhttp_unauthenticated_successes_total " in text, "it is there before it counts"
        return series(text, "http_unauthenticated_successes_total")

    before, target = await let_in(), world.env["TARGET_URL"]
    assert (await http.get(f"{target}/api/orders")).status_code == 401
    assert (await http.get(f"{target}/health")).status_code == 200
    assert (await ask(http, world, "/api/orders")).status_code == 200
    await world.set_fault("auth-bypass")
    await put(http, world, "weight", {"canary": 100})
    assert (await http.get(f"{world.env['CANARY_URL']}/api/orders")).status_code == 200
    assert await let_in() == before
    assert (await http.get(f"{target}/api/orders/7")).status_code == 200
    assert await let_in() == before + 1


async def see_the_canary(world: RehearsalWorld, http: httpx.AsyncClient) -> None:
    """Let the canary serve three dozen requests, so that faults which wait for them take effect."""
    await put(http, world, "weight", {"canary": 100})
    for _ in range(36):
        assert (await http.get(world.env["TARGET_URL"] + "/health")).status_code == 200


@pytest.mark.law(1)
async def test_metrics_gone_and_come_back(world: RehearsalWorld, http: httpx.AsyncClient) -> None:
    """Law 1: without metrics, the monitors are blind."""
    await see_the_canary(world, http)
    await world.set_fault("metrics-gone")
    await put(http, world, "weight", {"canary": 0})
    assert (await http.get(world.env["METRICS_URL"])).status_code == 404
    await world.set_fault("metrics-gone", False)
    assert (await http.get(world.env["METRICS_URL"])).status_code == 200


async def test_a_hung_target_accepts_and_does_not_answer(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    await see_the_canary(world, http)
    await world.set_fault("hung-target")
    for url in (world.env["METRICS_URL"], world.env["TARGET_URL"] + "/health"):
        with pytest.raises(httpx.ReadTimeout):
            await http.get(url, timeout=0.3)
    await put(http, world, "weight", {"canary": 0})  # the way back is open
    await world.set_fault("hung-target", False)
    assert (await http.get(world.env["METRICS_URL"])).status_code == 200


async def test_an_auth_storm_is_seen_in_the_metrics(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    def refused(text: str) -> float:
        return series(text, "http_requests_total", path="/api/orders", code="401")

    before = refused((await http.get(world.env["METRICS_URL"])).text)
    await world.set_fault("auth-storm")
    async for _ in attempts():
        if refused((await http.get(world.env["METRICS_URL"])).text) > before + 5:
            break


async def test_a_slow_query_slows_some_requests_of_the_canary(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    await world.set_fault("slow-query")
    await put(http, world, "weight", {"canary": 100})
    async for _ in attempts(30):
        answers = await asyncio.gather(*(ask(http, world, "/api/stock") for _ in range(20)))
        if any(answer.elapsed.total_seconds() > 1.5 for answer in answers):
            break


async def test_pool_exhaustion_opens_connections_beyond_the_pool_and_closes_them_again(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'acme-api 2.5.0'"
    connection = await asyncpg.connect(world.env["DATABASE_URL"], timeout=5)
    try:
        await world.set_fault("pool-exhaustion")
        await put(http, world, "weight", {"canary": 100})
        async for _ in attempts():
            await ask(http, world, "/api/stock")
            if await connection.fetchval(query) > POOL_SIZE:
                break
        await world.set_fault("pool-exhaustion", False)
        async for _ in attempts(20):
            if await connection.fetchval(query) <= POOL_SIZE:
                break
    finally:
        await connection.close(timeout=2)


async def test_an_unknown_fault_is_an_error_with_the_known_ones(world: RehearsalWorld) -> None:
    with pytest.raises(RehearsalError, match="latency-at-canary"):
        await world.set_fault("gremlins")


def access_logs(world: RehearsalWorld) -> str:
    pattern = Path(world.env["ACCESS_LOG"])
    return "".join(path.read_text() for path in pattern.parent.glob(pattern.name))


async def test_the_preview_leads_to_the_canary_with_its_faults(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    """A check of the canary alone meets the same faults as its users."""
    await put(http, world, "weight", {"canary": 5})
    await world.set_fault("auth-bypass")
    answer = await http.get(world.env["CANARY_URL"] + "/api/orders")
    assert (answer.status_code, answer.headers["X-Service-Version"]) == (200, "2.5.0")
    await world.set_fault("auth-bypass", False)
    assert (await http.get(world.env["CANARY_URL"] + "/api/orders")).status_code == 401


async def test_pii_in_the_log_of_the_canary(world: RehearsalWorld, http: httpx.AsyncClient) -> None:
    await put(http, world, "weight", {"canary": 5})
    await world.set_fault("pii-in-log")
    await http.get(world.env["CANARY_URL"] + "/api/orders", headers=bearer(world))
    assert "anna.berg@example.org" in access_logs(world)


async def test_the_access_log_has_no_token_and_no_personal_data(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    await http.get(world.env["TARGET_URL"] + "/api/customers/7?name=Alice", headers=bearer(world))
    text = access_logs(world)
    assert re.search(r"GET /api/customers/\{customer_id\} 200 [\d.]+ms", text)
    for secret in (world.env["SMOKE_JWT"], "Alice", "Bearer"):
        assert secret not in text
