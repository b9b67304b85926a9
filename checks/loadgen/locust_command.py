"""Locust's command line and environment: headless, without the operator's own settings."""

import math
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct, json

CHILD = Path(__file__).with_name("child")
_FEWEST_USERS, _MOST_USERS = 10, 2000


class LoadPlan(Struct, frozen=True, kw_only=True):
    """The settings of the child process, passed as JSON; `operations` are path, name and weight.

    `within_s` limits a response, `interval_s` is the time between two requests of one user.
    """

    warmup_s: float
    duration_s: float
    within_s: float
    interval_s: float
    headers: Mapping[str, str]
    operations: Sequence[tuple[str, str, int]]


class LoadSenders(Struct, frozen=True):
    """The processes that send: Locust alone, local processes, or remote workers.

    Workers connect to `listen`, as host:port; Locust waits for them for up to `wait_s`.
    """

    processes: int = 1
    workers: int = 0
    listen: str = ""
    wait_s: float = 0.0

    def locust_options(self) -> list[str]:
        """Return Locust's command-line options."""
        if self.workers:
            host, _, port = self.listen.rpartition(":")
            return [
                "--master", "--master-bind-host", host, "--master-bind-port", port,
                "--expect-workers", str(self.workers),
                "--expect-workers-max-wait", str(math.ceil(self.wait_s)),
            ]  # fmt: skip
        if self.processes > 1:
            port = str(free_port())
            return [
                "--processes", str(self.processes), "--master-bind-host", "127.0.0.1",
                "--master-bind-port", port, "--master-host", "127.0.0.1", "--master-port", port,
            ]  # fmt: skip
        return []


def users_for(rate_per_s: float, senders: LoadSenders) -> int:
    """Return how many users sustain a rate while responses take up to a second.

    >>> users_for(50, LoadSenders()), users_for(2, LoadSenders()), users_for(9000, LoadSenders())
    (50, 10, 2000)
    """
    most = _MOST_USERS * max(senders.processes, senders.workers)
    return min(max(math.ceil(rate_per_s), _FEWEST_USERS), most)


def argv(url: str, users: int, locustfile: Path | None, senders: LoadSenders) -> list[str]:
    """Return the argv of a Locust that loads `url`, with our own users without a `locustfile`."""
    meter, users_file = CHILD / "load_meter.py", locustfile or CHILD / "load_users.py"
    return [
        sys.executable, "-P", "-m", "locust", "-f", f"{meter},{users_file}", "-H", url,
        "--headless", "--only-summary", "--loglevel", "ERROR",
        "-u", str(users), "-r", str(users), *senders.locust_options(),
    ]  # fmt: skip


def environment(env: Mapping[str, str], plan: LoadPlan) -> dict[str, str]:
    """Return the child's environment: `env` and the plan, without any settings of Locust."""
    inherited = {
        name: value for name, value in env.items() if not name.upper().startswith("LOCUST_")
    }
    return {**inherited, "COCKPIT_LOAD": json.encode(plan).decode()}


def free_port() -> int:
    """Return a loopback port that is free at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
