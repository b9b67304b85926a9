"""`node scripts/emergency-breakers.mjs demote PATH | freeze-surface | is-frozen | sanity-check`."""

import sys

from checks.core.text import count_of
from cockpit.rehearsal.scripts.script_context import (
    ScriptContext,
    ScriptError,
    WrongUseError,
    check_health,
    print_line,
    put,
    request,
    run,
)
from cockpit.rehearsal.service.api_operations import CANARY_VERSION, OPERATIONS, STABLE_VERSION

_USAGE = "usage: emergency-breakers.mjs demote PATH | freeze-surface | is-frozen | sanity-check"


def demote(context: ScriptContext, path: str) -> None:
    """Close one path to all clients."""
    paths = {operation.path for operation in OPERATIONS}
    if path not in paths:
        raise WrongUseError(f"{path!r} is not a path of the API; the paths are {sorted(paths)}")
    context.log_effect("emergency-breakers", "demote", path)
    put(f"{context.admin_url}/demote", {"path": path})
    print_line(f"{path} demoted")


def freeze(context: ScriptContext) -> None:
    """Close every operation that is not public."""
    context.log_effect("emergency-breakers", "freeze-surface")
    surface = put(f"{context.admin_url}/freeze", {"frozen": True})["surface"]
    stays = count_of(len(surface), "operation stays", "operations stay")
    print_line(f"surface frozen: {stays} open")


def is_frozen(context: ScriptContext) -> None:
    """Print `frozen` if the public port refuses an internal operation; else raises ScriptError."""
    status, _ = request(f"{context.target_url}/internal/jobs", token=context.token)
    if status != 404:
        raise ScriptError(f"the surface is open: GET /internal/jobs answers {status}, not 404")
    print_line("frozen")


def check_sanity(context: ScriptContext) -> None:
    """Check both versions, the public port and the authentication, and change nothing."""
    failures = 0
    for url, version in (
        (context.stable_url, STABLE_VERSION),
        (context.canary_url, CANARY_VERSION),
    ):
        try:
            print_line(f"✓ {check_health(url, version)}")
        except ScriptError as error:
            failures += 1
            print_line(f"✗ {error}")
    for token, expected in (("", {401, 403}), (context.token, {200, 404})):
        status, _ = request(f"{context.target_url}/api/orders", token=token)
        failures += status not in expected
        preposition = "with" if token else "without"
        mark = "✓" if status in expected else "✗"
        print_line(f"{mark} GET /api/orders {preposition} a token: {status}")
    context.pause()
    print_line(f"sanity: {4 - failures} passed, {failures} failed")
    if failures:
        raise ScriptError("the system is not sane")


def command(context: ScriptContext, arguments: list[str]) -> None:
    """Run the breaker that the arguments name; raises WrongUseError if there is none."""
    match arguments:
        case ["demote", path]:
            demote(context, path)
        case ["freeze-surface"]:
            freeze(context)
        case ["is-frozen"]:
            is_frozen(context)
        case ["sanity-check"]:
            check_sanity(context)
        case _:
            raise WrongUseError(f"{_USAGE}; got {arguments}")


if __name__ == "__main__":
    sys.exit(run(command))
