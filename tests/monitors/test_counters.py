"""Only the lines of the counter that is meant count, each series by its own increments."""

import pytest

from cockpit.monitors.counters import Counters
from cockpit.monitors.exposition import Labels, MetricsPage, parse

NAMES = ("http_requests_total", "http_requests")


def page(*lines: str) -> MetricsPage:
    families = ["http_requests", "http_requests_bytes", "http_requests_waiting"]
    read = parse("".join(f"{line}\n" for line in lines), families)
    assert isinstance(read, MetricsPage)
    return read


def code(labels: Labels) -> str | None:
    return dict(labels).get("code")


def counters() -> Counters[str]:
    return Counters(NAMES, code)


def test_a_counter_without_total_in_its_name_counts() -> None:
    followed = counters()
    assert followed.grown(page('http_requests{code="200"} 5')) is None
    assert followed.grown(page('http_requests{code="200"} 7')) == {"200": 2.0}


def test_a_line_of_the_other_name_or_of_another_family_is_not_added() -> None:
    followed = counters()
    others = (
        'http_requests{code="200"} %d',
        'http_requests_bytes_total{code="200"} %d',
        'http_requests_waiting_total{code="200"} %d',
    )
    for count in (0, 10):
        grown = followed.grown(
            page(
                f'http_requests_total{{code="200"}} {count}', *(one % (9 * count) for one in others)
            )
        )
    assert grown == {"200": 10.0}


def test_a_series_without_a_cell_counts_nowhere() -> None:
    followed = counters()
    followed.grown(page("http_requests_total 5"))
    assert followed.grown(page("http_requests_total 9", 'http_requests_total{code="500"} 1')) == {
        "500": 1.0
    }


def test_a_fall_is_counted_from_zero_and_what_stays_counts_nothing() -> None:
    followed = counters()
    followed.grown(page('http_requests_total{code="200"} 100', 'http_requests_total{code="500"} 3'))
    fallen = followed.grown(
        page('http_requests_total{code="200"} 4', 'http_requests_total{code="500"} 3')
    )
    assert fallen == {"200": 4.0, "500": 0.0}


def test_what_is_forgotten_is_no_baseline() -> None:
    followed = counters()
    followed.grown(page('http_requests_total{code="200"} 100'))
    followed.forget()
    assert followed.grown(page('http_requests_total{code="200"} 900')) is None


@pytest.mark.law(1)
@pytest.mark.parametrize("value", ["-1", "NaN", "+Inf"])
def test_law_1_no_count_at_all_is_no_page_and_changes_nothing(value: str) -> None:
    followed = counters()
    followed.grown(page('http_requests_total{code="200"} 100'))
    with pytest.raises(ValueError, match="has a counter http_requests_total of"):
        followed.grown(page(f'http_requests_total{{code="200"}} {value}'))
    assert followed.grown(page('http_requests_total{code="200"} 101')) == {"200": 1.0}
