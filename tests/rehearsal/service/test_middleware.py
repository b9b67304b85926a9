import time

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit.rehearsal.service.middleware import TokenBuckets, authenticated_client

SECRET = "a secret of at least thirty-two bytes"


def test_a_burst_is_cut_and_the_wait_is_told() -> None:
    buckets = TokenBuckets(rate_per_s=10, burst=3)
    assert [buckets.take("a", 0.0) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert buckets.take("a", 0.0) == pytest.approx(0.1)
    assert buckets.take("b", 0.0) == 0.0, "each client has a bucket of its own"
    assert buckets.take("a", 0.1) == 0.0


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=300))
def test_no_stretch_gets_more_than_burst_and_rate(gaps_s: list[float]) -> None:
    buckets, now_s, allowed = TokenBuckets(rate_per_s=20, burst=5), 0.0, 0
    for gap_s in gaps_s:
        now_s += gap_s
        allowed += buckets.take("a", now_s) == 0.0
    assert allowed <= 5 + 20 * now_s + 1e-6


def test_memory_is_bounded() -> None:
    buckets = TokenBuckets()
    for number in range(5_000):
        buckets.take(str(number), 0.0)
    assert len(buckets._levels) == 1_000


def _token(**claims: object) -> str:
    return "Bearer " + jwt.encode({"sub": "alice", "exp": time.time() + 60} | claims, SECRET)


def test_a_good_token_names_its_client() -> None:
    assert authenticated_client(_token(), SECRET) == "alice"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer ",
        "Basic YTpi",
        "Bearer a.b.c",
        _token(exp=1),
        _token() + "x",
        "Bearer " + jwt.encode({"sub": "a", "exp": 9e9}, "x" * 32),
        "Bearer " + jwt.encode({"sub": "a"}, SECRET),
    ],
)
def test_anything_else_is_refused(header: str) -> None:
    with pytest.raises(jwt.InvalidTokenError):
        authenticated_client(header, SECRET)


def test_an_unsigned_token_is_refused() -> None:
    unsigned = jwt.encode({"sub": "a", "exp": time.time() + 60}, None, algorithm="none")
    with pytest.raises(jwt.InvalidTokenError):
        authenticated_client(f"Bearer {unsigned}", SECRET)
