"""A page is read whole or not at all, and no page makes the reader raise."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from cockpit.monitors.exposition import MAX_SERIES, MetricsPage, Unreadable, parse

WANTED = ("http_requests",)


def read(text: str, **options: bool) -> MetricsPage:
    page = parse(text, WANTED, **options)
    assert isinstance(page, MetricsPage), page
    return page


def why(text: str, **options: bool) -> str:
    page = parse(text, WANTED, **options)
    assert isinstance(page, Unreadable), page
    return page.why


@pytest.mark.parametrize(
    ("line", "labels", "value"),
    [
        ('http_requests_total{code="200"} 7', (("code", "200"),), 7.0),
        ("http_requests 7", (), 7.0),
        ("http_requests_total{} 7", (), 7.0),
        ('  http_requests_total\t{ code = "200" , } 7.5e3  ', (("code", "200"),), 7500.0),
        ('http_requests{b="2",a="1"} +Inf', (("a", "1"), ("b", "2")), math.inf),
        (r'http_requests{p="a\"}\\ \n\d"} 1', (("p", 'a"}\\ \n\\d'),), 1.0),
        ('http_requests{p="# {"} 1 # {trace="ab c"} 0.5 1.2', (("p", "# {"),), 1.0),
        ("http_requests 1 1700000000000", (), 1.0),
        ("http_requests 5\r", (), 5.0),
    ],
)
def test_a_line_is_read(line: str, labels: tuple[tuple[str, str], ...], value: float) -> None:
    (sample,) = read(line + "\n").samples
    assert (sample.labels, sample.value) == (labels, value)


def test_nan_is_kept_for_the_window_to_judge() -> None:
    (sample,) = read("http_requests NaN\n").samples
    assert math.isnan(sample.value)


@pytest.mark.parametrize(
    "line",
    [
        "http_requests",
        "http_requests x",
        "http_requests 1_000",
        "http_requests ١٢",
        "http_requests 0x10",
        'http_requests{code="200" 1',
        'http_requests{code="200} 1',
        "http_requests{code=200} 1",
        'http_requests{a="1",a="2"} 1',
        "http_requests 1 2 3",
        'http_requests{p="' + "x" * 5000 + '"} 1',
        "http_requests " + "1" * 20_000,
    ],
)
def test_a_wrong_line_of_a_wanted_family_spoils_the_page_with_its_line(line: str) -> None:
    assert "line 3" in why(f"# a page\nother 1\n{line}\n")


def test_lines_of_other_families_are_never_looked_at() -> None:
    page = read("rubbish{{{ \nhttp_requests_sent 4\nhttp_requests:rate x\nhttp_requests_total 1\n")
    assert [sample.value for sample in page.samples] == [1.0]


def test_the_page_says_which_families_it_speaks_of() -> None:
    assert read("# HELP http_requests_total All.\n").families == {"http_requests"}
    assert read("# TYPE http_requests counter\n").families == {"http_requests"}
    assert read("http_requests_bucket 1\n").families == {"http_requests"}
    assert read("<html>http_requests</html>\n").families == frozenset()
    assert read("").families == frozenset()


def test_a_page_that_was_cut_off_is_not_read() -> None:
    assert "cut off" in why("http_requests_total 12")
    assert "cut off" in why("http_requests_total 12\n", open_metrics=True)
    assert read("http_requests_total 12\n# EOF\n", open_metrics=True).samples


def test_a_series_named_twice_spoils_the_page() -> None:
    assert "twice" in why('http_requests{a="1",b="2"} 1\nhttp_requests{b="2",a="1"} 2\n')


def test_the_newest_timestamp_is_the_page_s() -> None:
    assert read('http_requests{a="1"} 1 5000\nhttp_requests{a="2"} 1 7000\n').stamp == 7000
    assert read("http_requests 1\n").stamp is None


@pytest.mark.law(1)
@pytest.mark.parametrize("stamp", ["1e999", "-1e999", "1.2.3"])
def test_law_1_a_timestamp_that_is_no_instant_spoils_the_page(stamp: str) -> None:
    assert why(f"up 1\nhttp_requests 1 {stamp}\n") == (
        "is wrong in line 2: http_requests has a timestamp that is no instant"
    )


def test_a_huge_page_is_refused() -> None:
    assert "MiB" in why("#" * (9 * 1024 * 1024))
    assert "lines" in why("\n" * 200_001)
    many = "".join(f'http_requests{{a="{i}"}} 1\n' for i in range(MAX_SERIES + 1))
    assert "series" in why(many)


@pytest.mark.parametrize("write", [generate_latest, openmetrics.generate_latest])
def test_the_pages_of_the_official_client_are_read(
    write: Callable[[CollectorRegistry], bytes],
) -> None:
    registry = CollectorRegistry()
    counter = Counter("http_requests", "All.", ["path"], registry=registry)
    counter.labels(path='/a"b\\c\nd').inc(
        7, {"trace": "x y"} if "open" in write.__module__ else None
    )
    histogram = Histogram("http_seconds", "How long.", registry=registry, buckets=[0.1, 1.0])
    histogram.observe(0.5)
    strict = "open" in write.__module__
    page = parse(write(registry).decode(), ["http_requests", "http_seconds"], open_metrics=strict)
    assert isinstance(page, MetricsPage), page
    values = {(one.name, one.labels): one.value for one in page.samples}
    assert values["http_requests_total", (("path", '/a"b\\c\nd'),)] == 7.0
    assert [values["http_seconds_bucket", (("le", le),)] for le in ("0.1", "1.0", "+Inf")] == [
        *(0.0, 1.0, 1.0)
    ]
    assert values["http_seconds_sum", ()] == 0.5


@given(st.text(alphabet='http_requests{}="\\, \t\n#1.eNa+Inf\x00é', max_size=300))
def test_no_page_raises(text: str) -> None:
    assert isinstance(parse(f"http_requests{text}\n", WANTED), MetricsPage | Unreadable)


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_][a-z0-9_]{0,5}", fullmatch=True), st.text(max_size=20), max_size=4
    ),
    st.floats(0, 1e15),
)
def test_what_a_client_writes_is_read_back(labels: dict[str, str], value: float) -> None:
    def escaped(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")

    inner = ",".join(f'{name}="{escaped(text)}"' for name, text in labels.items())
    (sample,) = read(f"http_requests_total{{{inner}}} {value!r}\n").samples
    assert (sample.labels, sample.value) == (tuple(sorted(labels.items())), value)
