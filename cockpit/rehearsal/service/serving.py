"""Serve aiohttp applications on loopback, as a child of the world."""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from cockpit.rehearsal.protocol.parent_watch import announce, until_parent_ends

LOOPBACK = "127.0.0.1"


async def _at_once() -> None:
    """Be ready as soon as the ports are open."""


async def serve(
    sites: Sequence[tuple[web.Application, int]],
    ready: Callable[[], Awaitable[object]] = _at_once,
    **fields: object,
) -> int:
    """Serve each application on its loopback port, end with the parent.

    `fields` are announced when the ports are open and `ready` has returned.

    Returns the exit status: 0, or 1 when a port is in use (announced, so that the parent knows).
    """
    runners: list[web.AppRunner] = []
    try:
        for app, port in sites:
            # a client that goes away ends its handler: a hung target must not gather them
            runner = web.AppRunner(
                app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5
            )
            runners.append(runner)
            await runner.setup()
            await web.TCPSite(runner, LOOPBACK, port, backlog=512).start()
    except OSError as error:
        announce(error=str(error), port_taken=error.errno == errno.EADDRINUSE)
        return 1
    else:
        return await _until_end(ready, fields)
    finally:
        for runner in runners:
            await runner.cleanup()


async def _until_end(ready: Callable[[], Awaitable[object]], fields: Mapping[str, object]) -> int:
    async def say_when_ready() -> None:
        await ready()
        announce(ready=True, **fields)

    saying = asyncio.create_task(say_when_ready())
    await until_parent_ends()
    saying.cancel()
    return 0
