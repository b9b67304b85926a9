"""The cockpit's side of a rehearsal's world: start its host, know its environment, end it."""

import asyncio
import contextlib
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct

from checks.core.durations import format_duration
from cockpit.rehearsal.host.child_process import tail
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError
from cockpit.rehearsal.scenarios import CALM, Fault

READY_S = 30.0
_END_S = 25.0


class RehearsalWorld(Struct, frozen=True):
    """A running world: `env` is what steps, checks and the card's `${NAME}`s need to know of it."""

    folder: Path
    env: dict[str, str]

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, folder: Path, scenario: str = CALM.name, rate: float = 60.0
    ) -> AsyncIterator["RehearsalWorld"]:
        """Start the world in `folder`, or resume the one that was there; end it on the way out.

        `rate` is background requests a second; a resumed world keeps its own rate and scenario.
        Raises RehearsalError, a sentence, when it is not ready within 30 s.
        """
        folder = _made(folder)
        process = await _spawn(folder, scenario, rate)
        try:
            yield cls(folder, await _ready(process, folder))
        finally:
            await _end(process)

    async def fault(self, name: Fault | str, on: bool = True) -> None:
        """Inject a fault, or take it away. Raises RehearsalError when that did not happen."""
        body = {"name": str(name), "on": on}
        url = f"{self.env['ADMIN_URL']}/fault"
        try:
            # a bare context: reading the machine's certificates would stall the loop for nothing
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            async with httpx.AsyncClient(timeout=5.0, trust_env=False, verify=tls) as client:
                answer = await client.put(url, json=body)
        except httpx.HTTPError as error:
            raise RehearsalError(f"PUT {url}: {error!r}") from None
        if answer.status_code != httpx.codes.OK:
            raise RehearsalError(f"PUT {url}: {answer.status_code} {answer.text[:200]}")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


async def _spawn(folder: Path, scenario: str, rate: float) -> asyncio.subprocess.Process:
    argv = [sys.executable, "-P", "-m", "cockpit.rehearsal.host", str(folder)]
    with (folder / "world.log").open("ab") as log:
        # a session of its own: Ctrl-C in the operator's terminal ends the cockpit, not the world
        return await asyncio.create_subprocess_exec(
            *argv, "--scenario", scenario, "--rate", f"{rate:g}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            start_new_session=True, env=dict(os.environ), limit=256 * 1024,
        )  # fmt: skip


async def _ready(process: asyncio.subprocess.Process, folder: Path) -> dict[str, str]:
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_S)
        said: dict[str, Any] = json.loads(line)
    except TimeoutError:
        why = f"was not ready within {format_duration(READY_S)}"
    except ValueError:
        why = "ended before it was ready"
    else:
        if said["ready"]:
            env: dict[str, str] = said["env"]
            return env
        raise RehearsalError(f"the rehearsal's world could not start: {said['error']}")
    log = folder / "world.log"
    raise RehearsalError(f"the rehearsal's world {why}; {log} ends: {tail(log)}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, which ends it; it may wait for a running step before it goes."""
    assert process.stdin is not None
    process.stdin.close()
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            await asyncio.wait_for(process.wait(), _END_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
        else:
            return
    await process.wait()
