"""The weighted router before both versions: `python -P -m cockpit.rehearsal.router.router_app`.

The public port proxies, and answers `/metrics` itself. The preview port leads to the canary alone,
for a look at it, and counts in no metric. The admin port is described in `admin`.
The weight, demotions, freeze and faults are kept in the file `--state`.
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
from cockpit.rehearsal.router.routing import Routing, Split
from cockpit.rehearsal.scenarios import Fault, scenario
from cockpit.rehearsal.service.api_operations import CANARY_VERSION, STABLE_VERSION, path_template
from cockpit.rehearsal.service.middleware import error_response
from cockpit.rehearsal.service.serving import LOOPBACK, serve

_STORM_INTERVAL_S = 0.1


class WeightedRouter:
    """The public side: refuses, hangs, deals out and measures."""

    def __init__(self, routing: Routing, stable: Backend, canary: Backend) -> None:
        self.routing = routing
        self._backends = {False: stable, True: canary}
        self._split = Split()
        self._crowd = ConcurrencyLimit()
        self._meter = RequestMetrics((stable.version, canary.version))
        self._changed = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None

    def changed(self) -> None:
        """Wake the requests that hang: the fault may be over."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        """Answer `/metrics`, unless the metrics are gone or the port hangs."""
        await self._hang()
        if self.routing.hit(Fault.METRICS_GONE):
            return error_response(HTTPStatus.NOT_FOUND, "no such route")
        return web.Response(body=self._meter.exposition(), content_type="text/plain")

    async def public(self, request: web.Request) -> web.StreamResponse:
        """Answer any other request."""
        await self._hang()
        with self._crowd.entered(request.headers.get("Authorization", "")) as there_is_room:
            refusal = self.routing.refusal(request.method, request.path)
            if refusal:
                return self._refuse(request, *refusal)
            if not there_is_room:
                status, reason = HTTPStatus.TOO_MANY_REQUESTS, "too many requests at once"
                return self._refuse(request, status, reason, **{"Retry-After": "1"})
            return await self._pass_on(request)

    def _refuse(
        self, request: web.Request, status: HTTPStatus, reason: str, **headers: str
    ) -> web.Response:
        self._meter.refused(path_template(request.path) or "other", status)
        return error_response(status, reason, **headers)

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        assert self._session is not None
        is_canary = self._split.is_canary(self.routing.canary)
        if is_canary:
            self.routing.served_by_canary()
        faults = self.routing.canary_faults() if is_canary else ""
        return await forward(request, self._session, self._backends[is_canary], faults, self._meter)

    async def preview(self, request: web.Request) -> web.StreamResponse:
        """Answer a request that is meant for the canary, with the faults that it suffers."""
        assert self._session is not None
        faults, canary = self.routing.canary_faults(), self._backends[True]
        return await forward(request, self._session, canary, faults, None)

    async def _hang(self) -> None:
        while self.routing.hit(Fault.HUNG_TARGET):
            await self._changed.wait()

    async def session(self, _: web.Application) -> AsyncIterator[None]:
        """Hold the one client session, bounded, while the application runs."""
        # the servers keep idle connections longer than this, so none is closed under a request
        connector = aiohttp.TCPConnector(limit=256, keepalive_timeout=15.0)
        async with aiohttp.ClientSession(
            connector=connector, timeout=TIMEOUT, auto_decompress=False
        ) as self._session:
            yield

    async def storm(self, port: int) -> None:
        """While the fault is on, play clients with a wrong clock, ten a second, at the own port."""
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


async def run(asked: argparse.Namespace) -> int:
    """Serve both ports until the parent ends; give the exit status."""
    routing = Routing.load(asked.state, scenario(asked.scenario).faults)
    routing.keep()
    router = WeightedRouter(
        routing, Backend(STABLE_VERSION, asked.stable), Backend(CANARY_VERSION, asked.canary)
    )
    public = web.Application(client_max_size=1024 * 1024)
    public.cleanup_ctx.append(router.session)
    public.router.add_get("/metrics", router.metrics)
    public.router.add_route("*", "/{path:.*}", router.public)
    preview = web.Application(client_max_size=1024 * 1024)
    preview.router.add_route("*", "/{path:.*}", router.preview)
    private = admin.application(routing, router.changed)
    storm = asyncio.create_task(router.storm(asked.port))
    try:
        return await serve(
            [
                (private, asked.admin_port),
                (preview, asked.preview_port),
                (public, asked.port),
            ]
        )
    finally:
        storm.cancel()


def main(argv: list[str]) -> int:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="router", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--admin-port", type=int, required=True)
    parser.add_argument("--preview-port", type=int, required=True)
    parser.add_argument("--stable", required=True, help="where 2.4.0 listens")
    parser.add_argument("--canary", required=True, help="where 2.5.0 listens")
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--scenario", default="calm")
    return asyncio.run(run(parser.parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
