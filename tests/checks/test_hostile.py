"""Every kind of check meets every wrong reply: in time, in a sentence, never passed."""

import asyncio
import json
import re
import socket
import subprocess
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

import httpx
import pytest
import trustme
from msgspec.structs import replace

from checks.core.base import Check, Outcome, Result, Target, Tools
from checks.core.run_check import run_check
from checks.registry import AnyCheck
from cockpit.card.read.shape import tag
from cockpit.rehearsal.host.postgres_install import locate
from tests.checks.hostile import (
    OPENAPI,
    PASSWORD,
    PROTOCOLS,
    STRANGERS,
    Peer,
    Place,
    Protocol,
    Right,
    at_http,
    at_url,
    blurting,
    cuts,
    over_tcp,
)
from tests.checks.kit import Talk, authorities, read, talking, tools
from tests.checks.name_server import Datagrams
from tests.checks.peers import Hurried

KINDS: Mapping[str, type[Check]] = {tag(kind)[1]: kind for kind in get_args(AnyCheck)}

AUTHORITY = trustme.CA().cert_pem.bytes()
"""Trusted here: to read all of the machine for eight peers at once takes longer than a timeout."""

TOKEN, KEY = "a-t0ken-of-ours", "0123456789abcdef"
LIMIT_S = 30.0
AT_ONCE = 8
"""How many peers that answer and end are met together; more of them would make each other late."""

UNKNOWN = frozenset({Outcome.UNKNOWN})
WRONG = frozenset({Outcome.UNKNOWN, Outcome.FAILED})
"""Where any answer at all is one that can be wrong."""

PORT, PROGRAMS = object(), object()
"""In the options of an entry: the peer's port, and the folder of PostgreSQL's programs."""


class Entry(NamedTuple):
    """One way in which a kind asks: its options in the card, and what it may come to.

    `passes` and `passes_empty` say why it is right that some wrong replies, or some that hold
    nothing, are `passed`; without a reason none is. `known` holds the complaints that are to be
    mended one day, each with its reason: one that no longer comes has to go.
    """

    kind: str
    protocol: str
    options: Mapping[str, Any]
    outcomes: frozenset[Outcome] = WRONG
    passes: str = ""
    passes_empty: str = ""
    empty: frozenset[str] = frozenset()
    """Those that hold nothing and that `passes_empty` is about; all when left out."""
    right: bytes | str = b""
    """A reply at which it must pass, or why there is none; the protocol's when left out."""
    passes_cut: str = ""
    """Why it is right that some of the right reply, cut, is `passed`."""
    cut: frozenset[str] = frozenset()
    """Those cuts that `passes_cut` is about; all when left out."""
    peers: frozenset[str] = frozenset()
    """The peers that it meets; all of the protocol when left out."""
    known: Mapping[str, str] = MappingProxyType({})


BRIEF: dict[str, Any] = {"timeout": "400ms"}
PATIENT: dict[str, Any] = {"timeout": "1s"}
EACH: dict[str, Any] = {"timeout": "5s", "each": "200ms"}
QUERY: dict[str, Any] = {"timeout": "500ms"}
API: dict[str, Any] = {"url": "${URL}", "token": "${TOKEN}", **BRIEF}
LOAD: dict[str, Any] = {
    "rate": "20/s",
    "duration": "1s",
    "warmup": "0s",
    "operations": [{"get": "/"}],
}
A_STATUS = "the card expects a status alone: an answer that has it is right, whatever it holds"
A_LOG = "whatever can be read is a log, and may be a clean one"
AN_EXIT = "the card expects an exit status alone: a command that ends with it has said all"
A_LINE = "a log of one line; an empty answer, file or output is unknown"
BY_REQUEST = "each request has another reply: its own tests have a peer that gives them"
NOW = "the right reply has a header with the time: its own tests give it"
RECENT = f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
A_CLEAN_LOG = b"took 3 s\ntook 4 s\n"
SOME_LOG = frozenset({"only its first line", "only its first half", "all but its digits"})
LINES = frozenset({"an empty object", "an empty list", "an empty value", "an empty text"})

