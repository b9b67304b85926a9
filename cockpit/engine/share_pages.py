"""The pages on which the versions count their requests, and the counts of one shift."""

import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from cockpit.card.model.routers import Observe
from cockpit.engine.context import Context
from cockpit.monitors.exposition import MetricsPage, Unreadable
from cockpit.monitors.metrics import off_loop, scrape
from cockpit.monitors.single_process import SingleProcess
from cockpit.routers.observe import Order, ShareCounter

if TYPE_CHECKING:
    import httpx

TIMEOUT_S = 5.0


class SharePages:
    """Fetches the pages, and counts on them what became of one order."""

    def __init__(
        self, context: Context, client: "httpx.AsyncClient", where: Observe, order: Order
    ) -> None:
        self._context = context
        self._client = client
        self._where = where
        self._process = SingleProcess()
        self.counter = ShareCounter(order, where.counter, where.label)

    async def fetch(self) -> MetricsPage | Unreadable:
        """Fetch the next page; raises UnsetVariableError if its address cannot be told."""
        family, clock = self.counter.family, self._context.clock
        url = self._context.tools.expand(self._where.url)
        scraped = await scrape(self._client, clock, url, (family,), TIMEOUT_S)
        if isinstance(scraped, Unreadable):
            return scraped
        page, body = scraped
        names = frozenset((family, f"{family}_total"))
        look = functools.partial(self._process.fault, clock.monotonic(), page, body.text, names)
        fault = await off_loop(body, look)
        return Unreadable(fault) if fault else page


@asynccontextmanager
async def share_pages(context: Context, share: float) -> AsyncIterator[SharePages]:
    """Open the pages for an order of the canary's share (ratio 0..1)."""
    router, versions = context.card.traffic, context.card.versions
    assert router is not None, "a card with a traffic step has a router: it is a rule"
    order = Order(share, versions.canary, router.observe.requests, versions.stable)
    async with context.tools.http(TIMEOUT_S) as client:
        yield SharePages(context, client, router.observe, order)


async def page_before(context: Context, share: float) -> MetricsPage | Unreadable:
    """Fetch a page with a connection of its own, while an order is given."""
    async with share_pages(context, share) as pages:
        return await pages.fetch()
