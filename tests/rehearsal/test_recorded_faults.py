"""The faults of a rehearsal stand in its journal and its report."""

from pathlib import Path

import pytest

from cockpit.cli.rehearsal_run import switch_fault
from cockpit.control.open_run import opened
from cockpit.journal import events as ev
from cockpit.rehearsal.host.client import RehearsalWorld
from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError
from cockpit.report import markdown
from tests.control.test_open_run import GATE, folder, opening
from tests.engine.kit import card


@pytest.mark.law(10)
async def test_a_fault_stands_in_the_record_before_it_is_injected(tmp_path: Path) -> None:
    """Law 10: so does that the world did not take it, here because there is none."""
    run = folder(tmp_path, card(preflight=[GATE]), rehearsal=True)
    world = RehearsalWorld(tmp_path, {"ADMIN_URL": "http://127.0.0.1:9"})
    async with opened(opening(run), run.beginning()) as running:
        with pytest.raises(RehearsalError, match="PUT http"):
            await switch_fault(running, world, "metrics-gone", True)
        entries = tuple(run.entries())
        report = markdown.render(running.engine.context.card, entries, "")
    fault, note = (e for e in entries if isinstance(e.event, ev.FaultInjected | ev.Noted))
    assert fault.event == ev.FaultInjected(fault="metrics-gone", on=True)
    assert (fault.by, note.by) == ("alice", "the cockpit")
    assert isinstance(note.event, ev.Noted)
    assert note.event.text.startswith("fault metrics-gone was not switched")
    listed = report.partition("## Faults injected in this rehearsal")[2].splitlines()[2]
    assert listed.endswith("fault metrics-gone injected by alice")
