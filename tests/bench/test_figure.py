import pytest

from bench.figure import Figure, table


@pytest.mark.parametrize(
    ("measured", "floor", "verdict"),
    [(9.0, 5.0, "reached"), (11.0, 8.0, "missed"), (9.0, 3.0, "missed"), (9.0, None, "missed")],
)
def test_both_targets_must_be_reached(measured: float, floor: float | None, verdict: str) -> None:
    figure = Figure("key", "ms", measured, floor, most=10.0, most_ratio=2.0)
    assert figure.verdict == verdict


@pytest.mark.parametrize(
    ("measured", "floor", "verdict"),
    [(95.0, 100.0, "reached"), (94.0, 100.0, "missed"), (95.0, None, "missed")],
)
def test_a_ratio_may_have_to_be_reached_from_below(
    measured: float, floor: float | None, verdict: str
) -> None:
    figure = Figure("load", "/s", measured, floor, least_ratio=0.95)
    assert figure.verdict == verdict
    assert figure.target == "0.95 x or more"


def test_a_figure_without_a_target_only_informs() -> None:
    assert Figure("wakeups", "/s", 4.0, floor=2.0).verdict == ""


@pytest.mark.law(1)
def test_a_floor_of_nothing_has_no_ratio() -> None:
    """Law 1: no data is never green."""
    figure = Figure("idle", "%", 1.0, floor=0.0, most_ratio=2.0)
    assert figure.ratio is None
    assert figure.verdict == "missed"


def test_the_table_has_a_line_for_each_figure_under_its_head() -> None:
    figures = [
        Figure("start", "ms", 500.0, 250.0, "bare app", most_ratio=2.2),
        Figure("bytes", "kB/s", 0.5, most=10.0),
    ]
    head, rule, first, second = table(figures).splitlines()
    assert head.split() == ["figure", "measured", "floor", "ratio", "to", "reach"]
    assert set(rule) == {"-", " "}
    assert first.split("  ")[0] == "start"
    assert first.endswith("reached")
    assert "2.00 x" in first
    assert "10 kB/s" in second
