"""What a card says of its monitors: where the value comes from, its limit, and when it trips.

A new source is one struct here and its name in `AnyMonitor`, and one file in `cockpit/monitors`
that measures it. Reading the card, its schema and reference page, judging and pacing follow from
the struct; mypy and the tests name what is missing.
"""

from typing import Annotated, Literal

from msgspec import Meta, field

from checks.core.base import CardEntry
from checks.core.limits import AnyLimit, Limit
from checks.core.units import Duration, Span, Text
from checks.registry import AnyCheck

Labels = dict[str, str]


class MonitorEntry(CardEntry, frozen=True, kw_only=True, tag_field="source"):
    """What every monitor has, whatever its source.

    A subclass adds its tag, its options and, where options must fit together, a `__post_init__`
    that raises ValueError with what would be right.
    """

    monitor: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the monitor's name")]
    above: Annotated[AnyLimit, Meta(description="the limit; a value over it breaches")]
    sustained: Annotated[Duration, Meta(description="a breach this long trips")] = field(
        default=0.0, name="for"
    )
    clear: Annotated[Duration, Meta(description="ok for this long clears a trip")] = 60.0
    every: Annotated[Span, Meta(description="how often it is measured")] = 1.0
    stale: Annotated[
        Span, Meta(description="data older than this, and than two of `every`, is no data")
    ] = 15.0
    timeout: Annotated[Span, Meta(description="for one measurement")] = 5.0
    page: Annotated[
        bool, Meta(description="a trip rings the bell of every screen that is open")
    ] = False
    samples: Annotated[int, Meta(ge=1, description="fewer samples than this is no data")] = 1

    def judged_at(self) -> Limit:
        """Return the limit that a value is held against."""
        return self.above

    def window_s(self) -> float | None:
        """Return the seconds over which a value is computed and its `samples` are counted.

        None where a value is of one instant.
        """
        return None

    def group_label(self) -> str:
        """Return the label whose values are judged separately; empty for a single value."""
        return ""


class MetricsMonitor(MonitorEntry, frozen=True, kw_only=True, tag="metrics"):
    """A value computed from the differences of a `/metrics` page, scraped directly.

    Exactly one of `quantile` (with `of`, a histogram), `share` (with `of`, a counter) and `rate`
    (with `of`, a counter) says what is computed. With `by`, each value of that label is judged
    separately and the worst counts.

    A name or a label that is not on the page is blind, with the names that are. Where both `x` and
    `x_total` fit, `labels` says which is meant, as `{__name__: x_total}`. The page must be that of
    one process, or of all of them added up.

    A quantile is only known to lie between two bounds of the histogram. A limit that is no bound
    cannot be told from a value between the same two: that is blind. A bucket at the limit decides,
    or `bound` with one of the two.
    """

    url: Annotated[Text, Meta(description="the URL of the page with the metrics")]
    of: Annotated[Text, Meta(description="the histogram or counter, without its _bucket or _total")]
    quantile: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None, Meta(description="0.95 for p95")
    ] = None
    bound: Annotated[
        AnyLimit | None,
        Meta(
            description="the bound of the histogram, next to the limit, that is the limit in its"
            " place: the looser or the stricter one, as `300ms`"
        ),
    ] = None
    unit: Annotated[
        Literal["s", "ms"] | None,
        Meta(
            description="the unit of the histogram; without it its name, its `# UNIT` or its bounds"
            " tell"
        ),
    ] = None
    share: Annotated[
        Labels | None,
        Meta(description="labels (regular expressions of RE2) of the part whose share is taken"),
    ] = None
    rate: Annotated[
        Labels | None,
        Meta(description="labels (regular expressions of RE2) of the events counted, per minute"),
    ] = None
    labels: Annotated[
        Labels,
        Meta(description="labels that all must match; `(?!/health$).*` leaves one value out"),
    ] = field(default_factory=dict)
    by: Annotated[
        str | None, Meta(description="a label: each of its values is judged separately")
    ] = None
    over: Annotated[Span, Meta(description="the window over which the value is computed")] = 60.0
    samples: Annotated[
        int, Meta(ge=1, description="fewer events than this in the window is no data")
    ] = 60

    def judged_at(self) -> Limit:
        """Return the bound that was chosen in place of the limit, else the limit."""
        return self.above if self.bound is None else self.bound

    def window_s(self) -> float:
        """Return the length of the window, `over`."""
        return self.over

    def group_label(self) -> str:
        """Return `by`."""
        return self.by or ""


class PrometheusMonitor(MonitorEntry, frozen=True, kw_only=True, tag="prometheus"):
    """A value queried from Prometheus's HTTP API: the query returns one number.

    Its age is that of the samples that the query reads, by each selector in it. A selector without
    series is blind: `sum(rate(x{code=~"5.."}[1m])) or vector(0)` is 0 for a dead target too, with
    `or 0 * sum(rate(x[1m]))` it is not. So is a response with a warning, as of a part of the data.
    """

    stale: Annotated[
        Span,
        Meta(
            description="samples older than this, and than two of `every`, are no data; more than"
            " the scrape interval"
        ),
    ] = 60.0
    query: Annotated[Text, Meta(description="the query in PromQL; its one number is the value")]
    url: Annotated[Text, Meta(description="the address of Prometheus")] = "${PROMETHEUS_URL}"
    count: Annotated[
        str | None, Meta(description="a query for the number of samples behind it")
    ] = None
    samples: Annotated[int, Meta(ge=1, description="fewer than this (by `count`) is no data")] = 1


class CheckMonitor(MonitorEntry, frozen=True, kw_only=True, tag="check"):
    """A check that is run again and again: passed is ok, failed trips, unknown is blind.

    With `figure` the value is what the check measures under that name, held against `above`; its
    own outcome then only tells whether it was measured at all.
    """

    check: Annotated[AnyCheck, Meta(description="the check to run")]
    figure: Annotated[
        Text | None, Meta(description="which of its figures is held against `above`, as `query_s`")
    ] = None
    above: Annotated[
        AnyLimit, Meta(description="the limit of the figure; of no use without one")
    ] = Limit(0.0, "0")
    every: Annotated[Span, Meta(description="how often it is run")] = 60.0
    samples: Annotated[int, Meta(ge=1, le=1, description="each run is one sample")] = 1


AnyMonitor = MetricsMonitor | PrometheusMonitor | CheckMonitor
