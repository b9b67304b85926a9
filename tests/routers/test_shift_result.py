"""The evidence of a shift: what was seen, what may be left, what failed, what is missing."""

import pytest

from checks.core.base import Outcome
from cockpit.routers.likelihood import ShareVerdict
from cockpit.routers.observe import Failed, Observed, Order
from cockpit.routers.shift_result import shift_result

NONE = Order(0.0, "2.5.0", 100, stable="2.4.0")
ALL = Order(1.0, "2.5.0", 100, stable="2.4.0")
SOME = Order(0.05, "2.5.0", 100)
FIVE = "seen 5 % ± 1.4 %, 50 of 1,000 requests"
MOST = "seen 99.98 % ± 0.05 %, 4,999 of 5,000 requests"
LEFT = "seen 0.60 % ± 0.77 %, 3 of 500 requests"
FEW = "seen 0 % (at most 3 % on 2.5.0, 95 %), 0 of 120 requests"
CURE = "a longer `within` gathers them"


@pytest.mark.parametrize(
    ("order", "observed", "outcome", "evidence"),
    [
        (
            NONE,
            Observed(0, 500, ShareVerdict.SEEN, 0, 0.0074),
            Outcome.PASSED,
            "seen 0 % (at most 0.74 % on 2.5.0, 95 %), 0 of 500 requests",
        ),
        (
            ALL,
            Observed(500, 500, ShareVerdict.SEEN, 0, 0.0074),
            Outcome.PASSED,
            "seen 100 % (at most 0.74 % on 2.4.0, 95 %), 500 of 500 requests",
        ),
        (
            SOME,
            Observed(50, 1000, ShareVerdict.SEEN, 0, None, Failed(7, 5)),
            Outcome.PASSED,
            f"{FIVE}; 7 failed meanwhile (5xx), 5 of them by the router itself",
        ),
        (
            ALL,
            Observed(4_999, 5_000, ShareVerdict.REFUSED, None, None, Failed(2)),
            Outcome.FAILED,
            f"{MOST}; 2 failed meanwhile (5xx); 1 was still answered by 2.4.0; 100 % was ordered",
        ),
        (
            NONE,
            Observed(3, 500, ShareVerdict.REFUSED),
            Outcome.FAILED,
            f"{LEFT}; 3 were still answered by 2.5.0; 0 % was ordered",
        ),
        (
            SOME,
            Observed(100, 1000, ShareVerdict.REFUSED, 900),
            Outcome.FAILED,
            "seen 10 % ± 1.9 %, 100 of 1,000 requests; 5 % was ordered",
        ),
        (
            NONE,
            Observed(0, 120, ShareVerdict.OPEN, 260, 0.03, note="broke"),
            Outcome.UNKNOWN,
            f"{FEW}; about 260 more are needed to tell 0 % from 1 %: {CURE}; the last page broke",
        ),
        (
            SOME,
            Observed(note="answered 503"),
            Outcome.UNKNOWN,
            "nothing seen within 1m: answered 503",
        ),
        (SOME, Observed(), Outcome.UNKNOWN, "nothing seen within 1m: no request was counted"),
    ],
)
@pytest.mark.law(5)
def test_the_evidence(order: Order, observed: Observed, outcome: Outcome, evidence: str) -> None:
    result = shift_result(order, observed, 60.0)
    assert (result.outcome, result.evidence) == (outcome, evidence)
