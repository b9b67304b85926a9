"""A whole run in a test: card, folder, session, engine, and monitors that show what one says.

`flying` begins a run, or goes on with the one that is in the folder. With a `Memory` journal and a
`ManualClock` nothing waits for real time; commands need the system's clock and a journal on disk.
"""

import asyncio
import json
import os
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from msgspec.structs import replace

from checks.core.base import Outcome, Result, Tools
from cockpit.card.load_card import loads
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.plan import plan
from cockpit.engine import orders
from cockpit.engine.context import Context
from cockpit.engine.engine import Engine
from cockpit.foundation.clock import Clock, SystemClock
from cockpit.foundation.errors import CockpitError
from cockpit.journal import events as ev
from cockpit.journal.chain import JournalLine
from cockpit.journal.file import JournalWriter
from cockpit.monitors.judge import Verdict
from cockpit.monitors.poller import Poller, PollTick
from cockpit.process import step as process
from cockpit.report import markdown
from cockpit.runtime.environment import redactor_for, tools
from cockpit.runtime.run_folder import RunFolder
from cockpit.runtime.session import Session
from cockpit.state import State, StepStatus, fold
from tests.process.conftest import kill
from tests.process.conftest import until as until_in_real_time

LIMIT_S = 15.0
ENV = {"PATH": os.environ["PATH"]}
STABLE, CANARY = "1.0.0", "1.1.0"
P95 = {"monitor": "p95", "source": "metrics", "url": "http://127.0.0.1:9/metrics"}
P95 |= {"of": "http_request_duration_seconds", "quantile": 0.95, "above": "250ms", "for": "5m"}
ERRORS = {"monitor": "errors", "source": "metrics", "url": "http://127.0.0.1:9/metrics"}
ERRORS |= {"of": "http_requests", "share": {"code": "5.."}, "above": "0.5 %"}
READY = {"confirm": "all is ready", "id": "ready"}


def card(*steps: dict[str, Any], **sections: Any) -> str:
    """Write a card whose one phase has these steps; other sections as given."""
    whole = {
        "cockpit": 1,
        "service": "shop",
        "environment": "staging",
        "versions": {"stable": STABLE, "canary": CANARY},
        "window": {"lasts": "1h"},
        "preflight": [READY],
        "phases": [
            {"phase": "T-0", "title": "switch", "steps": list(steps) or [READY | {"id": "x"}]}
        ],
    }
    return yaml.safe_dump(whole | sections, sort_keys=False)


def sh(script: str, **options: Any) -> dict[str, Any]:
    """Make a step that runs a shell script."""
    return {"run": script, "shell": True, **options}


def shell(script: str) -> str:
    """Make a command without `shell: true`, for where a card has none, that runs a script."""
    return f"sh -c {shlex.quote(script)}"


Prover = Callable[[AnyMonitor, Tools, Clock], Awaitable[Result]]


class Memory:
    """A journal without a disk, which refuses or hangs as it is told."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.error: OSError | None = None
        self.answers = asyncio.Event()
        self.answers.set()
        self.holds_back = ""
        """From the first line that speaks of this on it does not answer."""

    async def append(self, fields: Mapping[str, Any], *, durable: bool = True) -> None:
        if self.holds_back and self.holds_back in str(fields):
            self.answers.clear()
            self.holds_back = ""
        await self.answers.wait()
        if self.error is not None:
            raise self.error
        self.lines.append(json.loads(json.dumps(fields, allow_nan=False)))

    def entries(self) -> list[ev.JournalEntry]:
        """Read back what was written."""
        return [
            ev.decode(JournalLine(number, "", "", fields))
            for number, fields in enumerate(self.lines, start=1)
        ]

    def kinds(self) -> list[str]:
        """Name what was written."""
        return [line["event"]["kind"] for line in self.lines]


class Ticks(Poller):
    """Monitors that show what a test says."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._publish: asyncio.Future[Callable[[PollTick], Awaitable[None]]] = (
            asyncio.get_running_loop().create_future()
        )

    async def run(self, publish: Callable[[PollTick], Awaitable[None]]) -> None:
        self._publish.set_result(publish)
        await asyncio.get_running_loop().create_future()

    async def say(self, age_s: float = 0.0, **states: str) -> None:
        """Publish one tick of data so old; a monitor is named with its state, as `p95="ok"`."""
        publish = await self._publish
        verdicts = {name: self._verdict(state) for name, state in states.items()}
        await publish(PollTick(self.clock.monotonic(), verdicts, dict.fromkeys(states, age_s)))

    def _verdict(self, state: str) -> Verdict:
        value = {"ok": 0.1, "blind": None}.get(state, 0.3)
        now_s = self.clock.monotonic()
        note = "no data" if state == "blind" else ""
        return Verdict(ev.MonitorStatus(state), now_s, value, 0.25, 100 if value else 0, note)


