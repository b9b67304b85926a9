"""A figure of another check is held against a limit; what was not measured is unknown."""

import math
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from checks.core.base import Measurement, Outcome, Result
from checks.measured import Measured
from tests.checks.kit import WrongError, read, tools

SOAK = Measurement(Outcome.PASSED, {"p95_s": 0.212, "failures": 0.0, "rps": 640.0}, 61.0)


async def look(tmp_path: Path, of: Measurement | None, **options: Any) -> Result:
    given = {"of": "soak", "figure": "p95_s", "at_most": "250ms"} | options
    check = read(Measured, check="measured", **given)
    using = replace(tools(tmp_path), measured={"soak": of}.get)
    return await check.run(using)


@pytest.mark.outcome("measured", "passed")
async def test_within_the_limit(tmp_path: Path) -> None:
    seen = await look(tmp_path, SOAK)
    evidence = "212 ms, limit 250ms; measured 1m01s ago by soak"
    assert seen == Result(Outcome.PASSED, evidence, figures={"p95_s": 0.212})


@pytest.mark.outcome("measured", "failed")
async def test_over_the_limit_even_when_the_other_check_passed(tmp_path: Path) -> None:
    seen = await look(tmp_path, SOAK, at_most="200ms")
    assert seen.outcome is Outcome.FAILED


async def test_a_share_and_a_bare_number_have_their_units(tmp_path: Path) -> None:
    seen = await look(tmp_path, SOAK, figure="failures", at_most="0 %")
    assert seen.evidence == "0 %, limit 0 %; measured 1m01s ago by soak"
    seen = await look(tmp_path, SOAK, figure="rps", at_most=500)
    assert seen.evidence.startswith("640, limit 500")


@pytest.mark.outcome("measured", "unknown")
@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("of", "says"),
    [
        (None, "soak has measured nothing in this run yet"),
        (Measurement(Outcome.UNKNOWN, {"p95_s": 0.1}, 1.0), "soak is unknown"),
        (Measurement(Outcome.PASSED, {}, 1.0), "its figures are: none"),
        (replace(SOAK, figures={"p99_s": 0.3}), "its figures are: p99_s"),
        (replace(SOAK, figures={"p95_s": math.nan}), "soak has measured no p95_s"),
    ],
)
async def test_law_1_what_was_not_measured_is_unknown(
    tmp_path: Path, of: Measurement | None, says: str
) -> None:
    seen = await look(tmp_path, of)
    assert seen.outcome is Outcome.UNKNOWN
    assert says in seen.evidence


def test_a_wrong_card_says_what_is_wrong() -> None:
    with pytest.raises(WrongError, match="`fast` is not a limit"):
        read(Measured, check="measured", of="soak", figure="p95_s", at_most="fast")