ENTRIES: Mapping[str, Entry] = {
    "http": Entry("http", "http", {"path": "/", "body": "ok", "status": [200, 302], **BRIEF}),
    "http by status": Entry(
        "http",
        "http",
        {"url": "${URL}", **BRIEF},
        passes=A_STATUS,
        passes_empty=A_STATUS,
        passes_cut=A_STATUS,
    ),
    "all": Entry(
        "all", "http", {"checks": [{"check": "http", "path": "/", "body": "ok", **BRIEF}]}
    ),
    "auth": Entry("auth", "http", {"visibility": "all", **EACH}, right=BY_REQUEST),
    "cors": Entry(
        "cors", "http", {"origins": ["https://a.example"], "path": "/", **EACH}, right=BY_REQUEST
    ),
    "rate-limit": Entry("rate-limit", "http", {"path": "/", "within": 5, **EACH}, right=BY_REQUEST),
    "clock": Entry("clock", "http", BRIEF, UNKNOWN, right=NOW),
    "clock of the database": Entry("clock", "postgres", QUERY),
    "backup by address": Entry(
        "backup", "http", {"url": "${URL}/latest", **BRIEF}, UNKNOWN, right=NOW
    ),
    "backup by key": Entry(
        "backup",
        "http",
        {"url": "${URL}", "key": "ended", **BRIEF},
        UNKNOWN,
        right=b'{\n"ended": "%b"}' % RECENT.encode(),
    ),
    "backup by command": Entry(
        "backup", "program", {"run": "${PROGRAM}", **BRIEF}, right=RECENT.encode()
    ),
    "backup by files": Entry(
        "backup",
        "file",
        {"files": "${FILE}", **BRIEF},
        right="it is unknown without an earlier one: tests/checks/test_backup.py has both",
    ),
    "pii by address": Entry(
        "pii",
        "http",
        {"url": "${URL}/log", "newest": 16, **BRIEF},
        passes=A_LOG,
        passes_empty=A_LINE,
        empty=LINES,
        right=A_CLEAN_LOG,
        passes_cut=A_LOG,
        cut=SOME_LOG,
    ),
    "pii by command": Entry(
        "pii",
        "program",
        {"run": "${PROGRAM}", **BRIEF},
        passes=A_LOG,
        right=A_CLEAN_LOG,
        passes_cut=A_LOG,
        cut=SOME_LOG,
    ),
    "pii by file": Entry(
        "pii",
        "file",
        {"file": "${FILE}", **BRIEF},
        passes=A_LOG,
        passes_empty=A_LINE,
        empty=LINES | {"no operations"},
        right=A_CLEAN_LOG,
        passes_cut=A_LOG,
        cut=SOME_LOG,
    ),
    "prometheus": Entry(
        "prometheus",
        "http",
        {"queries": {"q": "up"}, "rules": ["R"], "alertmanager": "${URL}", "within": "200ms"} | API,
        UNKNOWN,
        right=BY_REQUEST,
    ),
    "prometheus by query": Entry(
        "prometheus", "http", {"queries": {"q": "up"}} | API, UNKNOWN, right=BY_REQUEST
    ),
    "prometheus by rules": Entry(
        "prometheus", "http", {"rules": ["R"]} | API, UNKNOWN, right=BY_REQUEST
    ),
    "dashboards": Entry(
        "dashboards", "http", {"dashboards": ["slo"], **API}, UNKNOWN, right=BY_REQUEST
    ),
    "budget": Entry(
        "budget", "http", {"share": "1 %", "p95": "1s", **API}, UNKNOWN, right=BY_REQUEST
    ),
    "sentry": Entry(
        "sentry",
        "http",
        {"dsn": "${DSN}", "api": "${URL}", "project": "a/b", "token": "${TOKEN}"}
        | {"within": "200ms", **BRIEF},
        UNKNOWN,
        right=BY_REQUEST,
    ),
    "load on a silent peer": Entry(
        "load", "http", LOAD | BRIEF, peers=frozenset({"silent"}), right="it is the one below"
    ),
    "load": Entry(
        "load",
        "http",
        LOAD | {"timeout": "20s"},
        passes=A_STATUS,
        passes_empty=A_STATUS,
        # Each that is answered at all starts Locust, which takes seconds of a core.
        peers=frozenset({"nothing", "garbage", "half", "an error", "an empty body"}),
        right="a status alone is right, as of `an empty body`; a body is not looked at",
    ),
    "postgres": Entry("postgres", "postgres", QUERY),
    "postgres by query": Entry("postgres", "postgres", {"query": "SELECT true", **QUERY}),
    "database": Entry("database", "postgres", QUERY),
    "migrations": Entry("migrations", "postgres", {"table": "done", "folder": ".", **QUERY}),
    "restore": Entry("restore", "postgres", {"tools": PROGRAMS, **QUERY}),
    "tls": Entry("tls", "tls", {"ca": "ca.pem", **BRIEF}, UNKNOWN),
    "dns": Entry(
        "dns",
        "dns",
        {"name": "a.test", "a": ["203.0.113.1"], "server": "127.0.0.1", "port": PORT, **BRIEF},
    ),
    "dns over TCP": Entry(
        "dns",
        "dns",
        {"name": "a.test", "txt": ["v=1"], "tcp": True, "server": "127.0.0.1", "port": PORT}
        | BRIEF,
        right=b'a.test. 60 A 203.0.113.1\na.test. 60 TXT "v=1"\n',
    ),
    "command": Entry("command", "program", {"run": "${PROGRAM}", "expect": "3 passed", **BRIEF}),
    "command by status": Entry(
        "command",
        "program",
        {"run": "${PROGRAM}", **BRIEF},
        passes=AN_EXIT,
        passes_empty=AN_EXIT,
        passes_cut=AN_EXIT,
    ),
    "routes of the code": Entry(
        "routes",
        "file",
        {"code": "${FILE}", "openapi": "api.json"},
        right=b"\nGET /\n",
    ),
    "routes of the specification": Entry(
        "routes",
        "file",
        {"code": "routes", "spec": "${FILE}"},
        right=b"\nGET /\n",
    ),
    "surface": Entry(
        "surface",
        "file",
        {"public": 1, "openapi": "${FILE}"},
        passes_cut="what is left has the operation, and no digit of it is looked at",
        cut=frozenset({"all but its digits"}),
    ),
    "compatibility of": Entry(
        "compatibility", "file", {"against": "api.json", "openapi": "${FILE}"}
    ),
    "compatibility with": Entry(
        "compatibility", "file", {"against": "${FILE}", "openapi": "api.json"}
    ),
}


