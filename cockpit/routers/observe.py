"""Observes the canary's actual share of the traffic from the requests that each version counted.

Only the newest requests are judged, as many as needed: requests from before the shift, and those
that drained right after it, drop out of the window.
"""

import math
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from msgspec import Struct
from msgspec.structs import replace

from cockpit.foundation.clock import Clock
from cockpit.monitors.counters import Counters
from cockpit.monitors.exposition import Labels, MetricsPage, Unreadable, family
from cockpit.monitors.window_query import group_of

_Z = 1.96  # 95 %
_MAX_SLOTS = 200


class Observed(Struct, frozen=True):
    """What was observed of the newest requests.

    `share` is canary / total as a ratio 0..1, None without requests; `margin` is half the width of
    its 95 % interval, 1 if nothing is known. `done` means that the order is observed to be in
    effect; `note` is why nothing could be observed last.
    """

    canary: int
    total: int
    share: float | None
    margin: float
    needed: int
    done: bool = False
    note: str = ""


class Order(Struct, frozen=True):
    """What was ordered: the canary's share (ratio 0..1), both versions, the minimum of requests.

    Without a `stable` version, every version other than the canary is the stable side.
    """

    share: float
    canary: str
    requests: int = 100
    stable: str = ""


def margin(canary: int, total: int) -> float:
    """Return half the width of Wilson's 95 % interval for `canary` of `total` requests.

    E. B. Wilson, Probable Inference, JASA 22 (1927). Unlike the normal one it does not shrink to
    nothing when none or all of the requests are the canary's.

    >>> round(margin(5, 100), 3), round(margin(0, 100), 3), margin(0, 0)
    (0.045, 0.018, 1.0)
    """
    if total <= 0:
        return 1.0
    share = canary / total
    spread = math.sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    return _Z / (1 + _Z**2 / total) * spread


def needed(order: Order) -> int:
    """Return how many requests are needed to judge the share.

    At least three divided by the smaller share (the rule of three: Hanley and Lippman-Hand, JAMA
    249, 1983), so that a side that gets nothing differs from one that gets its share.

    >>> needed(Order(0.05, "2.5.0")), needed(Order(0.005, "2.5.0")), needed(Order(0.0, "2.5.0"))
    (100, 600, 100)
    """
    smaller = min(order.share, 1 - order.share)
    return max(order.requests, math.ceil(3 / smaller - 1e-9) if smaller > 1e-6 else 0)


def seen(ordered_share: float, observed: Observed, needed: int) -> bool:
    """Whether the ordered share (0..1) is observed to be in effect.

    For 0 and 1 not one of the `needed` requests may be on the wrong side. Between them each side
    must have answered, and the order must lie in Wilson's interval (which is the same as: the
    observed share lies within the normal margin around the order), or within what routers round
    away: a percentage point, or a quarter of a share that is smaller than four.

    >>> seen(0.05, Observed(4, 100, 0.04, margin(4, 100), 100), 100)
    True
    >>> seen(0.05, Observed(0, 100, 0.0, margin(0, 100), 100), 100)
    False
    """
    if observed.share is None or observed.total < needed:
        return False
    if ordered_share <= 0:
        return observed.canary == 0
    if ordered_share >= 1:
        return observed.canary == observed.total
    if not 0 < observed.canary < observed.total:
        return False
    rounding = min(0.01, ordered_share / 4, (1 - ordered_share) / 4)
    around = _Z * math.sqrt(ordered_share * (1 - ordered_share) / observed.total)
    return abs(observed.share - ordered_share) <= max(around, rounding)


class ShareWindow:
    """Counts the canary's requests among all since its creation, and judges the newest of them.

    `counter` is the metric, `label` the label that names the version; series without it are
    ignored.
    """

    def __init__(self, order: Order, counter: str, label: str) -> None:
        self._order = order
        self._needed = needed(order)
        self._family = family(counter)
        self._label = label
        names = (f"{self._family}_total", self._family)
        self._counters: Counters[bool] = Counters(names, self._side)
        self._slots: deque[tuple[float, float]] = deque()
        self._last = Observed(0, 0, None, 1.0, self._needed)

    @property
    def family(self) -> str:
        """The metric family that a page must hold."""
        return self._family

    def add(self, page: MetricsPage | Unreadable) -> Observed:
        """Add the next page; an unreadable one changes no count, and is named in the note."""
        if isinstance(page, Unreadable):
            return replace(self._last, done=False, note=page.why)
        if self._family not in page.families:
            return replace(self._last, done=False, note=f"has no {self._family}")
        try:
            grown = self._counters.grown(page)
        except ValueError as error:
            return replace(self._last, done=False, note=str(error))
        if grown is not None:
            canary = grown.get(True, 0.0)
            self._slide(canary, canary + grown.get(False, 0.0))
            self._last = self._observed()
        return self._last

    def _slide(self, canary: float, total: float) -> None:
        """Keep as few of the newest slots as contain the needed requests."""
        if total <= 0:
            return
        if self._slots and self._slots[-1][1] < self._needed / _MAX_SLOTS:  # bounds the memory
            canary, total = canary + self._slots[-1][0], total + self._slots.pop()[1]
        self._slots.append((canary, total))
        held = sum(count for _, count in self._slots)
        while held - self._slots[0][1] >= self._needed:
            held -= self._slots.popleft()[1]

    def _observed(self) -> Observed:
        canary = round(sum(count for count, _ in self._slots))
        total = round(sum(count for _, count in self._slots))
        share = canary / total if total else None
        observed = Observed(canary, total, share, margin(canary, total), self._needed)
        return replace(observed, done=seen(self._order.share, observed, self._needed))

    def _side(self, labels: Labels) -> bool | None:
        """Return True for the canary, False for stable, None for the router's own responses."""
        version = group_of(labels, self._label)
        if version == self._order.canary:
            return True
        stable = version == self._order.stable if self._order.stable else bool(version)
        return False if stable else None


async def observe(
    window: ShareWindow,
    fetch: Callable[[], Awaitable[MetricsPage | Unreadable]],
    clock: Clock,
    *,
    every_s: float = 1.0,
    timeout_s: float = 60.0,
) -> AsyncIterator[Observed]:
    """Yield an observation every `every_s` seconds until the order is in effect or time is up.

    The last result tells which: `done` or not. `fetch` must have its own timeout; the first page
    is only the baseline of the counters.
    """
    end_s = clock.monotonic() + timeout_s
    while True:
        observed = window.add(await fetch())
        yield observed
        left_s = end_s - clock.monotonic()
        if observed.done or left_s <= 0:
            return
        await clock.sleep(min(every_s, left_s))
