"""What came of a shift, in words: the share that was seen, what may be left, what failed. Pure."""

from typing import assert_never

from checks.core.base import Outcome, Result
from checks.core.durations import format_duration
from checks.core.text import count_of
from cockpit.foundation.formatting import percent
from cockpit.routers.likelihood import ShareVerdict, wrong_shares
from cockpit.routers.observe import Failed, Observed, Order


def shift_result(order: Order, observed: Observed, within_s: float) -> Result:
    """Return the outcome and evidence of a shift that was observed for up to `within_s` seconds."""
    if observed.share is None:
        why = observed.note or "no request was counted"
        evidence = f"nothing seen within {format_duration(within_s)}: {why}"
        return Result(Outcome.UNKNOWN, evidence + _failures(observed.failed))
    outcome, told = _told(order, observed)
    return Result(outcome, f"{_seen(order, observed)}{_failures(observed.failed)}{told}")


def _told(order: Order, observed: Observed) -> tuple[Outcome, str]:
    match observed.verdict:
        case ShareVerdict.SEEN:
            return Outcome.PASSED, ""
        case ShareVerdict.REFUSED:
            return Outcome.FAILED, f"{_wrong(order, observed)}; {percent(order.share)} was ordered"
        case ShareVerdict.OPEN:
            return Outcome.UNKNOWN, _open(order, observed)
        case _:
            assert_never(observed.verdict)


def _wrong(order: Order, observed: Observed) -> str:
    """Count what an order of 0 or 1 left on the wrong side, which its percentage may round away."""
    if order.share in (0, 1):
        wrong = observed.canary if order.share == 0 else observed.total - observed.canary
        were = "was" if wrong == 1 else "were"
        return f"; {wrong:,} {were} still answered by {_wrong_side(order)}"
    return ""


def _wrong_side(order: Order) -> str:
    return order.canary if order.share == 0 else order.stable or "other versions"


def _open(order: Order, observed: Observed) -> str:
    wrong = " and ".join(percent(share) for share in wrong_shares(order.share))
    more = f"about {observed.missing:,} more" if observed.missing else "more"
    needed = f"; {more} are needed to tell {percent(order.share)} from {wrong}"
    last = f"; the last page {observed.note}" if observed.note else ""
    return f"{needed}: a longer `within` gathers them{last}"


def _seen(order: Order, observed: Observed) -> str:
    share = 0.0 if observed.share is None else observed.share
    counted = f"{observed.canary:,} of {count_of(observed.total, 'request')}"
    if observed.at_most is None:
        return f"seen {percent(share)} ± {percent(observed.margin)}, {counted}"
    bound = f"at most {percent(observed.at_most)} on {_wrong_side(order)}, 95 %"
    return f"seen {percent(share)} ({bound}), {counted}"


def _failures(failed: Failed) -> str:
    if failed.total < 1:
        return ""
    own = f", {failed.router:.0f} of them by the router itself" if failed.router else ""
    return f"; {failed.total:.0f} failed meanwhile (5xx){own}"
