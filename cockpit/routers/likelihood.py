"""Judges whether requests are split as ordered, anew at each look. Pure.

Whoever looks until a window fits sees one that fits by chance. So all requests since the order took
hold are judged, by a test that stays valid however often one looks: the likelihood of the requests
at the ordered share over that at a wrong one, the smaller of the ratios to the wrong one below and
to the one above. Where the share is a wrong one, or farther off, that ratio reaches 40 in at most 1
of 40 shifts, whenever one looks (Ville 1939; Wald, Sequential Analysis, 1947; Lindon and Malek,
Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022).

A router takes a moment, and old requests drain: the order took hold at one of the pages of a time
that the caller bounds, nobody knows at which. The ratios since each of them are added with the
weights 1/2, 1/6, 1/12 ..., whose sum is at most 1: so the guarantee stays, and a late hold needs
more requests (Shiryaev 1963, Roberts 1966). A page is out once a wrong share is 200 times as likely
since then, and an order is refused when no page is left: that befalls at most 1 of 100 orders in
effect, 1 of 200 on each side.

Old requests may also make up for a wrong share that follows: none for five seconds, then twice the
order. So no page counts while a wrong share is 5 times as likely since any later one (Page,
Continuous Inspection Schemes, Biometrika 41, 1954).

The guarantees are those of independent requests; sticky sessions make both errors more frequent.
"""

import math
from enum import StrEnum

from msgspec import Struct

_SEEN = math.log(40)
_OUT = -math.log(200)
_DOUBT = math.log(5)
_MOST_STARTS = 256  # bounds the time that a look takes
# on the scale of the arcsine of the root, where all shares spread alike (Cohen 1988)
_APART = 0.073
_POINT = 0.01
_LEAST = 1e-6


class ShareVerdict(StrEnum):
    """Whether the order is in effect."""

    OPEN = "open"
    SEEN = "seen"
    REFUSED = "refused"


class Requests(Struct, frozen=True):
    """How many requests the canary answered, and how many both versions did."""

    canary: float = 0.0
    total: float = 0.0

    def __add__(self, other: "Requests") -> "Requests":
        """Return the sum."""
        return Requests(self.canary + other.canary, self.total + other.total)


def wrong_shares(share: float) -> tuple[float, ...]:
    """Return the wrong shares, below and above, from which `share` is told apart (ratios 0..1).

    They are as near as some hundred requests can tell: a point from 0 and 1, a third of and three
    times 1 %, about half of and twice 5 %, seven points from 50 %.

    >>> [[round(wrong, 3) for wrong in wrong_shares(share)] for share in (0.0, 0.01, 0.05, 0.5)]
    [[0.01], [0.003, 0.03], [0.023, 0.086], [0.427, 0.573]]
    """
    below = (1 - _above(1 - share),) if _told(share) > 0 else ()
    return below + ((_above(share),) if _told(share) < 1 else ())


def _told(share: float) -> float:
    """Return what an order can be told to be: less than one in a million is none."""
    return 0.0 if share < _LEAST else 1.0 if share > 1 - _LEAST else share


def _above(share: float) -> float:
    angle = min(math.asin(math.sqrt(share)) + _APART, math.pi / 2)
    return max(_POINT, min(math.sin(angle) ** 2, 1 - (1 - share) / 3))


class _Side:
    """A share against one wrong share (ratios 0..1).

    `gain` is what a request adds on average to the ratio's logarithm where the share is real.
    """

    def __init__(self, share: float, wrong: float) -> None:
        self._canary = _log(share) - math.log(wrong)
        self._stable = _log(1 - share) - math.log(1 - wrong)
        self.gain = self.ratio(Requests(share, 1.0))

    def ratio(self, counts: Requests) -> float:
        """Return the logarithm of the likelihood of the share over that of the wrong one."""
        stable = counts.total - counts.canary
        return _times(counts.canary, self._canary) + _times(stable, self._stable)


