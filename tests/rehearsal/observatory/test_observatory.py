"""The stand-ins for Sentry, Grafana, Prometheus and Alertmanager: in a world, and alone."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from aiohttp import web
from msgspec.structs import replace

from checks.core.base import Check, Outcome
from checks.core.run_check import run_check
from checks.dashboards import Dashboards
from checks.prometheus import PrometheusHealth
from checks.sentry import Sentry
from cockpit.foundation.clock import SystemClock
from cockpit.rehearsal.host.client import RehearsalWorld
from cockpit.rehearsal.observatory import series
from cockpit.rehearsal.observatory.__main__ import application
from cockpit.rehearsal.observatory.alertmanager import Alerts
from tests.checks.kit import tools
from tests.checks.peers import answering
from tests.rehearsal.places import attempts

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("rehearsal")]

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RULES = ("HighLatency", "HighErrorRate", "AuthFailures", "DatabaseConnections")
CHECKS: tuple[Check, ...] = (
    Sentry(
        dsn="${SENTRY_DSN}", api="${SENTRY_URL}", project="acme/acme-api", token="${SENTRY_TOKEN}"
    ),
    PrometheusHealth(
        url="${PROMETHEUS_URL}",
        queries={f"q{number}": query for number, query in enumerate(series.QUERIES)},
        rules=RULES,
        alertmanager="${ALERTMANAGER_URL}",
    ),
    Dashboards(url="${GRAFANA_URL}", token="${GRAFANA_TOKEN}", dashboards=("acme-api",)),
)


@pytest.mark.parametrize("check", CHECKS, ids=["sentry", "prometheus", "dashboards"])
async def test_the_checks_pass_in_a_world(world: RehearsalWorld, check: Check) -> None:
    """A rate needs two scrapes, and a new world has none yet."""
    using = replace(tools(env=world.env), clock=SystemClock())
    async for _ in attempts():
        seen = await run_check(check, using)
        if seen.outcome is Outcome.PASSED:
            break
    assert "${" not in seen.evidence


class Watched:
    """A service's metrics, and the stand-ins that read them."""

    def __init__(self, url: str) -> None:
        self.page, self.url = "", url
        self.series = series.LatestSeries(f"{url}/metrics", [f"{url}/pool"])


@pytest_asyncio.fixture(loop_scope="session")
async def watched() -> AsyncIterator[Watched]:
    found: list[Watched] = []

    async def metrics(_: web.Request) -> web.StreamResponse:
        page = found[0].page
        return web.Response(text=page, status=200 if page else 404)

    async def pool(_: web.Request) -> web.StreamResponse:
        return web.Response(text='db_pool_connections{state="open"} 4\n')

    async with answering({"GET /metrics": metrics, "GET /pool": pool}) as url:
        found.append(Watched(url))
        yield found[0]


def page(requests: int, errors: int, refused: int) -> str:
    lines = ["# TYPE http_requests counter", "# TYPE http_request_duration_seconds histogram"]
    for code, count in {"200": requests, "500": errors, "401": refused}.items():
        lines.append(f'http_requests_total{{version="2.4.0",path="/",code="{code}"}} {count}')
    for bound in ("0.1", "0.25", "+Inf"):
        name = "http_request_duration_seconds_bucket"
        lines.append(f'{name}{{version="2.4.0",le="{bound}"}} {requests if bound != "0.1" else 0}')
    return "\n".join(lines) + "\n"


async def scraped(
    http: httpx.AsyncClient, url: str, is_so: Callable[[list[Any]], bool]
) -> list[Any]:
    """Evaluate every query until the results meet the condition."""
    async for _ in attempts():
        answers = [
            await http.get(f"{url}/prometheus/api/v1/query", params={"query": query})
            for query in series.QUERIES
        ]
        results = [answer.json()["data"]["result"] for answer in answers]
        if is_so(results):
            return results
    raise AssertionError("unreachable")


