"""Counts Locust's requests and writes a line of JSON each second.

COCKPIT_LOAD holds the plan as JSON; a request counts if it begins in the `duration_s` seconds after
`warmup_s`. Latencies are counted in buckets 1 % wide: Locust's own percentiles are rounded, and
cover recent requests only. This file imports nothing of the program, as it is sent to workers.
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
_BUCKETS_PER_E = 1 / math.log(1.01)
_BUCKET_OF_1_S = -math.log(BEGIN_S) * _BUCKETS_PER_E
DRAIN_S = 1.0
_WORKER_REPORTS_S = 2.0
_SILENT_S = 3.0
_MOST_NAMES = 100
_MOST_CHARACTERS = 120
_MOST_MS = 1e7
_PARENT_WATCH = "COCKPIT_LEASH"

runners.WORKER_REPORT_INTERVAL = 1.0

# Output of the card's own locustfile must not mix with our lines.
_OUT = os.dup(1)
os.dup2(2, 1)


class OperationTally:
    """The requests of one operation; `slots` holds the count of each latency bucket."""

    __slots__ = ("count", "failed", "slots", "total_s")

    def __init__(self) -> None:
        self.count = self.failed = 0
        self.total_s = 0.0
        self.slots: dict[int, int] = {}

    def merge(self, report: dict[str, Any]) -> None:
        """Add the requests that another process reports."""
        self.count += report["count"]
        self.failed += report["failed"]
        self.total_s += report["total_s"]
        for slot, count in report["slots"].items():
            self.slots[int(slot)] = self.slots.get(int(slot), 0) + count

    def to_plain(self) -> dict[str, Any]:
        """Return the tally as values that JSON and Locust's messages can carry."""
        slots = {str(slot): count for slot, count in self.slots.items()}
        numbers = {"count": self.count, "failed": self.failed, "total_s": self.total_s}
        return {**numbers, "slots": slots}


class LoadMeter:
    """The requests since the last report, by operation."""

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
        """Return how many seconds of the measured part have passed."""
        return max(0.0, min(time.perf_counter(), self.closes_s) - self.opens_s)

    def add(self, name: str, took_s: float, error: str) -> None:
        """Count a request that has just ended, if it began in the measured part."""
        # This runs for every request and takes time from the load: no calls beyond the logarithm.
        if not self.opens_s <= time.perf_counter() - took_s < self.closes_s:
            return
        tally = self._operations.get(name) or self._tally(name)
        tally.count += 1
        tally.total_s += took_s
        slot = int(log(took_s) * _BUCKETS_PER_E + _BUCKET_OF_1_S) if took_s > BEGIN_S else 0
        tally.slots[slot] = tally.slots.get(slot, 0) + 1
        if error:
            tally.failed += 1
            self._add_error(f"{error} from {name}", 1)

    def add_open(self, name: str, took_s: float) -> None:
        """Count a request without a response, with the time it has waited so far."""
        if self.opens_s <= time.perf_counter() - took_s < self.closes_s:
            self._open += 1
            self.add(name, took_s, "")

    def merge(self, report: dict[str, Any]) -> None:
        """Add the requests that a worker reports."""
        self._open += report["open"]
        for name, tally in report["operations"].items():
            self._tally(name).merge(tally)
        for message, count in report["errors"].items():
            self._add_error(message, count)
        self._busiest = max(self._busiest, report["busy"])

    def take(self) -> dict[str, Any]:
        """Return the report of what was counted, and start again from zero."""
        operations, self._operations = self._operations, {}
        errors, self._errors = self._errors, Counter()
        plain = {name: tally.to_plain() for name, tally in operations.items()}
        open_requests, self._open = self._open, 0
        counts = {"operations": plain, "errors": dict(errors), "open": open_requests}
        return {**counts, "busy": self._take_busiest()}

    def _take_busiest(self) -> float:
        """Return the share of a core that the busiest process has used since the last call."""
        now_s, used_s = time.perf_counter(), time.process_time()
        own = (used_s - self._used_s) / max(now_s - self._taken_s, 1e-6)
        busiest, self._busiest = max(own, self._busiest), 0.0
        self._taken_s, self._used_s = now_s, used_s
        return busiest

    def _tally(self, name: str) -> OperationTally:
        key = name[:_MOST_CHARACTERS]
        if key not in self._operations and len(self._operations) >= _MOST_NAMES:
            key = "others"
        return self._operations.setdefault(key, OperationTally())

    def _add_error(self, message: str, count: int) -> None:
        key = message[:_MOST_CHARACTERS]
        has_room = key in self._errors or len(self._errors) < _MOST_NAMES
        self._errors[key if has_room else "others"] += count


METER = LoadMeter()


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def add_plan_option(parser: Any, **_: Any) -> None:
    """Read the plan as an option, because a master passes its options on to its workers."""
    parser.add_argument(
        "--cockpit-load", env_var="COCKPIT_LOAD", default="{}", include_in_web_ui=False
    )


