"""A router that is set by a command: the card's text with the share filled in."""

from cockpit.card.model.card import Router
from cockpit.foundation.errors import UsageError

_PLACE = "{percent}"


def argv(router: Router, percent: float) -> str:
    """Give the command that sets the canary's share to `percent` (0..100); UsageError otherwise.

    >>> from cockpit.card.model.card import Observe
    >>> observed = Observe(url="http://127.0.0.1:9102/metrics", counter="http_requests")
    >>> router = Router(set="./traffic.sh --canary {percent}", observe=observed)
    >>> argv(router, 5.0), argv(router, 0.5), argv(router, 100)
    ('./traffic.sh --canary 5', './traffic.sh --canary 0.5', './traffic.sh --canary 100')
    """
    if not 0 <= percent <= 100:
        raise UsageError(f"{percent:g} is no share of the traffic: give a percentage from 0 to 100")
    if _PLACE not in router.set:
        raise UsageError(f"{router.set!r} would set the same share always: it lacks {_PLACE}")
    return router.set.replace(_PLACE, spelled(percent))


def spelled(percent: float) -> str:
    """Spell a percentage as a command wants it: no exponent, no zeros that say nothing.

    >>> spelled(5.0), spelled(0.5), spelled(100.0), spelled(33.3333333), spelled(0.0)
    ('5', '0.5', '100', '33.3333', '0')
    """
    return f"{percent:.4f}".rstrip("0").rstrip(".")
