"""A rehearsal with a screen; what it needs beyond the screen is imported after the first paint."""

import argparse
import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from cockpit.cli.screen import observer, show
from cockpit.foundation.errors import UsageError
from cockpit.screens.app import CockpitApp
from cockpit.screens.view.first_paint import FirstPaint

if TYPE_CHECKING:
    from cockpit.control.open_run import OpenRun
    from cockpit.rehearsal.host.client import RehearsalWorld
    from cockpit.runtime.run_folder import RunFolder


def rehearse_on_screen(options: argparse.Namespace) -> int:
    """Open the cockpit on a rehearsal, its faults in the palette, and return the exit status."""
    folders: list[RunFolder] = []
    worlds: list[tuple[OpenRun, RehearsalWorld]] = []

    @asynccontextmanager
    async def opening() -> AsyncIterator["OpenRun"]:
        await asyncio.to_thread(_import_rehearsal)
        from cockpit.cli.rehearsal_run import in_world, rehearsal_folder  # noqa: PLC0415
        from cockpit.engine.orders import GoesOn  # noqa: PLC0415

        folder, beginning = await asyncio.to_thread(rehearsal_folder, options)
        folders.append(folder)
        async with in_world(folder, beginning, options, GoesOn.BEGUN) as (running, world):
            worlds.append((running, world))
            yield running

    async def faults(name: str, on: bool) -> None:
        if not worlds:
            raise UsageError("the rehearsal's services are still starting; try again in a moment")
        from cockpit.cli.rehearsal_run import switch_fault  # noqa: PLC0415

        await switch_fault(*worlds[0], name, on)

    first = FirstPaint("acme-api", "", "rehearsal")
    watching = None if not options.resume else lambda: observer(folders[0])
    return show(CockpitApp(opening, first=first, watching=watching, faults=faults))


def _import_rehearsal() -> None:
    """Import what a rehearsal needs, and what the first connection would import."""
    import_module("cockpit.cli.rehearsal_run")
    import_module("httpcore")
