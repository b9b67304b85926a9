"""A figure that is held against a limit is one that the check measures."""

import pytest

from tests.card.cards import SMALL, only, problems

STEP = "- run: make switch"
LOAD = "- {check: load, id: soak, rate: 3/s, duration: 1m}"
PAIR = "- {check: all, id: soak, checks: [{check: restore}, {check: backup, files: '*.dump'}]}"
PROMETHEUS = "- {check: prometheus, id: soak, url: u, queries: {p95: up}}"
MEASURED = "\n      - {check: measured, of: soak, figure: %s, at_most: %s}"
MONITORS = """
monitors:
  - {monitor: pool, source: check, check: {check: database}, figure: %s, above: 80 %%}
"""


def card(step: str, figure: str, limit: str = "") -> str:
    limit = limit or ("1s" if figure.endswith("_s") else "1")
    return SMALL.replace(STEP, step + MEASURED % (figure, limit))


@pytest.mark.parametrize(
    ("step", "figure"),
    [
        (LOAD, "p95_s"),
        (LOAD, "database_s"),
        (PAIR, "age_s"),
        (PAIR, "restore_s"),
        (PROMETHEUS, "p95"),
        ("- {check: measured, id: soak, of: soak, figure: p1, at_most: 1}", "p1"),
    ],
)
def test_what_is_measured_has_its_name(step: str, figure: str) -> None:
    assert problems(card(step, figure)) == ()


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (LOAD, "`load` measures no `p59`: its figures are `rps`, `average_s`, `p50_s`, `p95_s`,"),
        (PAIR, "`all` measures no `p59`: its figures are `dump_s`, `restore_s`, `bytes`, `age_s`"),
        (PROMETHEUS, "`prometheus` measures no `p59`: its figures are `p95`"),
        ("- {check: postgres, id: soak}", "`postgres` measures no `p59`: it has no figures"),
        ("- {run: make switch, id: soak}", "this is measured by a check: name the id of one"),
    ],
)
def test_what_is_measured_is_named_where_another_figure_is_meant(step: str, says: str) -> None:
    problem = only(card(step, "p59"))
    assert problem.key == "phases[0].steps[1].figure"
    assert problem.message.startswith(says)


@pytest.mark.parametrize(
    ("figure", "limit", "right"),
    [
        ("p95_s", "200", "a duration, as 250ms"),
        ("p95_s", "50%", "a duration, as 250ms"),
        ("p95_s", "100/min", "a duration, as 250ms"),
        ("failures", "5", "a percentage, as 0.5 %"),
        ("failures", "5ms", "a percentage, as 0.5 %"),
        ("rps", "5ms", "a bare number"),
        ("rps", "5 %", "a bare number"),
    ],
    ids=["bare", "share", "rate", "over one", "span as share", "span", "share as number"],
)
def test_a_limit_has_the_figure_s_unit(figure: str, limit: str, right: str) -> None:
    problem = only(card(LOAD, figure, limit))
    assert problem.key == "phases[0].steps[1].at_most"
    assert problem.message.endswith(f"write {right}")


@pytest.mark.parametrize(
    ("figure", "limit"),
    [("p95_s", "250ms"), ("failures", "0 %"), ("failures", "0.01"), ("rps", "12")],
    ids=["span", "share", "ratio", "number"],
)
def test_a_limit_that_fits(figure: str, limit: str) -> None:
    assert problems(card(LOAD, figure, limit)) == ()


def test_a_query_s_unit_is_not_known() -> None:
    assert problems(card(PROMETHEUS, "p95", "250ms")) == ()


def test_a_malformed_check_is_named_alone() -> None:
    assert only(card("- {check: load, id: soak}", "p59")).key == "phases[0].steps[0]"
    assert only(card("- {check: loud, id: soak}", "p59")).key == "phases[0].steps[0].check"


def test_a_monitor_s_figure() -> None:
    assert problems(SMALL + MONITORS % "connections_ratio") == ()
    problem = only(SMALL + MONITORS % "used")
    assert problem.key == "monitors[0].figure"
    assert "its figures are `connections`, `connections_ratio`, `query_s`" in problem.message
