"""The users that Locust sends when the card names no locustfile; complete in itself.

COCKPIT_LOAD holds the plan as JSON: `operations` as path, name and weight, `headers`, `interval_s`
between the requests of one user, and `within_s` for a whole answer.
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
_PIECE_BYTES = 64 * 1024
_GOLDEN = 0.6180339887
_LONG_S = 86400.0


class LoadAnswer(FastResponse):
    """An answer whose body is read as it comes, up to a mebibyte, and never unfolded."""

    def _content(self) -> bytes:
        body, response = bytearray(), self._response
        assert response is not None
        while len(body) < _MOST_BODY_BYTES and (piece := response.read(_PIECE_BYTES)):
            body += piece
        self.release()
        return bytes(body)


@cache
def plan(text: str) -> dict[str, Any]:
    """Read the plan."""
    read: dict[str, Any] = json.loads(text)
    read["weights"] = list(accumulate(weight for _, _, weight in read["operations"]))
    return read


class LoadUser(FastHttpUser):
    """Asks one operation after another, at a steady pace that a slow answer does not stretch.

    What could not be sent in time is left out, not sent later: it is missing in the achieved rate.
    """

    network_timeout = connection_timeout = 60.0
    insecure = False
    over = False
    due_s = 0.0
    _numbers = count(random.randrange(1000))  # noqa: S311
    open_request: tuple[str, float] | None = None

    def on_start(self) -> None:
        """Begin somewhere inside the interval, so that users do not ask all at once."""
        options = vars(self.environment.parsed_options)
        self.plan = plan(options.get("cockpit_load") or os.environ["COCKPIT_LOAD"])
        agent: Any = self.client.client
        agent.response_type = LoadAnswer
        agent.redirect_response_codes = frozenset()
        agent.valid_response_codes = frozenset(range(200, 300))
        offset_s = self.plan["interval_s"] * (next(LoadUser._numbers) * _GOLDEN % 1)
        self.due_s = time.perf_counter() + offset_s
        gevent.sleep(offset_s)

    def wait_time(self) -> float:
        """Give the seconds until the next request is due."""
        now_s = time.perf_counter()
        interval_s: float = self.plan["interval_s"]
        self.due_s = max(self.due_s + interval_s, now_s)
        return self.due_s - now_s

    @task
    def ask(self) -> None:
        """Ask one operation, chosen by weight."""
        if self.over:
            gevent.sleep(_LONG_S)
        path, name, _ = random.choices(  # noqa: S311
            self.plan["operations"], cum_weights=self.plan["weights"]
        )[0]
        self.open_request = (f"GET {name}", time.perf_counter())
        # The client counts what it ended as a failure; a moment later there is nothing to count.
        with suppress(gevent.Timeout), gevent.Timeout(self.plan["within_s"]):
            self.client.get(path, name=name, headers=self.plan["headers"])
        self.open_request = None