class Flight:
    """A run under way."""

    def __init__(self, engine: Engine, folder: RunFolder, ticks: Ticks, journal: Any) -> None:
        self.engine, self.folder, self.ticks, self.journal = engine, folder, ticks, journal
        self.session = engine.context.session

    @property
    def state(self) -> State:
        return self.session.state

    async def order(self, *given: orders.Order) -> None:
        """Order one thing after another."""
        for order in given:
            await self.engine.order(order)

    async def refused(self, order: orders.Order) -> str:
        """Return why an order is refused."""
        try:
            await self.engine.order(order)
        except CockpitError as error:
            return str(error)
        raise AssertionError(f"{order} was taken")

    async def until(self, holds: Callable[[State], object]) -> State:
        """Wait until the state is so; a test that waits in vain says what it saw."""
        try:
            return await asyncio.wait_for(self.session.until(lambda now: bool(holds(now))), LIMIT_S)
        except TimeoutError:
            raise AssertionError(f"in vain; steps: {self.evidence()}") from None

    async def until_status(self, step: str, *statuses: StepStatus) -> State:
        """Wait until a step stands at one of these."""
        return await self.until(lambda now: now.status(step) in statuses)

    async def idle(self) -> None:
        """Wait until nothing goes on by itself."""
        await asyncio.wait_for(self.engine.idle(), LIMIT_S)

    async def begin(self) -> None:
        """Pass the preflight, and begin the phase."""
        await self.order(orders.Next())
        await self.until_status("ready", StepStatus.RUNNING)
        await self.order(orders.AnswerConfirm("ready", "Ann"))
        await self.idle()
        await self.order(orders.Next())

    def evidence(self, step: str = "") -> Any:
        """Return the evidence of a step, or of all."""
        if step:
            return self.state.steps[step].evidence
        return {name: (str(one.status), one.evidence) for name, one in self.state.steps.items()}

    def told(self) -> list[str]:
        """Return the kinds of all events without the monitors' samples."""
        return [entry.event.kind for entry in self.state.feed]

    def workplace(self, name: str) -> str:
        """Return the text of a file that a command wrote; empty for none."""
        path = self.engine.context.tools.folder / name
        return path.read_text() if path.exists() else ""

    async def until_text(self, name: str) -> None:
        """Wait until a command has written to a file."""
        await asyncio.to_thread(until_in_real_time, lambda: self.workplace(name))

    async def until_begun(self, step: str) -> None:
        """Wait until the first process of a step was begun."""
        await asyncio.to_thread(
            until_in_real_time,
            lambda: any(self.folder.path.glob(f"steps/{step}.1*/started")),
        )

    def replayed(self) -> State:
        """Fold the journal anew; what is of the moment alone is taken from the live state."""
        entries = (
            self.journal.entries() if isinstance(self.journal, Memory) else self.folder.entries()
        )
        return replace(fold(entries), journal_fault=self.state.journal_fault)