class AsksNobody(NamedTuple):
    """A kind that asks nobody: why, and options with which it is tried."""

    why: str
    options: Mapping[str, Any]


ASK_NOBODY: Mapping[str, AsksNobody] = {
    "secrets": AsksNobody("looks at the environment of the cockpit alone", {}),
    "measured": AsksNobody(
        "reads what another check of the run has recorded", {"of": "a", "figure": "b", "at_most": 1}
    ),
}


def unknown_to_the_suite(kinds: Mapping[str, type[Check]]) -> list[str]:
    """Return the kinds that stand in none of the tables above."""
    return sorted(kinds.keys() - {entry.kind for entry in ENTRIES.values()} - ASK_NOBODY.keys())


async def complaints(
    model: type[Check], entry: Entry, folder: Path, programs: str = ""
) -> list[str]:
    """Let a check meet each peer of its protocol; return what is wrong, a line each.

    Wrong is: `passed` without a reason in the table, an exception, no evidence or evidence of more
    than one line, a secret in the result, and a check that has understood none of its peers.
    """
    protocol = PROTOCOLS[entry.protocol]
    peers = {**protocol.wrong, **protocol.empty}
    results = await meet_all(model, entry, folder, programs)
    lines = await complaints_of_right(model, entry, folder, programs)
    for name, result in results.items():
        passes = entry.passes
        if name in protocol.empty:
            passes = entry.passes_empty if name in (entry.empty or peers) else ""
        allowed = entry.outcomes | ({Outcome.PASSED} if passes else set())
        lines += [f"{name} {fault}: {result.evidence}" for fault in faults(result, allowed)]
    is_deaf = bool(protocol.empty & results.keys()) and not has_understood_one(protocol, results)
    return [*lines, nothing_understood(entry)] if is_deaf else lines


