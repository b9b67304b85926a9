from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError
from cockpit.rehearsal.router.routing import Routing, TrafficSplit
from cockpit.rehearsal.scenarios import Fault


@given(st.floats(0, 100), st.integers(50, 2_000))
def test_a_split_stays_close_to_its_weight_on_any_stretch(percent: float, requests: int) -> None:
    split = TrafficSplit()
    canary = sum(split.is_canary(percent) for _ in range(requests))
    assert abs(canary - requests * percent / 100) <= 5


def test_the_ends_of_the_weight_are_exact() -> None:
    split = TrafficSplit()
    assert not any(split.is_canary(0.0) for _ in range(1_000))
    assert all(split.is_canary(100.0) for _ in range(1_000))


@pytest.fixture
def routing(tmp_path: Path) -> Routing:
    return Routing(tmp_path / "router.json")


def test_a_demoted_path_is_closed_for_all_and_only_it(routing: Routing) -> None:
    routing.demoted = {"/api/analytics", "/api/orders/{order_id}"}
    for path in ("/api/analytics", "/api/orders/7"):
        refusal = routing.refusal("GET", path)
        assert refusal is not None
        assert refusal[0] == HTTPStatus.NOT_FOUND
    assert routing.refusal("GET", "/api/orders") is None


def test_a_frozen_surface_is_the_public_operations_and_health(routing: Routing) -> None:
    routing.frozen = True
    for method, path in (("GET", "/api/orders/7"), ("GET", "/health"), ("OPTIONS", "/api/stock")):
        assert routing.refusal(method, path) is None
    for method, path in (("GET", "/internal/jobs"), ("DELETE", "/api/orders"), ("GET", "/x")):
        refusal = routing.refusal(method, path)
        assert refusal is not None
        assert refusal[0] == HTTPStatus.NOT_FOUND


def test_what_is_kept_comes_back(routing: Routing) -> None:
    routing.canary, routing.frozen = 5.0, True
    routing.demoted, routing.faults = {"/api/stock"}, {Fault.METRICS_GONE}
    assert not routing.is_in_effect(Fault.METRICS_GONE)
    for _ in range(36):
        routing.count_canary_request()
    routing.canary = 0.0
    routing.save()
    again = Routing.load(routing.file, [Fault.HUNG_TARGET])
    assert again.as_json() == routing.as_json()
    assert again.is_in_effect(Fault.METRICS_GONE), "once seen, the canary stays seen"


def test_a_new_router_starts_with_the_faults_of_its_scenario(routing: Routing) -> None:
    fresh = Routing.load(routing.file, [Fault.HUNG_TARGET])
    assert fresh.faults == {Fault.HUNG_TARGET}
    assert not fresh.is_in_effect(Fault.HUNG_TARGET), "it waits for the canary's first traffic"


def test_a_broken_state_file_is_named(routing: Routing) -> None:
    routing.file.write_text('{"canary": 5}')
    with pytest.raises(RehearsalError, match=r"router\.json does not hold"):
        Routing.load(routing.file)


def test_faults_at_the_canary_need_traffic_at_the_canary(routing: Routing) -> None:
    routing.faults = {Fault.LATENCY_AT_CANARY, Fault.METRICS_GONE}
    assert routing.canary_faults() == ""
    routing.canary = 5.0
    assert routing.canary_faults() == "latency-at-canary"
