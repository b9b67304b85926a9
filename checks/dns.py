"""Whether a name resolves to the expected records, and how long these are cached."""

import ipaddress
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from msgspec import Meta, field

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import CheckError, ForbiddenHostError
from checks.core.text import join_names, one_line
from checks.core.units import Span, Text

if TYPE_CHECKING:
    from dns.asyncresolver import Resolver
    from dns.resolver import Answer

_PORT = 53
_ADDRESSES = {"A": 4, "AAAA": 6}


class DnsError(CheckError):
    """A name could not be resolved; the message is a sentence."""


class NameNotFoundError(DnsError):
    """The name does not exist (NXDOMAIN), which is a definite response."""


class Dns(Check, kw_only=True, frozen=True, tag="dns"):
    """A name has exactly the records that the card lists, and at least the listed TXT records.

    Failed: a record is missing or unexpected, the name does not exist, or a TTL is over the limit.

    Unknown: no response in time, a server that fails or refuses, or an unreadable response.

    The TTL is the longest in the chain of aliases. Only an authoritative server reports the full
    TTL; a caching one counts it down.
    """

    FIGURES: ClassVar = {"ttl_s": "longest TTL, in seconds"}

    name: Annotated[Text, Meta(description="the name to look up, as api.example.com")]
    a: Annotated[tuple[Text, ...] | None, Meta(description="its IPv4 addresses, [] for none")] = (
        None
    )
    aaaa: Annotated[
        tuple[Text, ...] | None, Meta(description="its IPv6 addresses, [] for none")
    ] = None
    cname: Annotated[Text | None, Meta(description="the target of its CNAME record")] = None
    txt: Annotated[
        tuple[Text, ...], Meta(description="texts that must be among its TXT records")
    ] = ()
    ttl_at_most: Annotated[Span | None, Meta(description="the longest allowed TTL")] = None
    server: Annotated[
        Text | None,
        Meta(description="the IP address of the name server; the system's when left out"),
    ] = None
    port: Annotated[int, Meta(ge=1, le=65535, description="the server's port")] = _PORT
    over_tcp: Annotated[bool, Meta(description="query over TCP from the start")] = field(
        name="tcp", default=False
    )

    def __post_init__(self) -> None:
        """Check that some record is expected, and that the addresses are valid."""
        if self.a is None and self.aaaa is None and not self.cname and not self.txt:
            raise ValueError("no record is expected: name `a`, `aaaa`, `cname` or `txt`")
        for family, addresses in ((4, self.a), (6, self.aaaa)):
            for address in addresses or ():
                if "${" not in address and not _is_address(address, family):
                    raise ValueError(f"{address} is not an IPv{family} address")

    def label(self) -> str:
        """Return the default title."""
        return one_line(f"dns {self.name}", 60)

    async def run(self, tools: Tools) -> Result:
        """Query each record type; the evidence names faults, or else the records."""
        name, faults, records, ttl_s = tools.expand(self.name), list[str](), list[str](), 0
        try:
            resolver = self._resolver(tools, name)
            for kind, expected in self._expected(tools):
                answer = await self._query(resolver, name, kind)
                values = _values(answer, kind)
                ttl_s = max(ttl_s, *_ttls(answer))
                faults += _faults(kind, values, expected)
                records.append(f"{kind} {join_names(sorted(values)) or 'none'}")
        except NameNotFoundError:
            return Result(Outcome.FAILED, f"{one_line(name, 80)} does not exist (NXDOMAIN)")
        except DnsError as error:
            return Result(Outcome.UNKNOWN, f"{one_line(name, 80)}: {error}")
        if self.ttl_at_most is not None and ttl_s > self.ttl_at_most:
            faults.append(f"TTL {ttl_s} s, limit {self.ttl_at_most:g} s")
        summary = "; ".join(faults or records) + ("" if faults else f"; TTL {ttl_s} s")
        outcome = Outcome.FAILED if faults else Outcome.PASSED
        evidence = one_line(f"{name}: {summary}")
        return Result(outcome, evidence, tuple(faults or records), {"ttl_s": float(ttl_s)})

    def _expected(self, tools: Tools) -> Iterator[tuple[str, frozenset[str]]]:
        listed = {"A": self.a, "AAAA": self.aaaa, "CNAME": self.cname and (self.cname,)}
        for kind, expected in {**listed, "TXT": self.txt or None}.items():
            if expected is not None:
                yield kind, frozenset(_canonical(kind, tools.expand(value)) for value in expected)

    def _resolver(self, tools: Tools, name: str) -> "Resolver":
        from dns.asyncresolver import Resolver  # noqa: PLC0415
        from dns.exception import DNSException  # noqa: PLC0415

        server = tools.expand(self.server or "")
        # The system's resolver may be on loopback, but forwards the query.
        if not tools.reaches(server or name):
            raise DnsError(str(ForbiddenHostError(server or name)))
        try:
            resolver = Resolver(configure=not server)
            if server:
                resolver.nameservers, resolver.port = [server], self.port
        except (DNSException, ValueError) as error:
            raise DnsError(
                f"{one_line(server, 60)} is not the address of a server: write it as 192.0.2.53"
                if server
                else "this machine has no name server configured"
            ) from error
        resolver.lifetime = self.timeout
        resolver.timeout = min(2.0, self.timeout)
        return resolver

    async def _query(self, resolver: "Resolver", name: str, kind: str) -> "Answer":
        from dns.exception import DNSException, Timeout  # noqa: PLC0415
        from dns.resolver import NXDOMAIN, NoNameservers  # noqa: PLC0415

        try:
            return await resolver.resolve(
                name, kind, tcp=self.over_tcp, raise_on_no_answer=False, search=False
            )
        except NXDOMAIN as error:
            raise NameNotFoundError from error
        except Timeout as error:
            raise DnsError(f"no response to {kind} in time") from error
        except NoNameservers as error:
            raise DnsError(f"{kind} was not answered: {_refusal(error)}") from error
        except (DNSException, ValueError, OSError, EOFError) as error:
            reason = one_line(str(error), 80) or type(error).__name__
            raise DnsError(f"{kind} has no readable response: {reason}") from error