async def complaints_of_right(
    model: type[Check], entry: Entry, folder: Path, programs: str
) -> list[str]:
    """Let a check meet its right reply and what is left of it; return what is wrong, a line each.

    It must pass at the whole, and may not at a cut one without a reason in the table.
    """
    right = right_of(entry)
    if isinstance(right, str):
        return []
    replies = {"the whole": right.reply, **cuts(right.reply)}
    peers = {f"of the right reply, {name}": right.giving(cut) for name, cut in replies.items()}
    results = await meet(model, entry, peers, folder, programs)
    whole = next(iter(peers))
    if results[whole].outcome is not Outcome.PASSED:  # it may only have come late: no hurry now
        patient = entry._replace(options={**entry.options, "timeout": "1m"})
        alone = {whole: peers[whole]}
        results |= await meet(model, patient, alone, folder / "alone", programs)
    lines = []
    for name, result in zip(replies, results.values(), strict=True):
        allowed = WRONG
        if name == "the whole":
            allowed = frozenset({Outcome.PASSED})
        elif entry.passes_cut and name in (entry.cut or replies):
            allowed |= {Outcome.PASSED}
        lines += [
            f"of the right reply, {name} {fault}: {result.evidence}"
            for fault in faults(result, allowed)
        ]
    return lines


def right_of(entry: Entry) -> Right | str:
    """Return the reply at which an entry must pass, or why there is none."""
    right = PROTOCOLS[entry.protocol].right
    if not entry.right or isinstance(entry.right, str):
        return entry.right or right
    assert isinstance(right, Right), f"{entry.protocol} has no `right`, so an entry has none"
    return right._replace(reply=entry.right)


def has_understood_one(protocol: Protocol, results: Mapping[str, Result]) -> bool:
    """Whether the result at some polite peer differs from each result at the foreign peers.

    A check of another protocol comes to a timeout, or to the same error, at all of them.
    """
    foreign = {outline(results[name]) for name in protocol.foreign & results.keys()}
    return any(outline(results[name]) not in foreign for name in protocol.empty & results.keys())


def nothing_understood(entry: Entry) -> str:
    return (
        f"no reply of the protocol {entry.protocol} was understood: add the protocol's peers to "
        "PROTOCOLS in tests/checks/hostile.py, with a polite reply that lacks the value"
    )


def outline(result: Result) -> str:
    """Return the outcome and the evidence without what differs by peer: paths and numbers."""
    return f"{result.outcome}: " + re.sub(r"/\S*(?: \S+)*/|[0-9.,]+ ?m?s?", "#", result.evidence)


async def meet_all(
    model: type[Check], entry: Entry, folder: Path, programs: str
) -> dict[str, Result]:
    """Let a check meet every peer of an entry.

    A peer that answers, but at which the check came to a timeout in its group, is met again alone:
    its reply may only have come late. If it came to one at all of them, their replies may not be
    what it waits for, and it meets only the polite ones again.
    """
    protocol = PROTOCOLS[entry.protocol]
    peers = {**protocol.wrong, **protocol.empty}
    names = [name for name in peers if not entry.peers or name in entry.peers]
    answering = [name for name in names if name not in protocol.waits | protocol.pours]
    # Peers that wait use no CPU, so they share the first group.
    quiet = [*(name for name in names if name in protocol.waits), *answering]
    groups = [quiet[at : at + AT_ONCE] for at in range(0, len(quiet), AT_ONCE)]
    groups.append([name for name in names if name in protocol.pours])
    results = {}
    for group in groups:
        met = {name: peers[name] for name in group}
        results |= await meet(model, entry, met, folder, programs)
    timeouts = {outline(results[name]) for name in protocol.waits & results.keys()}
    late = [name for name in answering if outline(results[name]) in timeouts]
    if len(late) == len(answering):
        late = [name for name in late if name in protocol.empty]
    for name in late:
        results |= await meet(model, entry, {name: peers[name]}, folder / "alone", programs)
    return results


async def meet(
    model: type[Check], entry: Entry, peers: Mapping[str, Peer], folder: Path, programs: str
) -> dict[str, Result]:
    """Let a check meet some peers at once, each in a folder of its own."""
    folders = [folder / name for name in peers]
    async with AsyncExitStack() as stack:
        places = []
        for own, peer in zip(folders, peers.values(), strict=True):
            furnish(own)
            places.append(await stack.enter_async_context(peer(own)))
        results = await asyncio.gather(
            *(
                ask(check_of(model, entry, place, programs), own, place)
                for own, place in zip(folders, places, strict=True)
            )
        )
    return dict(zip(peers, results, strict=True))


