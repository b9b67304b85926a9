"""What a monitor means is looked up on its page; what is not there is blind, with what is."""

from typing import Any

import httpx
import pytest

from cockpit.monitors.metrics import MetricsSource
from cockpit.monitors.reading import Reading
from tests.clocks import ManualClock
from tests.monitors.pages import URL, buckets_page, errors, requests_page, scraped

SECONDS = "http_request_duration_seconds"
P95 = {"of": SECONDS, "quantile": 0.95, "above": "250ms"}
SUMMARY = f"""# TYPE {SECONDS} summary
{SECONDS}{{code="200",quantile="0.95"}} 0.9
{SECONDS}_sum{{code="200"}} 3
{SECONDS}_count{{code="200"}} 120
"""
HISTOGRAM = (
    f"# TYPE {SECONDS} histogram\n"
    + "".join(f'{SECONDS}_bucket{{code="200",le="{le}"}} 3\n' for le in ("0.1", "+Inf"))
    + f'{SECONDS}_sum{{code="200"}} 0.1\n{SECONDS}_count{{code="200"}} 3\n'
)
ENVOY = """# TYPE upstream_rq counter
upstream_rq{code="200"} %s
upstream_rq{code="503"} %s
# TYPE upstream_rq_total counter
upstream_rq_total{} %s
"""


async def read(monitor: Any, *pages: str) -> Reading:
    """Return the reading of the last page."""
    queue = list(pages)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=queue.pop(0)))
    clock, reading = ManualClock(), Reading(0.0)
    async with httpx.AsyncClient(transport=transport) as http:
        source = MetricsSource(URL, [monitor], http, clock)
        for _ in pages:
            reading = (await source.read())[monitor.monitor]
            await clock.advance(1.0)
    return reading


def counter(labels: str, value: float = 9) -> str:
    return f"# TYPE http_requests_total counter\nhttp_requests_total{{{labels}}} {value}\n"


NOT_THERE = {
    "share-label": (
        errors(),
        counter('method="GET"'),
        "no series of http_requests_total has the label code; its labels are method",
    ),
    "rate-label": (
        scraped(rate={"code": "401|403"}, above="100/min"),
        counter('method="GET"'),
        "no series of http_requests_total has the label code; its labels are method",
    ),
    "by": (
        errors(by="version"),
        counter('code="200"'),
        "no series of http_requests_total has the label version; its labels are code",
    ),
    "no-labels": (
        errors(),
        "http_requests_total 9\n",
        "no series of http_requests_total has the label code; it has no labels",
    ),
    "labels-key": (
        errors(labels={"version": ".*"}),
        counter('code="200"'),
        "no series of http_requests_total has the label version; its labels are code",
    ),
    "labels-value": (
        errors(labels={"version": "2[.]5[.]0"}),
        requests_page(c200_2_4_0=7, c200_2_4_1=7),
        "no series of http_requests_total has version `2[.]5[.]0`; there is 2.4.0, 2.4.1",
    ),
    "family": (
        errors(of="http_request"),
        counter('code="200"') + HISTOGRAM,
        f"has no http_request; its counters are http_requests_total, {SECONDS}_count",
    ),
    "classes": (
        scraped(rate={"code": "401|403"}, above="100/min"),
        counter('code="2xx"') + 'http_requests_total{code="4xx"} 3\n',
        "http_requests_total has code 2xx, 4xx, which `401|403` can never be",
    ),
    "numbers": (
        scraped(share={"code": "5xx"}),
        counter('code="200"'),
        "http_requests_total has code 200, which `5xx` can never be",
    ),
    "texts": (
        errors(),
        counter('code="OK"') + 'http_requests_total{code=""} 3\n',
        "http_requests_total has code OK, which `5..` can never be",
    ),
    "summary": (scraped(**P95), SUMMARY, f"{SECONDS} is a summary"),
    "untyped-summary": (
        scraped(**P95),
        SUMMARY.split("\n", 1)[1],
        f"{SECONDS} is a summary",
    ),
    "quantile-of-a-counter": (
        scraped(of="http_requests", quantile=0.95, above="250ms"),
        counter('code="200"'),
        "http_requests is a counter; a quantile needs a histogram",
    ),
    "histogram": (
        scraped(of="http_request_seconds", quantile=0.95, above="250ms"),
        HISTOGRAM,
        f"has no http_request_seconds; its histograms are {SECONDS}",
    ),
    "share-of-a-histogram": (
        errors(of=SECONDS),
        HISTOGRAM,
        f"{SECONDS} is a histogram: write `of: {SECONDS}_count` for its events",
    ),
    "share-of-a-summary": (
        errors(of=SECONDS),
        SUMMARY,
        f"{SECONDS} is a summary: write `of: {SECONDS}_count` for its events",
    ),
    "gauge": (
        errors(),
        '# TYPE http_requests gauge\nhttp_requests{code="200"} 3\n',
        "http_requests is a gauge",
    ),
    "both": (
        errors(of="upstream_rq"),
        ENVOY.replace("{}", '{code="200"}') % (9, 0, 9),
        "has both upstream_rq_total and upstream_rq",
    ),
}


