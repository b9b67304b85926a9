"""A router that is set by a command, which is given the share."""

from collections.abc import Mapping

from checks.process.command_line import place_of, takes_value
from cockpit.card.model.routers import CommandRouter
from cockpit.foundation.errors import UsageError

_NAME = "percent"


def values(router: CommandRouter, percent: float) -> Mapping[str, str]:
    """Return what the command that sets the canary's share to `percent` (0..100) is given.

    Raises UsageError for any other number, and for a command that does not take the share.

    >>> from cockpit.card.model.routers import Observe
    >>> observed = Observe(url="http://127.0.0.1:9102/metrics", counter="http_requests")
    >>> router = CommandRouter(set="./traffic.sh --canary {percent}", observe=observed)
    >>> values(router, 5.0), values(router, 0.5)
    ({'percent': '5'}, {'percent': '0.5'})
    """
    if not 0 <= percent <= 100:
        raise UsageError(f"{percent:g} is no share of the traffic: give a percentage from 0 to 100")
    if not takes_value(router.set, _NAME, in_shell=router.shell):
        place = place_of(_NAME, in_shell=router.shell)
        raise UsageError(f"{router.set!r} would set the same share always: it lacks {place}")
    return {_NAME: format_percent(percent)}


def format_percent(percent: float) -> str:
    """Format a percentage for a command: no exponent, no trailing zeros, at most 4 decimals.

    >>> format_percent(5.0), format_percent(0.5), format_percent(100.0), format_percent(33.3333333)
    ('5', '0.5', '100', '33.3333')
    """
    return f"{percent:.4f}".rstrip("0").rstrip(".")
