"""A dashboard in Grafana's HTTP API: its panels, their queries, and the queries' data."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from checks.core.errors import HttpError
from checks.core.text import one_line
from checks.telemetry.grafana_variables import Values, Variable, filled, values
from checks.web.json_api import Api, ApiRequest

_MOST_PANELS = 200
_SIZE = {"intervalMs": 15_000, "maxDataPoints": 100}
_NO_QUERY = frozenset({"row", "text", "news", "dashlist", "alertlist", "welcome", "annolist"})
_OTHER_PANEL = "-- Dashboard --"
_MIXED = "-- Mixed --"
_EXPRESSION = "__expr__"

Query = dict[str, Any]


class Panel(Struct, rename="camel"):
    """A panel; a folded row holds its own panels."""

    title: str | None = None
    type: str = ""
    datasource: dict[str, Any] | str | None = None
    targets: list[Query] | None = None
    panels: list["Panel"] | None = None
    reused: dict[str, Any] | None = msgspec.field(default=None, name="libraryPanel")


class Templating(Struct):
    """The variables."""

    variables: list[Variable] | None = msgspec.field(name="list", default=None)


class Dashboard(Struct):
    """A dashboard."""

    panels: list[Panel] | None = None
    templating: Templating = msgspec.field(default_factory=Templating)


class DashboardResponse(Struct):
    """The response to `/api/dashboards/uid/UID`."""

    dashboard: Dashboard


class Field(Struct):
    """A column's kind."""

    type: str = ""


class Schema(Struct):
    """The columns of a frame."""

    fields: list[Field] = []


class Columns(Struct):
    """The values of a frame, a list for each column; NaN and infinity are null."""

    values: list[list[Any]] = []


class ResultFrame(Struct):
    """A table in a query's result."""

    schema: Schema = msgspec.field(default_factory=Schema)
    data: Columns = msgspec.field(default_factory=Columns)


class QueryResult(Struct):
    """The result of one query: its frames, or an error with its HTTP status."""

    frames: list[ResultFrame] | None = None
    error: str = ""
    status: int = 200


class PanelFault(Struct, frozen=True):
    """Why a panel shows no data, as the end of a sentence; `is_empty`: its queries succeeded."""

    reason: str
    is_empty: bool = False


class QueryResults(Struct):
    """The result of each query of a panel, by its letter."""

    results: dict[str, QueryResult]


async def fetch_dashboard(api: Api, uid: str) -> Dashboard:
    """Return the dashboard; raises HttpError, with the status 404 if there is none."""
    request = ApiRequest(path=f"/api/dashboards/uid/{uid}")
    return (await api.ask(request, DashboardResponse)).dashboard


def drawn_panels(dashboard: Dashboard) -> list[Panel]:
    """Return the panels that draw data, also those in folded rows; raises HttpError if too many."""
    panels = list(_unfolded(dashboard.panels or []))
    if len(panels) > _MOST_PANELS:
        raise HttpError(f"has more than {_MOST_PANELS} panels")
    return [panel for panel in panels if panel.type not in _NO_QUERY and not _borrows(panel)]


async def find_fault(
    api: Api, dashboard: Dashboard, panel: Panel, last_s: float
) -> PanelFault | None:
    """Return why a panel shows no data; None if each visible query returns a value."""
    targets = panel.targets or []
    if panel.reused is not None and not targets:
        return PanelFault("is a library panel whose queries the dashboard does not hold")
    known = values(dashboard.templating.variables or [])
    queries = [_query(target, panel, number, known) for number, target in enumerate(targets)]
    shown = [query["refId"] for query in queries if not query.get("hide")]
    if not shown:
        return PanelFault("has no query")
    if not all(_has_source(query) for query in queries):
        return PanelFault("names no data source by its uid: save the dashboard anew")
    # Hidden queries are sent as well: an expression may need their results.
    payload = {"queries": queries, "from": f"now-{last_s:.0f}s", "to": "now"}
    request = ApiRequest(path="/api/ds/query", method="POST", body=msgspec.json.encode(payload))
    results = (await api.ask(request, QueryResults)).results
    faults = [fault for letter in shown if (fault := _query_fault(letter, results.get(letter)))]
    return min(faults, key=lambda fault: fault.is_empty, default=None)


def _unfolded(panels: list[Panel]) -> Iterator[Panel]:
    for panel in panels:
        yield panel
        yield from panel.panels or []


def _borrows(panel: Panel) -> bool:
    """Whether the panel draws the data of another panel of the dashboard."""
    source = panel.datasource
    return (source.get("uid") if isinstance(source, dict) else source) == _OTHER_PANEL


def _query(target: Query, panel: Panel, number: int, known: Values) -> Query:
    source = target.get("datasource") or panel.datasource
    if source == _EXPRESSION:
        source = {"type": _EXPRESSION, "uid": _EXPRESSION}
    letter = target.get("refId")
    own = {
        "refId": letter if isinstance(letter, str) and letter else f"Q{number}",
        "datasource": source,
    }
    query: Query = filled({**_SIZE, **target, **own}, known)
    return query


def _has_source(query: Query) -> bool:
    source = query["datasource"]
    return isinstance(source, dict) and source.get("uid") not in {None, "", _MIXED}


def _query_fault(letter: str, result: QueryResult | None) -> PanelFault | None:
    if result is None:
        return PanelFault(f"had no answer to query {letter}")
    if result.error or result.status >= 400:
        return PanelFault(f"query {letter} fails: {one_line(result.error, 100) or result.status}")
    if not any(_holds_a_value(frame) for frame in result.frames or ()):
        return PanelFault(f"has no data in query {letter}", is_empty=True)
    return None


def _holds_a_value(frame: ResultFrame) -> bool:
    """Whether a column other than the time has a value."""
    columns = zip(frame.schema.fields, frame.data.values, strict=False)
    return any(
        value is not None for field, column in columns if field.type != "time" for value in column
    )
