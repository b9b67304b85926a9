"""What every script uses: the world's environment, HTTP requests, the log of effects."""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit.rehearsal.scenarios import Fault

# a proxy of the operator's environment must not carry loopback traffic away
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_TIMEOUT_S = 5.0


class ScriptError(Exception):
    """The command failed: the message goes to standard error, and the exit status is 1."""


class WrongUseError(ScriptError):
    """The arguments are wrong: the exit status is 2."""


@dataclass(frozen=True, slots=True)
class ScriptContext:
    """The world's environment; `pace_s` is the pause in the middle of a command, in seconds."""

    workspace: Path
    target_url: str
    admin_url: str
    stable_url: str
    canary_url: str
    database_url: str
    token: str
    pg_bin: Path
    pace_s: float

    @classmethod
    def from_environment(cls) -> "ScriptContext":
        """Read the environment; raises WrongUseError, which names a missing variable."""
        try:
            env = os.environ
            return cls(
                Path(env["WORKSPACE"]),
                env["TARGET_URL"],
                env["ADMIN_URL"],
                env["STABLE_URL"],
                env["CANARY_URL"],
                env["DATABASE_URL"],
                env["SMOKE_JWT"],
                Path(env["REHEARSAL_PG_BIN"]),
                float(env.get("COCKPIT_REHEARSAL_PACE", "0.3")),
            )
        except KeyError as missing:
            raise WrongUseError(f"{missing.args[0]} is not set: this runs in a rehearsal") from None

    def log_effect(self, *command: str) -> None:
        """Log a change to `effects.log` before it is made, then pause.

        The log is the ground truth of what ran and how often: one write appends one line.
        """
        line = " ".join(command).replace("\n", " ") + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        log = os.open(self.workspace / "effects.log", flags, 0o644)
        try:
            os.write(log, line.encode())
        finally:
            os.close(log)
        self.pause()

    def pause(self) -> None:
        """Wait for `pace_s`, in place of the real command's duration."""
        print_line("…")
        time.sleep(self.pace_s)

    def faults(self) -> frozenset[Fault]:
        """Request the injected faults from the router; raises ScriptError if it does not reply."""
        names = request(f"{self.admin_url}/state")[1].get("faults", ())
        return frozenset(fault for fault in Fault if fault.value in names)

    def record(self, name: str, value: dict[str, Any]) -> Path:
        """Write `value` as JSON to `records/` in the workspace, and return the file's path."""
        path = self.workspace / "records" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value, indent=1) + "\n")
        return path


def print_line(line: str) -> None:
    """Print a line and flush it, since the operator watches the output."""
    print(line, flush=True)  # noqa: T201 - these are commands


def request(
    url: str, method: str = "GET", body: dict[str, Any] | None = None, token: str = ""
) -> tuple[int, dict[str, Any]]:
    """Send a request to a loopback URL; return the status and the JSON object of the response.

    The object is empty if the body is not one. Raises ScriptError if there is no response.
    """
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    prepared = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
    try:
        with _OPENER.open(prepared, timeout=_TIMEOUT_S) as response:
            return response.status, _object(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, _object(error.read())
    except (OSError, http.client.HTTPException) as error:
        raise ScriptError(f"{method} {url}: {error}") from None


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def put(url: str, body: dict[str, Any]) -> dict[str, Any]:
    """PUT `body` and return the JSON object of the response; raises ScriptError unless 200."""
    status, response = request(url, "PUT", body)
    if status != 200:
        raise ScriptError(f"PUT {url}: {status} {response.get('error', '')}")
    return response


def check_health(url: str, version: str) -> str:
    """Return a sentence about the healthy service of `version` at `url`.

    Raises ScriptError if it is unhealthy or another version.
    """
    status, health = request(f"{url}/health")
    if (status, health.get("status"), health.get("version")) != (200, "ok", version):
        raise ScriptError(f"{url}/health should be 200 from {version}, it is {status} {health}")
    return f"{version} is healthy, its database is {health['database']}"


def run(command: Callable[[ScriptContext, list[str]], None]) -> int:
    """Run a command with the environment and arguments of the process; return its exit status."""
    try:
        command(ScriptContext.from_environment(), sys.argv[1:])
    except ScriptError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)  # noqa: T201
        return 2 if isinstance(error, WrongUseError) else 1
    return 0
