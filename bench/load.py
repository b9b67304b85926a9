"""The rate that the check `load` reaches, compared with a bare Locust and the same users."""

import asyncio
import json
import subprocess
from collections.abc import Iterator
from statistics import median

from bench.figure import Figure, MeasureError
from bench.ground import Ground, serving
from checks.loadgen import locust_command, locust_process, verdict

ROUNDS = 9
LASTS_S = 4.0
USERS = 40
_LEAST_RATIO = 0.95
_WARMUP_S = 1.0
_ENDS_S = 30.0


def measure(ground: Ground) -> Iterator[Figure]:
    """Run both in turn against the same target, so that a busy machine slows both."""
    plan = locust_command.LoadPlan(
        warmup_s=_WARMUP_S,
        duration_s=LASTS_S,
        within_s=10.0,
        interval_s=0.0,
        headers={},
        operations=[("/a", "/a", 3), ("/b", "/b", 1)],
    )
    env = locust_command.environment(ground.env, plan)
    with serving("answers.py") as url:
        rounds = [
            (asyncio.run(_checked(ground, url, env)), _bare(ground, url, env))
            for _ in range(ROUNDS)
        ]
    rate_per_s, bare_per_s = (median(rates) for rates in zip(*rounds, strict=True))
    yield Figure(
        "load: requests sent",
        "/s",
        rate_per_s,
        bare_per_s,
        "bare Locust",
        least_ratio=_LEAST_RATIO,
    )


async def _checked(ground: Ground, url: str, env: dict[str, str]) -> float:
    """Return the rate as the check measures it, without the warm-up."""
    measured = verdict.LoadMeasurement(verdict.LoadLimits(), LASTS_S)
    argv = locust_command.argv(url, USERS, None, locust_command.LoadSenders())
    async with locust_process.run_locust(argv, ground.folder, env) as locust:
        async for tick in locust.ticks(_ENDS_S):
            measured.add(tick)
    if not measured.ended:
        raise MeasureError(f"the load did not end: {locust.log_output.last()}")
    return measured.figures()["rps"]


def _bare(ground: Ground, url: str, env: dict[str, str]) -> float:
    """Return the rate that Locust itself reports, including its start."""
    argv = [
        ground.python, "-P", "-m", "locust", "-f", str(locust_command.CHILD / "load_users.py"),
        "-H", url, "--headless", "--only-summary", "--loglevel", "ERROR", "--json",
        "-u", str(USERS), "-r", str(USERS), "-t", f"{LASTS_S + _WARMUP_S:g}s",
    ]  # fmt: skip
    done = subprocess.run(
        argv,
        env=env,
        cwd=ground.folder,
        capture_output=True,
        text=True,
        timeout=LASTS_S + _ENDS_S,
        check=False,
    )
    if done.returncode:
        raise MeasureError(f"Locust ended with {done.returncode}: {done.stderr[-300:]}")
    every = json.loads(done.stdout)
    sent = sum(each["num_requests"] for each in every)
    began_s = min(each["start_time"] for each in every)
    return float(sent / (max(each["last_request_timestamp"] for each in every) - began_s))
