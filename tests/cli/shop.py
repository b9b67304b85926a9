"""A small real service to fly a card against, and the folder with that card and its commands.

The service counts requests on its `/metrics` page as if fifty of them came with each look, shared
between the versions by its weight. What its commands do is appended to `effects.log`.
"""

import json
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TOKEN = "tok-5f2c9d7e41aa"

CARD = """\
cockpit: 1
service: shop
environment: staging
versions: {stable: 1.0.0, canary: 1.1.0}
window: {lasts: 1h}
target: {url: "${SHOP_URL}"}
secrets: [SHOP_TOKEN]
traffic:
  set: ${PYTHON} ask.py weight {percent}
  observe: {url: "${SHOP_URL}/metrics", counter: shop_requests, label: version, requests: 100}
preflight:
  - check: secrets
  - {check: http, title: the shop answers, path: /health, status: [200]}
phases:
  - phase: T-30
    title: database
    steps:
      - {run: "./effect.sh migrate", id: migrate, title: migrate, changes: database}
      - {confirm: the load test stayed under its limit, id: load-test, title: load test}
  - phase: T-0
    title: canary
    steps:
      - {traffic: 50%, id: half, within: 20s}
      - {hold: 1s, id: watched, title: watched, watch: [errors], on_trip: rollback traffic}
monitors:
  - monitor: errors
    source: metrics
    url: ${SHOP_URL}/metrics
    of: shop_requests
    share: {code: 5..}
    above: 5 %
    every: 200ms
    over: 5s
    samples: 20
breakers:
  - breaker: demote
    key: f2
    takes: endpoint
    run: ${PYTHON} ask.py demote {endpoint}
    changes: "{endpoint} is gone"
    verify: {check: http, path: "{endpoint}", status: [404]}
    within: 5s
  - {breaker: broken, key: f3, run: ./effect.sh broken 7}
  - breaker: unseen
    key: f4
    run: ./effect.sh unseen
    verify: {check: http, path: /health, status: [404]}
    within: 1s
  - {breaker: back, key: f5, rollback: traffic}
rollback:
  healthy: {check: http, path: /health, status: [200]}
  traffic: [{traffic: 0%, id: nothing, within: 20s}]
  database: [{run: "./effect.sh undo", id: undo, title: undo}]
done:
  technical:
    - {check: http, id: done-health, title: the shop is well, path: /health, status: [200]}
"""

EFFECT = """\
#!/bin/sh
echo "$1" >> effects.log
echo "$1 done, with $SHOP_TOKEN"
exit "${2:-0}"
"""

ASK = """\
import os, sys, urllib.request
with open("effects.log", "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
body = sys.argv[2].encode()
request = urllib.request.Request(f"{os.environ['SHOP_URL']}/{sys.argv[1]}", body, method="PUT")
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
print(opener.open(request, timeout=5).read().decode())
"""


@dataclass
class Shop:
    """The service's state; tests may change it while it serves."""

    url: str = ""
    percent: float = 0.0
    failing: bool = False
    healthy: bool = True
    gone: set[str] = field(default_factory=set)
    dark: int = 0
    """So many next looks at the metrics page are refused; what comes meanwhile is counted."""
    pages: dict[str, Callable[[], str]] = field(default_factory=dict)
    """Other pages by path, each made anew for each look."""
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def look(self) -> str:
        canary = round(self.percent / 2)
        code = "500" if self.failing else "200"
        self.counts["1.1.0", code] += canary
        self.counts["1.0.0", "200"] += 50 - canary
        rows = [
            f'shop_requests_total{{version="{version}",code="{code}"}} {count}'
            for (version, code), count in self.counts.items()
        ]
        return "\n".join(["# TYPE shop_requests_total counter", *rows, ""])

    def answer(self, path: str) -> tuple[int, str]:
        if path == "/metrics":
            page = self.look()
            if self.dark:
                self.dark -= 1
                return 503, "away"
            return 200, page
        if path in self.pages:
            return 200, self.pages[path]()
        if path in self.gone:
            return 404, "gone"
        if path == "/health":
            return (200, json.dumps({"status": "ok"})) if self.healthy else (503, "ill")
        return 200, "here"

    def put(self, path: str, body: str) -> str:
        if path == "/weight":
            self.percent = float(body)
        else:
            self.gone.add(body)
        return f"{path} {body}"


@contextmanager
def open_shop() -> Iterator[Shop]:
    """Serve a shop on loopback, in a thread, for the time of the `with`."""
    shop, order = Shop(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with order:
                status, body = shop.answer(self.path)
            self._send(status, body)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            with order:
                said = shop.put(self.path, body)
            self._send(200, said)

        def _send(self, status: int, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            with suppress(ConnectionError):  # who asked may have been killed
                self.wfile.write(body.encode())

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def furnish(folder: Path, card: str = CARD) -> None:
    """Write the card and its commands into `folder`."""
    (folder / "card.yaml").write_text(card)
    (folder / "ask.py").write_text(ASK)
    (folder / "effect.sh").write_text(EFFECT)
    (folder / "effect.sh").chmod(0o755)


def environment(shop: Shop) -> dict[str, str]:
    return {"SHOP_URL": shop.url, "SHOP_TOKEN": TOKEN, "PYTHON": sys.executable}


def effects(folder: Path) -> list[str]:
    """Return what the commands did: the ground truth."""
    log = folder / "effects.log"
    return log.read_text().splitlines() if log.exists() else []
