"""The service's middleware: access log, version header, CORS, authentication, rate limit."""

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
_MAX_CLIENTS = 1_000


def injected_faults(request: web.Request) -> frozenset[Fault]:
    """Return the faults that the router names in the request's fault header."""
    names = request.headers.get(FAULT_HEADER, "").split(",")
    return frozenset(fault for fault in Fault if fault.value in names)


def error_response(status: HTTPStatus, message: str, **headers: str) -> web.Response:
    """Build an error response in the shape of the API's errors."""
    return web.json_response({"error": message}, status=status, headers=headers)


@dataclass
class TokenBuckets:
    """A token bucket for each of the 1,000 clients seen last, so that memory is bounded."""

    rate_per_s: float = RATE_PER_S
    burst: float = BURST
    _levels: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)

    def take(self, client: str, now_s: float) -> float:
        """Take a token at monotonic `now_s`; return 0, or the seconds until one is available."""
        level, updated_s = self._levels.pop(client, (self.burst, now_s))
        level = min(self.burst, level + (now_s - updated_s) * self.rate_per_s)
        allowed = level >= 1.0
        self._levels[client] = (level - 1.0 if allowed else level, now_s)
        if len(self._levels) > _MAX_CLIENTS:
            self._levels.popitem(last=False)
        return 0.0 if allowed else (1.0 - level) / self.rate_per_s


def access_log(path: Path) -> Middleware:
    """Build the middleware that logs method, route template, status and milliseconds to `path`.

    No token, query or personal data is logged, except with the fault `pii-in-log`.
    """
    logger = logging.getLogger(f"access.{path.name}")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    file = logging.handlers.RotatingFileHandler(path, maxBytes=5_000_000, backupCount=1)
    file.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger.addHandler(file)

    @web.middleware
    async def log(request: web.Request, handler: Handler) -> web.StreamResponse:
        started_s, status = time.monotonic(), 499  # the client disconnected
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as error:
            status = error.status
            raise
        finally:
            resource = request.match_info.route.resource
            route = resource.canonical if resource else "-"
            duration_ms = (time.monotonic() - started_s) * 1_000
            leaks = Fault.PII_IN_LOG in injected_faults(request)
            customer = " customer=anna.berg@example.org" if leaks else ""
            logger.info("%s %s %d %.1fms%s", request.method, route, status, duration_ms, customer)
        return response

    return log


def version_header(version: str) -> Middleware:
    """Build the middleware that adds the version header to every response."""

    @web.middleware
    async def add_header(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = error_response(HTTPStatus(error.status), error.reason)
        response.headers[VERSION_HEADER] = version
        return response

    return add_header


@web.middleware
async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Respond to CORS preflights, and add CORS headers to every response to an allowed origin."""
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


def authenticated_client(authorization: str, secret: str) -> str:
    """Return the subject of a valid Authorization header; raises jwt.InvalidTokenError if not."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise jwt.InvalidTokenError("no bearer token")
    claims = jwt.decode(token, secret, ["HS256"], options={"require": ["exp", "sub"]})
    return str(claims["sub"])


def authentication(secret: str) -> Middleware:
    """Build the middleware that requires a valid HS256 token and applies the rate limit."""
    buckets = TokenBuckets()

    @web.middleware
    async def authenticate(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path in OPEN_PATHS or Fault.AUTH_BYPASS in injected_faults(request):
            return await handler(request)
        try:
            client = authenticated_client(request.headers.get("Authorization", ""), secret)
        except jwt.InvalidTokenError as error:
            challenge = {"WWW-Authenticate": "Bearer"}
            return error_response(HTTPStatus.UNAUTHORIZED, str(error), **challenge)
        if wait_s := buckets.take(client, time.monotonic()):
            retry_after = {"Retry-After": str(max(1, round(wait_s)))}
            return error_response(HTTPStatus.TOO_MANY_REQUESTS, "too many requests", **retry_after)
        return await handler(request)

    return authenticate
