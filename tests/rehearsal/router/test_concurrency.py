from contextlib import ExitStack

from cockpit.rehearsal.router.concurrency import ConcurrencyLimit


def test_each_token_has_a_limit_and_is_forgotten_without_requests() -> None:
    limit = ConcurrencyLimit(max_concurrent=2)
    with ExitStack() as inside:
        room = [inside.enter_context(limit.request(token)) for token in "aaab"]
        assert room == [True, True, False, True]
        nobody = [inside.enter_context(limit.request("")) for _ in range(3)]
        assert all(nobody), "the service itself refuses a request without a token"
    assert len(limit) == 0
    with limit.request("a") as is_admitted:
        assert is_admitted
