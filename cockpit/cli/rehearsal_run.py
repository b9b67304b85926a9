"""A rehearsal's run: its folder, its services, and the run without a screen."""

import argparse
import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cockpit.card import packaged
from cockpit.cli.decide import decide_ended
from cockpit.cli.find_run import named, operator, root
from cockpit.cli.headless_run import run_headless
from cockpit.cli.interrupt import interruptible, resumable
from cockpit.cli.printing import print_aside, print_head, resume_command
from cockpit.control.open_run import Opening, OpenRun, opened, take_control
from cockpit.engine.autopilot import GivenAnswer
from cockpit.engine.orders import GoesOn
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.rehearsal.host.client import RehearsalWorld
from cockpit.rehearsal.protocol.rates import FULL_RATE_PER_S
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError
from cockpit.rehearsal.scenarios import CALM, scenario
from cockpit.runtime.run_folder import WORLD, Beginning, RunFolder, create
from cockpit.state import State

ITSELF = "the rehearsal"


def rehearse_headless(options: argparse.Namespace) -> int:
    """Play the packaged card without a screen, and return the exit status of its decision."""
    folder, beginning = rehearsal_folder(options)
    state = State() if beginning else folder.state()
    if state.ended:
        if not state.end_reported:
            asyncio.run(interruptible(lambda: _report_end(folder, operator(options))))
        return decide_ended(options, folder)

    async def play() -> int:
        with resumable(folder, resume_command(options, folder.id, rehearsal=True)):
            print_aside(f"run {folder.id} in {folder.path}")
            async with in_world(folder, beginning, options) as (running, _):
                status = await _play(running, options)
            print_head(options, folder.id, running.session.head)
            return status

    return asyncio.run(interruptible(play))


async def _report_end(folder: RunFolder, name: str) -> int:
    """Write the report of a run that has ended, for which its services need not run."""
    clock = SystemClock()
    opening = Opening(folder, name, os.environ, folder.path, clock, GoesOn.NOTHING, watches=False)
    async with opened(opening, None):
        return 0


async def _play(running: OpenRun, options: argparse.Namespace) -> int:
    if running.session.state.resumes == 0:
        text = "no person is here: the rehearsal answers confirm steps itself"
        await running.session.record(ev.Noted(text=text))
    return await run_headless(running, lambda _: GivenAnswer(ITSELF, automatic=True), options)


def rehearsal_folder(options: argparse.Namespace) -> tuple[RunFolder, Beginning | None]:
    """Return the run to resume or a new one; the second value is how a new run begins, else None.

    Raises UsageError if the run to resume is not a rehearsal.
    """
    if options.resume:
        folder = named(options, options.resume, begun=False)
        if beginning := folder.beginning():
            return folder, beginning
        run = folder.state().run
        if run is None or not run.rehearsal:
            raise UsageError(f"run {folder.id} is not a rehearsal; resume it with: cockpit run")
        return folder, None
    name = options.scenario or CALM.name
    beginning = Beginning("the packaged card", True, name, options.speed)
    folder = create(root(options), packaged.text(), SystemClock().utc(), beginning)
    return folder, beginning


@asynccontextmanager
async def in_world(
    folder: RunFolder,
    beginning: Beginning | None,
    options: argparse.Namespace,
    goes_on: GoesOn = GoesOn.STAGE,
) -> AsyncIterator[tuple[OpenRun, RehearsalWorld]]:
    """Keep the rehearsal's services running while the run is open.

    Raises ControlError if somebody else is in control. Control is held while the services start,
    so that a second cockpit cannot touch them.
    """
    place, name = folder.path / WORLD, operator(options)
    control = take_control(folder, name)
    try:
        if beginning:
            _start_over(place)
        faults = beginning.scenario if beginning and beginning.scenario else CALM.name
        async with RehearsalWorld.open(place, faults) as world:
            env = {**os.environ, **world.env}
            workplace, accepts = Path(world.env["WORKSPACE"]), options.accept_card or ""
            opening = Opening(folder, name, env, workplace, SystemClock(), goes_on, accepts=accepts)
            control.release()
            async with opened(opening, beginning) as running:
                if beginning:
                    await _note_smaller_load(running, world)
                    for fault in scenario(faults).faults:
                        await running.session.record(ev.FaultInjected(fault=fault.value))
                yield running, world
                ended = running.session.state.ended is not None
    finally:
        control.release()
    if ended:
        _forget(place)


async def switch_fault(running: OpenRun, world: RehearsalWorld, name: str, on: bool) -> None:
    """Inject a fault or take it away; the record says so first. Raises RehearsalError."""
    session = running.session
    await session.record(ev.FaultInjected(fault=name, on=on))
    try:
        await world.set_fault(name, on)
    except RehearsalError as error:
        await session.record(ev.Noted(text=f"fault {name} was not switched: {error}"))
        raise


async def _note_smaller_load(running: OpenRun, world: RehearsalWorld) -> None:
    """Note it where the machine is too busy, or too small, for the whole load."""
    if world.expected_per_s < FULL_RATE_PER_S:
        text = (
            f"this machine is too busy for the whole load: the rehearsal expects"
            f" {world.expected_per_s:g} requests/s in place of {FULL_RATE_PER_S:g}"
        )
        await running.session.record(ev.Noted(text=text))


def _start_over(place: Path) -> None:
    """Remove the services of a run that has recorded nothing yet."""
    if place.exists():
        _forget(place)
        shutil.rmtree(place)


def _forget(place: Path) -> None:
    """Remove the services' database."""
    from cockpit.rehearsal.host.record import forget  # noqa: PLC0415

    forget(place)
