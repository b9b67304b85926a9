"""The check `dns` against a small real server on loopback, over UDP and TCP."""

import asyncio
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from msgspec.structs import replace

from checks.core.base import Outcome, Result
from checks.core.run_check import run_check
from checks.dns import Dns
from cockpit.runtime.environment import is_loopback
from tests.checks.kit import WrongError, read, talking, tools
from tests.checks.kit import silent as mute
from tests.checks.name_server import Answer, saying, serving, zone


async def ask(port: int, name: str, **options: Any) -> Result:
    raw = {"check": "dns", "name": name, "server": "127.0.0.1", "port": port, "timeout": "2s"}
    return await read(Dns, **{**raw, **options}).run(tools(env={"SITE": "acme.test"}))


RIGHT: list[tuple[str, dict[str, Any], str]] = [
    ("api.acme.test", {"a": ["203.0.113.11", "203.0.113.10"]}, "A 203.0.113.10, 203.0.113.11"),
    ("api.${SITE}.", {"aaaa": ["2001:DB8:0::1"]}, "AAAA 2001:db8::1"),
    ("www.acme.test", {"cname": "api.acme.test", "ttl_at_most": "5m"}, "CNAME api.acme.test"),
    ("www.acme.test", {"a": ["203.0.113.10", "203.0.113.11"]}, "TTL 300 s"),
    ("acme.test", {"txt": ["v=spf1 -all", "part one part two"]}, "TXT"),
    ("acme.test", {"a": [], "aaaa": []}, "A none; AAAA none"),
]


@pytest.mark.parametrize(("name", "options", "said"), RIGHT)
async def test_passes_with_what_it_saw(name: str, options: dict[str, Any], said: str) -> None:
    async with serving(zone) as port:
        seen = await ask(port, name, **options)
    assert seen.outcome is Outcome.PASSED, seen
    assert said in seen.evidence


WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "api.acme.test",
        {"a": ["203.0.113.99"]},
        "api.acme.test: A 203.0.113.99 is missing, it has 203.0.113.10, 203.0.113.11",
    ),
    (
        "api.acme.test",
        {"a": ["203.0.113.10"]},
        "api.acme.test: A 203.0.113.11 is not in the card",
    ),
    ("api.acme.test", {"aaaa": []}, "api.acme.test: AAAA 2001:db8::1 is not in the card"),
    (
        "acme.test",
        {"cname": "lb.acme.test"},
        "acme.test: CNAME lb.acme.test is missing, it has none",
    ),
    ("gone.acme.test", {"a": []}, "gone.acme.test does not exist (NXDOMAIN)"),
    (
        "www.acme.test",
        {"a": ["203.0.113.10", "203.0.113.11"], "ttl_at_most": "1m"},
        "www.acme.test: TTL 300 s, limit 60 s",
    ),
]


@pytest.mark.parametrize(("name", "options", "said"), WRONG)
async def test_fails_with_the_offender(name: str, options: dict[str, Any], said: str) -> None:
    async with serving(zone) as port:
        seen = await ask(port, name, **options)
    assert (seen.outcome, seen.evidence) == (Outcome.FAILED, said)


@pytest.mark.outcome("dns", "failed")
async def test_a_record_is_missing_among_texts() -> None:
    async with serving(zone) as port:
        seen = await ask(port, "acme.test", txt=["v=spf1 include:x -all"])
    assert seen.outcome is Outcome.FAILED
    assert "v=spf1 include:x -all is missing" in seen.evidence
    assert len(seen.evidence) <= 160


@pytest.mark.outcome("dns", "passed")
async def test_a_truncated_answer_is_asked_for_again_over_tcp() -> None:
    def cut(wire: bytes) -> bytes:
        answer = dns.message.make_response(dns.message.from_wire(wire))
        answer.flags |= dns.flags.TC
        return answer.to_wire()

    async with serving(cut) as port:
        seen = await ask(port, "api.acme.test", aaaa=["2001:db8::1"])
        assert (seen.outcome, seen.figures) == (Outcome.PASSED, {"ttl_s": 60.0})
        seen = await ask(port, "api.acme.test", aaaa=["2001:db8::1"], tcp=True)
        assert seen.outcome is Outcome.PASSED


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (saying(dns.rcode.SERVFAIL), "SERVFAIL"),
        (saying(dns.rcode.REFUSED), "REFUSED"),
        (lambda _: None, "no response to A in time"),
        (lambda wire: bytes([wire[0] ^ 255]) + wire[1:], ""),
        (lambda wire: wire[:12], ""),
        (lambda wire: wire[:2] + b"\xff" * 60_000, ""),
        (lambda _: b"\xff\xfe", ""),
        (lambda wire: wire, ""),
    ],
    ids=["servfail", "refused", "silent", "foreign", "cut", "huge", "garbage", "echo"],
)
async def test_law_1_no_answer_is_unknown(answer: Answer, said: str) -> None:
    async with serving(answer) as port:
        seen = await ask(port, "api.acme.test", a=[], timeout="300ms")
    assert seen.outcome is Outcome.UNKNOWN
    assert said in seen.evidence
    assert len(seen.evidence) < 300


