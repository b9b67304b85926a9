"""Observes the canary's actual share of the traffic from the requests that each version counted.

All requests since the order took hold are judged, by `cockpit/routers/likelihood.py`. It takes hold
in the first half of the time that a shift may take: a router takes a moment, old requests drain.
"""

import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable

from msgspec import Struct

from cockpit.foundation.clock import Clock
from cockpit.monitors.counters import Counters
from cockpit.monitors.exposition import Labels, MetricsPage, Unreadable, family
from cockpit.monitors.window_query import group_of
from cockpit.routers.likelihood import Requests, ShareJudge, ShareVerdict

_Z = 1.96  # 95 %
_STATUS = re.compile(r"(?:.*_)?(?:code|status)", re.IGNORECASE)
_SERVER_ERROR = re.compile(r"5(?:\d\d|xx)", re.IGNORECASE)


class Failed(Struct, frozen=True):
    """Requests that failed with a 5xx: all, and those that no version answered but the router."""

    total: float = 0.0
    router: float = 0.0


class Observed(Struct, frozen=True):
    """What was observed of the requests since the order took hold.

    `missing` is about how many more it takes to see the order, None if none can; `at_most` is what
    an order of 0 or 1 may still have on the wrong side, at 95 % (ratio 0..1). `failed` are those of
    the whole shift; `note` is why nothing could be observed last.
    """

    canary: int = 0
    total: int = 0
    verdict: ShareVerdict = ShareVerdict.OPEN
    missing: int | None = None
    at_most: float | None = None
    failed: Failed = Failed()
    note: str = ""

    @property
    def share(self) -> float | None:
        """The canary's share, a ratio 0..1; None without requests."""
        return self.canary / self.total if self.total else None

    @property
    def margin(self) -> float:
        """Half the width of the share's 95 % interval, 1 if nothing is known."""
        return margin(self.canary, self.total)


class Order(Struct, frozen=True):
    """What was ordered: the canary's share (ratio 0..1), both versions, the minimum of requests.

    Without a `stable` version, every version other than the canary is the stable side.
    """

    share: float
    canary: str
    requests: int
    stable: str = ""


def margin(canary: int, total: int) -> float:
    """Return half the width of Wilson's 95 % interval for `canary` of `total` requests.

    E. B. Wilson, Probable Inference, JASA 22 (1927). Unlike the normal one it does not shrink to
    nothing when none or all of the requests are the canary's. It is for a single look: no verdict
    rests on it.

    >>> round(margin(5, 100), 3), round(margin(0, 100), 3), margin(0, 0)
    (0.045, 0.018, 1.0)
    """
    if total <= 0:
        return 1.0
    share = canary / total
    spread = math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    return _Z / (1 + _Z**2 / total) * spread


class Kind(Struct, frozen=True):
    """Whose requests a series counts, None for neither version's, and whether they failed."""

    canary: bool | None
    failed: bool


class ShareCounter:
    """Counts the canary's requests among all, page by page, and judges an order by them.

    `counter` is the metric, `label` the label that names the version.
    """

    def __init__(self, order: Order, counter: str, label: str) -> None:
        self.order = order
        self._family = family(counter)
        self._label = label
        names = (f"{self._family}_total", self._family)
        self._counters: Counters[Kind] = Counters(names, self._kind)
        self._judge = ShareJudge(order.share, order.requests)
        self._may_hold = True  # the order, at the next page
        self._failed = Failed()

    @property
    def family(self) -> str:
        """The metric family that a page must hold."""
        return self._family

    def before(self, page: MetricsPage) -> None:
        """Take a page from before the order: what fails from here on counts, and nothing else."""
        self._grown(page)

    def add(self, page: MetricsPage | Unreadable, *, settles: bool = False) -> Observed:
        """Add the next page; `settles`: the order may take hold at it, as it may at the first one.

        On an unreadable page nothing is counted and nothing seen; the note names it. Where the
        order may have taken hold at such a page, it may at the next one.
        """
        self._may_hold |= settles
        note = page.why if isinstance(page, Unreadable) else self._judged(page)
        counts, verdict = self._judge.counts, self._judge.verdict
        return Observed(
            round(counts.canary),
            round(counts.total),
            ShareVerdict.OPEN if note else verdict,
            self._judge.missing,
            self._judge.at_most,
            self._failed,
            note,
        )

    def _judged(self, page: MetricsPage) -> str:
        """Count and judge a page; returns why it cannot be used, if so."""
        grown = self._grown(page)
        if isinstance(grown, str):
            return grown
        self._judge.add(grown, settles=self._may_hold)
        self._may_hold = False
        return ""

    def _grown(self, page: MetricsPage) -> Requests | str:
        """Count the requests since the page before; returns why it cannot be used, if so."""
        if self._family not in page.families:
            return f"has no {self._family}"
        try:
            grown = self._counters.grown(page) or {}
        except ValueError as error:
            return str(error)
        failed = {kind: count for kind, count in grown.items() if kind.failed}
        own = sum(count for kind, count in failed.items() if kind.canary is None)
        self._failed = Failed(self._failed.total + sum(failed.values()), self._failed.router + own)
        canary = sum(count for kind, count in grown.items() if kind.canary)
        stable = sum(count for kind, count in grown.items() if kind.canary is False)
        return Requests(canary, canary + stable)

    def _kind(self, labels: Labels) -> Kind | None:
        """Return what a series counts; None for what is neither version's nor failed."""
        version = group_of(labels, self._label)
        stable = version == self.order.stable if self.order.stable else bool(version)
        canary = True if version == self.order.canary else False if stable else None
        failed = any(_STATUS.fullmatch(n) and _SERVER_ERROR.fullmatch(v) for n, v in labels)
        return Kind(canary, failed) if failed or canary is not None else None


async def observe(
    counter: ShareCounter,
    fetch: Callable[[], Awaitable[MetricsPage | Unreadable]],
    clock: Clock,
    *,
    every_s: float,
    timeout_s: float,
) -> AsyncIterator[Observed]:
    """Yield an observation every `every_s` seconds until its verdict is not open, or time is up.

    `fetch` must have its own timeout; the first page is only the baseline of the counters.
    """
    begun_s = clock.monotonic()
    while True:
        page = await fetch()
        passed_s = clock.monotonic() - begun_s
        observed = counter.add(page, settles=passed_s <= timeout_s / 2)
        yield observed
        if observed.verdict is not ShareVerdict.OPEN or passed_s >= timeout_s:
            return
        await clock.sleep(min(every_s, timeout_s - passed_s))
