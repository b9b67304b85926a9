import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from checks.core.limits import Limit
from checks.load import Load
from cockpit.card.model.monitors import MetricsMonitor
from cockpit.card.model.pace import EVERY_FLOOR_S, FLOORS_S, SAMPLES_FLOOR, paced
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import Hold
from cockpit.card.packaged import card
from cockpit.foundation.errors import UsageError

CARD = card()
SPEEDS = st.floats(1, 3600)


def test_at_speed_one_it_is_the_same_card() -> None:
    assert paced(CARD, 1) is CARD


@pytest.mark.parametrize("speed", [0.0, 0.99, -3.0, 3601.0, float("nan"), float("inf")])
def test_a_speed_out_of_range_is_refused(speed: float) -> None:
    with pytest.raises(UsageError, match="take 1 to 3600"):
        paced(CARD, speed)


def test_at_sixty_a_minute_is_a_second() -> None:
    fast = paced(CARD, 60)
    hold = plan(fast).find("canary-hold").step
    assert isinstance(hold, Hold)
    assert (hold.hold, hold.patience) == (10.0, FLOORS_S["patience"])
    latency = fast.monitors[0]
    assert isinstance(latency, MetricsMonitor)
    assert (latency.sustained, latency.clear, latency.over) == (5.0, 2.0, 4.0)
    assert (latency.every, latency.samples) == (0.5, SAMPLES_FLOOR)
    assert fast.window.lasts == 1800.0
    assert plan(fast).find("gate").step.about == 0.5


@given(SPEEDS)
def test_limits_timeouts_and_what_is_asked_stay(speed: float) -> None:
    fast = paced(CARD, speed)
    for before, after in zip(CARD.monitors, fast.monitors, strict=True):
        assert isinstance(after.above, Limit)
        assert after.above.text == before.above.text
        assert (after.timeout, after.stale) == (before.timeout, before.stale)
        assert after.every >= min(EVERY_FLOOR_S, before.every)
    for one, other in zip(plan(CARD).all(), plan(fast).all(), strict=True):
        assert type(one.step) is type(other.step)
        assert getattr(one.step, "timeout", None) == getattr(other.step, "timeout", None)
        assert getattr(one.step, "within", None) == getattr(other.step, "within", None)


@given(SPEEDS)
def test_nothing_grows(speed: float) -> None:
    fast = paced(CARD, speed)
    for before, after in zip(CARD.monitors, fast.monitors, strict=True):
        for name in ("sustained", "clear", "every", "samples"):
            assert getattr(after, name) <= getattr(before, name)
        if isinstance(before, MetricsMonitor):
            assert isinstance(after, MetricsMonitor)
            assert after.over <= before.over
            assert after.every <= after.over / 2


def test_a_monitor_that_trips_at_once_still_does() -> None:
    assert paced(CARD, 3600).monitors[2].sustained == 0.0


def test_a_load_is_shorter_and_offers_the_same() -> None:
    load = Load(rate="50/s", duration=1800.0, warmup=30.0, p95=0.25)
    card = replace(CARD, preflight=(load,))
    assert paced(card, 60).preflight == (replace(load, duration=10.0, warmup=1.0),)
    assert paced(card, 3600).preflight == (replace(load, duration=5.0, warmup=1.0),)


def test_ids_that_the_card_gives_are_the_same_at_any_speed() -> None:
    assert [item.id for item in plan(paced(CARD, 60)).all()] == [
        item.id for item in plan(CARD).all()
    ]