async def test_what_is_measured_and_what_is_gone(watched: Watched, http: httpx.AsyncClient) -> None:
    app = application(watched.series, 1, "key", "token")
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = "http://{}:{}".format(*runner.addresses[0])
        watched.page = page(100, 0, 0)
        (connections,) = (await scraped(http, url, lambda found: bool(found[3])))[3]
        assert connections["value"][1] == "4"
        watched.page = page(200, 10, 5)
        p95, errors, refused, _ = await scraped(http, url, all)
        assert float(p95[0]["value"][1]) == pytest.approx(0.2425)
        assert float(errors[0]["value"][1]) == pytest.approx(10 / 115, rel=1e-3)
        assert float(refused[0]["value"][1]) > 0
        watched.page = ""
        gone = await scraped(http, url, lambda found: not found[0])
        assert (gone[:3], bool(gone[3])) == ([[], [], []], True)
        odd = await http.get(f"{url}/prometheus/api/v1/query", params={"query": "up"})
        assert (odd.status_code, odd.json()["errorType"]) == (400, "bad_data")
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "SENTRY_URL/api/1/envelope/", 403),
        ("GET", "SENTRY_URL/api/0/projects/acme/acme-api/events/", 401),
        ("GET", "SENTRY_URL/api/0/projects/acme/acme-api/events/x/", 401),
        ("PUT", "SENTRY_URL/api/0/organizations/acme/issues/101/", 401),
        ("GET", "GRAFANA_URL/api/dashboards/uid/acme-api", 401),
        ("POST", "GRAFANA_URL/api/ds/query", 401),
        ("GET", "GRAFANA_URL/api/elsewhere", 401),
    ],
)
async def test_without_key_or_token_nothing_is_said(
    world: RehearsalWorld, http: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    name, _, rest = path.partition("/")
    answer = await http.request(method, f"{world.env[name]}/{rest}", content=b"{}")
    assert answer.status_code == status


async def test_with_a_token_what_is_not_there_is_404(
    world: RehearsalWorld, http: httpx.AsyncClient
) -> None:
    headers = {"Authorization": f"Bearer {world.env['GRAFANA_TOKEN']}"}
    for path in ("GRAFANA_URL/api/dashboards/uid/gone", "SENTRY_URL/api/0/projects/acme/x/"):
        name, _, rest = path.partition("/")
        assert (await http.get(f"{world.env[name]}/{rest}", headers=headers)).status_code == 404


@pytest.mark.parametrize("body", [b"", b"{}", b"{}\n{}\n{}", b'{}\n{"type":"event"}\n[]', b"\xff"])
async def test_an_envelope_without_an_event_is_refused(
    world: RehearsalWorld, http: httpx.AsyncClient, body: bytes
) -> None:
    key = world.env["SENTRY_DSN"].split("//")[1].split("@")[0]
    headers = {"X-Sentry-Auth": f"Sentry sentry_version=7, sentry_key={key}"}
    url = f"{world.env['SENTRY_URL']}/api/1/envelope/"
    assert (await http.post(url, content=body, headers=headers)).status_code == 400


async def test_alerts_end_by_themselves() -> None:
    alerts, soon = Alerts(), NOW + timedelta(seconds=10)
    alerts.add([{"labels": {"a": "1"}, "endsAt": soon.isoformat()}], NOW)
    alerts.add([{"labels": {"a": "2"}}], NOW)
    assert [one["labels"] for one in alerts.active({"a": "1"}, NOW)] == [{"a": "1"}]
    assert len(alerts.active({}, NOW)) == 2
    assert [one["labels"] for one in alerts.active({}, soon)] == [{"a": "2"}]
    alerts.add([{"labels": {"a": "2"}, "endsAt": NOW.isoformat()}], NOW)
    assert alerts.active({"a": "2"}, NOW) == []


async def test_alerts_are_bounded() -> None:
    alerts = Alerts()
    alerts.add([{"labels": {"a": str(number)}} for number in range(1_500)], NOW)
    assert len(alerts.active({}, NOW)) == 1_000
