"""An HTTP client for many concurrent requests: httpx's interface on aiohttp's connections.

httpx's own pool slows down with every open connection; aiohttp's does not.
"""

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport, HttpxAiohttpClient


class Transport(AiohttpTransport):
    """Sends each request once, keeps no cookie, and raises what httpx raises."""

    def get_client(self) -> aiohttp.ClientSession:
        """Open the session that holds the connections."""
        connector = aiohttp.TCPConnector(
            limit=self.limits.max_connections or 0,
            keepalive_timeout=self.limits.keepalive_expiry,
            ssl=self.ssl_context,
        )
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        # A request that is sent again unasked would break a burst's promise; there is no option.
        session._retry_connection = False  # noqa: SLF001
        return session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; raises httpx's errors, whose texts name only the kind of fault.

        The texts of aiohttp quote addresses, and its transport calls a lost connection a timeout.
        """
        try:
            return await super().handle_async_request(request)
        except httpx.TransportError as error:
            cause, kind = error.__cause__, type(error)
            if kind is httpx.ConnectTimeout and not isinstance(cause, TimeoutError):
                connecting = isinstance(cause, aiohttp.ClientConnectorError)
                kind = httpx.ConnectError if connecting else httpx.ReadError
            raise kind(_fault(cause), request=request) from error
        except aiohttp.ClientError as error:
            raise httpx.RemoteProtocolError(type(error).__name__, request=request) from error


class Client(HttpxAiohttpClient):
    """An httpx client with that transport, also behind the proxies of the environment.

    A cookie of one response would authenticate a later request that must be anonymous.
    """

    def __init__(self, **options: Any) -> None:
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        super().__init__(cookies=no_cookies, **options)

    def _init_transport(self, *_: Any, **options: Any) -> httpx.AsyncBaseTransport:
        del options["transport"]
        return Transport(**options)

    def _init_proxy_transport(
        self, proxy: httpx.Proxy, *_: Any, **options: Any
    ) -> httpx.AsyncBaseTransport:
        return Transport(proxy=proxy, **options)


def _fault(cause: BaseException | None) -> str:
    """Return the kind of a fault; of a refused certificate the reason, which holds no address."""
    if isinstance(cause, aiohttp.ClientConnectorCertificateError):
        return str(cause.certificate_error)
    return type(cause).__name__
