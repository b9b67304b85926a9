"""Concurrent requests of many operations with many tokens, in bounded memory."""

import asyncio
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from checks.core.base import Tools
from checks.core.errors import HttpError, NoResponseError, TimedOutError
from checks.core.text import count_of, one_line
from checks.openapi.sample_request import SampleRequest
from checks.web.http_client import HttpRequest, parsed_url, request_head
from checks.web.tokens import Token

if TYPE_CHECKING:
    import httpx

REFUSED = frozenset({401, 403})
_NOT_FOUND = frozenset({400, 404, 409, 410, 422})
_TOO_MANY = 429
_MOST_BODY_BYTES = 64 * 1024
_MOST_LINES = 100
_ATTEMPTS = 3
_LONGEST_WAIT_S = 5.0
_REPORT_EVERY = 100


class ProbeFindings(Struct):
    """The operations of each kind of fault: their count, and a line for the first hundred."""

    let_in: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, operation: str, faults: Sequence[str]) -> None:
        """Count an operation with its faults; without any, do nothing."""
        if faults:
            self.counts[kind] += 1
            lines: list[str] = getattr(self, kind)
            if len(lines) < _MOST_LINES:
                lines.append(f"{one_line(operation, 80)} {'; '.join(faults)}")


class Probe(Struct):
    """One round of requests: the client, the tokens, and the findings so far."""

    client: "httpx.AsyncClient"
    base: str
    tools: Tools
    wrong: Sequence[Token]
    good: Token | None
    each_s: float
    findings: ProbeFindings = field(default_factory=ProbeFindings)

    async def run(self, questions: Iterator[SampleRequest], at_once: int, of: int) -> None:
        """Send all `of` questions; `at_once` workers take the next one from the same iterator."""

        async def work() -> None:
            for question in questions:
                await self._operation(question)
                self.findings.counts["operations"] += 1
                if (done := self.findings.counts["operations"]) % _REPORT_EVERY == 0:
                    let_in = self.findings.counts["let_in"]
                    every = count_of(of, "operation")
                    self.tools.say(f"{done:,} of {every} asked, {let_in:,} let in")

        async with asyncio.TaskGroup() as group:
            for _ in range(at_once):
                group.create_task(work())

    async def _operation(self, question: SampleRequest) -> None:
        # A path that begins otherwise would change the host or port of the address it is joined
        # to, and send the good token to somebody else.
        path = question.path if question.path.startswith("/") else "\0"
        try:
            url = parsed_url(self.base + path)
        except HttpError:
            self.findings.add("unclear", question.name, ["has a path that is no address"])
            return
        tokens_by_fault: dict[str, dict[str, list[str]]] = {
            "let_in": {},
            "wrong": {},
            "unclear": {},
        }
        for token in self.wrong:
            status, reason = await self._answer(question, url, token)
            if status not in REFUSED:
                fault = f"answered {status}" if status else reason
                tokens_by_fault[_of_wrong(status)].setdefault(fault, []).append(token.name)
        for kind, names_by_fault in tokens_by_fault.items():
            faults = [f"{fault} to {_several(names)}" for fault, names in names_by_fault.items()]
            self.findings.add(kind, question.name, faults)
        if self.good and question.method in ("GET", "HEAD"):
            self._of_good(question, *await self._answer(question, url, self.good))

    def _of_good(self, question: SampleRequest, status: int | None, reason: str) -> None:
        if status and (200 <= status < 300 or (question.filled and status in _NOT_FOUND)):
            self.findings.counts["answered"] += 1
        elif status and status != _TOO_MANY and status < 500:
            fault = f"answered {status} to the good token, 2xx expected"
            self.findings.add("refused", question.name, [fault])
        else:
            fault = f"answered {status}" if status else reason
            self.findings.add("unclear", question.name, [f"{fault} to the good token"])

    async def _answer(
        self, question: SampleRequest, url: "httpx.URL", token: Token
    ) -> tuple[int | None, str]:
        """Return the status, or None and why there is none; a lost request is sent again.

        To send it again is harmless: nothing in a sample request changes anything.
        """
        for attempt in range(_ATTEMPTS):
            self.findings.counts["requests"] += 1
            status, reason, wait_s = None, "", 0.0
            try:
                head = await request_head(
                    self.client, _request(question, url, token), self.each_s, _MOST_BODY_BYTES
                )
                status = head.status
                if status != _TOO_MANY:
                    break
                wait_s = _wait_s(head.headers)
            except HttpError as error:
                reason = str(error)
                timed_out = isinstance(error, TimedOutError)
                if timed_out or attempt or not isinstance(error, NoResponseError):
                    break
            if attempt + 1 < _ATTEMPTS and wait_s:
                await self.tools.clock.sleep(wait_s)
        return status, reason


def _request(question: SampleRequest, url: "httpx.URL", token: Token) -> HttpRequest:
    headers = {} if token.header is None else {"Authorization": token.header}
    if question.body is not None:
        headers["Content-Type"] = question.content_type
    return HttpRequest(url=url, method=question.method, headers=headers, content=question.body)


def _of_wrong(status: int | None) -> str:
    if status is None or status >= 500 or status == _TOO_MANY:
        return "unclear"
    return "let_in" if 200 <= status < 300 else "wrong"


def _wait_s(headers: Any) -> float:
    """Return how many seconds a response asks to wait, at most 5; 1 if it does not say."""
    try:
        wait_s = float(headers.get("retry-after", "1"))
    except ValueError:
        return 1.0
    return min(max(wait_s, 0.0), _LONGEST_WAIT_S) if math.isfinite(wait_s) else 1.0


def _several(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
