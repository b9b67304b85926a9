"""The small service, one process a version: `python -P -m cockpit.rehearsal.service.service_app`.

The environment gives DATABASE_URL and JWT_SECRET. Its ready line carries `routes`, read from the
running application: the list that the preflight compares with the spec.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from cockpit.rehearsal.service.api_operations import OPERATIONS
from cockpit.rehearsal.service.connection_pool import DATABASE, DOWN, ConnectionPool
from cockpit.rehearsal.service.faults import HeldConnections, fault_injection
from cockpit.rehearsal.service.handlers import HANDLERS, VERSION, Operate
from cockpit.rehearsal.service.middleware import access_log, authenticated, cors, refuse, versioned
from cockpit.rehearsal.service.serving import serve

HELD_CONNECTIONS = web.AppKey("HELD_CONNECTIONS", HeldConnections)


@web.middleware
async def database_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 503 in the API's shape when the database does not answer."""
    try:
        return await handler(request)
    except DOWN as error:
        return refuse(HTTPStatus.SERVICE_UNAVAILABLE, f"database: {type(error).__name__}")


def _metrics(registry: CollectorRegistry) -> Operate:
    gauge = Gauge("db_pool_connections", "Database connections", ["state"], registry=registry)

    async def metrics(request: web.Request) -> web.Response:
        for state, size in request.app[DATABASE].sizes().items():
            gauge.labels(state).set(size)
        return web.Response(body=generate_latest(registry), content_type="text/plain")

    return metrics


def _counted(registry: CollectorRegistry) -> Middleware:
    served = Counter("service_requests", "Answered requests", ["code"], registry=registry)

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        served.labels(str(response.status)).inc()
        return response

    return count


async def _database(app: web.Application) -> AsyncIterator[None]:
    connecting = asyncio.create_task(app[DATABASE].connect())
    yield
    connecting.cancel()
    app[HELD_CONNECTIONS].release()
    app[DATABASE].close()


def application(version: str, database_url: str, jwt_secret: str, log: Path) -> web.Application:
    """Build the application of `version`; it logs each request to `log`."""
    registry = CollectorRegistry()
    held_connections = HeldConnections(database_url, f"acme-api {version}")
    middlewares = (
        access_log(log), versioned(version), _counted(registry), cors,
        authenticated(jwt_secret), fault_injection(held_connections), database_errors,
    )  # fmt: skip
    app = web.Application(middlewares=middlewares, client_max_size=64 * 1024)
    app[VERSION], app[HELD_CONNECTIONS] = version, held_connections
    app[DATABASE] = ConnectionPool(database_url, f"acme-api {version}")
    handlers = {**HANDLERS, "metrics": _metrics(registry)}
    for operation in OPERATIONS:
        app.router.add_route(operation.method, operation.path, handlers[operation.name])
    app.cleanup_ctx.append(_database)
    return app


def route_lines(app: web.Application) -> list[str]:
    """Give the routes that the application really has, as sorted `METHOD /path` lines."""
    return sorted(
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.resource
    )


def main(argv: list[str]) -> int:
    """Serve one version on a loopback port until the parent ends; give the exit status."""
    parser = argparse.ArgumentParser(prog="service", description=__doc__)
    parser.add_argument("--version", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--access-log", type=Path, required=True)
    asked = parser.parse_args(argv)
    app = application(
        asked.version, os.environ["DATABASE_URL"], os.environ["JWT_SECRET"], asked.access_log
    )
    ready = app[DATABASE].connected.wait
    return asyncio.run(serve([(app, asked.port)], ready, routes=route_lines(app)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