def check_of(model: type[Check], entry: Entry, place: Place, programs: str) -> Check:
    """Read the check as a card writes it, for one peer."""
    places = {id(PORT): place.port, id(PROGRAMS): programs}
    options = {key: places.get(id(value), value) for key, value in entry.options.items()}
    return read(model, check=entry.kind, **options)


def furnish(folder: Path) -> None:
    """Lay out the files beside the card."""
    folder.mkdir(parents=True)
    (folder / "api.json").write_text(json.dumps(OPENAPI))
    (folder / "routes").write_text("GET /\n")
    (folder / "0001_init.sql").touch()
    (folder / "ca.pem").write_bytes(AUTHORITY)


async def ask(check: Check, folder: Path, place: Place, **parts: Any) -> Result:
    """Run a check on a place, with tools of which some parts are others."""
    env = {
        "URL": place.url,
        "PROGRAM": place.program,
        "FILE": place.file,
        "TOKEN": TOKEN,
        "DSN": place.url.replace("://", f"://{KEY}@") + "/1",
    }
    target = Target(url=place.url, token="${TOKEN}", openapi="api.json", database=place.database)
    using = replace(tools(folder, env), clock=Hurried(), target=target, **parts)
    return await asyncio.wait_for(run_check(check, using), LIMIT_S)


def faults(result: Result, allowed: frozenset[Outcome]) -> list[str]:
    found = {
        f"is {result.outcome}": result.outcome not in allowed,
        "is no sentence": "could not look" in result.evidence,
        "says nothing": not result.evidence.strip(),
        "is no line": "\n" in result.evidence or len(result.evidence) > 600,
        "has details of several lines": any("\n" in line for line in result.details),
        "tells a secret": any(secret in str(result) for secret in (TOKEN, KEY, PASSWORD)),
    }
    return [fault for fault, is_so in found.items() if is_so]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of PostgreSQL's programs."""
    return str(locate(tmp_path_factory.mktemp("install")).bin)


@pytest.mark.law(1)
def test_the_suite_knows_every_kind() -> None:
    assert unknown_to_the_suite(KINDS) == [], "give each an entry, or say why it asks nobody"
    assert {entry.kind for entry in ENTRIES.values()} | ASK_NOBODY.keys() == KINDS.keys()


@pytest.mark.law(1)
def test_each_kind_meets_a_polite_and_a_foreign_peer_of_its_protocol() -> None:
    """Only then can it be seen whether it has understood a reply."""
    meets: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entry in ENTRIES.values():
        protocol = PROTOCOLS[entry.protocol]
        names = entry.peers or {*protocol.wrong, *protocol.empty}
        if names & protocol.empty.keys() and names & protocol.foreign:
            meets[entry.kind, entry.protocol] |= names
    assert {(entry.kind, entry.protocol) for entry in ENTRIES.values()} == meets.keys()


NOT_BY_OVER_TCP: Mapping[str, str] = {
    "http": "meets each in its own terms: a web page is a right reply of it",
    "dns": "is asked over UDP first, and over TCP in messages of a stated length",
    "program": "is a child process",
    "file": "is on the disk",
}


@pytest.mark.law(1)
@pytest.mark.parametrize("name", [name for name in PROTOCOLS if name not in NOT_BY_OVER_TCP])
def test_each_protocol_over_tcp_meets_the_strangers(name: str) -> None:
    protocol = PROTOCOLS[name]
    talks = {key: getattr(peer, "args", ())[-1:] for key, peer in protocol.wrong.items()}
    missing = [key for key, talk in STRANGERS.items() if talks.get(key) != (talk,)]
    assert missing == [], f"make PROTOCOLS[{name!r}] with over_tcp, which adds them"
    assert protocol.foreign >= STRANGERS.keys() - protocol.pours


@pytest.mark.law(1)
@pytest.mark.parametrize("name", ENTRIES)
def test_each_entry_has_a_right_reply_or_says_why_not(name: str) -> None:
    right = right_of(ENTRIES[name])
    text = right if isinstance(right, str) else right.reply.decode()
    assert text.strip(), "name a reply at which it must pass, or say why there is none"