def for_another(wire: bytes) -> bytes:
    answer = dns.message.make_response(dns.message.from_wire(wire))
    answer.answer.append(dns.rrset.from_text("evil.test.", 60, "IN", "A", "203.0.113.66"))
    return answer.to_wire()


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "answer",
    [
        lambda _: b"",
        lambda _: b"\xff" * 65_535,
        lambda wire: wire[:12] + b"\0" * 65_000,
        lambda wire: bytes([wire[0] ^ 255]) + wire[1:],
        saying(dns.rcode.SERVFAIL),
    ],
    ids=["empty", "huge", "zeros", "foreign", "servfail"],
)
async def test_law_1_no_answer_over_tcp_is_unknown(answer: Answer) -> None:
    async with serving(zone, answer) as port:
        seen = await ask(port, "api.acme.test", a=[], tcp=True, timeout="300ms")
    assert seen.outcome is Outcome.UNKNOWN, seen
    assert len(seen.evidence) < 300


@pytest.mark.law(1)
async def test_law_1_a_stream_without_an_answer_ends_in_time() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(2)
        while True:
            writer.write(b"\xff\xff" + b"\0" * 65_535)
            await writer.drain()

    for talk in (pour, mute):
        async with talking(talk) as port:
            seen = await ask(port, "api.acme.test", a=[], tcp=True, timeout="300ms")
        assert seen.outcome is Outcome.UNKNOWN


async def test_a_record_of_another_name_is_none_of_this_one() -> None:
    async with serving(for_another) as port:
        seen = await ask(port, "api.acme.test", a=["203.0.113.66"])
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == "api.acme.test: A 203.0.113.66 is missing, it has none"


@pytest.mark.law(1)
async def test_law_1_aliases_in_a_circle_are_unknown() -> None:
    async with serving(zone) as port:
        seen = await ask(port, "loop.acme.test", a=[], timeout="500ms")
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
async def test_law_1_nobody_there_and_no_address_are_unknown(free_port: int) -> None:
    seen = await ask(free_port, "api.acme.test", a=[], timeout="300ms")
    assert seen.outcome is Outcome.UNKNOWN
    for name in ("a" * 64 + ".test", "a..test", "\ud800.test"):
        assert (await ask(free_port, name, a=[])).outcome is Outcome.UNKNOWN, name
    seen = await ask(free_port, "api.acme.test", a=[], server="ns.acme.test")
    assert "ns.acme.test is not the address of a server" in seen.evidence


@pytest.mark.law(12)
async def test_law_12_the_callers_timeout_ends_it() -> None:
    async with serving(lambda _: None) as port:
        raw = {"name": "api.acme.test", "server": "127.0.0.1", "port": port, "a": []}
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await read(Dns, check="dns", timeout="5s", **raw).run(tools())
        seen = await run_check(read(Dns, check="dns", timeout="50ms", **raw), tools())
    assert seen.outcome is Outcome.UNKNOWN


@pytest.mark.outcome("dns", "unknown")
@pytest.mark.law(10)
async def test_law_10_a_rehearsal_asks_loopback_only() -> None:
    here = replace(tools(), reaches=is_loopback)
    away = read(Dns, check="dns", name="api.acme.test", a=[], server="192.0.2.53")
    seen = await away.run(here)
    assert seen.outcome is Outcome.UNKNOWN
    assert "a rehearsal reaches loopback only, and 192.0.2.53 is elsewhere" in seen.evidence
    # The system's resolver would pass the name on.
    seen = await read(Dns, check="dns", name="api.acme.test", a=[]).run(here)
    assert "api.acme.test is elsewhere" in seen.evidence


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "no record is expected"),
        ({"a": ["::1"]}, "::1 is not an IPv4 address"),
        ({"aaaa": ["10.0.0.1"]}, "10.0.0.1 is not an IPv6 address"),
        ({"a": [], "port": 0}, "write at least 1"),
        ({"a": [], "ttl_at_most": 60}, "not a duration"),
    ],
)
def test_a_wrong_card_says_what_is_wrong(options: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongError, match=said):
        read(Dns, check="dns", name="x.test", **options)


def test_label() -> None:
    assert read(Dns, check="dns", name="x.test", a=[]).label() == "dns x.test"
