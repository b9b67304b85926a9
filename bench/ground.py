"""What the figures stand on: the programs, a card of eight monitors, and its target."""

import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figure import MeasureError
from bench.past import written
from bench.terminal import Program

ROOT = Path(__file__).resolve().parent.parent
_PORT_TIMEOUT_S = 20.0
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "USER", "LOGNAME", "TZ")

_HEAD = """\
cockpit: 1
service: bench
environment: staging
versions: {{stable: 1.0.0, canary: 1.1.0}}
window: {{lasts: 2h}}
target: {{url: "{url}"}}
preflight:
  - check: http
    title: target answers
    path: /health
    status: [200]
phases:
  - phase: T-0
    title: nothing
    steps:
      - run: "true"
breakers:
  - breaker: freeze
    key: f3
    run: "true"
    verify: {{check: http, path: /health, status: [200]}}
monitors:
"""
_SOURCE = "source: metrics, url: '{url}/metrics', samples: 1, over: 10s"
_LATENCY = "of: http_request_duration_seconds, quantile: {quantile}"
_MONITORS = {
    "p50": f"{_LATENCY.format(quantile=0.5)}, above: 250ms, for: 5m",
    "p90": f"{_LATENCY.format(quantile=0.9)}, above: 250ms, for: 5m",
    "p95": f"{_LATENCY.format(quantile=0.95)}, above: 500ms, for: 5m",
    "p99": f"{_LATENCY.format(quantile=0.99)}, above: 1s, for: 5m",
    "errors": "of: http_requests, share: {code: '5..'}, above: 1 %, for: 2m",
    "refused": "of: http_requests, share: {code: '401'}, above: 5 %, for: 2m",
    "auth-failures": "of: http_requests, rate: {code: '401'}, above: 100/min",
    "faults": "of: http_requests, rate: {code: '5..'}, above: 20/min",
}


@dataclass(frozen=True, slots=True)
class Ground:
    """A folder that is thrown away, and how each program is started in it."""

    folder: Path
    card: Path
    env: dict[str, str]

    @property
    def python(self) -> str:
        """Name the Python that everything runs on."""
        return sys.executable

    @property
    def cockpit(self) -> str:
        """Name the program's script, beside that Python."""
        return str(Path(sys.executable).parent / "cockpit")

    def bare(self) -> Program:
        """Return the floor of a screen."""
        return Program([self.python, str(ROOT / "bench" / "bare.py")], self.env, self.folder)

    def bridge(self) -> Program:
        """Return the cockpit on the card, a new run each time."""
        return self._opened("--new")

    def full_bridge(self) -> Program:
        """Return the cockpit on a run whose charts are full, another one each time."""
        return self._opened("--resume", str(written(self._runs, self.card).path))

    @property
    def _runs(self) -> Path:
        return self.folder / "runs"

    def _opened(self, *which: str) -> Program:
        argv = [self.cockpit, str(self.card), *which, "--runs", str(self._runs), "--as", "bench"]
        return Program(argv, self.env, self.folder, ("ctrl+q", "ctrl+q"))


@contextmanager
def prepared() -> Iterator[Ground]:
    """Return the ground while its target runs."""
    with tempfile.TemporaryDirectory(prefix="cockpit-bench-") as name, serving("target.py") as url:
        folder = Path(name)
        env = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "XDG_STATE_HOME": name}
        card = folder / "bench.yaml"
        card.write_text(card_text(url), encoding="utf-8")
        yield Ground(folder, card, env)


def card_text(url: str) -> str:
    """Write the card: a check, a step, a breaker, and eight monitors of the target's page."""
    source = _SOURCE.format(url=url)
    lines = [f"  - {{monitor: {name}, {source}, {rest}}}\n" for name, rest in _MONITORS.items()]
    return _HEAD.format(url=url) + "".join(lines)


@contextmanager
def serving(file: str) -> Iterator[str]:
    """Return the address of a server of this folder that tells its port, while it runs."""
    target = subprocess.Popen(
        [sys.executable, str(ROOT / "bench" / file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert target.stdin
    assert target.stdout
    try:
        if not select.select([target.stdout], [], [], _PORT_TIMEOUT_S)[0]:
            raise MeasureError(f"the target told no port within {_PORT_TIMEOUT_S:g} s")
        yield f"http://127.0.0.1:{int(target.stdout.readline())}"
    finally:
        target.stdin.close()
        try:
            target.wait(5.0)
        except subprocess.TimeoutExpired:
            target.kill()
            target.wait()
        target.stdout.close()
