"""The reverse proxy: one request in, one request out to a version, its answer streamed back."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from checks.core.base import USER_AGENT
from checks.web.probe import REFUSED
from cockpit.rehearsal.router.request_metrics import RequestMetrics
from cockpit.rehearsal.service.api_operations import FAULT_HEADER, is_public, path_template
from cockpit.rehearsal.service.middleware import error_response

_HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "host", FAULT_HEADER.lower(),
    }
)  # fmt: skip
TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=3.0)


@dataclass(frozen=True, slots=True)
class Backend:
    """One version of the service and where it listens."""

    version: str
    url: str


def _passed_on(headers: CIMultiDictProxy[str], more: Mapping[str, str]) -> CIMultiDict[str]:
    kept = CIMultiDict((k, v) for k, v in headers.items() if k.lower() not in _HOP_BY_HOP)
    kept.update(more)
    return kept


async def _stream(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers=_passed_on(answer.headers, {}))
    await response.prepare(request)
    async for chunk in answer.content.iter_any():
        await response.write(chunk)
    await response.write_eof()
    return response


async def forward(
    request: web.Request,
    session: aiohttp.ClientSession,
    backend: Backend,
    faults: str,
    meter: RequestMetrics | None,
) -> web.StreamResponse:
    """Pass `request` to `backend` and its answer back; 502 and 504 when it fails.

    The `meter`, where there is one, counts it.
    """
    started_s, status = time.perf_counter(), int(HTTPStatus.BAD_GATEWAY)
    headers = _passed_on(request.headers, {FAULT_HEADER: faults} if faults else {})
    try:
        body = await request.read() if request.can_read_body else None
        url = URL(backend.url + request.raw_path, encoded=True)
        async with session.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        ) as answer:
            status = answer.status
            return await _stream(request, answer)
    except TimeoutError:
        status = int(HTTPStatus.GATEWAY_TIMEOUT)
        return error_response(
            HTTPStatus.GATEWAY_TIMEOUT, f"{backend.version} did not answer in time"
        )
    except aiohttp.ClientError as error:
        return error_response(HTTPStatus.BAD_GATEWAY, f"{backend.version}: {type(error).__name__}")
    finally:
        if meter is not None and not _probe(request, status):
            path = path_template(request.path)
            meter.served(backend.version, path or "other", status, time.perf_counter() - started_s)
            if path and _let_in(request, path, status):
                meter.let_in()


def _probe(request: web.Request, status: int) -> bool:
    """Tell whether the cockpit's own probe was refused, as it should be: it alarms nobody."""
    return status in REFUSED and request.headers.get("User-Agent") == USER_AGENT


def _let_in(request: web.Request, path: str, status: int) -> bool:
    """Tell whether a public operation did what was asked though no token was shown."""
    shown = "Authorization" in request.headers
    return not shown and status // 100 == 2 and is_public(request.method, path)
