"""The Locust users of a load whose card names no locustfile.

COCKPIT_LOAD holds the plan as JSON: `operations` as path, name and weight, `headers`, `interval_s`
between the requests of one user, and `within_s` for a complete response. This file imports nothing
of the program, as it is sent to workers.
"""

import json
import os
import random
import time
from contextlib import suppress
from functools import cache
from itertools import accumulate, count
from typing import Any

import gevent
from locust import FastHttpUser, task
from locust.contrib.fasthttp import FastResponse

_MOST_BODY_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_GOLDEN_RATIO = 0.6180339887
"""Multiples of it, modulo 1, spread evenly however many there are (Weyl's equidistribution)."""

_UNTIL_KILLED_S = 86400.0


class LoadResponse(FastResponse):
    """A response whose body is read as sent, up to 1 MiB, and never decompressed."""

    def _content(self) -> bytes:
        body, response = bytearray(), self._response
        assert response is not None
        while len(body) < _MOST_BODY_BYTES and (chunk := response.read(_CHUNK_BYTES)):
            body += chunk
        self.release()
        return bytes(body)


@cache
def plan(text: str) -> dict[str, Any]:
    """Parse the plan, and add the cumulative `weights` of its operations."""
    parsed: dict[str, Any] = json.loads(text)
    parsed["weights"] = list(accumulate(weight for _, _, weight in parsed["operations"]))
    return parsed


class LoadUser(FastHttpUser):
    """Requests one operation after another, at a pace that slow responses do not change.

    A request that is overdue is not caught up on: it is missing from the achieved rate.
    """

    network_timeout = connection_timeout = 60.0
    insecure = False
    over = False
    due_s = 0.0
    _numbers = count(random.randrange(1000))  # noqa: S311
    open_request: tuple[str, float] | None = None

    def on_start(self) -> None:
        """Wait for a part of the interval, so that users do not all send at once."""
        options = vars(self.environment.parsed_options)
        self.plan = plan(options.get("cockpit_load") or os.environ["COCKPIT_LOAD"])
        agent: Any = self.client.client
        agent.response_type = LoadResponse
        agent.redirect_response_codes = frozenset()
        agent.valid_response_codes = frozenset(range(200, 300))
        offset_s = self.plan["interval_s"] * (next(LoadUser._numbers) * _GOLDEN_RATIO % 1)
        self.due_s = time.perf_counter() + offset_s
        gevent.sleep(offset_s)

    def wait_time(self) -> float:
        """Return the seconds until the next request is due."""
        now_s = time.perf_counter()
        interval_s: float = self.plan["interval_s"]
        self.due_s = max(self.due_s + interval_s, now_s)
        return self.due_s - now_s

    @task
    def send_request(self) -> None:
        """Request one operation, chosen by weight."""
        if self.over:
            gevent.sleep(_UNTIL_KILLED_S)
        path, name, _ = random.choices(  # noqa: S311
            self.plan["operations"], cum_weights=self.plan["weights"]
        )[0]
        self.open_request = (f"GET {name}", time.perf_counter())
        # The client counts a timeout as a failure; one between requests needs no counting.
        with suppress(gevent.Timeout), gevent.Timeout(self.plan["within_s"]):
            self.client.get(path, name=name, headers=self.plan["headers"])
        self.open_request = None
