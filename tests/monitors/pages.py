"""Pages as a service writes them, and the monitors that read them."""

from typing import Any

from cockpit.card.model.monitors import AnyMonitor, MetricsMonitor, PrometheusMonitor
from tests.checks.kit import read

URL = "http://127.0.0.1:9/metrics"


def requests_page(**counts: float) -> str:
    """Write a counter page; `c200_2_5_0=7` is 7 requests of code 200 by version 2.5.0."""
    lines = ["# TYPE http_requests_total counter"]
    for key, count in counts.items():
        code, _, version = key.removeprefix("c").partition("_")
        labels = f'code="{code}",version="{version.replace("_", ".")}"'
        lines.append(f"http_requests_total{{{labels}}} {count}")
    return "\n".join(lines) + "\n"


def buckets_page(bounds: dict[str, float], version: str = "2.5.0") -> str:
    """Write a histogram page of cumulative counts by upper bound."""
    lines = ["# TYPE http_request_duration_seconds histogram"]
    name = "http_request_duration_seconds_bucket"
    lines += [
        f'{name}{{le="{bound}",version="{version}"}} {count}' for bound, count in bounds.items()
    ]
    return "\n".join(lines) + "\n"


def scraped(**options: Any) -> MetricsMonitor:
    given = {"monitor": "errors", "source": "metrics", "url": URL, "of": "http_requests"}
    given |= {"above": "0.5 %"} | options
    made = read(AnyMonitor, **given)
    assert isinstance(made, MetricsMonitor)
    return made


def errors(**options: Any) -> MetricsMonitor:
    return scraped(share={"code": "5.."}, **options)


def prometheus(**options: Any) -> PrometheusMonitor:
    given = {"monitor": "p95", "source": "prometheus", "url": "http://127.0.0.1:9"}
    given |= {"query": "up", "above": "250ms"} | options
    made = read(AnyMonitor, **given)
    assert isinstance(made, PrometheusMonitor)
    return made
