"""Run a check repeatedly until it passes."""

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.run_check import run_check


async def check_until(check: Check, tools: Tools, within_s: float) -> Result:
    """Run `check` once a second until it passes or `within_s` is over; returns the last result."""
    deadline = tools.clock.monotonic() + within_s
    while True:
        result = await run_check(check, tools)
        left = deadline - tools.clock.monotonic()
        if result.outcome is Outcome.PASSED or left <= 0:
            return result
        await tools.clock.sleep(min(1.0, left))
