"""`node scripts/emergency-breakers.mjs demote PATH | freeze-surface | is-frozen | sanity-check`."""

import sys

from cockpit.rehearsal.scripts.site import (
    ScriptError,
    Site,
    WrongUseError,
    ask,
    healthy,
    put,
    run,
    say,
)
from cockpit.rehearsal.service.api_operations import CANARY_VERSION, OPERATIONS, STABLE_VERSION

_USAGE = "usage: emergency-breakers.mjs demote PATH | freeze-surface | is-frozen | sanity-check"


def demote(site: Site, path: str) -> None:
    """Close one path for everybody."""
    known = {operation.path for operation in OPERATIONS}
    if path not in known:
        raise WrongUseError(f"{path!r} is not a path of the API; the paths are {sorted(known)}")
    site.effect("emergency-breakers", "demote", path)
    put(f"{site.admin_url}/demote", {"path": path})
    say(f"{path} demoted")


def freeze(site: Site) -> None:
    """Close everything that is not on the public surface."""
    site.effect("emergency-breakers", "freeze-surface")
    surface = put(f"{site.admin_url}/freeze", {"frozen": True})["surface"]
    say(f"surface frozen: {len(surface)} operations stay open")


def is_frozen(site: Site) -> None:
    """See, from outside, whether an operation that is not public is closed; say `frozen` if so."""
    status, _ = ask(f"{site.target_url}/internal/jobs", token=site.token)
    if status != 404:
        raise ScriptError(f"the surface is open: GET /internal/jobs answers {status}, not 404")
    say("frozen")


def sanity(site: Site) -> None:
    """Look at both versions, the public port and the token check; change nothing."""
    failures = 0
    for url, version in ((site.stable_url, STABLE_VERSION), (site.canary_url, CANARY_VERSION)):
        try:
            say(f"✓ {healthy(url, version)}")
        except ScriptError as error:
            failures += 1
            say(f"✗ {error}")
    for token, wanted in (("", {401, 403}), (site.token, {200, 404})):
        status, _ = ask(f"{site.target_url}/api/orders", token=token)
        failures += status not in wanted
        who = "with" if token else "without"
        say(f"{'✓' if status in wanted else '✗'} GET /api/orders {who} a token: {status}")
    site.pause()
    say(f"sanity: {4 - failures} passed, {failures} failed")
    if failures:
        raise ScriptError("the system is not sane")


def command(site: Site, arguments: list[str]) -> None:
    """Run the one breaker named."""
    match arguments:
        case ["demote", path]:
            demote(site, path)
        case ["freeze-surface"]:
            freeze(site)
        case ["is-frozen"]:
            is_frozen(site)
        case ["sanity-check"]:
            sanity(site)
        case _:
            raise WrongUseError(f"{_USAGE}; got {arguments}")


if __name__ == "__main__":
    sys.exit(run(command))
