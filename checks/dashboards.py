"""Whether Grafana's dashboards exist and show data."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.errors import HttpError
from checks.core.findings import Finding, combine, failed, passed, unknown
from checks.core.text import count_of, join_names, one_line
from checks.core.units import Span, Text
from checks.telemetry import grafana_api
from checks.web.json_api import Api, FromOutside, redact_secrets

if TYPE_CHECKING:
    import asyncio

_RESPONSE_S = 20.0
_AT_ONCE = 4

Uid = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class Dashboards(Check, kw_only=True, frozen=True, tag="dashboards"):
    """Each of Grafana's dashboards exists, and each query of its panels returns data.

    Failed: a dashboard does not exist.

    Unknown: a panel has no data, or one of its queries fails. The panel is named.

    Variables have the values with which the dashboard opens. Rows, texts and lists are skipped,
    and so are panels that show another panel's data.
    """

    url: Annotated[Text, Meta(description="the URL of Grafana, as `${GRAFANA_URL}`")]
    token: Annotated[
        FromOutside, Meta(description="a token with the Viewer role, as `${GRAFANA_TOKEN}`")
    ]
    dashboards: Annotated[
        tuple[Uid, ...],
        Meta(min_length=1, description="the uids of the dashboards, as in their URLs"),
    ]
    last: Annotated[Span, Meta(description="the time range to query")] = 900.0
    may_be_empty: Annotated[
        tuple[Text, ...], Meta(description="titles of panels that may have no data")
    ] = ()
    timeout: Annotated[Span, Meta(description="no response within this time is unknown")] = 30.0

    def label(self) -> str:
        """Return the default title."""
        return f"dashboards show data: {join_names(self.dashboards)}"

    async def run(self, tools: Tools) -> Result:
        """Run every panel's queries; the evidence names what is missing."""
        token, slots = tools.expand(self.token), asyncio.Semaphore(_AT_ONCE)
        async with tools.http(self.timeout) as client:
            base, response_s = tools.expand(self.url), min(_RESPONSE_S, self.timeout)
            api = Api("Grafana", base, client, response_s, token)
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(self._check_board(api, uid, slots)) for uid in self.dashboards
                ]
        findings = [finding for task in tasks for finding in task.result()]
        return redact_secrets(_judge(findings), token)

    async def _check_board(
        self, api: Api, uid: str, slots: "asyncio.Semaphore"
    ) -> Sequence[Finding]:
        try:
            async with slots:
                board = await grafana_api.fetch_dashboard(api, uid)
            panels = grafana_api.drawn_panels(board)
        except HttpError as error:
            if error.status == 404:
                return [failed(f"there is no dashboard {uid}")]
            return [unknown(f"dashboard {uid}: {error}")]
        if not panels:
            return [unknown(f"dashboard {uid} has no panel that shows data")]

        async def check_panel(panel: grafana_api.Panel) -> Finding:
            async with slots:
                return await self._check_panel(api, uid, board, panel)

        return await asyncio.gather(*(check_panel(panel) for panel in panels))

    async def _check_panel(
        self, api: Api, uid: str, board: grafana_api.Dashboard, panel: grafana_api.Panel
    ) -> Finding:
        name = f"{uid}: panel {one_line(panel.title or '', 40) or 'without a title'}"
        try:
            fault = await grafana_api.find_fault(api, board, panel, self.last)
        except HttpError as error:
            return unknown(f"{name}: {error}")
        except RecursionError:
            return unknown(f"{name} has a query that is nested too deeply to be sent")
        if fault is None:
            return passed(f"{name} shows data")
        if fault.is_empty and panel.title in self.may_be_empty:
            return passed(f"{name} is empty, and may be")
        return unknown(f"{name} {fault.reason}")


def _judge(findings: list[Finding]) -> Result:
    with_data = sum(finding.evidence.endswith("shows data") for finding in findings)
    rest = ", the others may be empty" if with_data < len(findings) else ""
    shown = count_of(len(findings), "panel shows", "panels show")
    result = combine(findings, f"{with_data} of {shown} data{rest}")
    if result.outcome is Outcome.PASSED and not with_data:
        return Result(Outcome.UNKNOWN, "no panel shows data", result.details)
    return result
