"""Real loads of a second or two against real servers, and a child that speaks nonsense."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from msgspec.structs import replace

from checks.core.base import Outcome, Result, Tools
from checks.core.run_check import run_check
from checks.load import Load
from checks.loadgen import locust_command, locust_process
from tests.checks.kit import WrongError, read, silent, talking, tools

LIMIT_S = 40.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Serve = Callable[[Handler], Awaitable[str]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Serve a handler for every path on loopback; yields a function that returns its URL."""
    runners = []

    async def start(handler: Handler) -> str:
        app = web.Application()
        app.router.add_get("/{rest:.*}", handler)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        return f"http://{host}:{port}"

    yield start
    for runner in runners:
        await runner.cleanup()


def check(**options: Any) -> Load:
    short = {"rate": "40/s", "duration": "1s", "warmup": "200ms", "operations": [{"get": "/a"}]}
    return read(Load, **{"check": "load", **short, **options})


async def ask(one: Load, using: Tools) -> Result:
    return await asyncio.wait_for(one.run(using), LIMIT_S)


async def quick(_: web.Request) -> web.StreamResponse:
    return web.json_response({"status": "ok"})


async def test_passes_and_says_each_second_how_it_stands(serve: Serve) -> None:
    asked: list[web.Request] = []
    said: list[str] = []

    async def seen(request: web.Request) -> web.StreamResponse:
        asked.append(request)
        return await quick(request)

    one = check(
        operations=[{"get": "/a?b=ä", "weight": 9}, {"get": "/c"}],
        rate="2x", expects="${EXPECTED}", token=True, p95="1s", average="< 500ms",
    )  # fmt: skip
    env = {"JWT": "jwt", "EXPECTED": "20/s"}
    using = tools(url=await serve(seen) + "/api/", token="${JWT}", env=env)
    result = await ask(one, replace(using, say=said.append))
    assert result.outcome is Outcome.PASSED, result
    assert "/s of 40/s offered for 1 s, average " in result.evidence
    assert result.evidence.endswith(" failed")
    assert result.figures["rps"] == pytest.approx(40, abs=3)
    assert 0 < result.figures["average_s"] <= result.figures["p99_s"] < 1
    assert result.figures["failures"] == 0
    assert {request.headers["Authorization"] for request in asked} == {"Bearer jwt"}
    paths = [request.path_qs for request in asked]
    assert set(paths) == {"/api/a?b=%C3%A4", "/api/c"}
    assert paths.count("/api/a?b=%C3%A4") > paths.count("/api/c")
    # Those of the warm-up were sent, and stand in no figure.
    assert len(asked) > result.figures["rps"] + 3
    assert any("p95" in words and "failed" in words for words in said)


@pytest.mark.outcome("load", "failed")
async def test_a_slow_target_fails_by_its_limits_and_is_given_up_early(serve: Serve) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.2 if request.path == "/slow" else 0.0)
        return await quick(request)

    operations = [{"get": "/slow", "weight": 3}, {"get": "/a"}]
    one = check(operations=operations, duration="20s", average="100ms", p95="150ms", p99="2s")
    result = await ask(one, tools(url=await serve(slow)))
    assert result.outcome is Outcome.FAILED
    assert result.evidence.startswith("p95 ")
    assert "limit 150 ms" in result.evidence
    assert result.figures["p95_s"] >= 0.2
    assert "slowest: GET /slow" in result.evidence
    assert ", given up after " in result.evidence
    assert result.details[0].startswith("GET /slow: ")


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("env", "words"),
    [({}, "EXPECTED is not set"), ({"EXPECTED": "many"}, "'many' is not a rate: write 50/s")],
)
async def test_law_1_without_the_expected_rate_nothing_is_sent(
    env: dict[str, str], words: str
) -> None:
    result = await run_check(check(rate="2x", expects="${EXPECTED}"), tools(env=env))
    assert result.outcome is Outcome.UNKNOWN
    assert words in result.evidence


async def test_failures_are_counted_and_named(serve: Serve) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        return web.Response(status=503) if request.path == "/b" else await quick(request)

    one = check(operations=[{"get": "/a"}, {"get": "/b"}])
    url = await serve(broken)
    result = await ask(one, tools(url=url))
    assert result.outcome is Outcome.FAILED
    assert "requests failed, limit 0 % (503 from GET /b)" in result.evidence
    lenient = await ask(check(operations=[{"get": "/b"}], failures="100 %"), tools(url=url))
    assert lenient.outcome is Outcome.PASSED


