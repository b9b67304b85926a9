"""Several checks as one: real files and commands, each part with an outcome of its own."""

from pathlib import Path
from typing import Any

import pytest

from checks.core.base import Outcome, Result, Scheduling, Tools
from checks.http import Http
from checks.registry import AllOf
from tests.checks.kit import WrongError, read, tools

PASSES = {"check": "command", "run": "echo well", "title": "one"}
FAILS = {"check": "command", "run": "false", "title": "two"}
HANGS = {"check": "command", "run": "sleep 60", "timeout": "100ms", "title": "three"}
UNSET = {"check": "http", "url": "${NOWHERE}", "title": "four"}
BINARY = {"check": "command", "run": "printf '\\377\\376'", "title": "five"}


def made(*parts: dict[str, Any]) -> AllOf:
    return read(AllOf, check="all", checks=list(parts))


async def ask(*parts: dict[str, Any]) -> Result:
    return await made(*parts).run(tools())


@pytest.mark.outcome("all", "passed")
async def test_all_pass() -> None:
    seen = await ask(PASSES, {**PASSES, "title": "two"})
    assert (seen.outcome, seen.evidence) == (Outcome.PASSED, "one: well; two: well")


@pytest.mark.outcome("all", "failed")
async def test_one_fails_and_is_named_first() -> None:
    seen = await ask(PASSES, HANGS, FAILS)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence.startswith("two: exit status 1")
    assert "three: no answer within 100 ms" in seen.evidence


@pytest.mark.outcome("all", "unknown")
@pytest.mark.law(1)
@pytest.mark.parametrize("part", [HANGS, UNSET], ids=["timeout", "unset"])
async def test_law_1_one_that_is_unknown_is_not_passed(part: dict[str, Any]) -> None:
    seen = await ask(part, PASSES)
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith(("three: no answer", "four: NOWHERE is not set"))


async def test_what_one_stumbles_over_hides_nothing_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def stumble(_: Http, __: Tools) -> Result:
        raise KeyError("x")

    monkeypatch.setattr(Http, "run", stumble)
    seen = await ask(UNSET, FAILS)
    assert seen.outcome is Outcome.FAILED
    assert (
        seen.evidence
        == "two: exit status 1, 0 expected: no output; four: could not look: KeyError: 'x'"
    )


async def test_foreign_bytes_are_one_line() -> None:
    seen = await ask(PASSES, BINARY)
    assert seen.outcome is Outcome.PASSED
    assert "\n" not in seen.evidence


async def test_the_figures_of_all_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a.dump").write_bytes(b"x" * 10)
    backup = {"check": "backup", "files": "*.dump", "at_least": "0 %"}
    seen = await made(PASSES, backup).run(tools(tmp_path))
    assert seen.outcome is Outcome.PASSED
    assert seen.figures["bytes"] == 10.0


def test_it_takes_as_long_and_as_much_room_as_its_parts() -> None:
    load = {"check": "load", "rate": "5/s", "duration": "10s"}
    both = made(PASSES, load)
    assert both.scheduling() is Scheduling.EXCLUSIVE
    assert both.lasts_s() > 10.0
    assert both.limit_s() > 70.0
    assert both.label() == "one, load of 5/s for 10 s"


def test_one_inside_another_is_read_too() -> None:
    inner = {"check": "all", "checks": [PASSES, FAILS]}
    assert isinstance(made(PASSES, inner).checks[1], AllOf)


def test_nothing_to_look_at_is_an_error() -> None:
    with pytest.raises(WrongError):
        made()