def test_a_right_reply_is_cut_in_each_way_that_changes_it() -> None:
    assert cuts(b"+OK 1\n2\n") == {
        "only its first line": b"+OK 1\n",
        "only its first half": b"+OK ",
        "all but its digits": b"+OK \n\n",
        "nothing": b"",
    }
    assert cuts(b"ok") == {"only its first half": b"o", "nothing": b""}


@pytest.mark.law(1)
@pytest.mark.law(12)
@pytest.mark.parametrize("name", ENTRIES)
async def test_a_hostile_peer_is_never_right(tmp_path: Path, name: str, programs: str) -> None:
    entry = ENTRIES[name]
    lines = await complaints(KINDS[entry.kind], entry, tmp_path, programs)
    wrong = [line for line in lines if not line.startswith(tuple(entry.known))]
    assert wrong == [], (
        "let it end unknown where no right answer was read; where a right reply does not pass, "
        "mend `right` of its entry or of its protocol in tests/checks/hostile.py"
    )
    gone = [known for known in entry.known if not any(line.startswith(known) for line in lines)]
    assert gone == [], "this is mended: take it out of the table"


@pytest.mark.law(1)
@pytest.mark.parametrize("kind", ASK_NOBODY)
async def test_what_asks_nobody_opens_no_connection_and_starts_no_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it asks somebody")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    result = await ask(read(KINDS[kind], check=kind, **ASK_NOBODY[kind].options), tmp_path, Place())
    assert faults(result, WRONG) == []


ADDRESSES = (
    *("", "127.0.0.1", "//x", "http://", "http://[::", "http://a b/", "http://xn--a/"),
    *("file:///etc/passwd", "http://127.0.0.1\0/", "http://127.0.0.1:1/\n", "\ud800"),
    *("http://\ud800/", f"http://{'a' * 300}.test/", "http://127.0.0.1:\uff11/"),
    *(f"http://u:{PASSWORD}@127.0.0.1:{port}/" for port in ("0", "99999", "port", "-1")),
)


def scheme_of(entry: Entry) -> str:
    """Return the scheme of the addresses of an entry's protocol, empty where it has none."""
    return PROTOCOLS[entry.protocol].at(1).url.partition("://")[0]


@pytest.mark.law(8)
@pytest.mark.parametrize("name", [name for name, entry in ENTRIES.items() if scheme_of(entry)])
async def test_law_8_an_address_that_is_none_is_unknown_and_not_shown(
    tmp_path: Path, name: str
) -> None:
    entry, folder = ENTRIES[name], tmp_path / "card"
    furnish(folder)
    addresses = [re.sub("^http:", f"{scheme_of(entry)}:", url) for url in ADDRESSES]
    places = [Place(url=url, port=1) for url in addresses]
    check = check_of(KINDS[entry.kind], entry, places[0], programs="")
    every = await asyncio.gather(*(ask(check, folder, place) for place in places))
    assert [
        f"{url!a} {fault}: {result.evidence}"
        for url, result in zip(addresses, every, strict=True)
        for fault in faults(result, UNKNOWN)
    ] == []


def test_whoever_names_an_address_has_a_scheme() -> None:
    naming = [name for name, entry in ENTRIES.items() if "${URL}" in str(entry.options)]
    lacking = [name for name in naming if not scheme_of(ENTRIES[name])]
    assert lacking == [], "give `at` of its protocol the scheme: over_tcp(at_url(...), ...)"


@asynccontextmanager
async def listening(at: Callable[[int], Place]) -> AsyncIterator[tuple[Place, list[str]]]:
    """Listen at a port over TCP and UDP; yield where, and who has come so far."""
    visits: list[str] = []

    async def talk(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
        visits.append("a connection over TCP")

    def hear(_: bytes) -> None:
        visits.append("a datagram")

    async with talking(talk) as port:
        datagrams, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Datagrams(hear), local_addr=("127.0.0.1", port)
        )
        try:
            yield at(port)._replace(program="true", file="api.json"), visits
        finally:
            datagrams.close()


async def refused(request: httpx.Request) -> None:
    raise httpx.ConnectError("this host may not be reached", request=request)


FORBIDDING: Mapping[str, Any] = {
    "reaches": lambda _: False,
    "http": lambda _: httpx.AsyncClient(event_hooks={"request": [refused]}, verify=authorities()),
    "many": lambda _, __: httpx.AsyncClient(
        event_hooks={"request": [refused]}, verify=authorities()
    ),
}
"""The parts of tools that let no host be reached."""


