"""`cockpit rehearse`: the packaged card in a world of its own, with a screen or without."""

import argparse
import json

from cockpit.foundation.errors import CockpitError, UsageError
from cockpit.rehearsal.scenarios import CALM, SCENARIOS, scenario

FASTEST = 3600.0
WHICH = "?"
"""As the name of a scenario it asks which there are."""


def rehearse(options: argparse.Namespace) -> int:
    """Play the packaged card and return its exit status, or list the scenarios and return 0.

    Raises UsageError if the speed is out of range or the scenario is unknown.
    """
    if options.scenario == WHICH:
        return _list_scenarios(as_json=options.json)
    if not 1 <= options.speed <= FASTEST:
        raise UsageError(f"--speed {options.speed:g} is out of range: use 1 to {FASTEST:g}")
    try:
        scenario(options.scenario or CALM.name)
    except CockpitError as error:
        raise UsageError(str(error)) from None
    if options.headless or options.json:
        from cockpit.cli.rehearsal_run import rehearse_headless  # noqa: PLC0415

        return rehearse_headless(options)
    from cockpit.cli.rehearsal_screen import rehearse_on_screen  # noqa: PLC0415

    return rehearse_on_screen(options)


def _list_scenarios(*, as_json: bool) -> int:
    """Print each scenario with the decision that it ends with, and what goes wrong in it."""
    if as_json:
        rows = [{"name": s.name, "ends": s.expected, "what": s.sentence} for s in SCENARIOS]
        print(json.dumps({"scenarios": rows}))
        return 0
    width = max(len(known.name) for known in SCENARIOS)
    for known in SCENARIOS:
        print(f"{known.name:<{width}}  {known.expected:<5}  {known.sentence}")
    return 0
