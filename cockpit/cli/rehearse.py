"""`cockpit rehearse`: the packaged card in a world of its own, with a screen or without."""

import argparse

from cockpit.foundation.errors import CockpitError, UsageError
from cockpit.rehearsal.scenarios import CALM, scenario

FASTEST = 3600.0


def rehearse(options: argparse.Namespace) -> int:
    """Play the packaged card, and return its exit status.

    Raises UsageError if the speed is out of range or the scenario is unknown.
    """
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
