from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct
from msgspec.structs import fields, replace

from checks.core.base import Check
from checks.core.limits import Limit
from checks.core.units import Span, duration
from checks.load import Load
from checks.registry import AnyCheck
from cockpit.card.model.breakers import Breaker
from cockpit.card.model.card import Card
from cockpit.card.model.monitors import AnyMonitor, MetricsMonitor, MonitorEntry
from cockpit.card.model.pace import (
    EVERY_FLOOR_S,
    NOT_PACED,
    PACES,
    SAMPLES_FLOOR,
    Pace,
    pace_of,
    paced,
    paced_struct,
)
from cockpit.card.model.plan import plan
from cockpit.card.model.steps import AnyStep, Hold
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
    assert (hold.hold, hold.patience) == (10.0, PACES[Hold, "patience"].floor_s)
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


@given(SPEEDS)
def test_a_hold_outlasts_the_windows_of_its_monitors(speed: float) -> None:
    """A hold shorter than a window ended on data from before it, and passed over a fault."""
    fast = paced(CARD, speed)
    need_s = max(m.over + m.every for m in fast.monitors if isinstance(m, MetricsMonitor))
    for name in ("canary-hold", "full-hold"):
        before, after = plan(CARD).find(name).step, plan(fast).find(name).step
        assert isinstance(before, Hold)
        assert isinstance(after, Hold)
        assert after.hold >= min(before.hold, need_s)


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


class UnpacedMonitor(MonitorEntry, frozen=True, kw_only=True, tag="unpaced"):
    """A source that nothing in the card knows of."""

    target: str


def test_a_new_source_is_paced_by_what_it_inherits() -> None:
    monitor = UnpacedMonitor(
        monitor="queue", above=10.0, target="queue.length", sustained=120.0, every=10.0
    )
    faster = paced_struct(monitor, 60)
    assert (faster.sustained, faster.clear, faster.every) == (2.0, 2.0, EVERY_FLOOR_S)
    assert (faster.timeout, faster.stale) == (monitor.timeout, monitor.stale)


def structs_of(kind: Any) -> Iterator[type[Struct]]:
    """Yield the structs that a field's type names, whatever they are wrapped in."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        yield kind
    for argument in get_args(kind):
        yield from structs_of(argument)


def is_duration(kind: Any) -> bool:
    """Whether a type is a Duration or a Span, or holds one."""
    metas = (argument for argument in get_args(kind) if isinstance(argument, Meta))
    if any((meta.extra or {}).get("read") is duration for meta in metas):
        return True
    return any(is_duration(argument) for argument in get_args(kind))


def durations(model: type[Struct], known: set[type[Struct]]) -> Iterator[tuple[type[Struct], str]]:
    """Yield every duration of a struct and of all that it holds, each struct once."""
    known.add(model)
    for field in fields(model):
        if is_duration(field.type):
            yield model, field.name
        for inner in structs_of(field.type):
            if inner not in known:
                yield from durations(inner, known)


def test_the_walk_finds_every_kind_of_check_and_monitor() -> None:
    known: set[type[Struct]] = set()
    found = set(durations(Card, known))
    assert known >= {
        *get_args(AnyCheck),
        *get_args(AnyMonitor),
        *get_args(AnyStep),
        *get_args(Breaker),
    }
    assert {(Load, "warmup"), (Hold, "hold"), (UnpacedMonitor, "over")} & found == {
        (Load, "warmup"),
        (Hold, "hold"),
    }


def test_every_duration_is_paced_or_says_why_not() -> None:
    open_ends = [
        f"{model.__name__}.{name}"
        for model, name in durations(Card, set())
        if pace_of(model, name) is None
    ]
    message = "neither in PACES nor in NOT_PACED of cockpit/card/model/pace.py: "
    assert not open_ends, message + ", ".join(open_ends)


def not_paced_again(model: type[Struct]) -> list[str]:
    """Return the durations that a struct declares itself and that only a parent's pace is for."""
    return [
        f"{model.__name__}.{name}"
        for owner, name in durations(model, set())
        if owner is model and name in model.__annotations__
        if (model, name) not in PACES and (model, name) not in NOT_PACED
        if pace_of(model, name) != NOT_PACED[Check, "timeout"]
    ]


def test_a_duration_declared_again_has_a_pace_of_its_own() -> None:
    """Its default may be another: a slow source is not measured four times a second."""
    known: set[type[Struct]] = set()
    list(durations(Card, known))
    missing = [name for model in known for name in not_paced_again(model)]
    message = "declared again: name it in PACES or in NOT_PACED of cockpit/card/model/pace.py: "
    assert not missing, message + ", ".join(missing)


def test_a_slow_source_that_declares_its_period_again_is_found() -> None:
    class SlowMonitor(MonitorEntry, frozen=True, kw_only=True, tag="slow"):
        every: Annotated[Span, Meta(description="how often")] = 10.0

    assert not_paced_again(SlowMonitor) == ["SlowMonitor.every"]


def test_a_duration_that_nobody_thought_of_is_found() -> None:
    class WindowMonitor(MonitorEntry, frozen=True, kw_only=True, tag="window"):
        looks_back: Annotated[tuple[Span, ...] | None, Meta(description="seconds")] = None

    found = {name for model, name in durations(WindowMonitor, set()) if not pace_of(model, name)}
    assert found == {"looks_back"}


def test_no_pace_is_of_a_field_that_is_gone() -> None:
    declared = {*PACES, *NOT_PACED}
    assert len(declared) == len(PACES) + len(NOT_PACED)
    assert all(name in model.__struct_fields__ for model, name in declared)
    assert all(isinstance(pace_of(*place), Pace) == (place in PACES) for place in declared)
