"""The database beside a load: its slowest answer is a figure and has a limit of its own."""

import asyncio

import pytest
from msgspec.structs import replace

from checks.core.base import Outcome, Result
from checks.loadgen.database_probe import ProbeResponses, probing
from checks.pg.connection import DatabaseError
from cockpit.foundation.clock import SystemClock
from cockpit.rehearsal.host.embedded_postgres import Cluster
from tests.checks.kit import tools
from tests.checks.test_postgres import address

LOAD = Result(Outcome.PASSED, "60 rps", ("GET /a",), {"rps": 60.0})


@pytest.mark.parametrize(
    ("load", "answers", "outcome", "evidence"),
    [
        (
            LOAD,
            ProbeResponses(3, 0.012),
            Outcome.PASSED,
            "60 rps; the database's slowest of 3 responses",
        ),
        (
            LOAD,
            ProbeResponses(3, 0.6),
            Outcome.FAILED,
            "the database's slowest of 3 responses took 600 ms",
        ),
        (LOAD, ProbeResponses(), Outcome.UNKNOWN, "the database was not queried during the load"),
        (
            Result(Outcome.FAILED, "p95 300 ms"),
            ProbeResponses(),
            Outcome.FAILED,
            "p95 300 ms; the database was not queried",
        ),
        (
            Result(Outcome.UNKNOWN, "half the rate"),
            ProbeResponses(3, 0.6),
            Outcome.FAILED,
            "the database's slowest of 3 responses took 600 ms, limit 500 ms; half the rate",
        ),
    ],
)
def test_the_worse_of_both_counts(
    load: Result, answers: ProbeResponses, outcome: Outcome, evidence: str
) -> None:
    seen = answers.added_to(load, 0.5)
    assert seen.outcome is outcome
    assert seen.evidence.startswith(evidence)


def test_its_figure_is_there_when_it_was_measured() -> None:
    assert ProbeResponses(3, 0.012).added_to(LOAD, 0.5).figures == {
        "rps": 60.0,
        "database_s": 0.012,
    }
    gone = DatabaseError(Outcome.FAILED, "", "refused")
    seen = ProbeResponses(3, 0.012, gone).added_to(LOAD, 0.5)
    assert (seen.outcome, seen.figures) == (Outcome.FAILED, {"rps": 60.0})


async def until_asked(answers: ProbeResponses) -> None:
    while not (answers.count or answers.error):
        await asyncio.get_running_loop().run_in_executor(None, lambda: None)


async def test_a_real_database_is_asked(cluster: Cluster) -> None:
    using = replace(tools(database=address(cluster)), clock=SystemClock())
    async with probing(using) as answers:
        await asyncio.wait_for(until_asked(answers), 20)
    assert answers.count == 1
    assert 0 < answers.slowest_s < 5


@pytest.mark.law(1)
async def test_law_1_a_database_that_is_not_named_is_unknown() -> None:
    async with probing(tools(database="")) as answers:
        await asyncio.wait_for(until_asked(answers), 20)
    assert answers.added_to(LOAD, 0.5).outcome is Outcome.UNKNOWN
