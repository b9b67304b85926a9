"""The rehearsed service, a process per version: `python -m cockpit.rehearsal.service.service_app`.

It reads DATABASE_URL and JWT_SECRET from the environment. Its ready line has the `routes` of the
running application, which the preflight compares with the spec.
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
from cockpit.rehearsal.service.connection_pool import DATABASE, DATABASE_ERRORS, ConnectionPool
from cockpit.rehearsal.service.faults import HeldConnections, fault_injection
from cockpit.rehearsal.service.handlers import HANDLERS, VERSION
from cockpit.rehearsal.service.middleware import (
    access_log,
    authentication,
    cors,
    error_response,
    version_header,
)
from cockpit.rehearsal.service.serving import serve

HELD_CONNECTIONS = web.AppKey("HELD_CONNECTIONS", HeldConnections)


@web.middleware
async def database_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Respond with 503 if the database is unavailable."""
    try:
        return await handler(request)
    except DATABASE_ERRORS as error:
        return error_response(HTTPStatus.SERVICE_UNAVAILABLE, f"database: {type(error).__name__}")


def _metrics_handler(registry: CollectorRegistry) -> Handler:
    gauge = Gauge("db_pool_connections", "Database connections", ["state"], registry=registry)

    async def metrics(request: web.Request) -> web.Response:
        for state, size in request.app[DATABASE].sizes().items():
            gauge.labels(state).set(size)
        return web.Response(body=generate_latest(registry), content_type="text/plain")

    return metrics


def _request_counter(registry: CollectorRegistry) -> Middleware:
    requests = Counter("service_requests", "Requests served", ["code"], registry=registry)

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        requests.labels(str(response.status)).inc()
        return response

    return count


async def _database_connections(app: web.Application) -> AsyncIterator[None]:
    connecting = asyncio.create_task(app[DATABASE].connect())
    yield
    connecting.cancel()
    app[HELD_CONNECTIONS].release()
    app[DATABASE].close()


def application(version: str, database_url: str, jwt_secret: str, log: Path) -> web.Application:
    """Build the application of `version`; its access log is the file `log`."""
    registry = CollectorRegistry()
    held_connections = HeldConnections(database_url, f"acme-api {version}")
    middlewares = (
        access_log(log), version_header(version), _request_counter(registry), cors,
        authentication(jwt_secret), fault_injection(held_connections), database_errors,
    )  # fmt: skip
    app = web.Application(middlewares=middlewares, client_max_size=64 * 1024)
    app[VERSION], app[HELD_CONNECTIONS] = version, held_connections
    app[DATABASE] = ConnectionPool(database_url, f"acme-api {version}")
    handlers = {**HANDLERS, "metrics": _metrics_handler(registry)}
    for operation in OPERATIONS:
        app.router.add_route(operation.method, operation.path, handlers[operation.name])
    app.cleanup_ctx.append(_database_connections)
    return app


def route_lines(app: web.Application) -> list[str]:
    """List the routes of the application as sorted `METHOD /path` lines."""
    return sorted(
        f"{route.method} {route.resource.canonical}"
        for route in app.router.routes()
        if route.resource
    )


def main(argv: list[str]) -> int:
    """Serve one version on a loopback port until the parent ends; return the exit status."""
    parser = argparse.ArgumentParser(prog="service", description=__doc__)
    parser.add_argument("--version", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--access-log", type=Path, required=True)
    options = parser.parse_args(argv)
    app = application(
        options.version, os.environ["DATABASE_URL"], os.environ["JWT_SECRET"], options.access_log
    )
    ready = app[DATABASE].connected.wait
    return asyncio.run(serve([(app, options.port)], ready, routes=route_lines(app)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
