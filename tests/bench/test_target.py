from bench.ground import card_text
from bench.target import REQUESTS_PER_S, Traffic
from cockpit.card.load_card import loads
from cockpit.monitors.exposition import MetricsPage, parse


def test_the_page_counts_sixty_requests_a_second() -> None:
    traffic = Traffic()
    traffic.advance(10)
    before = traffic.slots[:]
    traffic.advance(11)
    added = sum(traffic.slots) - sum(before)
    assert abs(added - REQUESTS_PER_S) < 1e-6
    page = parse(traffic.page(), {"http_requests", "http_request_duration_seconds"})
    assert isinstance(page, MetricsPage)


def test_the_card_is_valid_and_has_eight_monitors() -> None:
    card = loads(card_text("http://127.0.0.1:9"))
    assert len(card.monitors) == 8
