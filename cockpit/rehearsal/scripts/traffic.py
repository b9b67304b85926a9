"""`scripts/traffic.sh --canary PERCENT`: set the canary's share of the traffic."""

import math
import sys

from cockpit.rehearsal.scripts.script_context import (
    ScriptContext,
    WrongUseError,
    print_line,
    put,
    run,
)


def _percent(text: str) -> float:
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not 0.0 <= value <= 100.0:
        raise WrongUseError(f"--canary takes 0 to 100 percent, not {text!r}")
    return value


def command(context: ScriptContext, arguments: list[str]) -> None:
    """Set the canary's share and print the shares of both versions."""
    if len(arguments) != 2 or arguments[0] != "--canary":
        raise WrongUseError(f"usage: traffic.sh --canary PERCENT; got {arguments}")
    percent = _percent(arguments[1])
    context.log_effect("traffic", "--canary", f"{percent:g}")
    state = put(f"{context.admin_url}/weight", {"canary": percent})
    print_line(f"canary {state['canary']:g} %, stable {state['stable']:g} %")


if __name__ == "__main__":
    sys.exit(run(command))
