"""Replies to a monitor in place of its target: the real ones, recorded, with a fault written in."""

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, assert_never

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from checks.core.base import Check, Outcome, Result
from cockpit.card.model.monitors import (
    AnyMonitor,
    CheckMonitor,
    MetricsMonitor,
    PrometheusMonitor,
)
from cockpit.monitors.exposition import MAX_BYTES, Unreadable, parse
from cockpit.monitors.fault_page import OVER, FaultPage, fault_page, named_labels
from cockpit.monitors.window_query import window_query

if TYPE_CHECKING:
    import httpx

_EMPTY = {"status": "success", "data": {"resultType": "vector", "result": []}}


class Trouble(Enum):
    """What is written in."""

    OVER = "a value a fifth over the limit"
    GONE = "a label or a value that is gone"
    DEAD = "a target that does not answer"


class Reply(Struct, frozen=True):
    """A response as it came, the body bounded; its query is that of Prometheus's API."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Recording(Struct):
    """What the target said: the response to each query (empty for a page), a check's result."""

    replies: dict[str, Reply] = field(default_factory=dict)
    result: Result | None = None


def recording(client: "httpx.AsyncClient", record: Recording) -> "httpx.AsyncClient":
    """Return a client that asks through `client`, and records what came."""
    import httpx  # noqa: PLC0415

    async def ask(request: httpx.Request) -> httpx.Response:
        response, body = await client.send(request, stream=True), bytearray()
        try:
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > MAX_BYTES:
                    break
        finally:
            await response.aclose()
        if response.headers.get("content-encoding", "").strip() not in ("", "identity"):
            body.clear()  # a source refuses it by that header; unfolded here, it could be gigabytes
        reply = Reply(response.status_code, dict(response.headers), bytes(body))
        record.replies[_query(request)] = reply
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body)

    return httpx.AsyncClient(transport=httpx.MockTransport(ask))


class StandIn:
    """Replies as the target of a monitor does that gets into trouble right after the record.

    `passed_s` are the seconds since. Raises ValueError, with the reason, if the trouble cannot be
    written into what was recorded.
    """

    def __init__(self, monitor: AnyMonitor, record: Recording, trouble: Trouble) -> None:
        self._monitor, self._record, self._trouble = monitor, record, trouble
        self.passed_s = 0.0
        self._page = self._fault_page()

    @property
    def made_up(self) -> str:
        """The labels of the fault that the real page does not have yet; empty for none."""
        return self._page.made_up if self._page else ""

    def client(self) -> "httpx.AsyncClient":
        """Return a client whose every request is answered here."""
        import httpx  # noqa: PLC0415

        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    async def run_check(self, _: Check) -> Result:
        """Return the recorded result of the check with the trouble in it."""
        real = self._record.result or Result(Outcome.UNKNOWN, "was not run")
        return real if self.passed_s == 0 else self._troubled(real)

    def _troubled(self, real: Result) -> Result:
        figure = self._monitor.figure if isinstance(self._monitor, CheckMonitor) else None
        match self._trouble:
            case Trouble.OVER:
                if figure is None:
                    return replace(real, outcome=Outcome.FAILED)
                return replace(real, figures={**real.figures, figure: over(self._monitor)})
            case Trouble.GONE:
                gone = Outcome.UNKNOWN if figure is None else real.outcome
                return replace(real, outcome=gone, figures={})
            case Trouble.DEAD:
                return Result(Outcome.UNKNOWN, "gave no response")
            case _:
                assert_never(self._trouble)

    def _answer(self, request: "httpx.Request") -> "httpx.Response":
        import httpx  # noqa: PLC0415

        if self._trouble is Trouble.DEAD and self.passed_s:
            raise httpx.ConnectError("does not answer", request=request)
        if self._page is not None and isinstance(self._monitor, MetricsMonitor):
            gone = self._trouble is Trouble.GONE and self.passed_s > 0
            labels = named_labels(self._monitor)
            text = self._page.without(labels) if gone else self._page.text(self.passed_s)
            return httpx.Response(200, text=text)
        query = _query(request)
        reply = self._record.replies.get(query)
        if reply is None:
            return httpx.Response(404)
        return httpx.Response(reply.status, json=self._answered(query, reply))

    def _answered(self, query: str, reply: Reply) -> Any:
        """Return a response of Prometheus as it would come now, with the trouble in it."""
        monitor = self._monitor
        assert isinstance(monitor, PrometheusMonitor)
        said = msgspec.json.decode(reply.body)
        is_value = query == monitor.query
        if is_value and self.passed_s and self._trouble is Trouble.GONE:
            return _EMPTY
        data, later_s = said["data"], self.passed_s
        pairs = [data["result"]] if data["resultType"] == "scalar" else _pairs(data["result"])
        for pair in pairs:
            pair[0] += later_s
            if is_value and self.passed_s:
                pair[1] = repr(over(monitor))
            elif query == monitor.count:
                pair[1] = repr(max(float(pair[1]), float(monitor.samples)))
            elif "timestamp(" in query:
                pair[1] = repr(float(pair[1]) + later_s)
        return said

    def _fault_page(self) -> FaultPage | None:
        if not isinstance(self._monitor, MetricsMonitor):
            return None
        text = self._record.replies[""].body.decode("utf-8", "replace")
        page = parse(text, (window_query(self._monitor).family,), whole=True)
        if isinstance(page, Unreadable):
            raise ValueError(page.why)  # noqa: TRY004 - the page is wrong, not its type
        return fault_page(self._monitor, page, text)


def over(monitor: AnyMonitor) -> float:
    """Return the limit and a fifth over it; of a limit of 0 any value is over."""
    limit = float(monitor.judged_at())
    return limit + (OVER - 1) * abs(limit) if limit else 1.0


def _pairs(result: Any) -> list[Any]:
    return [series["value"] for series in result]


def _query(request: "httpx.Request") -> str:
    return str(request.url.params.get("query", ""))