class _Start:
    """A page at which the order may have taken hold, and the requests since.

    The logarithms of its weight, of the smaller ratio of the sides, and of how much likelier each
    wrong share is than the order since the later page of which that is most true.
    """

    def __init__(self, weight: float, sides: tuple[_Side, ...]) -> None:
        self.weight = weight
        self.counts = Requests()
        self.evidence = 0.0
        self.doubts = [0.0 for _ in sides]
        self._sides = sides

    def add(self, grown: Requests) -> None:
        """Add requests."""
        self.counts += grown
        self.evidence = min(side.ratio(self.counts) for side in self._sides)
        doubts = zip(self._sides, self.doubts, strict=True)
        self.doubts = [max(0.0, doubt - side.ratio(grown)) for side, doubt in doubts]

    @property
    def weighted(self) -> float:
        return self.weight + self.evidence

    @property
    def is_doubted(self) -> bool:
        return max(self.doubts) > _DOUBT

    @property
    def settling(self) -> float:
        """How many requests it takes, on average, until it is not doubted."""
        doubts = zip(self._sides, self.doubts, strict=True)
        return max((doubt - _DOUBT) / side.gain for side, doubt in doubts)


class ShareJudge:
    """Judges an ordered share (ratio 0..1), by `least` requests or more."""

    def __init__(self, share: float, least: int = 1) -> None:
        self._share = _told(share)
        self._least = least
        self._sides = tuple(_Side(self._share, wrong) for wrong in wrong_shares(share))
        self._starts: list[_Start] = []
        self._out = _Start(0.0, self._sides)
        self._begun = 0
        self._refused = False

    def add(self, grown: Requests, *, settles: bool) -> None:
        """Add the requests since the page before, none for the first page.

        `settles`: the order may take hold at this page, as it must at the first one.
        """
        for start in self._starts:
            start.add(grown)
        left = [start for start in self._starts if start.evidence > _OUT]
        if self._starts and not left:
            self._out = self._starts[0]
        if settles:
            self._starts = self._with_one_more(left)
        else:
            self._refused |= not left
            self._starts = left or self._starts[:1]

    def _with_one_more(self, starts: list[_Start]) -> list[_Start]:
        """Let the order take hold at this page, unless nothing came since it could have last."""
        if starts and not starts[-1].counts.total:
            return starts
        if len(starts) >= _MOST_STARTS:
            del starts[1::2]
        self._begun += 1
        weight = -math.log(self._begun * (self._begun + 1))
        return [*starts, _Start(weight, self._sides)]

    @property
    def counts(self) -> Requests:
        """The requests since the order took hold; while it is not seen, since it first may have."""
        return self._shown.counts

    @property
    def _shown(self) -> _Start:
        if self.missing == 0:
            return self._favoured
        return next((start for start in self._starts if start.counts.total), self._out)

    @property
    def verdict(self) -> ShareVerdict:
        """Whether the order is in effect; it is not refused while it may still take hold."""
        if self._refused:
            return ShareVerdict.REFUSED
        return ShareVerdict.SEEN if self.missing == 0 else ShareVerdict.OPEN

    @property
    def missing(self) -> int | None:
        """About how many more requests it takes to see an order in effect; None if none can."""
        if not self._starts:
            return None
        favoured = self._favoured
        wanted = (_SEEN - self._total) / min(side.gain for side in self._sides)
        missing = max(self._least - favoured.counts.total, wanted, favoured.settling)
        return max(0, math.ceil(missing)) if missing < math.inf else None

    @property
    def _trusted(self) -> list[_Start]:
        """The pages that are not doubted, all if all are."""
        return [start for start in self._starts if not start.is_doubted] or self._starts

    @property
    def _favoured(self) -> _Start:
        return max(self._trusted, key=lambda start: start.weighted)

    @property
    def _total(self) -> float:
        """The logarithm of the weighted sum of the ratios since the pages that are trusted."""
        weighted = [start.weighted for start in self._trusted]
        most = max(weighted)
        if most == -math.inf:
            return most
        return most + math.log(sum(math.exp(one - most) for one in weighted))

    @property
    def at_most(self) -> float | None:
        """The share that an order of 0 or 1 may have left on the wrong side, at 95 % (ratio 0..1).

        A larger one would be told apart in 19 of 20 shifts, whenever one looks. None for other
        orders, without requests, and with one on the wrong side.

        >>> judge = ShareJudge(0.0)
        >>> judge.add(Requests(), settles=True)
        >>> judge.add(Requests(0, 500), settles=True)
        >>> judge.verdict.value, round(judge.at_most or 0, 4)
        ('seen', 0.0074)
        """
        counts = self.counts
        if self._share not in (0, 1) or not counts.total:
            return None
        if counts.canary != self._share * counts.total:
            return None
        return 1 - math.exp((self._shown.weight - math.log(20)) / counts.total)


def _log(ratio: float) -> float:
    return math.log(ratio) if ratio > 0 else -math.inf


def _times(count: float, ratio: float) -> float:
    return count * ratio if count else 0.0  # none of the impossible is no evidence
