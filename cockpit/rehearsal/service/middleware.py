"""What stands before every handler of the service: access log, CORS, token, rate limit."""

import logging
import logging.handlers
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path

import jwt
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from cockpit.rehearsal.scenarios import Fault
from cockpit.rehearsal.service.api_operations import (
    CORS_ORIGINS,
    FAULT_HEADER,
    OPEN_PATHS,
    VERSION_HEADER,
)

RATE_PER_S = 250.0
BURST = 60.0
_MOST_CLIENTS = 1_000


def injected_faults(request: web.Request) -> frozenset[Fault]:
    """Return the faults that the router names in the request's fault header."""
    names = request.headers.get(FAULT_HEADER, "").split(",")
    return frozenset(fault for fault in Fault if fault.value in names)


def refuse(status: HTTPStatus, message: str, **headers: str) -> web.Response:
    """Give an error answer in the API's own shape."""
    return web.json_response({"error": message}, status=status, headers=headers)


@dataclass
class Buckets:
    """Token buckets, one a client, the least recently seen forgotten: bounded memory."""

    rate_per_s: float = RATE_PER_S
    burst: float = BURST
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, client: str, now_s: float) -> float:
        """Take one token at monotonic `now_s`; give 0, or the seconds until there is one."""
        level, seen_s = self._levels.pop(client, (self.burst, now_s))
        level = min(self.burst, level + (now_s - seen_s) * self.rate_per_s)
        allowed = level >= 1.0
        self._levels[client] = (level - 1.0 if allowed else level, now_s)
        if len(self._levels) > _MOST_CLIENTS:
            self._levels.popitem(last=False)
        return 0.0 if allowed else (1.0 - level) / self.rate_per_s


def access_log(path: Path) -> Middleware:
    """Log method, route template, status and milliseconds: no token, no query, no personal data.

    A fault breaks just that.
    """
    logger = logging.getLogger(f"access.{path.name}")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    file = logging.handlers.RotatingFileHandler(path, maxBytes=5_000_000, backupCount=1)
    file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.addHandler(file)

    @web.middleware
    async def log(request: web.Request, handler: Handler) -> web.StreamResponse:
        started_s, status = time.monotonic(), 499  # a client that went away
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            resource = request.match_info.route.resource
            where = resource.canonical if resource else "-"
            took_ms = (time.monotonic() - started_s) * 1_000
            who = (
                " customer=anna.berg@example.org"
                if Fault.PII_IN_LOG in injected_faults(request)
                else ""
            )
            logger.info("%s %s %d %.1fms%s", request.method, where, status, took_ms, who)
        return response

    return log


def versioned(version: str) -> Middleware:
    """Name the version on every answer."""

    @web.middleware
    async def name(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = refuse(HTTPStatus(error.status), error.reason)
        response.headers[VERSION_HEADER] = version
        return response

    return name


@web.middleware
async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer preflights; name the origin on answers to an allowed one, on refusals too."""
    origin = request.headers.get("Origin", "")
    allowed = origin in CORS_ORIGINS
    if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
        response: web.StreamResponse = web.Response(status=204 if allowed else 403)
    else:
        response = await handler(request)
    response.headers["Vary"] = "Origin"
    if allowed:
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Allow-Methods"] = "GET, POST"
        response.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
    return response


def client_of(authorization: str, secret: str) -> str:
    """Give the client that an Authorization header names; jwt.InvalidTokenError says why not."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise jwt.InvalidTokenError("no bearer token")
    claims = jwt.decode(token, secret, ["HS256"], options={"require": ["exp", "sub"]})
    return str(claims["sub"])


def authenticated(secret: str) -> Middleware:
    """Ask for a valid HS256 token, then for its place in the rate limit."""
    buckets = Buckets()

    @web.middleware
    async def ask(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in OPEN_PATHS or Fault.AUTH_BYPASS in injected_faults(request):
            return await handler(request)
        try:
            client = client_of(request.headers.get("Authorization", ""), secret)
        except jwt.InvalidTokenError as error:
            challenge = {"WWW-Authenticate": "Bearer"}
            return refuse(HTTPStatus.UNAUTHORIZED, str(error), **challenge)
        if wait_s := buckets.take(client, time.monotonic()):
            after = {"Retry-After": str(max(1, round(wait_s)))}
            return refuse(HTTPStatus.TOO_MANY_REQUESTS, "too many requests", **after)
        return await handler(request)

    return ask
