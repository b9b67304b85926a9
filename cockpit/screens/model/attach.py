"""Attach the screen to a run: in control of it, else as an observer.

Imported after the first paint, like the presenter.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from cockpit.control.observer import Observer
from cockpit.control.open_run import OpenRun
from cockpit.foundation.errors import CockpitError, ControlError
from cockpit.screens.model.source import Controlled, RunSource

OpenControlled = Callable[[], AbstractAsyncContextManager[OpenRun]]
OpenObserver = Callable[[], Observer]
Show = Callable[[RunSource], Awaitable[int]]


async def attach(opening: OpenControlled | None, watching: OpenObserver | None, show: Show) -> int:
    """Open the run, `show` it until the screen is left, and return the exit status of `show`.

    Without `opening`, or when another operator is in control, the run is observed instead. Raises
    ControlError when it cannot be observed either, CockpitError when there is nothing to open.
    """
    if opening is not None:
        try:
            async with opening() as running:
                return await show(Controlled(running))
        except ControlError:
            if watching is None:
                raise
    if watching is None:
        raise CockpitError("there is no run to open and none to watch")
    return await _observe(watching, show)


async def _observe(watching: OpenObserver, show: Show) -> int:
    """Follow the journal beside `show`; the first of the two to end ends both."""
    observer = await asyncio.to_thread(watching)
    await observer.catch_up()
    following = asyncio.ensure_future(observer.follow())
    showing = asyncio.ensure_future(show(observer))
    try:
        await asyncio.wait({following, showing}, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()
        return await showing
    finally:
        following.cancel()
        showing.cancel()
