"""The place a script works in: the world's environment, its HTTP, its ground truth."""

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
    """The command failed; the sentence goes to standard error, the status is 1."""


class WrongUseError(ScriptError):
    """The command was asked wrongly; the status is 2."""


@dataclass(frozen=True, slots=True)
class Site:
    """What the environment of the world says; `pace_s` is the pause in the middle of a command."""

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
    def of_environment(cls) -> "Site":
        """Read the environment; a missing variable is named in the error."""
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

    def effect(self, *words: str) -> None:
        """Note, before it happens, that something is about to be changed; then pause.

        One line of `effects.log` in one write is the ground truth of what ran how often.
        """
        line = " ".join(words).replace("\n", " ") + "\n"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
        log = os.open(self.workspace / "effects.log", flags, 0o644)
        try:
            os.write(log, line.encode())
        finally:
            os.close(log)
        self.pause()

    def pause(self) -> None:
        """Take the time that the real command would take, shortened."""
        say("…")
        time.sleep(self.pace_s)

    def faults(self) -> frozenset[Fault]:
        """Request the injected faults from the router; raises ScriptError if it does not reply."""
        names = ask(f"{self.admin_url}/state")[1].get("faults", ())
        return frozenset(fault for fault in Fault if fault.value in names)

    def record(self, name: str, value: dict[str, Any]) -> Path:
        """Write a record of what was done below `records/` in the workspace, and give its path."""
        path = self.workspace / "records" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value, indent=1) + "\n")
        return path


def say(*words: str) -> None:
    """Print a line at once: the operator watches it."""
    print(*words, flush=True)  # noqa: T201 - these are commands


def ask(
    url: str, method: str = "GET", body: dict[str, Any] | None = None, token: str = ""
) -> tuple[int, dict[str, Any]]:
    """Ask a loopback URL; give status and JSON object (empty when it is none).

    Raises ScriptError when nothing answers.
    """
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
    try:
        with _OPENER.open(request, timeout=_TIMEOUT_S) as answer:
            return answer.status, _object(answer.read())
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
    """PUT `body` and give the answer; anything but 200 is a ScriptError."""
    status, answer = ask(url, "PUT", body)
    if status != 200:
        raise ScriptError(f"PUT {url}: {status} {answer.get('error', '')}")
    return answer


def healthy(url: str, version: str) -> str:
    """Give a sentence about a healthy service of `version` at `url`; anything else is an error."""
    status, health = ask(f"{url}/health")
    if (status, health.get("status"), health.get("version")) != (200, "ok", version):
        raise ScriptError(f"{url}/health should be 200 from {version}, it is {status} {health}")
    return f"{version} is healthy, its database is {health['database']}"


def run(command: Callable[[Site, list[str]], None]) -> int:
    """Run a command with this process's environment and arguments; give its exit status."""
    try:
        command(Site.of_environment(), sys.argv[1:])
    except ScriptError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)  # noqa: T201
        return 2 if isinstance(error, WrongUseError) else 1
    return 0