def _refusal(error: Any) -> str:
    """Return the last server's refusal, such as SERVFAIL."""
    errors = error.kwargs.get("errors") or [(None, None, None, "no server could be queried")]
    return one_line(str(errors[-1][3]) or type(errors[-1][3]).__name__, 80)


def _values(answer: "Answer", kind: str) -> frozenset[str]:
    if answer.rrset is None:
        return frozenset()
    if kind == "TXT":
        texts = (b"".join(record.strings).decode("utf-8", "replace") for record in answer.rrset)
        return frozenset(texts)
    return frozenset(_canonical(kind, record.to_text()) for record in answer.rrset)


def _ttls(answer: "Answer") -> list[int]:
    """Return the TTL of each record in the chain of aliases, in seconds, and a 0."""
    links = [*answer.chaining_result.cnames, *([answer.rrset] if answer.rrset else [])]
    return [0, *(link.ttl for link in links)]


def _faults(kind: str, values: frozenset[str], expected: frozenset[str]) -> list[str]:
    faults = []
    if missing := sorted(expected - values):
        present = join_names(sorted(values)) or "none"
        faults.append(f"{kind} {one_line(join_names(missing), 80)} is missing, it has {present}")
    unexpected = [] if kind == "TXT" else sorted(values - expected)
    if unexpected and not missing:
        faults.append(f"{kind} {one_line(join_names(unexpected), 80)} is not in the card")
    return faults


def _canonical(kind: str, value: str) -> str:
    """Return a record in a canonical form, for comparison."""
    if kind == "CNAME":
        return value.rstrip(".").lower()
    if kind in _ADDRESSES and _is_address(value, _ADDRESSES[kind]):
        return str(ipaddress.ip_address(value))
    return value


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False