@events.request.add_listener  # type: ignore[untyped-decorator]
def count_request(
    request_type: str, name: str, response_time: Any, exception: Any, **_: Any
) -> None:
    """Count one request."""
    if isinstance(response_time, int | float) and 0 <= response_time < _MOST_MS:
        error = _error_name(exception) if exception else ""
        METER.add(f"{request_type} {name}", response_time / 1000, error)


def _error_name(error: BaseException) -> str:
    error = getattr(error, "original", None) or error  # the client wraps some errors
    code = getattr(error, "code", None)
    if isinstance(code, int):
        return str(code)
    is_from_locustfile = type(error).__name__ == "CatchResponseError"
    return (str(error) if is_from_locustfile else type(error).__name__)[:_MOST_CHARACTERS]


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def start_measuring(environment: Any, **_: Any) -> None:
    """Start to measure, and to report each second unless this is a worker."""
    global METER  # noqa: PLW0603  (Locust's event listeners share no other state)
    plan = json.loads(environment.parsed_options.cockpit_load)
    METER = LoadMeter(plan["warmup_s"], plan["duration_s"])
    environment.process_exit_code = 0
    if not isinstance(environment.runner, MasterRunner):
        gevent.spawn(_stop_measuring, environment)
    if not isinstance(environment.runner, WorkerRunner):
        gevent.spawn(_report_each_second, environment)


def _stop_measuring(environment: Any) -> None:
    """Stop sending; count requests without a response with the time they have waited."""
    gevent.sleep(METER.closes_s - time.perf_counter())
    for user_class in environment.user_classes:
        if hasattr(user_class, "over"):
            user_class.over = True
    gevent.sleep(DRAIN_S)
    for greenlet in list(environment.runner.user_greenlets):
        open_request = getattr(greenlet.args[0], "open_request", None)
        if open_request:
            METER.add_open(open_request[0], time.perf_counter() - open_request[1])


def _report_each_second(environment: Any) -> None:
    grace_s = _WORKER_REPORTS_S if isinstance(environment.runner, MasterRunner) else 0.2
    lasts_s = METER.closes_s - METER.began_s + DRAIN_S + grace_s
    due_s = 0.0
    while due_s < lasts_s:
        due_s = min(due_s + 1, lasts_s)
        gevent.sleep(max(0.0, METER.began_s + due_s - time.perf_counter()))
        _write_tick(environment, last=due_s >= lasts_s)
    METER.ended = True
    environment.runner.quit()


@events.quitting.add_listener  # type: ignore[untyped-decorator]
def write_last_tick(environment: Any, **_: Any) -> None:
    """Report the last requests if Locust ends early."""
    if not METER.ended and not isinstance(environment.runner, WorkerRunner):
        _write_tick(environment, last=False)


def _write_tick(environment: Any, *, last: bool) -> None:
    dead = _dead_workers(environment.runner)
    tick = {"measured_s": METER.measured_s(), "dead": dead, "last": last, **METER.take()}
    line = json.dumps(tick) + "\n"
    os.write(_OUT, line.encode())


def _dead_workers(runner: Any) -> list[str]:
    """Return the names of the workers that no longer report."""
    if not isinstance(runner, MasterRunner):
        return []
    latest_s = time.perf_counter() - _SILENT_S
    return sorted(name for name, at_s in METER.reported_s.items() if at_s < latest_s)


@events.report_to_master.add_listener  # type: ignore[untyped-decorator]
def report_to_master(client_id: str, data: dict[str, Any], **_: Any) -> None:
    """Add this worker's requests to its report to the master."""
    data["cockpit"] = METER.take()


@events.worker_report.add_listener  # type: ignore[untyped-decorator]
def merge_worker_report(client_id: str, data: dict[str, Any], **_: Any) -> None:
    """Add the requests that a worker reports."""
    if "cockpit" in data:
        METER.merge(data["cockpit"])
        METER.reported_s[client_id] = time.perf_counter()


def _watch_parent() -> None:
    """End this process when the cockpit ends, in whatever way: its end of our stdin closes.

    A native thread notices even while a locustfile blocks all greenlets. Workers on other hosts
    end with their master instead.
    """
    if os.environ.get(_PARENT_WATCH):
        monkey.get_original("_thread", "start_new_thread")(_kill_at_end_of_stdin, ())


def _kill_at_end_of_stdin() -> None:
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    monkey.get_original("time", "sleep")(2.0)
    os.killpg(0, signal.SIGKILL)


@events.init.add_listener  # type: ignore[untyped-decorator]
def set_up_process(environment: Any, **_: Any) -> None:
    """Watch the parent in a forked process too, and turn off Locust's own statistics."""
    if os.getpid() != _LOADED_BY_PID:
        _watch_parent()  # a fork does not inherit the thread
    if all(hasattr(user_class, "over") for user_class in environment.user_classes):
        # Locust's own statistics cost as much as the meter, and nobody reads them here.
        environment.stats.log_request = environment.stats.log_error = _discard


def _discard(*_: Any) -> None:
    """Ignore a request."""


_LOADED_BY_PID = os.getpid()
_watch_parent()
