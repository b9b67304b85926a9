"""`cockpit runs`: the list of runs, newest first."""

import argparse
import sys

from cockpit.cli.find_run import root
from cockpit.cli.printing import print_json
from cockpit.foundation.errors import CockpitError
from cockpit.runtime.run_folder import RunFolder
from cockpit.runtime.run_folder import runs as all_runs


def runs(options: argparse.Namespace) -> int:
    """Print the runs, newest first; for a run that cannot be read, why. Returns 0."""
    rows = [_row(run) for run in all_runs(root(options))]
    if options.json:
        print_json({"runs": rows})
        return 0
    columns = ("run", "began", "service", "state", "decision", "control", "moved")
    cells = [[str(row.get(name) or "") for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row, texts in zip(rows, cells, strict=True):
        text_row = "  ".join(f"{text:<{width}}" for text, width in zip(texts, widths, strict=True))
        print(f"{row['run']}  {row['problem']}" if "problem" in row else text_row.rstrip())
    if not rows:
        print(f"no runs in {root(options)}", file=sys.stderr)
    return 0


def _row(run: RunFolder) -> dict[str, object]:
    try:
        state, holder = run.state(), run.holder()
    except (CockpitError, OSError) as error:
        return {"run": run.id, "problem": str(error)}
    word = state.decision.word if state.decision else "HOLD"
    if state.ended and state.rollback is None:
        word = state.ended.word
    return {
        "run": run.id,
        "began": state.started_at[:19] + "Z",
        "service": state.run.service if state.run else None,
        "environment": state.run.environment if state.run else None,
        "state": "ended" if state.ended else "unfinished",
        "decision": word,
        "control": f"control {holder.name}" if holder else None,
        "moved": f"moved from {moved}" if (moved := run.moved_from(state)) else None,
    }