@pytest.mark.law(10)
@pytest.mark.parametrize("name", ENTRIES)
async def test_law_10_a_host_that_may_not_be_reached_is_not_connected_to(
    tmp_path: Path, name: str, programs: str
) -> None:
    """A kind that connects otherwise than with the tools' HTTP client calls `tools.reaches`."""
    entry, folder = ENTRIES[name], tmp_path / "card"
    furnish(folder)
    async with listening(PROTOCOLS[entry.protocol].at) as (place, visits):
        check = check_of(KINDS[entry.kind], entry, place, programs)
        result = await ask(check, folder, place, **FORBIDDING)
        assert visits == [], "ask `tools.reaches` before you connect to a host"
        asks_a_host = entry.protocol not in ("program", "file")
        assert faults(result, UNKNOWN if asks_a_host else frozenset(Outcome)) == []
        await ask(check, folder, place)
    assert bool(visits) == asks_a_host, (
        "it does not connect when it may, so nothing is proved: name it a peer in its own scheme, "
        "by `at` of its protocol in tests/checks/hostile.py"
    )


class Sloppy(Check, kw_only=True, frozen=True, tag="sloppy"):
    """Passes for any answer: it asks and does not look at what it is told."""

    def label(self) -> str:
        return "sloppy"

    async def run(self, tools: Tools) -> Result:
        async with tools.http(self.timeout) as client:
            try:
                await client.get(tools.target.url)
            except httpx.HTTPError as error:
                return Result(Outcome.UNKNOWN, type(error).__name__)
        return Result(Outcome.PASSED, "answered")


class Deaf(Check, kw_only=True, frozen=True, tag="deaf"):
    """Passes without an answer: who says nothing says nothing bad."""

    def label(self) -> str:
        return "deaf"

    async def run(self, tools: Tools) -> Result:
        async with tools.http(self.timeout / 2) as client:
            try:
                answer = await client.get(tools.target.url)
            except httpx.HTTPError:
                return Result(Outcome.PASSED, "no complaint was heard")
        return Result(Outcome.FAILED, f"complains: {answer.status_code}")


class NoNewsIsGoodNews(Check, kw_only=True, frozen=True, tag="no-news"):
    """Passes for an empty list: all of nothing is well."""

    def label(self) -> str:
        return "no-news"

    async def run(self, tools: Tools) -> Result:
        async with tools.http(self.timeout) as client:
            try:
                alerts = (await client.get(tools.target.url)).json()
            except (httpx.HTTPError, ValueError, RecursionError) as error:
                return Result(Outcome.UNKNOWN, type(error).__name__)
        if not isinstance(alerts, list) or any(alerts):
            return Result(Outcome.FAILED, "is alerting")
        return Result(Outcome.PASSED, "no alert")


class Careless(Check, kw_only=True, frozen=True, tag="careless"):
    """Takes every answer for the right shape, and shows what it holds, secrets and all."""

    def label(self) -> str:
        return "careless"

    async def run(self, tools: Tools) -> Result:
        async with tools.http(self.timeout) as client:
            answer = await client.get(tools.target.url)
        return Result(Outcome.FAILED, f"{tools.expand(tools.target.token)}: {answer.json()['up']}")


class OpenPort(Check, kw_only=True, frozen=True, tag="open-port"):
    """Passes when something listens at the port."""

    def label(self) -> str:
        return "open-port"

    async def run(self, tools: Tools) -> Result:
        host, port = httpx.URL(tools.target.url).host, httpx.URL(tools.target.url).port
        _, writer = await asyncio.open_connection(host, port)
        writer.close()
        return Result(Outcome.PASSED, "is up")


@pytest.mark.law(10)
async def test_law_10_a_new_kind_that_does_not_call_reaches_is_noticed(tmp_path: Path) -> None:
    async with listening(at_http) as (place, visits):
        await ask(read(OpenPort, check="open-port"), tmp_path, place, **FORBIDDING)
    assert visits == ["a connection over TCP"]


