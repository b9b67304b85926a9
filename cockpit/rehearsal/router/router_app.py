"""The weighted router in front of both versions: `python -m cockpit.rehearsal.router.router_app`.

The public port is a reverse proxy that serves `/metrics` itself. The preview port forwards to the
canary alone and is in no metric. The admin port is described in `admin`.
The weight, demotions, freeze and faults are stored in the file `--state`.
"""

import argparse
import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import aiohttp
from aiohttp import web

from cockpit.rehearsal.router import admin
from cockpit.rehearsal.router.concurrency import ConcurrencyLimit
from cockpit.rehearsal.router.proxy import TIMEOUT, Backend, forward
from cockpit.rehearsal.router.request_metrics import RequestMetrics
from cockpit.rehearsal.router.routing import Routing, TrafficSplit
from cockpit.rehearsal.scenarios import CALM, Fault, scenario
from cockpit.rehearsal.service.api_operations import CANARY_VERSION, STABLE_VERSION, path_template
from cockpit.rehearsal.service.middleware import error_response
from cockpit.rehearsal.service.serving import LOOPBACK, serve

_STORM_INTERVAL_S = 0.1


class WeightedRouter:
    """The public and the preview port: refuses, hangs, splits and measures requests."""

    def __init__(self, routing: Routing, stable: Backend, canary: Backend) -> None:
        self.routing = routing
        self._backends = {False: stable, True: canary}
        self._split = TrafficSplit()
        self._concurrency = ConcurrencyLimit()
        self._metrics = RequestMetrics((stable.version, canary.version))
        self._changed = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    def wake_hung_requests(self) -> None:
        """Let hung requests check again whether the target still hangs."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def handle_metrics(self, request: web.Request) -> web.StreamResponse:
        """Respond to `/metrics`, unless the metrics are gone or the target hangs."""
        await self._hang()
        if self.routing.is_in_effect(Fault.METRICS_GONE):
            return error_response(HTTPStatus.NOT_FOUND, "no such route")
        return web.Response(body=self._metrics.exposition(), content_type="text/plain")

    async def handle_public(self, request: web.Request) -> web.StreamResponse:
        """Respond to any other request on the public port."""
        await self._hang()
        with self._concurrency.request(request.headers.get("Authorization", "")) as is_admitted:
            refusal = self.routing.refusal(request.method, request.path)
            if refusal:
                return self._refuse(request, *refusal)
            if not is_admitted:
                status, reason = HTTPStatus.TOO_MANY_REQUESTS, "too many requests at once"
                return self._refuse(request, status, reason, **{"Retry-After": "1"})
            return await self._forward(request)

    def _refuse(
        self, request: web.Request, status: HTTPStatus, reason: str, **headers: str
    ) -> web.Response:
        self._metrics.count_refusal(path_template(request.path) or "other", status)
        return error_response(status, reason, **headers)

    async def _forward(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        is_canary = self._split.is_canary(self.routing.canary)
        if is_canary:
            self.routing.count_canary_request()
        faults = self.routing.canary_faults() if is_canary else ""
        return await forward(
            request, self._session, self._backends[is_canary], faults, self._metrics
        )

    async def handle_preview(self, request: web.Request) -> web.StreamResponse:
        """Forward a request on the preview port to the canary, with the canary's faults."""
        assert self._session is not None
        faults, canary = self.routing.canary_faults(), self._backends[True]
        return await forward(request, self._session, canary, faults, None)

    async def _hang(self) -> None:
        while self.routing.is_in_effect(Fault.HUNG_TARGET):
            await self._changed.wait()

    async def client_session(self, _: web.Application) -> AsyncIterator[None]:
        """Hold the client session open while the application runs."""
        # shorter than the servers' own timeout, so that none is closed while a request is sent
        connector = aiohttp.TCPConnector(limit=256, keepalive_timeout=15.0)
        async with aiohttp.ClientSession(
            connector=connector, timeout=TIMEOUT, auto_decompress=False
        ) as self._session:
            yield

    async def run_auth_storm(self, port: int) -> None:
        """While the fault is injected, send `port` ten requests a second with an expired token."""
        url = f"http://{LOOPBACK}:{port}/api/orders"
        expired = {"Authorization": "Bearer expired.token.of-a-client"}
        while True:
            if self._session is None or Fault.AUTH_STORM not in self.routing.faults:
                await self._changed.wait()
                continue
            with contextlib.suppress(aiohttp.ClientError, TimeoutError):
                async with self._session.get(url, headers=expired):
                    pass
            await asyncio.sleep(_STORM_INTERVAL_S)


async def run(options: argparse.Namespace) -> int:
    """Serve the three ports until the parent process ends; return the exit status."""
    routing = Routing.load(options.state, scenario(options.scenario).faults)
    routing.save()
    router = WeightedRouter(
        routing, Backend(STABLE_VERSION, options.stable), Backend(CANARY_VERSION, options.canary)
    )
    public = web.Application(client_max_size=1024 * 1024)
    public.cleanup_ctx.append(router.client_session)
    public.router.add_get("/metrics", router.handle_metrics)
    public.router.add_route("*", "/{path:.*}", router.handle_public)
    preview = web.Application(client_max_size=1024 * 1024)
    preview.router.add_route("*", "/{path:.*}", router.handle_preview)
    administration = admin.application(routing, router.wake_hung_requests)
    storm = asyncio.create_task(router.run_auth_storm(options.port))
    try:
        return await serve(
            [
                (administration, options.admin_port),
                (preview, options.preview_port),
                (public, options.port),
            ]
        )
    finally:
        storm.cancel()


def main(argv: list[str]) -> int:
    """Parse the arguments, and serve until the parent process ends."""
    parser = argparse.ArgumentParser(prog="router", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--admin-port", type=int, required=True)
    parser.add_argument("--preview-port", type=int, required=True)
    parser.add_argument("--stable", required=True, help="the URL of 2.4.0")
    parser.add_argument("--canary", required=True, help="the URL of 2.5.0")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--scenario", default=CALM.name)
    return asyncio.run(run(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
