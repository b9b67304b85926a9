"""Serves aiohttp applications on loopback in a child process of the rehearsal."""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from cockpit.rehearsal.protocol.parent_watch import announce, until_parent_ends

LOOPBACK = "127.0.0.1"


async def _nothing() -> None:
    """Wait for nothing: the process is ready as soon as its ports are open."""


async def serve(
    sites: Sequence[tuple[web.Application, int]],
    ready: Callable[[], Awaitable[object]] = _nothing,
    **fields: object,
) -> int:
    """Serve each application on its loopback port until the parent process ends.

    The ready line, with `fields`, is announced once the ports are open and `ready` has returned.

    Returns the exit status: 0, or 1 if a port cannot be opened, which is announced to the parent.
    """
    runners: list[web.AppRunner] = []
    try:
        for app, port in sites:
            # cancel the handler of a disconnected client: a hung target would accumulate them
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
    async def announce_when_ready() -> None:
        await ready()
        announce(ready=True, **fields)

    announcing = asyncio.create_task(announce_when_ready())
    await until_parent_ends()
    announcing.cancel()
    return 0
