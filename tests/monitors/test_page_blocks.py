"""A page as long as may be keeps nobody waiting: not the loop, nor a thread for long."""

import re
import time

import httpx
import pytest

from cockpit.monitors.exposition import Unreadable, parse
from cockpit.monitors.metrics import MetricsSource
from cockpit.monitors.page_blocks import BLOCK, blocks, matches
from tests.clocks import ManualClock
from tests.monitors.pages import URL, errors

COUNTER = 'http_requests_total{code="200",path="/%d"} %d\n'
LINE = re.compile(r"^a(\d*)[ \t]*$", re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    ["", "a", "a\n", "a1\n" * 50_000, "b\n" * 50_000 + "a2", "a\n" + "x" * 3 * BLOCK + "\na3\n"],
)
def test_a_page_in_blocks_is_the_page(page: str) -> None:
    pieces = [*blocks(page)]
    assert max(map(len, pieces), default=0) <= BLOCK + 1
    assert "".join(pieces).count("\n") == page.count("\n")
    assert [match[1] for match in matches(LINE, page)] == LINE.findall(page)


def test_a_wrong_line_is_named_by_its_number_on_the_page() -> None:
    before = "".join(f"other_{number} 1\n" for number in range(20_000)) + "a_total 1\n"
    assert isinstance(wrong := parse(f"{before}\n\na_total x\n", ["a"]), Unreadable)
    assert "line 20004" in wrong.why
    long = f'{before}a_total{{x="{"y" * 2 * BLOCK}"}} 1\n'
    assert isinstance(wrong := parse(long, ["a"]), Unreadable)
    assert "line 20002: it has over" in wrong.why


@pytest.mark.law(12)
async def test_law_12_a_big_page_is_read_off_the_loop() -> None:
    """Of the processor time that a page takes, the loop's thread has a small part."""
    page = "".join(COUNTER % (number, number) for number in range(15_000))
    page += "".join(f"other_{number} 1\n" for number in range(100_000))
    transport = httpx.MockTransport(lambda _: httpx.Response(200, text=page))
    async with httpx.AsyncClient(transport=transport) as http:
        source = MetricsSource(URL, [errors()], http, ManualClock())
        await source.read()
        whole_s, own_s = time.process_time(), time.thread_time()
        readings = await source.read()
        whole_s, own_s = time.process_time() - whole_s, time.thread_time() - own_s
    assert readings["errors"].value == 0.0 or readings["errors"].note
    assert own_s < whole_s / 8, (own_s, whole_s)
