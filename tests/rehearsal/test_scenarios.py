"""Every fault is complete: injected, documented with its decision, and played end to end."""

import ast
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from cockpit.cli.arguments import SCENARIO_HELP
from cockpit.cli.parser import parse
from cockpit.cli.rehearse import rehearse
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError
from cockpit.rehearsal.scenarios import (
    SCENARIOS,
    ExpectedDecision,
    Fault,
    InjectionPoint,
    Scenario,
    scenario,
)

ROOT = Path(__file__).parents[2]
REHEARSAL = ROOT / "cockpit" / "rehearsal"

INJECTED_BY = {
    InjectionPoint.CANARY: ("service/faults.py", "service/middleware.py"),
    InjectionPoint.ROUTER: ("router/router_app.py",),
    InjectionPoint.SCRIPT: ("scripts/cutover.py", "scripts/restore.py"),
    InjectionPoint.WORKSPACE: ("host/workspace.py",),
}


def referenced_faults(files: Collection[Path]) -> set[str]:
    """Return the NAME of every `Fault.NAME` in the code of `files`."""
    return {
        node.attr
        for file in files
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Fault"
    }


def strings(files: Collection[Path]) -> Iterator[str]:
    """Yield every string constant in the code of `files`."""
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_every_fault_has_a_scenario_of_its_name() -> None:
    single = {known.name: known.faults for known in SCENARIOS if known.faults}
    assert single == {fault.value: (fault,) for fault in Fault}
    assert scenario("calm").faults == ()


def test_an_unknown_scenario_is_answered_with_the_known_ones() -> None:
    with pytest.raises(RehearsalError, match=r"no scenario 'storm'; the scenarios are calm, "):
        scenario("storm")


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_is_injected_where_it_is_said_to_be(fault: Fault) -> None:
    files = INJECTED_BY[fault.injection_point]
    assert fault.name in referenced_faults([REHEARSAL / file for file in files]), (
        f"{fault.injection_point} should inject Fault.{fault.name},"
        f" but nothing in {', '.join(files)} does"
    )


@pytest.mark.parametrize("point", InjectionPoint)
def test_no_fault_is_injected_elsewhere(point: InjectionPoint) -> None:
    """Only the files of its injection point refer to a fault."""
    injected = referenced_faults([REHEARSAL / file for file in INJECTED_BY[point]])
    assert injected == {fault.name for fault in Fault if fault.injection_point is point}
    listed = {REHEARSAL / file for files in INJECTED_BY.values() for file in files}
    others = set(REHEARSAL.rglob("*.py")) - listed - {REHEARSAL / "scenarios.py"}
    assert referenced_faults(others) == set()


def test_every_scenario_is_played_end_to_end() -> None:
    played = set(strings(list((ROOT / "tests" / "e2e").glob("test_*.py"))))
    missing = {known.name for known in SCENARIOS if known.faults} - played
    assert not missing, f"no test in tests/e2e plays {', '.join(sorted(missing))}"


def test_every_fault_is_injected_by_a_test_of_its_own() -> None:
    """A running world takes a fault by its name, a workspace as the member."""
    files = list((ROOT / "tests" / "rehearsal").rglob("test_*.py"))
    injected, members = set(strings(files)), referenced_faults(files)
    missing = {f.name for f in Fault if f.value not in injected and f.name not in members}
    assert not missing, f"no test in tests/rehearsal injects {', '.join(sorted(missing))}"


def readme_decisions() -> dict[str, str]:
    """Return the decision of each scenario, as the README groups them."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("## What the rehearsal is")[1]
    listed = section.split("`--scenario NAME`")[1].split("; without one")[0]
    decisions: dict[str, str] = {}
    for group, decision in re.findall(r"(.*?)\b(GO|NO-GO|HOLD)\b", listed, re.DOTALL):
        decisions |= dict.fromkeys(re.findall(r"`([a-z-]+)`", group), decision)
    return decisions


@pytest.mark.parametrize("known", [s for s in SCENARIOS if s.faults], ids=lambda s: s.name)
def test_the_readme_names_every_scenario_with_its_decision(known: Scenario) -> None:
    assert readme_decisions().get(known.name) == known.expected


def test_the_readme_and_the_help_name_no_other_scenario() -> None:
    names = {known.name for known in SCENARIOS}
    assert set(readme_decisions()) <= names
    examples = SCENARIO_HELP.split(": ")[1].split(", and more")[0].split(", ")
    assert set(examples) <= names


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_asked_which_there_are_the_command_lists_every_scenario_and_passes(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert rehearse(parse(["rehearse", "--scenario", "?", *words])) == 0
    listed = capsys.readouterr().out
    for known in SCENARIOS:
        assert known.name in listed
        assert known.sentence in listed


def test_only_a_calm_rehearsal_ends_go() -> None:
    go = {known.name for known in SCENARIOS if known.expected is ExpectedDecision.GO}
    assert go == {"calm"}