@pytest.mark.law(1)
async def test_law_1_a_stalled_target_is_unknown_and_says_why(serve: Serve) -> None:
    asked = 0

    async def stalling(request: web.Request) -> web.StreamResponse:
        nonlocal asked
        asked += 1
        if asked > 30:
            await asyncio.get_running_loop().create_future()
        return await quick(request)

    result = await ask(check(p95="250ms", duration="1s"), tools(url=await serve(stalling)))
    assert result.outcome is Outcome.UNKNOWN
    assert "/s of the offered 40/s were achieved" in result.evidence
    assert result.figures["p99_s"] > 1, "those without an answer count with the time they waited"
    assert "coordinated omission" in result.evidence


@pytest.mark.law(9)
async def test_law_9_hostile_answers_end_in_time_and_in_little_room(serve: Serve) -> None:
    async def hostile(request: web.Request) -> web.StreamResponse:
        match request.path:
            case "/around":
                return web.Response(status=302, headers={"Location": str(request.url)})
            case "/bytes":
                return web.Response(body=b"\xff\xfe\x00", headers={"Content-Encoding": "gzip"})
            case "/silent":
                await asyncio.get_running_loop().create_future()
        endless = web.StreamResponse()
        await endless.prepare(request)
        with suppress(ConnectionError):
            while True:
                await endless.write(b"y" * 64_000)
        return endless

    paths = ("/around", "/bytes", "/silent", "/endless")
    one = check(
        operations=[{"get": path} for path in paths], rate="20/s", within="300ms", users=20
    )  # fmt: skip
    result = await ask(one, tools(url=await serve(hostile)))
    assert result.outcome is Outcome.FAILED
    reasons = " ".join(result.details)
    assert "302 from GET /around" in reasons
    assert "Timeout from GET /silent" in reasons
    assert "from GET /bytes: " not in reasons
    assert "from GET /endless: " not in reasons


@pytest.mark.law(1)
async def test_law_1_no_target_no_answer_or_no_token_is_no_load(free_port: int) -> None:
    for using, words in (
        (tools(), "set `target.url`"),
        (tools(url="ftp://127.0.0.1"), "must be like http://host:port"),
        (tools(url="http://127.0.0.1:99999"), "must be like http://host:port"),
        (
            tools(url=f"http://127.0.0.1:{free_port}"),
            "no complete response (Connection refused)",
        ),
    ):
        result = await ask(check(), using)
        assert result.outcome is Outcome.UNKNOWN
        assert words in result.evidence
    async with talking(silent) as port:
        using = tools(url=f"http://127.0.0.1:{port}")
        result = await ask(check(within="100ms"), using)
        assert (
            result.evidence == "no load is sent: the target gave no complete response within 100 ms"
        )
        assert "set `target.token`" in (await ask(check(token=True), using)).evidence
        using = tools(url=f"http://127.0.0.1:{port}", token="${JWT}", env={"JWT": "a\nb"})
        assert "illegal in a header" in (await ask(check(token=True), using)).evidence


@pytest.mark.law(10)
async def test_law_10_a_rehearsal_sends_no_load_elsewhere() -> None:
    using = replace(tools(url="http://127.0.0.1:1"), reaches=lambda host: host == "127.0.0.1")
    elsewhere = replace(using, target=replace(using.target, url="http://192.0.2.1/"))
    result = await ask(check(), elsewhere)
    assert result.evidence == (
        "no load is sent: a rehearsal reaches loopback only, and 192.0.2.1 is elsewhere"
    )
    listening = check(workers=1, listen="0.0.0.0:5557")
    assert "and 0.0.0.0 is elsewhere" in (await ask(listening, using)).evidence


@pytest.mark.outcome("load", "passed")
async def test_a_locustfile_of_the_cards_own(serve: Serve, tmp_path: Path) -> None:
    text = """
from locust import FastHttpUser, constant_throughput, task
print("chatter" * 1000)
class Mine(FastHttpUser):
    wait_time = constant_throughput(10)
    @task
    def mine(self):
        print('{"measured_s": NaN}')
        self.client.get("/mine")
"""
    (tmp_path / "mine.py").write_text(text)
    one = check(operations=[], rate=None, users=4, locustfile="mine.py", average="1s")
    result = await ask(one, tools(tmp_path, url=await serve(quick)))
    assert result.outcome is Outcome.PASSED, result
    assert result.details[0].startswith("GET /mine: ")
    assert 20 < result.figures["rps"] < 60