@asynccontextmanager
async def flying(
    tmp_path: Path,
    text: str,
    *,
    clock: Clock | None = None,
    journal: Memory | None = None,
    env: Mapping[str, str] | None = None,
    boot: str = "boot-1",
    goes_on: orders.GoesOn = orders.GoesOn.STAGE,
    prove: Prover | None = None,
) -> AsyncIterator[Flight]:
    """Begin a run of a card in `tmp_path`, or go on with the one there (or in `journal`)."""
    clock, env = clock or SystemClock(), {**ENV, **(env or {})}
    folder, made, place = RunFolder(tmp_path / "run"), loads(text), tmp_path / "place"
    place.mkdir(exist_ok=True)
    folder.path.mkdir(exist_ok=True)
    state = State()
    if journal is not None:
        state = fold(journal.entries())
    elif folder.journal.exists():
        state = folder.state()
    writer = journal or JournalWriter.open(folder.journal)
    redactor = redactor_for(made, env)
    session = Session(writer, clock, redactor, "alice", state)
    await _open(session, boot, made.window.bounds(clock.utc().replace(microsecond=0)))
    context = Context(
        card=made,
        plan=plan(made),
        session=session,
        folder=folder.path,
        tools=tools(made, place, env, clock, rehearsal=False),
        clock=clock,
        report=lambda: markdown.write(made, folder, redactor),
        prove=prove or prove_all,
    )
    ticks = Ticks(clock)
    try:
        async with Engine(context, ticks, goes_on=goes_on) as engine:
            yield Flight(engine, folder, ticks, writer)
    finally:
        if isinstance(writer, JournalWriter):
            writer.close()


async def prove_all(_: AnyMonitor, __: Tools, ___: Clock) -> Result:
    """Prove every monitor: here they show what a test says."""
    return Result(Outcome.PASSED, "proven")


async def _open(session: Session, boot: str, window: tuple[datetime, datetime]) -> None:
    opens, closes = window
    resumed = session.state.run is not None
    if not resumed:
        await session.intend(
            ev.RunStarted(
                run="run",
                card="card.yaml",
                card_sha256="0" * 64,
                service="shop",
                environment="staging",
                stable=STABLE,
                canary=CANARY,
                opens=opens.isoformat(timespec="seconds"),
                closes=closes.isoformat(timespec="seconds"),
            )
        )
    opened = ev.SessionOpened(operator="alice", host="here", boot=boot, resumed=resumed)
    await session.record(opened)


async def record(tmp_path: Path, *said: ev.Event) -> None:
    """Write to the journal of a run as a cockpit does that crashes right after it."""
    folder = RunFolder(tmp_path / "run")
    state = folder.state()
    with JournalWriter.open(folder.journal) as writer:
        session = Session(writer, SystemClock(), redactor_for(loads(card()), {}), "alice", state)
        for event in said:
            await session.record(event)


def end_processes(folder: Path) -> None:
    """End whatever the steps of a run left running; for a test's own end."""
    for place in folder.glob("run/steps/*"):
        if (place / "lock").exists():
            process.request_stop(place)
            until_in_real_time(
                lambda place=place: not isinstance(process.state(place), process.RunningStep)
            )
            if isinstance(state := process.state(place), process.InDoubt):
                for survivor in state.survivors:
                    kill(survivor.pid)
                until_in_real_time(lambda place=place: not _survivors(place))


def _survivors(place: Path) -> object:
    state = process.state(place)
    return isinstance(state, process.InDoubt) and state.survivors


def attempt_folder(folder: RunFolder, step: str, attempt: int = 1) -> Path:
    """Find the folder of an attempt that has begun."""
    return folder.path / "steps" / folder.state().folder(step, attempt)


def kill_supervisor(folder: RunFolder, step: str, attempt: int = 1) -> None:
    """Kill what watches over a step with SIGKILL, as a crash does."""
    place = attempt_folder(folder, step, attempt)
    until_in_real_time((place / "started").exists)
    kill(json.loads((place / "started").read_bytes())["pid"])
    until_in_real_time(lambda: not isinstance(process.state(place), process.RunningStep))
