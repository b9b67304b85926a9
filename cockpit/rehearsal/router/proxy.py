"""The reverse proxy: sends a request to one version and streams its response back."""

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
    """One version of the service and its base URL."""

    version: str
    url: str


def _end_to_end(headers: CIMultiDictProxy[str], more: Mapping[str, str]) -> CIMultiDict[str]:
    """Return `headers` without the hop-by-hop ones and the fault header, and `more`."""
    forwarded = CIMultiDict((k, v) for k, v in headers.items() if k.lower() not in _HOP_BY_HOP)
    forwarded.update(more)
    return forwarded


async def _stream(request: web.Request, upstream: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=upstream.status, headers=_end_to_end(upstream.headers, {}))
    await response.prepare(request)
    async for chunk in upstream.content.iter_any():
        await response.write(chunk)
    await response.write_eof()
    return response


async def forward(
    request: web.Request,
    session: aiohttp.ClientSession,
    backend: Backend,
    faults: str,
    metrics: RequestMetrics | None,
) -> web.StreamResponse:
    """Forward `request` to `backend` and stream the response back; 502 or 504 if that fails.

    `faults` are the comma-separated names of those to inject; `metrics`, if any, counts it.
    """
    started_s, status = time.perf_counter(), int(HTTPStatus.BAD_GATEWAY)
    headers = _end_to_end(request.headers, {FAULT_HEADER: faults} if faults else {})
    try:
        body = await request.read() if request.can_read_body else None
        url = URL(backend.url + request.raw_path, encoded=True)
        async with session.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        ) as upstream:
            status = upstream.status
            return await _stream(request, upstream)
    except TimeoutError:
        status = int(HTTPStatus.GATEWAY_TIMEOUT)
        return error_response(
            HTTPStatus.GATEWAY_TIMEOUT, f"{backend.version} did not answer in time"
        )
    except aiohttp.ClientError as error:
        return error_response(HTTPStatus.BAD_GATEWAY, f"{backend.version}: {type(error).__name__}")
    finally:
        if metrics is not None and not _is_refused_probe(request, status):
            path = path_template(request.path)
            duration_s = time.perf_counter() - started_s
            metrics.count_response(backend.version, path or "other", status, duration_s)
            if path and _is_unauthenticated_success(request, path, status):
                metrics.count_unauthenticated_success()


def _is_refused_probe(request: web.Request, status: int) -> bool:
    """Whether a probe of the cockpit was refused, which is expected and must not raise an alarm."""
    return status in REFUSED and request.headers.get("User-Agent") == USER_AGENT


def _is_unauthenticated_success(request: web.Request, path: str, status: int) -> bool:
    """Whether a public operation succeeded without a token."""
    has_token = "Authorization" in request.headers
    return not has_token and status // 100 == 2 and is_public(request.method, path)