@pytest.mark.law(1)
async def test_law_1_a_broken_locustfile_is_unknown_with_its_reason(
    serve: Serve, tmp_path: Path
) -> None:
    (tmp_path / "mine.py").write_text("raise ValueError('the moon is full')")
    one = check(operations=[], locustfile="mine.py")
    result = await ask(one, tools(tmp_path, url=await serve(quick)))
    assert result.outcome is Outcome.UNKNOWN
    assert "the moon is full" in result.evidence
    gone = await ask(
        check(operations=[], locustfile="gone.py"), tools(tmp_path, url=await serve(quick))
    )
    assert "Locust measured nothing: " in gone.evidence


async def test_processes_send_together(serve: Serve) -> None:
    result = await ask(check(processes=2), tools(url=await serve(quick)))
    assert result.outcome is Outcome.PASSED, result
    assert result.figures["rps"] == pytest.approx(40, abs=3)


async def test_workers_that_nobody_starts_are_missed(serve: Serve) -> None:
    one = check(workers=2, timeout="2s", listen=f"127.0.0.1:{locust_command.free_port()}")
    result = await ask(one, tools(url=await serve(quick)))
    assert result.outcome is Outcome.UNKNOWN
    assert "Gave up waiting for workers" in result.evidence


async def test_a_worker_elsewhere_is_sent_all_it_needs_and_missed_when_it_dies(
    serve: Serve, tmp_path: Path
) -> None:
    port = locust_command.free_port()
    argv = [sys.executable, "-P", "-m", "locust", "--worker", "-f", "-"]
    argv += ["--master-host", "127.0.0.1", "--master-port", str(port)]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    null = asyncio.subprocess.DEVNULL
    worker = await asyncio.create_subprocess_exec(
        *argv, cwd=tmp_path, env=kept, stdin=null, stdout=null, stderr=null
    )
    said = []

    def say(words: str) -> None:
        said.append(words)
        if " p95 " in words and worker.returncode is None:
            with suppress(ProcessLookupError):
                worker.kill()

    one = check(workers=1, duration="600s", listen=f"127.0.0.1:{port}")
    try:
        result = await ask(one, replace(tools(url=await serve(quick)), say=say))
    finally:
        with suppress(ProcessLookupError):
            worker.kill()
        await worker.wait()
    assert any(" p95 " in words for words in said)
    assert result.outcome is Outcome.UNKNOWN
    assert result.evidence.startswith("worker ")
    assert "has died, noticed after" in result.evidence


