"""With a screen: the cockpit on a card, or on a run that it only watches.

What a run needs is imported after the first paint: see the callbacks that the app is given.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from checks.core.text import count_of
from cockpit.cli.first_opening import ask_once
from cockpit.foundation.errors import UsageError
from cockpit.screens.app import CockpitApp

if TYPE_CHECKING:
    from cockpit.control.observer import Observer
    from cockpit.control.open_run import OpenRun
    from cockpit.runtime.run_folder import RunFolder
    from cockpit.state import State


def open_card(options: argparse.Namespace) -> int:
    """Open the cockpit on a card: a new run or its unfinished one, read-only if that is in use."""
    path = Path(options.card)
    if not options.resume and not path.is_file():
        raise UsageError(f"there is no card {path}; write one with: cockpit init {path}")
    if is_terminal():
        ask_once(options)
    folders: list[RunFolder] = []

    @asynccontextmanager
    async def opening() -> AsyncIterator["OpenRun"]:
        from cockpit.cli.take_control import opening_of  # noqa: PLC0415
        from cockpit.control.open_run import opened  # noqa: PLC0415
        from cockpit.engine.orders import GoesOn  # noqa: PLC0415

        env = dict(os.environ)
        how, beginning = await asyncio.to_thread(opening_of, options, env, new=options.new)
        folders.append(how.folder)
        async with opened(replace(how, goes_on=GoesOn.BEGUN), beginning) as running:
            yield running

    return show(CockpitApp(opening, watching=lambda: observer(folders[0])))


def watch(options: argparse.Namespace) -> int:
    """Show a run without control."""
    from cockpit.cli.find_run import named  # noqa: PLC0415

    folder = named(options, options.run)
    return show(CockpitApp(None, watching=lambda: observer(folder)))


def observer(folder: "RunFolder") -> "Observer":
    """Return an observer of a run; it is made after the first paint."""
    from cockpit.cli.observe_run import observe  # noqa: PLC0415

    return observe(folder)


def is_terminal() -> bool:
    """Whether a person can see the screen and press keys."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def show(app: CockpitApp) -> int:
    """Show the app until it ends, and return its exit status; raises UsageError off a terminal."""
    if not is_terminal():
        raise UsageError(
            "the screen needs a terminal; without one, use cockpit run, cockpit check or"
            " cockpit rehearse --headless"
        )
    app.run()
    if app.failure:
        print(f"cockpit: {app.failure}", file=sys.stderr)
    elif app.live is not None:
        print(_farewell(app.live.source.state), file=sys.stderr)
        if (head := app.live.head()) is not None:
            print(f"journal: {count_of(head.seq, 'line')}, head {head.hash}", file=sys.stderr)
    return app.return_code or 0


def _farewell(state: "State") -> str:
    """Return the status of the run that the operator leaves, and how to resume it."""
    run = state.run.run if state.run else "?"
    word = state.ended.word if state.ended else state.decision.word if state.decision else "HOLD"
    if state.ended:
        report = f", report {state.report.path}" if state.report else ""
        return f"run {run} ended {word}{report}"
    rehearsal = state.run is not None and state.run.rehearsal
    again = f"cockpit {'rehearse ' if rehearsal else ''}--resume {run}"
    return f"run {run} is at {word} and has not ended; resume it with: {again}"