SLOPPY: list[tuple[type[Check], str, set[str]]] = [
    (Sloppy, "is passed", {"an empty body", "a page", "an error", "NaN", "deep", "no content"}),
    (Deaf, "is passed", {"silent", "nothing", "garbage", "half"}),
    (NoNewsIsGoodNews, "is passed", {"an empty list", "a list"}),
    (Careless, "is no sentence", {"garbage", "a list", "null", "an empty object"}),
    (OpenPort, "is passed", {"silent", "nothing", "garbage", "an empty body"}),
]


@pytest.mark.law(1)
@pytest.mark.parametrize(("model", "fault", "peers"), SLOPPY)
async def test_a_sloppy_new_kind_is_stopped(
    tmp_path: Path, model: type[Check], fault: str, peers: set[str]
) -> None:
    """What this suite stops before it is in a card.

    A new kind that is in no table at all; one that passes for any answer, for none, for an empty
    list or for an open port; and one that ends in an exception where an answer has another shape.
    """
    kind = tag(model)[1]
    assert kind in unknown_to_the_suite({**KINDS, kind: model})
    found = await complaints(model, Entry(kind, "http", PATIENT), tmp_path)
    stopped = {line.partition(f" {fault}: ")[0] for line in found if f" {fault}: " in line}
    assert stopped >= peers


class NoRowsIsFine(Check, kw_only=True, frozen=True, tag="no-rows"):
    """Passes for a query without a row: no row is wrong."""

    def label(self) -> str:
        return "no-rows"

    async def run(self, tools: Tools) -> Result:
        from checks.pg.connection import DatabaseError, reading  # noqa: PLC0415

        try:
            async with reading(tools.target.database, self.timeout) as link:
                rows = await link.fetch("SELECT wrong")
        except DatabaseError as error:
            return Result(Outcome.UNKNOWN, str(error))
        outcome = Outcome.FAILED if rows else Outcome.PASSED
        return Result(outcome, f"{len(rows)} are wrong")


@pytest.mark.law(1)
async def test_a_query_without_rows_is_no_pass(tmp_path: Path) -> None:
    found = await complaints(NoRowsIsFine, Entry("no-rows", "postgres", PATIENT), tmp_path)
    assert any(line.startswith("no rows is passed") for line in found)


class MadeUp(Check, kw_only=True, frozen=True, tag="made-up"):
    """Passes without a value: a `used_memory` that is missing is 0."""

    def label(self) -> str:
        return "made up"

    async def run(self, tools: Tools) -> Result:
        at = httpx.URL(tools.target.url)
        reader, writer = await asyncio.open_connection(at.host, at.port)
        writer.write(b"INFO memory\r\n")
        try:
            head = await reader.readline()
            if not head.startswith(b"$"):
                return Result(Outcome.UNKNOWN, "is another protocol")
            body = (await reader.readexactly(int(head[1:]))).decode()
        except (OSError, EOFError, ValueError) as error:
            return Result(Outcome.UNKNOWN, type(error).__name__)
        finally:
            writer.close()
        values = dict(line.split(":", 1) for line in body.split() if ":" in line)
        return Result(Outcome.PASSED, f"{int(values.get('used_memory') or 0)} bytes")


def made_up(text: bytes) -> Talk:
    """Return a talk that replies with a text, after its length."""
    return blurting(b"$%d\r\n%b" % (len(text), text))


@pytest.mark.law(1)
async def test_a_kind_of_another_protocol_needs_peers_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Peers of the wrong protocol prove nothing: no reply of theirs is ever read to its end."""
    for protocol in ("http", "tls"):
        entry, folder = Entry("made-up", protocol, BRIEF, right="none"), tmp_path / protocol
        assert await complaints(MadeUp, entry, folder) == [nothing_understood(entry)]
    own = over_tcp(
        at_url("made-up://127.0.0.1:{port}"),
        wrong={},
        empty={"no memory": made_up(b"# Memory\r\n")},
        right=(b"# Memory\r\nused_memory:1\r\n", made_up),
    )
    monkeypatch.setitem(PROTOCOLS, "made-up", own)
    lines = await complaints(MadeUp, Entry("made-up", "made-up", BRIEF), tmp_path / "made-up")
    assert lines == [
        "of the right reply, only its first line is passed: 0 bytes",
        "of the right reply, only its first half is passed: 0 bytes",
        "of the right reply, all but its digits is passed: 0 bytes",
        "of the right reply, nothing is passed: 0 bytes",
        "no memory is passed: 0 bytes",
    ]
