"""So many requests and not one more, until one of them is refused."""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec import Struct, field

from checks.web.http_date import http_date
from checks.web.request import Call, NoAnswerError

if TYPE_CHECKING:
    import httpx

TOO_MANY = 429
"""The status that refuses for the rate."""


class Burst(Struct):
    """A burst and what came of it: the first refusal, and answers that say nothing of a limit."""

    call: Call
    expected: Collection[int]
    most: int
    sent: int = 0
    met: "httpx.Response | None" = None
    met_at: int = 0
    unclear: list[str] = field(default_factory=list)

    async def send(self, at_once: int) -> None:
        """Send until one is refused, one says nothing, or all are sent."""
        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, self.most)):
                group.create_task(self._send())

    async def _send(self) -> None:
        while self.sent < self.most and self.met is None and not self.unclear:
            self.sent += 1
            await self._one(self.sent)

    async def _one(self, number: int) -> None:
        try:
            answer = await self.call()
        except NoAnswerError as error:
            self.unclear.append(f"{error} to request {number}")
            return
        if answer.status_code == TOO_MANY:
            if self.met is None:
                self.met, self.met_at = answer, number
        elif answer.status_code not in self.expected:
            right = " or ".join(map(str, sorted(self.expected)))
            words = f"answered {answer.status_code} to request {number}"
            self.unclear.append(f"{words}, {right} or 429 expected")


def retry_after_s(answer: "httpx.Response") -> float | None:
    """Give the seconds that an answer asks to wait; None where it says no such thing."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal() and len(said) < 10:
        return float(said)
    try:
        until = http_date(said)
    except ValueError:
        return None
    try:  # by the target's own clock: this machine's may be another one
        now = http_date(answer.headers.get("date", ""))
    except ValueError:
        now = datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())
