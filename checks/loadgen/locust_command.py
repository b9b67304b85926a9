"""How Locust is started: headless, with a plan, and nothing of the operator's own settings."""

import math
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct, json

CHILD = Path(__file__).with_name("child")
_FEWEST_USERS, _MOST_USERS = 10, 2000


class LoadPlan(Struct, frozen=True, kw_only=True):
    """What the child is told: `operations` are path, name and weight."""

    warmup_s: float
    duration_s: float
    within_s: float
    interval_s: float
    headers: Mapping[str, str]
    operations: Sequence[tuple[str, str, int]]


class LoadSenders(Struct, frozen=True):
    """Who sends: processes of this machine, or workers awaited at an address; by default itself."""

    processes: int = 1
    workers: int = 0
    listen: str = ""
    wait_s: float = 0.0

    def options(self) -> list[str]:
        """Give Locust's options."""
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


def users_for(rate_per_s: float, places: LoadSenders) -> int:
    """Give how many users can hold a rate while answers take up to a second.

    >>> users_for(50, LoadSenders()), users_for(2, LoadSenders()), users_for(9000, LoadSenders())
    (50, 10, 2000)
    """
    most = _MOST_USERS * max(places.processes, places.workers)
    return min(max(math.ceil(rate_per_s), _FEWEST_USERS), most)


def argv(url: str, users: int, locustfile: Path | None, places: LoadSenders) -> list[str]:
    """Give the argv of a Locust that asks `url`."""
    meter, own = CHILD / "load_meter.py", locustfile or CHILD / "load_users.py"
    return [
        sys.executable, "-P", "-m", "locust", "-f", f"{meter},{own}", "-H", url,
        "--headless", "--only-summary", "--loglevel", "ERROR",
        "-u", str(users), "-r", str(users), *places.options(),
    ]  # fmt: skip


def environment(given: Mapping[str, str], plan: LoadPlan) -> dict[str, str]:
    """Give the child's environment: its plan, and no settings of Locust."""
    kept = {name: value for name, value in given.items() if not name.upper().startswith("LOCUST_")}
    return {**kept, "COCKPIT_LOAD": json.encode(plan).decode()}


def free_port() -> int:
    """Give a port of loopback that is free now."""
    with socket.socket() as once:
        once.bind(("127.0.0.1", 0))
        port: int = once.getsockname()[1]
        return port
