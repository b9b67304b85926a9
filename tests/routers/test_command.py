"""A shift's command is spelled as a router's script reads it."""

import pytest
from msgspec.structs import replace

from cockpit.card.model.routers import CommandRouter, Observe
from cockpit.foundation.errors import UsageError
from cockpit.routers.command import values

SEEN = Observe(url="http://127.0.0.1:9/metrics", counter="http_requests")
ROUTER = CommandRouter(set="scripts/traffic.sh --canary {percent} --of {percent}", observe=SEEN)


@pytest.mark.parametrize(
    ("percent", "said"), [(5, "5"), (0.5, "0.5"), (100.0, "100"), (0.0, "0"), (7.000000001, "7")]
)
def test_the_share_is_given_as_a_script_reads_it(percent: float, said: str) -> None:
    assert values(ROUTER, percent) == {"percent": said}


@pytest.mark.parametrize("percent", [-1.0, 100.5, float("nan")])
def test_what_is_no_share_is_refused(percent: float) -> None:
    with pytest.raises(UsageError, match="from 0 to 100"):
        values(ROUTER, percent)


def test_a_command_that_takes_no_share_is_refused() -> None:
    with pytest.raises(UsageError, match="lacks"):
        values(replace(ROUTER, set="scripts/traffic.sh"), 5)
    with pytest.raises(UsageError, match=r"lacks \$PERCENT"):
        values(replace(ROUTER, shell=True), 5)
