"""The cockpit's side of a rehearsal's world: start its host, read its environment, end it."""

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
from checks.loadgen.options import rate_per_s
from cockpit.rehearsal.host.child_process import tail
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError
from cockpit.rehearsal.scenarios import CALM, Fault

READY_S = 30.0
_END_S = 25.0


class RehearsalWorld(Struct, frozen=True):
    """A running world; `env` is the environment of its steps, its checks and the card."""

    folder: Path
    env: dict[str, str]

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, folder: Path, scenario: str = CALM.name, rate_per_s: float = 60.0
    ) -> AsyncIterator["RehearsalWorld"]:
        """Start the world in `folder`, or resume the one saved there; end it on exit.

        A resumed world keeps its `scenario` and its rate of background requests.
        Raises RehearsalError if the world is not ready within 30 s.
        """
        folder = _create(folder)
        process = await _spawn(folder, scenario, rate_per_s)
        try:
            yield cls(folder, await _ready(process, folder))
        finally:
            await _end(process)

    @property
    def expected_per_s(self) -> float:
        """The rate that a load is a multiple of, in requests a second."""
        return rate_per_s(self.env["EXPECTED_RATE"])

    async def set_fault(self, name: Fault | str, on: bool = True) -> None:
        """Inject a fault, or remove it. Raises RehearsalError if the router does not confirm it."""
        body = {"name": str(name), "on": on}
        url = f"{self.env['ADMIN_URL']}/fault"
        try:
            # an empty context: loading the machine's certificates would block the event loop
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            async with httpx.AsyncClient(timeout=5.0, trust_env=False, verify=tls) as client:
                response = await client.put(url, json=body)
        except httpx.HTTPError as error:
            raise RehearsalError(f"PUT {url}: {error!r}") from None
        if response.status_code != httpx.codes.OK:
            raise RehearsalError(f"PUT {url}: {response.status_code} {response.text[:200]}")


def _create(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


async def _spawn(folder: Path, scenario: str, rate_per_s: float) -> asyncio.subprocess.Process:
    argv = [sys.executable, "-P", "-m", "cockpit.rehearsal.host", str(folder)]
    with (folder / "world.log").open("ab") as log:
        # a new session: Ctrl-C in the operator's terminal ends the cockpit, but not the world
        return await asyncio.create_subprocess_exec(
            *argv, "--scenario", scenario, "--rate", f"{rate_per_s:g}",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
            start_new_session=True, env=dict(os.environ), limit=256 * 1024,
        )  # fmt: skip


async def _ready(process: asyncio.subprocess.Process, folder: Path) -> dict[str, str]:
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), READY_S)
        ready_line: dict[str, Any] = json.loads(line)
    except TimeoutError:
        reason = f"was not ready within {format_duration(READY_S)}"
    except ValueError:
        reason = "ended before it was ready"
    else:
        if ready_line["ready"]:
            env: dict[str, str] = ready_line["env"]
            return env
        raise RehearsalError(f"the rehearsal's world could not start: {ready_line['error']}")
    log = folder / "world.log"
    raise RehearsalError(f"the rehearsal's world {reason}; {log} ends: {tail(log)}")


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the host by closing its input; it may wait for a running step first."""
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
