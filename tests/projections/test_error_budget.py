"""What a budget's figures say in words."""

from typing import Any

import pytest

from checks.budget import ErrorBudget
from cockpit.projections.error_budget import Standing, limit_of, standing
from tests.checks.kit import read

FIGURES = {
    "requests": 27_000.0,
    "failures": 28.35,
    "budget": 500.0,
    "left": 0.79,
    "covered_s": 22_800.0,
    "burn_5m": 1.0,
    "burn_30m": 0.5,
    "burn_2h": 0.4,
    "factor_5m": 5.76,
    "factor_30m": 4.8,
    "factor_2h": 3.0,
    "gone_in_s": 162_000.0,
}


def check(**options: Any) -> ErrorBudget:
    return read(ErrorBudget, check="budget", url="http://x", **{"share": "0.5 %", **options})


def said(**figures: float) -> Standing:
    return standing(check(), {**FIGURES, **figures})


def test_what_is_left_and_how_long_it_lasts() -> None:
    found = said()
    assert (found.left, found.counted) == (0.79, "472 of 500 failures left")
    assert found.sentences == (
        "Gone in 45h at the pace of the last 30m, 0.5 times even use.",
        "The window has 17h40m left: it lasts.",
    )
    assert found.covers == "covers 6h20m of 24h"
    assert said(gone_in_s=3600.0).sentences[1].endswith("it does not last.")
    assert said(left=0.0).sentences == (
        "The budget is spent: every further failure is one too many.",
    )


def test_a_pace_of_nothing_is_never_gone_and_no_pace_is_said() -> None:
    calm = {name: value for name, value in FIGURES.items() if name != "gone_in_s"}
    assert "never gone" in standing(check(), calm).sentences[0]
    young = {name: n for name, n in FIGURES.items() if name not in ("burn_30m", "burn_2h")}
    assert "at the pace of the last 5m, 1.0 times" in standing(check(), young).sentences[0]
    del young["gone_in_s"]
    assert "Nothing failed in the last 5m:" in standing(check(), young).sentences[0]
    paceless = {name: value for name, value in calm.items() if not name.startswith("burn")}
    assert standing(check(), paceless).sentences[0].startswith("No pace yet")


@pytest.mark.law(1)
def test_law_1_without_figures_nothing_is_left_to_show() -> None:
    found = standing(check(p95="250ms", available="99.9 %", bypass="got_in"), {})
    assert (found.left, found.covers, found.sentences) == (None, "no data", ())
    assert [meter.value for meter in found.meters] == ["no data"] * 3
    assert not any(meter.over for meter in found.meters)


def test_a_window_is_hot_only_with_its_short_one() -> None:
    assert not any(burning.hot for burning in said(burn_30m=9.0).burns)
    hot = [burning.window for burning in said(burn_5m=9.0, burn_30m=9.0).burns if burning.hot]
    assert hot == ["5m", "30m"]


def test_meters_stand_beside_their_limits() -> None:
    figures = {"p95_s": 0.3, "p99_s": 0.4, "down_s": 42.0, "bypasses": 1.0, "covered_s": 60.0}
    asked = check(p95="250ms", p99="500ms", available="99.9 %", bypass="got_in")
    p95, p99, down, bypass = standing(asked, figures).meters
    assert (p95.value, p95.limit, p95.over) == ("300 ms", "limit 250 ms", True)
    assert not p99.over
    assert (down.value, down.limit) == ("42 s", "1m26s allowed, 99.9 %")
    assert bypass.over


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "0.5 % of requests may fail"),
        ({"errors": 432}, "432 failures in 100,000 requests, stricter than 0.5 %"),
        ({"errors": 900}, "0.5 % of requests may fail, stricter than 900 failures in"),
        ({"errors": 0}, "no failure, stricter than 0.5 %"),
    ],
)
def test_it_says_which_limit_holds(options: dict[str, Any], words: str) -> None:
    assert limit_of(check(**options)).startswith(words)
