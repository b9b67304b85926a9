"""A limited number of concurrent requests, until one of them is refused."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime

from msgspec import Struct, field

from checks.core.errors import HttpError
from checks.web.http_client import ResponseHead
from checks.web.http_date import http_date

TOO_MANY = 429
"""The status that refuses for the rate."""


class Burst(Struct):
    """A burst of requests, its first refusal, and the responses that say nothing about a limit."""

    call: Callable[[], Awaitable[ResponseHead]]
    expected: Collection[int]
    most: int
    sent: int = 0
    met: ResponseHead | None = None
    met_at: int = 0
    unclear: list[str] = field(default_factory=list)

    async def send(self, at_once: int) -> None:
        """Send requests until one is refused or unclear, or all are sent."""
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, self.most)):
                group.create_task(self._send())

    async def _send(self) -> None:
        while self.sent < self.most and self.met is None and not self.unclear:
            self.sent += 1
            await self._one(self.sent)

    async def _one(self, number: int) -> None:
        try:
            response = await self.call()
        except HttpError as error:
            self.unclear.append(f"{error} to request {number}")
            return
        if response.status == TOO_MANY:
            if self.met is None:
                self.met, self.met_at = response, number
        elif response.status not in self.expected:
            right = " or ".join(map(str, sorted(self.expected)))
            fault = f"answered {response.status} to request {number}"
            self.unclear.append(f"{fault}, {right} or 429 expected")


def retry_after_s(response: ResponseHead) -> float | None:
    """Return the seconds that a response asks to wait; None without a valid Retry-After."""
    value = response.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal() and len(value) < 10:
        return float(value)
    try:
        until = http_date(value)
    except ValueError:
        return None
    try:  # by the target's own clock: this machine's may differ
        now = http_date(response.headers.get("date", ""))
    except ValueError:
        now = datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())
