"""The router's JSON administration, on a separate port that responds while the public port hangs.

GET /state, GET /weight; PUT /weight {"canary": 5}, PUT /demote {"path": "/api/x", "demoted": true},
PUT /freeze {"frozen": true}, PUT /fault {"name": "hung-target", "on": true}. Each responds with the
state, or with 400 and an error message for an invalid body, which changes nothing.
"""

import math
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from cockpit.rehearsal.router.routing import Routing
from cockpit.rehearsal.scenarios import fault_named
from cockpit.rehearsal.service.middleware import error_response

Body = dict[str, Any]
Change = Callable[[Routing, Body], None]


def _object(value: object) -> Body:
    if not isinstance(value, dict):
        raise TypeError("the body must be a JSON object")
    return value


def _flag(body: Body, key: str, default: bool | None = None) -> bool:
    value = body.get(key, default)
    if not isinstance(value, bool):
        raise TypeError(f"{key} must be true or false, not {value!r}")
    return value


def set_weight(routing: Routing, body: Body) -> None:
    """Set the canary's share of the traffic, in percent."""
    value = body.get("canary")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
        raise ValueError(f"canary must be a number of percent from 0 to 100, not {value!r}")
    if math.isnan(value):
        raise ValueError("canary must be a number")
    routing.canary = float(value)


def set_demoted(routing: Routing, body: Body) -> None:
    """Close a path or a path template to all clients, or open it again."""
    path = body.get("path")
    if not isinstance(path, str) or not path.startswith("/") or len(path) > 200:
        raise ValueError(f"path must begin with / and be short, not {path!r}")
    if not _flag(body, "demoted", True):
        routing.demoted.discard(path)
        return
    if len(routing.demoted) >= 100:
        raise ValueError("100 paths are demoted already")
    routing.demoted.add(path)


def set_frozen(routing: Routing, body: Body) -> None:
    """Close every operation that is not public, or open them again."""
    routing.frozen = _flag(body, "frozen")


def set_fault(routing: Routing, body: Body) -> None:
    """Inject a fault, or remove it."""
    requested = fault_named(body.get("name"))
    if _flag(body, "on"):
        routing.faults.add(requested)
    else:
        routing.faults.discard(requested)


_CHANGES: dict[str, Change] = {
    "/weight": set_weight,
    "/demote": set_demoted,
    "/freeze": set_frozen,
    "/fault": set_fault,
}


def _handler(routing: Routing, change: Change, on_change: Callable[[], None]) -> Handler:
    async def put(request: web.Request) -> web.Response:
        try:
            change(routing, _object(await request.json()))
        except (ValueError, TypeError) as error:
            return error_response(HTTPStatus.BAD_REQUEST, str(error))
        routing.save()
        on_change()
        return web.json_response(routing.as_json())

    return put


def application(routing: Routing, on_change: Callable[[], None]) -> web.Application:
    """Build the administration of `routing`; `on_change` is called after each change."""
    app = web.Application(client_max_size=16 * 1024)

    async def state(_: web.Request) -> web.Response:
        return web.json_response(routing.as_json())

    async def weights(_: web.Request) -> web.Response:
        return web.json_response({"canary": routing.canary, "stable": 100.0 - routing.canary})

    app.router.add_get("/state", state)
    app.router.add_get("/weight", weights)
    for path, change in _CHANGES.items():
        app.router.add_put(path, _handler(routing, change, on_change))
    return app
