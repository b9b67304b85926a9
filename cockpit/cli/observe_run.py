"""Observing a run: a screen's source that reads the journal and gives no orders."""

import os

from cockpit.card.load_card import loads
from cockpit.control.observer import Observer
from cockpit.foundation.clock import SystemClock
from cockpit.runtime.environment import redactor_for
from cockpit.runtime.run_folder import RunFolder


def observe(folder: RunFolder) -> Observer:
    """Return an observer of the run in `folder`; raises CardError if its card cannot be read."""
    card = loads(folder.card_text(), str(folder.card))
    return Observer(folder, SystemClock(), redactor_for(card, os.environ))