@pytest.mark.law(1)
@pytest.mark.parametrize("case", NOT_THERE)
async def test_law_1_what_is_not_there_is_blind_with_what_is(case: str) -> None:
    monitor, text, note = NOT_THERE[case]
    reading = await read(monitor, text, text)
    assert reading.value is None
    assert not reading.learning
    assert note in reading.note


async def test_a_label_value_that_has_not_come_yet_is_no_fault() -> None:
    """Clients create a labelled series at its first event."""
    first, second = counter('code="200"', 9), counter('code="200"', 99)
    assert (await read(errors(), first, second)).value == 0.0
    bad = second + 'http_requests_total{code="503"} 10\n'
    assert (await read(errors(), first, second, bad)).value == 0.1


async def test_a_counter_without_series_yet_waits_and_its_first_event_counts() -> None:
    none = "# TYPE http_requests_total counter\n"
    waiting = await read(errors(), none)
    assert (waiting.value, waiting.learning) == (None, True)
    assert waiting.note.endswith("no series of http_requests yet")
    assert (await read(errors(), none, requests_page(c200_1=9, c500_1=1))).value == 0.1


async def test_the_count_of_a_histogram_waits_for_its_first_event_too() -> None:
    none, count = f"# TYPE {SECONDS} histogram\n", errors(of=f"{SECONDS}_count")
    assert (await read(count, none)).learning
    assert (await read(count, none, HISTOGRAM)).samples == 3
    assert (await read(count, SUMMARY, SUMMARY.replace(" 120", " 130"))).samples == 10


@pytest.mark.law(1)
async def test_law_1_of_two_names_the_one_with_the_labels_is_read_and_said() -> None:
    reading = await read(errors(of="upstream_rq"), ENVOY % (1000, 0, 1000), ENVOY % (1099, 1, 1100))
    assert reading.value == 0.01
    assert reading.note == "reads upstream_rq, not upstream_rq_total"


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ({"of": "upstream_rq_total", "labels": {"__name__": "upstream_rq_total"}}, 0.0),
        ({"of": "upstream_rq", "labels": {"__name__": "upstream_rq"}}, 0.01),
    ],
)
async def test_a_name_among_the_labels_decides(options: dict[str, Any], value: float) -> None:
    text = ENVOY.replace("{}", '{code="200"}')
    reading = await read(errors(**options), text % (1000, 0, 1000), text % (1099, 1, 1100))
    assert reading.value == value


@pytest.mark.law(1)
async def test_law_1_labels_that_a_new_version_no_longer_has_are_missed() -> None:
    first, second = requests_page(c200_1=9), requests_page(c200_1=99)
    reading = await read(errors(), first, second, 'http_requests_total{status="500"} 120\n')
    assert (reading.value, reading.learning) == (None, False)


async def test_an_absent_label_may_be_wanted() -> None:
    monitor = errors(labels={"canary": ""})
    reading = await read(monitor, requests_page(c200_1=9), requests_page(c200_1=19))
    assert reading.samples == 10


async def test_a_histogram_is_read_as_before() -> None:
    pages = [buckets_page({"0.1": n, "+Inf": n}) for n in (0, 10)]
    assert (await read(scraped(**P95), *pages)).samples == 10