@pytest.mark.outcome("load", "unknown")
async def test_a_process_of_this_machine_that_dies_is_named(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    mains = watched(monkeypatch)
    killed: list[int] = []

    def say(words: str) -> None:
        if " p95 " in words and not killed:
            children = Path(f"/proc/{mains[0]}/task/{mains[0]}/children").read_text().split()
            killed.append(int(children[0]))
            os.kill(killed[0], signal.SIGKILL)

    one = check(processes=2, duration="600s")
    result = await ask(one, replace(tools(url=await serve(quick)), say=say))
    assert killed
    assert result.outcome is Outcome.UNKNOWN
    assert result.evidence.startswith("worker ")
    assert "has died, noticed after" in result.evidence


def watched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that the ids of processes started from now on are added to."""
    begun: list[int] = []
    starting = asyncio.create_subprocess_exec

    async def start(*argv: Any, **options: Any) -> asyncio.subprocess.Process:
        process = await starting(*argv, **options)
        begun.append(process.pid)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", start)
    return begun


async def _gone(group: int) -> bool:
    """Whether a process group ends."""
    for _ in range(200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        await asyncio.get_running_loop().run_in_executor(None, os.sched_yield)
        await asyncio.wait([asyncio.ensure_future(asyncio.Event().wait())], timeout=0.02)
    return False


@pytest.mark.parametrize("processes", [1, 2])
async def test_cancelled_it_leaves_nothing_behind(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    groups, begun = watched(monkeypatch), asyncio.Event()
    using = replace(tools(url=await serve(quick)), say=lambda _: begun.set())
    looking = asyncio.create_task(check(duration="60s", processes=processes).run(using))
    await asyncio.wait_for(begun.wait(), LIMIT_S)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    assert await _gone(groups[0])


async def test_the_child_ends_with_a_cockpit_that_is_killed(tmp_path: Path) -> None:
    """The end of its input is all that it is told: nobody is left to kill it."""
    (tmp_path / "busy.py").write_text(
        "from locust import User\nclass Busy(User): pass\nprint('x')\nwhile True: pass\n"
    )
    plan = locust_command.LoadPlan(
        warmup_s=0, duration_s=60, within_s=1, interval_s=1, headers={}, operations=[]
    )
    argv = locust_command.argv(
        "http://127.0.0.1:1", 1, tmp_path / "busy.py", locust_command.LoadSenders()
    )
    env = {**locust_command.environment(os.environ, plan), locust_process.PARENT_WATCH: "1"}
    process = await asyncio.create_subprocess_exec(
        *argv, stdin=-1, stdout=-1, stderr=-1, env=env, start_new_session=True
    )
    assert process.stdin
    assert process.stderr
    await asyncio.wait_for(process.stderr.readline(), LIMIT_S)  # the locustfile spins
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), LIMIT_S) < 0
    assert await _gone(process.pid)


TICK = '{"measured_s": 1, "operations": {"GET /a": {"count": 40, "total_s": 1, "slots": {"9": 40}}}'


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("script", "outcome", "words"),
    [
        ("", Outcome.UNKNOWN, "Locust measured nothing, and logged nothing"),
        ("import sys; sys.exit('no room')", Outcome.UNKNOWN, "Locust measured nothing: no room"),
        ("while True: print('y' * 5_000)", Outcome.UNKNOWN, "measured nothing"),
        ("import os\nwhile True: os.write(1, b'\\xff' * 99_000)", Outcome.UNKNOWN, "nothing"),
        ('print(\'{"measured_s": NaN, "last": true}\')', Outcome.UNKNOWN, "measured nothing"),
        ("print('{\"measured_s\": 1e999}')", Outcome.UNKNOWN, "measured nothing"),
        ('print(\'{"measured_s": "1", "operations": 3}\')', Outcome.UNKNOWN, "nothing"),
        ("print('[' * 100_000)", Outcome.UNKNOWN, "measured nothing"),
        (f"print('{TICK}}}')", Outcome.UNKNOWN, "Locust ended early, after 1 s"),
        (f"print('noise'); print('{TICK}, \"last\": true}}')", Outcome.PASSED, "40/s of 40/s"),
    ],
    ids=["mute", "dies", "noise", "no-line", "nan", "inf", "types", "deep", "cut", "whole"],
)
async def test_law_1_a_child_that_speaks_nonsense_measured_nothing(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, script: str, outcome: Outcome, words: str
) -> None:
    monkeypatch.setattr(locust_command, "argv", lambda *_: [sys.executable, "-c", script])
    monkeypatch.setattr(locust_process, "_GRACE_S", 0.2)
    result = await ask(check(), tools(url=await serve(quick)))
    assert result.outcome is outcome, result
    assert words in result.evidence


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rate": None}, "`rate` is missing"),
        ({"rate": "fast"}, "`fast` is not a rate: write 50/s, or 3x"),
        ({"rate": "0/s"}, "is not a rate"),
        ({"rate": "3x"}, "`expects`, which is missing"),
        ({"expects": "3x"}, "is not a rate"),
        ({"expects": "${RATE}/s"}, "is not a rate"),
        ({"p95": "250"}, "not a duration"),
        ({"p95": "0ms"}, "more than 0"),
        ({"operations": [{"get": "https://elsewhere"}]}, "does not fit"),
        ({"operations": [{"get": "/a", "weight": 0}]}, "at least 1"),
        ({"locustfile": "a.py"}, "its own operations"),
        ({"locustfile": "a.py", "operations": [], "token": True}, "its own headers"),
        ({"processes": 2, "workers": 2}, "not both"),
    ],
)
def test_a_wrong_card_says_what_is_wrong(options: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongError, match=said):
        check(**options)


def test_its_length_is_no_timeout() -> None:
    one = check(duration="30m", warmup="30s", timeout="20s")
    assert (one.lasts_s(), one.limit_s()) == (1830.0, 1850.0)
    assert one.label() == "load of 40/s for 30m"
