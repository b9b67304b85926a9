"""How fast the check `auth` asks, beside a bare loop on its client and one on httpx alone."""

import json
import subprocess
from collections.abc import Iterator
from statistics import median
from tempfile import TemporaryDirectory

from bench.figure import Figure, MeasureError
from bench.ground import ROOT, Ground, serving

OPERATIONS, FEW = 10_000, 1_000
ROUNDS = 3
_KINDS = 4
"""Tokens that the check asks each operation with where it has no secret."""

_PLAIN = 2_000
_LEAST_OF_BARE, _LEAST_OF_PLAIN = 0.9, 5.0
_MOST_GROWTH = 1.5
"""Most memory at 10,000 operations over that at 1,000; the document itself is held whole."""

_TIMEOUT_S = 300.0


def measure(ground: Ground) -> Iterator[Figure]:
    """Ask in turn, each way in a process of its own; a busy machine slows all of them."""
    with serving("refusals.py") as url:
        few = _ask(ground, "auth", url, FEW)
        rounds = [
            (_ask(ground, "auth", url, OPERATIONS), _ask(ground, "bare", url, _KINDS * OPERATIONS))
            for _ in range(ROUNDS)
        ]
        plain = _ask(ground, "plain", url, _PLAIN)
    rate = median(one[0] for one, _ in rounds)
    bare = median(other[0] for _, other in rounds)
    most = max(one[1] for one, _ in rounds)
    name = f"auth: requests over {OPERATIONS:,} operations"
    yield Figure(name, "/s", rate, bare, "bare loop", least_ratio=_LEAST_OF_BARE)
    yield Figure(name, "/s", rate, plain[0], "httpx alone", least_ratio=_LEAST_OF_PLAIN)
    few_name = f"at {FEW:,} operations"
    yield Figure("auth: most memory", "MiB", most, few[1], few_name, most_ratio=_MOST_GROWTH)


def _ask(ground: Ground, how: str, url: str, count: int) -> tuple[float, float]:
    """Return requests a second, and the most memory in MiB."""
    with TemporaryDirectory(dir=ground.folder) as folder:
        done = subprocess.run(
            [ground.python, "-m", "bench.asking", how, url, str(count), folder],
            env=ground.env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    if done.returncode:
        raise MeasureError(f"asking as {how} ended with {done.returncode}: {done.stderr[-300:]}")
    rate_per_s, most_mib = json.loads(done.stdout)
    return float(rate_per_s), float(most_mib)
