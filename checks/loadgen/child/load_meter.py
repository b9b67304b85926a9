"""Counts what Locust sends, a line of JSON a second; complete in itself, for workers elsewhere.

COCKPIT_LOAD holds the plan as JSON: `warmup_s` and `duration_s`, which nothing outside of counts.
Latencies are counted in buckets 1 % wide, not in Locust's own, which are coarse and recent.
"""

import json
import math
import os
import signal
import time
from collections import Counter
from math import log
from typing import Any

import gevent
from gevent import monkey
from locust import events, runners
from locust.runners import MasterRunner, WorkerRunner

BEGIN_S = 0.0001
_SLOTS = 1 / math.log(1.01)
_FIRST = -math.log(BEGIN_S) * _SLOTS
DRAIN_S = 1.0
_REPORTS_S = 2.0
_SILENT_S = 3.0
_MOST_NAMES = 100
_MOST_WORDS = 120
_MOST_MS = 1e7
_LEASH = "COCKPIT_LEASH"

runners.WORKER_REPORT_INTERVAL = 1.0

# What the user's own locustfile prints must not get between our lines.
_OUT = os.dup(1)
os.dup2(2, 1)


class OperationTally:
    """What was counted of one operation; `slots` counts latencies, slot by slot."""

    __slots__ = ("count", "failed", "slots", "total_s")

    def __init__(self) -> None:
        self.count = self.failed = 0
        self.total_s = 0.0
        self.slots: dict[int, int] = {}

    def merge(self, given: dict[str, Any]) -> None:
        """Add what another process has counted."""
        self.count += given["count"]
        self.failed += given["failed"]
        self.total_s += given["total_s"]
        for slot, count in given["slots"].items():
            self.slots[int(slot)] = self.slots.get(int(slot), 0) + count

    def plain(self) -> dict[str, Any]:
        """Give it as JSON and Locust's own messages can hold it."""
        slots = {str(slot): count for slot, count in self.slots.items()}
        numbers = {"count": self.count, "failed": self.failed, "total_s": self.total_s}
        return {**numbers, "slots": slots}


class LoadMeter:
    """What was counted since it was last taken, by operation."""

    def __init__(self, warmup_s: float = 0.0, duration_s: float = math.inf) -> None:
        self.began_s = time.perf_counter()
        self.opens_s = self.began_s + warmup_s
        self.closes_s = self.opens_s + duration_s
        self.ended = False
        self.reported_s: dict[str, float] = {}
        self._operations: dict[str, OperationTally] = {}
        self._errors: Counter[str] = Counter()
        self._busiest, self._open = 0.0, 0
        self._taken_s, self._used_s = self.began_s, time.process_time()

    def measured_s(self) -> float:
        """Give how much of the measured part has passed."""
        return max(0.0, min(time.perf_counter(), self.closes_s) - self.opens_s)

    def add(self, name: str, took_s: float, error: str) -> None:
        """Count a request that has ended now, if it began in the measured part."""
        # This runs for each request, and its cost is the load's: hence no calls but the logarithm.
        if not self.opens_s <= time.perf_counter() - took_s < self.closes_s:
            return
        tally = self._operations.get(name) or self._tally(name)
        tally.count += 1
        tally.total_s += took_s
        slot = int(log(took_s) * _SLOTS + _FIRST) if took_s > BEGIN_S else 0
        tally.slots[slot] = tally.slots.get(slot, 0) + 1
        if error:
            tally.failed += 1
            self._error(f"{error} from {name}", 1)

    def add_open(self, name: str, took_s: float) -> None:
        """Count a request without an answer, with the time it has waited so far."""
        if self.opens_s <= time.perf_counter() - took_s < self.closes_s:
            self._open += 1
            self.add(name, took_s, "")

    def merge(self, given: dict[str, Any]) -> None:
        """Add what a worker has counted."""
        self._open += given["open"]
        for name, part in given["operations"].items():
            self._tally(name).merge(part)
        for words, count in given["errors"].items():
            self._error(words, count)
        self._busiest = max(self._busiest, given["busy"])

    def take(self) -> dict[str, Any]:
        """Give what was counted, and begin anew."""
        operations, self._operations = self._operations, {}
        errors, self._errors = self._errors, Counter()
        plain = {name: tally.plain() for name, tally in operations.items()}
        left_open, self._open = self._open, 0
        counted = {"operations": plain, "errors": dict(errors), "open": left_open}
        return {**counted, "busy": self._busy()}

    def _busy(self) -> float:
        """Give the share of a core that was used since the last time, of the busiest process."""
        now_s, used_s = time.perf_counter(), time.process_time()
        own = (used_s - self._used_s) / max(now_s - self._taken_s, 1e-6)
        busiest, self._busiest = max(own, self._busiest), 0.0
        self._taken_s, self._used_s = now_s, used_s
        return busiest

    def _tally(self, name: str) -> OperationTally:
        called = name[:_MOST_WORDS]
        if called not in self._operations and len(self._operations) >= _MOST_NAMES:
            called = "others"
        return self._operations.setdefault(called, OperationTally())

    def _error(self, words: str, count: int) -> None:
        words = words[:_MOST_WORDS]
        known = words in self._errors or len(self._errors) < _MOST_NAMES
        self._errors[words if known else "others"] += count


