"""The rehearsal: the packaged card in a world of its own, with a screen or without."""

import argparse
import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cockpit.card import packaged
from cockpit.cli.flight import flown, interruptible
from cockpit.cli.records import named, root
from cockpit.clock import SystemClock
from cockpit.engine.autopilot import Given
from cockpit.errors import UsageError
from cockpit.journal import events as ev
from cockpit.rehearsal.client import World
from cockpit.rehearsal.record import forget
from cockpit.rehearsal.scenarios import CALM, scenario
from cockpit.run import Opening, Running, opened
from cockpit.runs import Beginning, RunFolder, create
from cockpit.world import login_name

ITSELF = "the rehearsal"
WORLD = "world"
FASTEST = 3600.0


def rehearse(options: argparse.Namespace) -> int:
    """Play the packaged card."""
    if not 1 <= options.speed <= FASTEST:
        raise UsageError(f"--speed {options.speed:g} is out of range: give 1 to {FASTEST:g}")
    scenario(options.scenario or CALM.name)
    if options.headless or options.json:
        return _headless(options)
    from cockpit.cli.screen import rehearse_on_screen  # noqa: PLC0415

    return rehearse_on_screen(options)


def resume(options: argparse.Namespace) -> int:
    """Go on with a rehearsal without a screen."""
    return _headless(options)


def _headless(options: argparse.Namespace) -> int:
    async def play() -> int:
        async with rehearsing(options) as running:
            if running.session.state.resumes == 0:
                await running.session.record(
                    ev.Noted(text="no person is here: the rehearsal answers confirm steps itself")
                )
            return await flown(running, lambda _: Given(ITSELF, automatic=True), options)

    return asyncio.run(interruptible(play))


@asynccontextmanager
async def rehearsing(options: argparse.Namespace) -> AsyncIterator[Running]:
    """Open a rehearsal's world and its run, new or resumed; a finished one leaves nothing."""
    folder, beginning = folder_of(options)
    async with in_world(folder, beginning, options) as (running, _):
        yield running


def folder_of(options: argparse.Namespace) -> tuple[RunFolder, Beginning | None]:
    """Give the run that is meant, and how it begins when it is new."""
    if options.resume:
        folder = named(options, options.resume)
        if beginning := folder.beginning():
            _start_over(folder.path / WORLD)
            return folder, beginning
        run = folder.state().run
        if run is None or not run.rehearsal:
            raise UsageError(f"run {folder.id} is no rehearsal: go on with it by cockpit run")
        return folder, None
    name = options.scenario or CALM.name
    beginning = Beginning("the packaged card", True, name, options.speed)
    folder = create(root(options), packaged.text(), SystemClock().utc(), beginning)
    return folder, beginning


def _start_over(place: Path) -> None:
    """Clear away a world whose run never came to its first line: nothing was done in it."""
    if place.exists():
        forget(place)
        shutil.rmtree(place)


@asynccontextmanager
async def in_world(
    folder: RunFolder, beginning: Beginning | None, options: argparse.Namespace
) -> AsyncIterator[tuple[Running, World]]:
    """Hold the world up while the run is open."""
    place = folder.path / WORLD
    name = beginning.scenario if beginning and beginning.scenario else CALM.name
    async with World.open(place, name) as world:
        env = {**os.environ, **world.env}
        operator = options.operator or login_name()
        workplace = Path(world.env["WORKSPACE"])
        opening = Opening(folder, operator, env, workplace, SystemClock())
        async with opened(opening, beginning) as running:
            yield running, world
            ended = running.session.state.ended is not None
    if ended:
        forget(place)
