"""With a screen: the cockpit on a card, on a rehearsal, or on a run that it only watches."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cockpit.foundation.errors import UsageError
from cockpit.screens.app import CockpitApp

if TYPE_CHECKING:
    from cockpit.control.observer import Observer
    from cockpit.control.open_run import OpenRun
    from cockpit.runtime.run_folder import RunFolder
    from cockpit.state import State


def open_card(options: argparse.Namespace) -> int:
    """Open the cockpit on a card: a new run, or the unfinished one; read-only beside another."""
    path = Path(options.card)
    if not options.resume and not path.is_file():
        raise UsageError(f"there is no card {path}: write one with cockpit init {path}")
    folders: list[RunFolder] = []

    @asynccontextmanager
    async def opening() -> AsyncIterator["OpenRun"]:
        from cockpit.cli.take_control import opening_of  # noqa: PLC0415
        from cockpit.control.open_run import opened  # noqa: PLC0415

        env = dict(os.environ)
        how, beginning = await asyncio.to_thread(opening_of, options, env, new=options.new)
        folders.append(how.folder)
        async with opened(how, beginning) as running:
            yield running

    return shown(CockpitApp(opening, watching=lambda: observer(folders[0])))


def watch(options: argparse.Namespace) -> int:
    """Show a run without control."""
    from cockpit.cli.find_run import named  # noqa: PLC0415

    folder = named(options, options.run)
    return shown(CockpitApp(None, watching=lambda: observer(folder)))


def observer(folder: "RunFolder") -> "Observer":
    """Return an observer of a run: a source that reads its journal and gives no orders."""
    from cockpit.card.load_card import loads  # noqa: PLC0415
    from cockpit.control.observer import Observer  # noqa: PLC0415
    from cockpit.foundation.clock import SystemClock  # noqa: PLC0415
    from cockpit.runtime.environment import redactor_for  # noqa: PLC0415

    card = loads(folder.card.read_text(encoding="utf-8"), str(folder.card))
    return Observer(folder, SystemClock(), redactor_for(card, os.environ))


def shown(app: CockpitApp) -> int:
    """Show the app until it ends, and return its exit status; raises UsageError off a terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "the cockpit's screen needs a terminal; without one: cockpit run, check or rehearse"
            " --headless"
        )
    app.run()
    if app.failure:
        print(f"cockpit: {app.failure}", file=sys.stderr)
    elif app.live is not None:
        print(_farewell(app.live.source.state), file=sys.stderr)
    return app.return_code or 0


def _farewell(state: "State") -> str:
    """Say where a run stands that is left, and how to go on with it."""
    run = state.run.run if state.run else "?"
    word = state.ended.word if state.ended else state.decision.word if state.decision else "HOLD"
    if state.ended:
        report = f", report {state.report.path}" if state.report else ""
        return f"run {run} ended {word}{report}"
    rehearsal = state.run is not None and state.run.rehearsal
    again = f"cockpit {'rehearse ' if rehearsal else ''}--resume {run}"
    return f"run {run} stands at {word} and is not ended; to go on with it: {again}"
