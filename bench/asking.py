"""One way to ask a guard, in a process of its own: `python -m bench.asking HOW URL COUNT FOLDER`.

`auth` runs the check over COUNT operations, `bare` and `plain` send COUNT requests in a bare loop,
on the check's own client or on httpx alone. Prints requests a second, and the most memory in MiB.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

import httpx

from checks.auth import Auth
from checks.core.base import Outcome, Target, Tools
from cockpit.foundation.clock import SystemClock
from cockpit.runtime import environment

AT_ONCE = 100
_TIMEOUT_S = 300.0
_TOKEN = "Bearer cockpit.is.garbage"


async def check(url: str, folder: Path) -> int:
    """Run the check; gives the requests that it sent."""
    tools = Tools(
        folder,
        {},
        SystemClock(),
        lambda timeout_s: environment.client(timeout_s, rehearsal=True),
        Target(url=url, openapi="api.json"),
        many=lambda timeout_s, at_once: environment.many(timeout_s, at_once, rehearsal=True),
    )
    seen = await Auth(good=False, at_once=AT_ONCE, timeout=_TIMEOUT_S, each=30.0).run(tools)
    if seen.outcome is not Outcome.PASSED:
        raise RuntimeError(seen.evidence)
    return int(seen.figures["requests"])


async def loop(client: httpx.AsyncClient, url: str, count: int) -> int:
    """Send so many requests, as many at once as the check does."""
    left = iter(range(count))

    async def work() -> None:
        for number in left:
            answer = await client.get(f"{url}/things/{number}", headers={"Authorization": _TOKEN})
            assert answer.status_code == 401

    async with client:
        await asyncio.gather(*(work() for _ in range(AT_ONCE)))
    return count


def plain() -> httpx.AsyncClient:
    """Make a client of httpx alone, with the same limits."""
    limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
    return httpx.AsyncClient(timeout=30.0, limits=limits, trust_env=False)


def _write(path: Path, count: int) -> None:
    get = {"get": {"x-visibility": "public", "responses": {"200": {"description": "it"}}}}
    paths = {f"/things/{number}": get for number in range(count)}
    path.write_text(json.dumps({"openapi": "3.1.0", "paths": paths}))


def _most_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


async def main() -> None:
    """Ask as wanted, and print the figures."""
    how, url, count, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    if how == "auth":
        _write(folder / "api.json", count)
    began_s = time.perf_counter()
    if how == "auth":
        sent = await check(url, folder)
    else:
        one = plain() if how == "plain" else environment.many(30.0, AT_ONCE, rehearsal=True)
        sent = await loop(one, url, count)
    print(json.dumps([sent / (time.perf_counter() - began_s), _most_mib()]))


if __name__ == "__main__":
    asyncio.run(main())
