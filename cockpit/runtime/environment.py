"""What a run uses of the outside: the environment, HTTP, the secrets of a card, this machine."""

import asyncio
import functools
import getpass
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checks.core.base import USER_AGENT, Tools, allow_any_host
from checks.core.errors import ForbiddenHostError
from checks.core.variables import names_in
from cockpit.card.model.card import Card
from cockpit.foundation.clock import Clock
from cockpit.foundation.redaction import Redactor

if TYPE_CHECKING:
    import httpx

_NAMED = {"User-Agent": USER_AGENT}


def tools(
    card: Card, folder: Path, env: Mapping[str, str], clock: Clock, *, rehearsal: bool
) -> Tools:
    """Return the tools for a run's checks and steps; those of a rehearsal reach loopback only."""
    return Tools(
        folder=folder,
        env=env,
        clock=clock,
        http=functools.partial(client, rehearsal=rehearsal),
        many=functools.partial(many, rehearsal=rehearsal),
        target=card.target,
        reaches=is_loopback if rehearsal else allow_any_host,
    )


@asynccontextmanager
async def first_client(timeout_s: float, *, rehearsal: bool) -> "AsyncIterator[httpx.AsyncClient]":
    """Yield a run's first client, made in a thread, because its imports take a while."""
    async with await asyncio.to_thread(_first_client, timeout_s, rehearsal=rehearsal) as made:
        yield made


def _first_client(timeout_s: float, *, rehearsal: bool) -> "httpx.AsyncClient":
    import anyio  # noqa: PLC0415

    anyio.run(anyio.sleep, 0)  # imports its half for asyncio, as the first connection would
    return client(timeout_s, rehearsal=rehearsal)


def client(timeout_s: float, *, rehearsal: bool) -> "httpx.AsyncClient":
    """Return an HTTP client with a timeout; that of a rehearsal reaches loopback only."""
    import httpx  # noqa: PLC0415  (a run is open and shown before anything is asked)

    return httpx.AsyncClient(timeout=timeout_s, headers=_NAMED, **_reach(rehearsal=rehearsal))


def many(timeout_s: float, at_once: int, *, rehearsal: bool) -> "httpx.AsyncClient":
    """Return such a client for `at_once` concurrent requests."""
    import httpx  # noqa: PLC0415

    from cockpit.runtime.http_pool import Client  # noqa: PLC0415

    limits = httpx.Limits(max_connections=at_once, max_keepalive_connections=at_once)
    return Client(timeout=timeout_s, limits=limits, headers=_NAMED, **_reach(rehearsal=rehearsal))


def _reach(*, rehearsal: bool) -> dict[str, Any]:
    if not rehearsal:
        return {"verify": _authorities()}
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return {"event_hooks": {"request": [_loopback_only]}, "trust_env": False, "verify": plain}


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Load the certificate authorities once; it takes long enough to drop a frame."""
    import httpx  # noqa: PLC0415

    return httpx.create_ssl_context()


async def _loopback_only(request: "httpx.Request") -> None:
    import httpx  # noqa: PLC0415

    if not is_loopback(request.url.host):
        raise httpx.ConnectError(str(ForbiddenHostError(request.url.host)), request=request)


def is_loopback(host: str) -> bool:
    """Whether `host` is a loopback address or `localhost`; resolves no name."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def secret_names(card: Card) -> frozenset[str]:
    """Return the names of a card's secrets: those it lists, and its target's credentials."""
    access = names_in(f"{card.target.token} {card.target.database}")
    return frozenset((*card.secrets, *access))


def redactor_for(card: Card, env: Mapping[str, str]) -> Redactor:
    """Return the redactor of a card's secrets."""
    return Redactor({name: env[name] for name in sorted(secret_names(card)) if env.get(name)})


def boot_id() -> str:
    """Return what identifies this boot: monotonic seconds of two boots cannot be compared."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return socket.gethostname()


def login_name() -> str:
    """Return the login name of the user, or `someone`."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "someone"