METER = LoadMeter()


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def take_the_plan(parser: Any, **_: Any) -> None:
    """Take the plan as an option: a master sends its own to its workers."""
    parser.add_argument(
        "--cockpit-load", env_var="COCKPIT_LOAD", default="{}", include_in_web_ui=False
    )


@events.request.add_listener  # type: ignore[untyped-decorator]
def count(request_type: str, name: str, response_time: Any, exception: Any, **_: Any) -> None:
    """Count one request."""
    if isinstance(response_time, int | float) and 0 <= response_time < _MOST_MS:
        error = _words(exception) if exception else ""
        METER.add(f"{request_type} {name}", response_time / 1000, error)


def _words(error: BaseException) -> str:
    error = getattr(error, "original", None) or error  # the client wraps what it did not repeat
    code = getattr(error, "code", None)
    if isinstance(code, int):
        return str(code)
    own = type(error).__name__ == "CatchResponseError"
    return (str(error) if own else type(error).__name__)[:_MOST_WORDS]


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def begin(environment: Any, **_: Any) -> None:
    """Measure from now on; all but a worker say each second what was counted."""
    global METER  # noqa: PLW0603  (events know no other place)
    plan = json.loads(environment.parsed_options.cockpit_load)
    METER = LoadMeter(plan["warmup_s"], plan["duration_s"])
    environment.process_exit_code = 0
    if not isinstance(environment.runner, MasterRunner):
        gevent.spawn(_close, environment)
    if not isinstance(environment.runner, WorkerRunner):
        gevent.spawn(_say_each_second, environment)


def _close(environment: Any) -> None:
    """Begin no more requests, and count those without an answer with the time they have waited."""
    gevent.sleep(METER.closes_s - time.perf_counter())
    ours = [each for each in environment.user_classes if hasattr(each, "over")]
    for each in ours:
        each.over = True
    gevent.sleep(DRAIN_S)
    for greenlet in list(environment.runner.user_greenlets):
        open_request = getattr(greenlet.args[0], "open_request", None)
        if open_request:
            METER.add_open(open_request[0], time.perf_counter() - open_request[1])


def _say_each_second(environment: Any) -> None:
    later_s = _REPORTS_S if isinstance(environment.runner, MasterRunner) else 0.2
    lasts_s = METER.closes_s - METER.began_s + DRAIN_S + later_s
    due_s = 0.0
    while due_s < lasts_s:
        due_s = min(due_s + 1, lasts_s)
        gevent.sleep(max(0.0, METER.began_s + due_s - time.perf_counter()))
        _say(environment, last=due_s >= lasts_s)
    METER.ended = True
    environment.runner.quit()


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def say_what_is_left(environment: Any, **_: Any) -> None:
    """Say what was counted when Locust ends before its time."""
    if not METER.ended and not isinstance(environment.runner, WorkerRunner):
        _say(environment, last=False)


def _say(environment: Any, *, last: bool) -> None:
    said = {"measured_s": METER.measured_s(), "dead": _dead(environment.runner), "last": last}
    line = json.dumps({**said, **METER.take()}) + "\n"
    os.write(_OUT, line.encode())


def _dead(runner: Any) -> list[str]:
    """Name the workers that do not report any more."""
    if not isinstance(runner, MasterRunner):
        return []
    latest_s = time.perf_counter() - _SILENT_S
    return sorted(name for name, at_s in METER.reported_s.items() if at_s < latest_s)


@events.report_to_master.add_listener  # type: ignore[untyped-decorator]
def report(client_id: str, data: dict[str, Any], **_: Any) -> None:
    """Send to the master what this worker has counted."""
    data["cockpit"] = METER.take()


@events.worker_report.add_listener  # type: ignore[untyped-decorator]
def hear(client_id: str, data: dict[str, Any], **_: Any) -> None:
    """Add what a worker has counted."""
    if "cockpit" in data:
        METER.merge(data["cockpit"])
        METER.reported_s[client_id] = time.perf_counter()


def _hold_the_leash() -> None:
    """End with the cockpit, however that ended: its end of our input closes.

    A thread of the system's own sees that even while a locustfile lets no greenlet run; workers on
    other hosts have no leash, and end with their master.
    """
    if os.environ.get(_LEASH):
        monkey.get_original("_thread", "start_new_thread")(_until_the_input_ends, ())


def _until_the_input_ends() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    monkey.get_original("time", "sleep")(2.0)
    os.killpg(0, signal.SIGKILL)


@events.init.add_listener  # type: ignore[untyped-decorator]
def settle(environment: Any, **_: Any) -> None:
    """Watch in each process, a fork takes no threads along; leave the counting to the meter."""
    if os.getpid() != _LOADED_BY:
        _hold_the_leash()
    if all(hasattr(each, "over") for each in environment.user_classes):
        # Locust's own statistics cost as much as the meter, and nobody reads them here.
        environment.stats.log_request = environment.stats.log_error = _nothing


def _nothing(*_: Any) -> None:
    """Count nothing."""


_LOADED_BY = os.getpid()
_hold_the_leash()
