"""`cockpit rehearse`: the packaged card in a world of its own, with a screen or without.

What a rehearsal needs is imported behind the first paint: no key waits for it.
"""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from cockpit.foundation.errors import CockpitError, UsageError
from cockpit.rehearsal.scenarios import CALM, scenario

if TYPE_CHECKING:
    from cockpit.control.open_run import OpenRun
    from cockpit.rehearsal.host.client import RehearsalWorld
    from cockpit.runtime.run_folder import RunFolder

FASTEST = 3600.0


def rehearse(options: argparse.Namespace) -> int:
    """Play the packaged card, and return its exit status; raises UsageError."""
    if not 1 <= options.speed <= FASTEST:
        raise UsageError(f"--speed {options.speed:g} is out of range: give 1 to {FASTEST:g}")
    try:
        scenario(options.scenario or CALM.name)
    except CockpitError as error:
        raise UsageError(str(error)) from None
    if not (options.headless or options.json):
        return _on_screen(options)
    from cockpit.cli.rehearsal_run import rehearse_headless  # noqa: PLC0415

    return rehearse_headless(options)


def _on_screen(options: argparse.Namespace) -> int:
    """Open the cockpit on a rehearsal; its faults are in the palette."""
    from cockpit.cli.screen import observer, shown  # noqa: PLC0415
    from cockpit.screens.app import CockpitApp  # noqa: PLC0415
    from cockpit.screens.view.first_paint import FirstPaint  # noqa: PLC0415

    folders: list[RunFolder] = []
    worlds: list[RehearsalWorld] = []

    @asynccontextmanager
    async def opening() -> AsyncIterator["OpenRun"]:
        await asyncio.to_thread(_load)
        from cockpit.cli.rehearsal_run import folder_of, in_world  # noqa: PLC0415

        folder, beginning = await asyncio.to_thread(folder_of, options)
        folders.append(folder)
        async with in_world(folder, beginning, options) as (running, world):
            worlds.append(world)
            yield running

    async def faults(name: str, on: bool) -> None:
        if not worlds:
            raise UsageError("the rehearsal's world is not up yet: try again in a moment")
        await worlds[0].fault(name, on)

    first = FirstPaint("acme-api", "", "rehearsal")
    watching = None if not options.resume else lambda: observer(folders[0])
    return shown(CockpitApp(opening, first=first, watching=watching, faults=faults))


def _load() -> None:
    """Import what a rehearsal needs, also the part that the first connection would import."""
    import_module("cockpit.cli.rehearsal_run")
    import_module("httpcore")
