"""What a card says of its monitors: where the value comes from, its limit, and when it trips."""

from typing import Annotated

from msgspec import Meta, field

from checks.core.base import CardEntry
from checks.core.limits import AnyLimit, Limit
from checks.core.units import Duration, Span, Text
from checks.registry import AnyCheck

Labels = dict[str, str]


class _Monitor(CardEntry, frozen=True, kw_only=True, tag_field="source"):
    monitor: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the monitor's name")]
    above: Annotated[AnyLimit, Meta(description="the limit; a value over it breaches")]
    sustained: Annotated[Duration, Meta(description="a breach this long trips")] = field(
        default=0.0, name="for"
    )
    clear: Annotated[Duration, Meta(description="ok for this long clears a trip")] = 60.0
    every: Annotated[Span, Meta(description="how often it is measured")] = 1.0
    stale: Annotated[
        Span, Meta(description="older data than this, and than two of `every`, is no data")
    ] = 15.0
    timeout: Annotated[Span, Meta(description="for one measurement")] = 5.0
    page: Annotated[
        bool, Meta(description="a trip rings the bell of every screen that is open")
    ] = False


class MetricsMonitor(_Monitor, frozen=True, kw_only=True, tag="metrics"):
    """A value computed from the differences of a `/metrics` page, scraped directly.

    Exactly one of `quantile` (with `of`, a histogram), `share` (with `of`, a counter) and `rate`
    (with `of`, a counter) says what is computed. With `by`, each value of that label is judged
    alone and the worst counts.
    """

    url: Annotated[Text, Meta(description="where the page is")]
    of: Annotated[Text, Meta(description="the histogram or counter, without its _bucket or _total")]
    quantile: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None, Meta(description="0.95 for p95, in seconds")
    ] = None
    share: Annotated[
        Labels | None,
        Meta(description="labels (regular expressions) of the part whose share of all is taken"),
    ] = None
    rate: Annotated[
        Labels | None,
        Meta(description="labels (regular expressions) of the events counted, per minute"),
    ] = None
    labels: Annotated[Labels, Meta(description="labels that all must match")] = field(
        default_factory=dict
    )
    by: Annotated[str | None, Meta(description="a label: each of its values is judged alone")] = (
        None
    )
    over: Annotated[Span, Meta(description="the window that is looked back over")] = 60.0
    samples: Annotated[
        int, Meta(ge=1, description="fewer events than this in the window is no data")
    ] = 60


class PrometheusMonitor(_Monitor, frozen=True, kw_only=True, tag="prometheus"):
    """A value asked of Prometheus's HTTP API: the query gives one number."""

    query: Annotated[Text, Meta(description="in PromQL; its one number is the value")]
    url: Annotated[Text, Meta(description="where Prometheus answers")] = "${PROMETHEUS_URL}"
    count: Annotated[
        str | None, Meta(description="a query for the number of samples behind it")
    ] = None
    samples: Annotated[int, Meta(ge=1, description="fewer than this (by `count`) is no data")] = 1


class CheckMonitor(_Monitor, frozen=True, kw_only=True, tag="check"):
    """A check that is looked at again and again: passed is ok, failed trips, unknown is blind.

    With `figure` the value is what the check measures of that name, held against `above`; its own
    outcome then only tells whether it was measured at all.
    """

    check: Annotated[AnyCheck, Meta(description="what is looked at")]
    figure: Annotated[
        Text | None, Meta(description="which of its figures is held against `above`, as `query_s`")
    ] = None
    above: Annotated[
        AnyLimit, Meta(description="the limit of the figure; of no use without one")
    ] = Limit(0.0, "0")
    every: Annotated[Span, Meta(description="how often it is looked")] = 60.0
    samples: Annotated[int, Meta(ge=1, le=1, description="a look is one sample")] = 1


AnyMonitor = MetricsMonitor | PrometheusMonitor | CheckMonitor
