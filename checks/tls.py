"""Whether a server's certificate is trusted, matches its names, and is valid long enough."""

import asyncio
import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal
from urllib.parse import urlsplit

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import ForbiddenHostError
from checks.core.text import count_of, join_names, one_line
from checks.core.units import Text

if TYPE_CHECKING:
    import ssl

    from checks.web.tls_handshake import Handshake


class Tls(Check, kw_only=True, frozen=True, tag="tls"):
    """A server's certificate is trusted, matches each name, and lasts; the TLS is new enough.

    Failed: the certificate's chain leads to no trusted authority (a self-signed one, for example);
    it has expired, is for other names, or has too few days left; or the server supports only older
    TLS.

    Unknown: there is no connection, no TLS, or no trusted authority on this machine.

    The days are those of the server's own certificate. The rest of its chain only needs to be valid
    today.
    """

    FIGURES: ClassVar = {
        "days_left": "days until the certificate expires; the fewest over all names"
    }

    host: Annotated[
        Text | None, Meta(description="the host to connect to; the target's when left out")
    ] = None
    port: Annotated[
        Annotated[int, Meta(ge=1, le=65535)] | None,
        Meta(description="the port; the target's when left out, else 443"),
    ] = None
    names: Annotated[
        tuple[Text, ...],
        Meta(description="names that the certificate must match, sent as SNI; else the host's"),
    ] = ()
    ca: Annotated[
        Text | None,
        Meta(description="a PEM file with the trusted authorities; the system's when left out"),
    ] = None
    days: Annotated[int, Meta(ge=0, description="the least number of days left")] = 14
    protocol: Annotated[
        Literal["1.2", "1.3"], Meta(description="the oldest allowed TLS version")
    ] = "1.2"

    def label(self) -> str:
        """Return the default title."""
        return one_line(f"tls {self.host or 'of the target'}", 60)

    async def run(self, tools: Tools) -> Result:
        """Make a TLS handshake for each name; the evidence is the worst result."""
        from checks.web.tls_handshake import TrustStoreError, context  # noqa: PLC0415

        place = self._host_and_port(tools)
        if isinstance(place, str):
            return Result(Outcome.UNKNOWN, place)
        names = tuple(map(tools.expand, self.names)) or place[:1]
        try:
            ssl_context = await asyncio.to_thread(
                context, tools.path(self.ca) if self.ca else None, self.protocol
            )
        except TrustStoreError as error:
            return Result(Outcome.UNKNOWN, f"{self.ca or 'trusted authorities'} {error}")
        results = [await self._check_name(*place, name, ssl_context) for name in names]
        worst = min(results, key=lambda result: _RANK[result.outcome])
        return Result(
            worst.outcome,
            worst.evidence,
            tuple(line for result in results for line in (result.evidence, *result.details)),
            min((result.figures for result in results if result.figures), key=_days, default={}),
        )

    def _host_and_port(self, tools: Tools) -> tuple[str, int] | str:
        """Return host and port, or a sentence why there are none."""
        try:
            address = urlsplit(tools.expand(tools.target.url) if not self.host else "")
        except ValueError:
            return "the target's URL is malformed: write it as https://host"
        host = tools.expand(self.host) if self.host else address.hostname
        if not host:
            return "the card names no host: set `host`, or `target.url`"
        try:
            port = self.port or address.port or 443
        except ValueError:
            return "the target's URL has no valid port"
        return (host, port) if tools.reaches(host) else str(ForbiddenHostError(host))

    async def _check_name(
        self, host: str, port: int, name: str, ssl_context: "ssl.SSLContext"
    ) -> Result:
        from checks.web import tls_handshake  # noqa: PLC0415

        at = one_line(f"{name} at {host}:{port}" if name != host else f"{host}:{port}", 80)
        server = tls_handshake.Server(host, port, name)
        try:
            handshake = await tls_handshake.handshake(server, ssl_context, self.timeout)
        except tls_handshake.CertificateError as error:
            return Result(Outcome.FAILED, f"{at}: {error}", error.details)
        except tls_handshake.TlsVersionError as error:
            needed = f"TLSv{self.protocol} at least is expected"
            return Result(Outcome.FAILED, f"{at}: {error}, {needed}")
        except tls_handshake.TlsError as error:
            return Result(Outcome.UNKNOWN, f"{at}: {error}")
        return self._judge(at, handshake)

    def _judge(self, at: str, handshake: "Handshake") -> Result:
        left = handshake.expires - dt.datetime.now(dt.UTC)
        figures = {"days_left": left / dt.timedelta(days=1)}
        evidence = f"{at}: {count_of(left.days, 'day')} left, until {handshake.expires:%Y-%m-%d}"
        details = (f"{handshake.version}, for {join_names(handshake.names, 20)}",)
        if left < dt.timedelta(days=self.days):
            return Result(Outcome.FAILED, f"{evidence}, {self.days} expected", details, figures)
        return Result(Outcome.PASSED, f"{evidence}, {handshake.version}", details, figures)


_RANK = {Outcome.FAILED: 0, Outcome.UNKNOWN: 1, Outcome.PASSED: 2}


def _days(figures: Mapping[str, float]) -> float:
    return figures["days_left"]
