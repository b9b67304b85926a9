"""`cockpit success`: each metric looked at now, in plain words."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.program import Cockpit
from tests.cli.shop import CARD, Shop, environment, furnish

NOW_S = 1_800_000_000
SUCCESS = (
    CARD
    + """\
success:
  window: 24h
  items:
    - {check: budget, id: budget, title: error budget, url: "${PROM}", share: 0.5 %, errors: 432}
    - {confirm: nobody got in, id: security, title: security}
"""
)


def answer(query: str) -> object:
    """Answer as a Prometheus that has seen a whole day, with 100 failures in 100,000 requests."""
    if query == "time()":
        return "scalar", [NOW_S, str(NOW_S)]
    value = 1441.0 if "count_over_time" in query else 1.0
    if "min_over_time" in query:
        value = 0.0
    elif "increase" in query:
        value = 100.0 if '=~"5.."' in query else 100_000.0
    return "vector", [{"metric": {}, "value": [NOW_S, str(value)]}]


@pytest.fixture
def prometheus() -> Iterator[str]:
    """A stand-in that keeps to the documented API of Prometheus."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, result = answer(parse_qs(urlsplit(self.path).query)["query"][0])  # type: ignore[misc]
            body = json.dumps({"status": "success", "data": {"resultType": kind, "result": result}})
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cockpit(tmp_path: Path, shop: Shop, prometheus: str) -> Cockpit:
    furnish(tmp_path, SUCCESS)
    return Cockpit(tmp_path, {**environment(shop), "PROM": prometheus})


def test_it_says_what_is_left_in_plain_words(cockpit: Cockpit) -> None:
    said = cockpit.run("success", "card.yaml")
    assert said.status == 3, "a person's word is wanting"
    assert "✓ error budget  passed" in said.out
    assert "76.9 % left, 332 of 432 failures left; 432 failures in 100,000 requests" in said.out
    assert "burn over 30m: 0.23 of 4.80" in said.out
    assert "covers 24h of 24h" in said.out
    assert "○ security  to do  needs a person's confirmation: nobody got in" in said.out
    assert said.out.endswith("1 of 2 hold\n")


def test_as_json_with_its_figures(cockpit: Cockpit) -> None:
    budget, security = cockpit.run("success", "card.yaml", "--json").document["metrics"]
    assert budget["figures"]["failures"] == 100
    assert budget["limit"] == "432 failures in 100,000 requests, stricter than 0.5 %"
    assert [burning["window"] for burning in budget["burns"]] == ["5m", "30m", "2h"]
    assert security["outcome"] == "to do"


@pytest.mark.law(1)
def test_law_1_without_an_answer_it_is_unknown(cockpit: Cockpit) -> None:
    lost = Cockpit(cockpit.folder, {**cockpit.env, "PROM": "http://127.0.0.1:9"})
    said = lost.run("success", "card.yaml", "--json")
    assert said.status == 3
    assert said.document["metrics"][0]["outcome"] == "unknown"


def test_a_card_without_metrics_proves_nothing(cockpit: Cockpit) -> None:
    (cockpit.folder / "card.yaml").write_text(CARD)
    said = cockpit.run("success", "card.yaml")
    assert (said.status, said.out) == (3, "the card has no success metrics\n")
