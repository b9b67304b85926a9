"""A small API with a guard that can be broken in one way, and its OpenAPI document."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
from aiohttp import web

from tests.monitors.servers import serving

SECRET = "a secret that is long enough for HS256"
AUDIENCE = "shop"
CLAIMS = {"sub": "smoke", "aud": AUDIENCE, "exp": 4_000_000_000}
GOOD = jwt.encode(CLAIMS, SECRET, "HS256")

_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}},
}
PATHS: dict[str, Any] = {
    "/orders": {"get": {}, "post": {"requestBody": _BODY}},
    "/orders/{id}": {"parameters": [_ID], "get": {}, "delete": {}},
}
Guard = Callable[[web.Request], web.StreamResponse | None]


def document(folder: Path, paths: dict[str, Any] | None = None) -> str:
    """Write an OpenAPI document whose operations are all public, and name it."""
    public = {
        path: {
            key: node if key == "parameters" else {"x-visibility": "public", **node}
            for key, node in item.items()
        }
        for path, item in (PATHS if paths is None else paths).items()
    }
    (folder / "api.json").write_text(json.dumps({"openapi": "3.1.0", "paths": public}))
    return "api.json"


def claims_of(request: web.Request, **options: Any) -> None:
    """Raise jwt.InvalidTokenError for a token that is not good."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer":
        raise jwt.InvalidTokenError("no bearer")
    verify = {"require": ["exp"], **options}
    if not options.get("verify_signature", True):
        jwt.decode(token, options={"verify_signature": False, "verify_exp": True})
        return
    jwt.decode(token, SECRET, ["HS256"], audience=AUDIENCE, options=verify)  # type: ignore[arg-type]


def guard(request: web.Request) -> web.StreamResponse | None:
    """Answer 401 to every token but a good one."""
    return loose()(request)


def loose(**options: Any) -> Guard:
    """Make a guard that verifies less, as PyJWT's options say it."""

    def look(request: web.Request) -> web.StreamResponse | None:
        try:
            claims_of(request, **options)
        except jwt.InvalidTokenError:
            return web.Response(status=401, text="who are you?")
        return None

    return look


@asynccontextmanager
async def guarded(guarding: Guard, came: list[str] | None = None) -> AsyncIterator[str]:
    """Serve the operations behind a guard; `came` hears each request that it let through."""

    async def handle(request: web.Request) -> web.StreamResponse:
        if (refused := guarding(request)) is not None:
            return refused
        if came is not None:
            came.append(f"{request.method} {request.path} {await request.text()}")
        return web.json_response({"items": []})

    async with serving(handle) as url:
        yield url
