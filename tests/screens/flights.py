"""The real app over a real run of a small card, on a clock moved by hand."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from cockpit.control.observer import Observer
from cockpit.control.open_run import Opening, OpenRun, opened
from cockpit.runtime.run_folder import Beginning, RunFolder, create
from cockpit.screens.app import CockpitApp
from cockpit.screens.view.first_paint import FirstPaint
from cockpit.state import State
from tests.clocks import ManualClock
from tests.widgets.host import lines

CARD = """
cockpit: 1
service: demo
environment: production
versions: {stable: 1.0.0, canary: 1.1.0}
window: {lasts: 2h}
target: {openapi: openapi.json}
preflight:
  - {id: awake, title: operator is awake, confirm: "the operator is awake, [/foo] [red]"}
  - {check: secrets, id: secrets, title: secrets}
secrets: [DEMO_TOKEN]
phases:
  - phase: T-0
    title: canary
    steps:
      - {id: shift, title: shift, run: "/bin/sh -c 'echo shifted'"}
      - {id: fine, title: all fine, confirm: all is fine}
breakers:
  - {breaker: demote, title: demote endpoint, key: f2, takes: endpoint, run: "true {endpoint}",
     changes: "{endpoint} is hidden", verify: {check: command, run: "true"}}
  - {breaker: freeze, title: freeze surface, key: f3, run: "true", changes: nothing moves,
     verify: {check: command, run: "true"}}
"""
OPENAPI = """{"openapi": "3.1.0", "paths": {
  "/api/analytics": {"get": {"x-visibility": "public"}}, "/internal": {"get": {}},
  "/api/[/foo]": {"get": {"x-visibility": "public"}}}}"""
LIMIT_S = 20.0
FIRST = FirstPaint("demo", "1.0.0 → 1.1.0", "production")


class Flight:
    """One test's app, with what holds it up."""

    def __init__(
        self, folder: Path, *, env: dict[str, str] | None = None, card: str = CARD
    ) -> None:
        self.clock = ManualClock()
        self.root = folder
        (folder / "openapi.json").write_text(OPENAPI)
        (folder / "golive.yaml").write_text(card)
        self.card = card
        self.env = {"DEMO_TOKEN": "hush-hush-1234", "PATH": "/usr/bin:/bin", **(env or {})}
        self.run: RunFolder | None = None
        self.running: OpenRun | None = None
        self.app = CockpitApp(self.opening(), first=FIRST, watching=self.watching)

    def opening(self) -> Callable[[], AbstractAsyncContextManager[OpenRun]]:
        @asynccontextmanager
        async def open_it() -> AsyncIterator[OpenRun]:
            beginning = None
            if self.run is None:
                beginning = Beginning(str(self.root / "golive.yaml"))
                self.run = create(self.root / "runs", self.card, self.clock.utc(), beginning)
            opening = Opening(self.run, "alice", self.env, self.root, self.clock)
            async with opened(opening, beginning) as running:
                self.running = running
                yield running

        return open_it

    def watching(self) -> Observer:
        assert self.run is not None
        return Observer(self.run, self.clock)

    @property
    def state(self) -> State:
        assert self.running is not None
        return self.running.session.state

    async def until(self, holds: Callable[[State], bool]) -> State:
        """Wait, in real time and bounded, for a state."""
        assert self.running is not None
        return await asyncio.wait_for(self.running.session.until(holds), LIMIT_S)


async def ready(pilot: Pilot[None], app: CockpitApp) -> None:
    """Wait until the run is open and drawn."""
    await shown(pilot, app, lambda: app.live is not None)


async def shown(pilot: Pilot[None], app: CockpitApp, holds: Callable[[], bool]) -> None:
    """Wait, bounded, until something holds on the screen; each look lets the app work."""
    async with asyncio.timeout(LIMIT_S):
        while not holds():
            assert not app.failure, app.failure
            await pilot.pause()
            app.draw()
            await asyncio.to_thread(lambda: None)


def text(app: CockpitApp) -> str:
    """Return the text of the screen."""
    return "\n".join(lines(app))


async def orders_done(app: CockpitApp) -> None:
    """Wait until every order that was given is done."""
    workers = [worker for worker in app.workers if worker.name == "order"]
    await asyncio.gather(*(worker.wait() for worker in workers))
