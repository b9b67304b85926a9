"""An error budget as arithmetic: what is spent, how fast it burns, when it is gone. Pure.

As in the Google SRE Workbook, chapter 5 (Alerting on SLOs), with its windows rescaled: there a
budget lasts 30 days, here the day after a deployment. With `allowed` the ratio of requests that may
fail and `period` the time in which the budget is to last:

- budget  = allowed * requests of the whole period
- spent   = failures / budget
- burn    = (failures / requests of a window) / allowed; at 1 the budget lasts exactly the period
- factor  = share * period / window: the burn at which a window spends that share of the budget;
  over a day 2 % in 5 min is 5.76, 10 % in 30 min 4.8, 25 % in 2 h 3
- gone in = left * period / burn
"""

import math
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

WINDOWS: Final[Mapping[str, tuple[float, float]]] = {
    "5m": (300.0, 0.02),
    "30m": (1800.0, 0.10),
    "2h": (7200.0, 0.25),
}
"""Each window's seconds, and the share of the budget that it may spend."""

CONFIRMED_BY: Final = {"30m": "5m", "2h": "30m"}
"""The short window of each long one: only if both are over does the budget still burn."""


class Counts(Struct, frozen=True):
    """Requests and the failures among them, in one window."""

    failures: float
    requests: float


class Budget(Struct, frozen=True):
    """An error budget after `covered_s` of the `period_s` seconds that it has to last."""

    allowed: float
    period_s: float
    covered_s: float
    total: Counts

    @property
    def size(self) -> float:
        """How many failures the whole period allows, at the rate of requests so far."""
        return self.allowed * self.total.requests * self.period_s / self.covered_s

    @property
    def spent(self) -> float:
        """The share of the budget that is spent, from 0; infinite for a failure without a budget.

        >>> day = Budget(0.005, 86400.0, 86400.0, Counts(125.0, 100_000.0))
        >>> day.size, day.spent, day.left
        (500.0, 0.25, 0.75)
        """
        if self.size > 0:
            return self.total.failures / self.size
        return math.inf if self.total.failures else 0.0

    @property
    def left(self) -> float:
        """The share of the budget that is left, 0..1."""
        return max(0.0, 1.0 - self.spent)

    def burn(self, window: Counts) -> float | None:
        """Return the burn rate of a window (1 lasts the whole period); None without requests.

        >>> Budget(0.005, 86400.0, 86400.0, Counts(0, 1)).burn(Counts(30.0, 1000.0))
        6.0
        """
        if window.requests <= 0:
            return None
        if self.allowed <= 0:
            return math.inf if window.failures else 0.0
        return window.failures / window.requests / self.allowed

    def gone_in_s(self, burn: float) -> float:
        """Return the seconds until the budget is exhausted at a burn rate; infinity at zero.

        >>> day = Budget(0.005, 86400.0, 86400.0, Counts(250.0, 100_000.0))
        >>> day.gone_in_s(4.0) / 3600, day.gone_in_s(0.0)
        (3.0, inf)
        """
        return self.left * self.period_s / burn if burn > 0 else math.inf


def factor(name: str, period_s: float) -> float:
    """Return the burn rate at which a window spends its share of a period's budget.

    >>> [round(factor(name, 86400.0), 2) for name in WINDOWS]
    [5.76, 4.8, 3.0]
    """
    window_s, share = WINDOWS[name]
    return share * period_s / window_s


def too_fast(burns: Mapping[str, float], period_s: float) -> tuple[str, ...]:
    """Return the long windows over their factor, whose short window is over that factor, too.

    >>> too_fast({"5m": 6.0, "30m": 5.0, "2h": 1.0}, 86400.0)
    ('30m',)
    >>> too_fast({"5m": 0.0, "30m": 5.0, "2h": 4.0}, 86400.0)
    ('2h',)
    """
    return tuple(
        long
        for long, short in CONFIRMED_BY.items()
        if min(burns.get(long, 0.0), burns.get(short, 0.0)) >= factor(long, period_s)
    )
