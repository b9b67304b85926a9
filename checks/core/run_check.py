"""Run one check: whatever goes wrong is an unknown result with a sentence, never an exception."""

import asyncio
import math

from msgspec.structs import replace

from checks.core.base import Check, Outcome, Result, Tools
from checks.core.durations import format_duration
from checks.core.errors import CheckError

GRACE_S = 0.25


async def run_check(check: Check, tools: Tools) -> Result:
    """Return a check's result; on a timeout or any exception it is unknown (law 1)."""
    try:
        # A little longer than the check's own: where it knows its timeout, its words say more.
        async with asyncio.timeout(check.limit_s() + GRACE_S):
            return _finite(await check.run(tools))
    except TimeoutError:
        return Result(Outcome.UNKNOWN, f"no answer within {format_duration(check.limit_s())}")
    except CheckError as error:
        return Result(Outcome.UNKNOWN, str(error))
    # A check is somebody's code that talks with a strange world: this is the boundary.
    except Exception as error:
        return Result(Outcome.UNKNOWN, f"could not look: {type(error).__name__}: {error}")


def _finite(result: Result) -> Result:
    """Drop the figures that are NaN or infinite: JSON, and so the journal, has no form for them."""
    kept = {name: value for name, value in result.figures.items() if math.isfinite(value)}
    return replace(result, figures=kept)
