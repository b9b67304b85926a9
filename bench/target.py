"""A small /metrics server on loopback whose figures move; it ends when its input ends.

Prints its port once it listens. Sixty requests a second, whose latency and errors swing.
"""

import math
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BOUNDS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, math.inf)
REQUESTS_PER_S = 60
SWING_S = 20.0


class Traffic:
    """Requests counted since the start, by latency and by status code."""

    def __init__(self) -> None:
        self.slots = [0.0] * len(BOUNDS_S)
        self.codes = {"200": 0.0, "401": 0.0, "500": 0.0}
        self.until_s = 0

    def advance(self, second: int) -> None:
        """Count the requests up to a second since the start."""
        for at_s in range(self.until_s, second):
            swing = (1 + math.sin(2 * math.pi * at_s / SWING_S)) / 2
            for slot, share in enumerate(_shares(swing)):
                self.slots[slot] += REQUESTS_PER_S * share
            self.codes["500"] += 0.2 * swing
            self.codes["401"] += 1.0
            self.codes["200"] += REQUESTS_PER_S - 1.0 - 0.2 * swing
        self.until_s = max(self.until_s, second)

    def page(self) -> str:
        """Return the counts as Prometheus reads them."""
        lines = ["# TYPE http_requests counter"]
        lines += [f'http_requests_total{{code="{c}"}} {n:.1f}' for c, n in self.codes.items()]
        lines.append("# TYPE http_request_duration_seconds histogram")
        total = 0.0
        for bound_s, count in zip(BOUNDS_S, self.slots, strict=True):
            total += count
            bound = "+Inf" if bound_s == math.inf else f"{bound_s:g}"
            lines.append(f'http_request_duration_seconds_bucket{{le="{bound}"}} {total:.1f}')
        lines.append(f"http_request_duration_seconds_count {total:.1f}")
        lines.append(f"http_request_duration_seconds_sum {total * 0.05:.1f}")
        return "\n".join([*lines, ""])


def _shares(swing: float) -> list[float]:
    """Share the requests among the latencies; the higher the swing (0..1), the slower."""
    slow = 0.02 + 0.08 * swing
    left = 1 - slow
    return [left * 0.3, left * 0.4, left * 0.2, left * 0.1, slow * 0.8, slow * 0.2, 0.0, 0.0]


class Handler(BaseHTTPRequestHandler):
    """Answers every path with the page."""

    protocol_version = "HTTP/1.1"
    traffic = Traffic()
    began_s = time.monotonic()
    counting = threading.Lock()

    def do_GET(self) -> None:
        """Respond with the page as it is now."""
        with self.counting:
            self.traffic.advance(100 + int(time.monotonic() - self.began_s))
            page = self.traffic.page().encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base's name)
        """Log nothing."""


def main() -> None:
    """Serve until the input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()
