"""Law 1: a source reads a value from its own right reply, and from nothing less.

It goes over every monitor of the union `AnyMonitor` that sends requests: each of its right replies
is cut, loses every part and every value in turn, and grows old.
"""

from collections.abc import Iterable

import pytest

from tests.monitors.examples import STAMP, VALUE, Example, Replies
from tests.monitors.replying import LONG, assert_blind, every_source, peer, verdicts
from tests.monitors.templates import Served, changed, lacking, right

LONG_AGO = "1000000000"  # in 2001


async def assert_all_blind(
    example: Example, replies: Iterable[Served], statuses: Iterable[int] = (200,)
) -> None:
    async with peer() as (made, asks):
        monitor = example.make(made.url, LONG)
        for served in replies:
            for status in statuses:
                seen = await verdicts(monitor, made, asks, served, status)
                assert_blind(seen, f"{status} {served}")


@pytest.mark.law(1)
@every_source
async def test_law_1_a_right_reply_is_read(example: Example, replies: Replies) -> None:
    served = right(replies)
    assert VALUE in replies.right, "write VALUE for each number that the value comes of"
    assert any(STAMP in one for one in served.values()), "write STAMP for the instant of the value"
    async with peer() as (made, asks):
        seen = await verdicts(example.make(made.url, LONG), made, asks, served)
    assert seen[-1].state != "blind", seen


@pytest.mark.law(1)
@every_source
async def test_law_1_a_reply_without_a_value_is_blind(example: Example, replies: Replies) -> None:
    await assert_all_blind(example, changed(replies, lacking))


@pytest.mark.law(1)
@every_source
async def test_law_1_an_empty_reply_or_an_error_is_blind(
    example: Example, replies: Replies
) -> None:
    assert replies.empty, "name the source's own replies that hold no data"
    assert replies.errors, "name the source's own replies that report an error"
    await assert_all_blind(example, changed(replies, lambda _: (*replies.empty, *replies.errors)))
    await assert_all_blind(example, [right(replies)], (204, 404, 500))


@pytest.mark.law(1)
@every_source
async def test_law_1_an_old_value_is_blind(example: Example, replies: Replies) -> None:
    def aged(template: str) -> list[str]:
        return [template.replace(STAMP, LONG_AGO)] if STAMP in template else []

    await assert_all_blind(example, changed(replies, aged))
