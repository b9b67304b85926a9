"""What this machine can serve, and the part of it that a rehearsal's load asks for.

A limit is never moved to fit a slow machine; what is offered to it is. Otherwise the soak test of a
rehearsal would judge the machine that plays it, and not the release.
"""

import asyncio
import time

import aiohttp

from cockpit.rehearsal.protocol.rates import FULL_RATE_PER_S
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError

LEAST_RATE_PER_S = 3.0
_SOAK_FACTOR = 3.0
"""The packaged card's soak test offers so many times the expected rate."""
_ASKED_SHARE = 0.25
"""Below it, a response seldom waits for another one; Locust needs its part of the machine too."""

_CLIENTS = 8
_MEASURED_S = 0.6
_WITHIN = aiohttp.ClientTimeout(total=5.0)


async def measured_per_s(url: str, token: str) -> float:
    """Return how many responses a second `url` gives to eight clients who send without a pause.

    Raises RehearsalError if the service does not respond.
    """
    headers = {"Authorization": f"Bearer {token}"}
    try:
        async with aiohttp.ClientSession(headers=headers, timeout=_WITHIN) as session:
            await _ask_until(session, url, 0.0)  # the first responses open connections
            began_s = time.monotonic()
            clients = [_ask_until(session, url, began_s + _MEASURED_S) for _ in range(_CLIENTS)]
            count = sum(await asyncio.gather(*clients))
            return count / (time.monotonic() - began_s)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise RehearsalError(f"the service does not respond: {error!r}") from None


async def _ask_until(session: aiohttp.ClientSession, url: str, end_s: float) -> int:
    """Return the number of responses until `end_s` of the monotonic clock, at least one."""
    count = 0
    while True:
        async with session.get(url) as response:
            await response.read()
        count += 1
        if time.monotonic() >= end_s:
            return count


def expected_rate_per_s(capacity_per_s: float, background_per_s: float) -> float:
    """Return the expected rate whose soak test fits beside the background traffic.

    Both ask for a quarter of the capacity at most, as far as the least rate lets them. All are in
    requests a second.

    >>> expected_rate_per_s(1000, 60), expected_rate_per_s(360, 60), expected_rate_per_s(90, 60)
    (20.0, 10.0, 3.0)
    """
    room_per_s = (capacity_per_s * _ASKED_SHARE - background_per_s) / _SOAK_FACTOR
    return float(round(min(max(room_per_s, LEAST_RATE_PER_S), FULL_RATE_PER_S)))
