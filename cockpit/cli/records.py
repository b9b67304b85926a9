"""What is already in a journal: decide, runs, report, replay, verify."""

import argparse
import json
import sys
from pathlib import Path

from cockpit.card.load import load, loads
from cockpit.card.model import Card
from cockpit.card.pace import paced
from cockpit.card.plan import plan
from cockpit.cli.words import document, line, say_decision
from cockpit.decision import decide as decide_now
from cockpit.errors import CockpitError, UnmeasuredError, UsageError
from cockpit.journal.reading import verify as verified
from cockpit.report import markdown
from cockpit.runs import RunFolder, default_root, find
from cockpit.runs import runs as all_runs
from cockpit.state import State
from cockpit.words import tell


def root(options: argparse.Namespace) -> Path:
    """Give the folder in which runs are kept."""
    return Path(options.runs) if options.runs else default_root()


def named(options: argparse.Namespace, name: str) -> RunFolder:
    """Find a run by name, folder, or `last`."""
    if name != "last":
        return find(root(options), name)
    newest = all_runs(root(options))
    if not newest:
        raise UsageError(f"there is no run in {root(options)} yet")
    return newest[0]


def card_of(run: RunFolder, state: State) -> Card:
    """Give the card as it is run, at the run's pace."""
    card = loads(run.card.read_text(encoding="utf-8"), str(run.card))
    return paced(card, state.run.speed if state.run else 1.0)


def decide(options: argparse.Namespace) -> int:
    """Say the decision and its reasons; the exit status is the decision's."""
    run = _meant(options)
    state = run.state()
    planned = plan(card_of(run, state))
    decision = decide_now(planned, state)
    said = document(planned, state, decision)
    say_decision(decision, said, as_json=options.json)
    return state.ended.exit_status if state.ended else decision.word.exit_status


def _meant(options: argparse.Namespace) -> RunFolder:
    """Find the run that is meant: by its own name, or as the newest one of a card."""
    path = Path(options.what)
    if not (path.is_file() and path.suffix in (".yaml", ".yml")):
        return named(options, options.what)
    load(path)
    for run in all_runs(root(options)):
        state = run.state()
        if state.run and Path(state.run.card) == path.resolve():
            return run
    raise UnmeasuredError(f"HOLD: no run of {path} is in {root(options)}, nothing is known yet")


def runs(options: argparse.Namespace) -> int:
    """List the runs, newest first; one that cannot be read says why."""
    rows = [_row(run) for run in all_runs(root(options))]
    if options.json:
        print(json.dumps({"runs": rows}, ensure_ascii=False))
        return 0
    for row in rows:
        print("  ".join(str(value) for value in row.values() if value is not None))
    if not rows:
        print(f"no runs in {root(options)}", file=sys.stderr)
    return 0


def _row(run: RunFolder) -> dict[str, object]:
    try:
        state = run.state()
    except CockpitError as error:
        return {"run": run.id, "problem": str(error)}
    holder = run.holder()
    word = state.ended.word if state.ended else (state.decision.word if state.decision else "HOLD")
    return {
        "run": run.id,
        "began": state.started_at,
        "service": state.run.service if state.run else None,
        "state": "ended" if state.ended else "unfinished",
        "decision": word,
        "control": f"control {holder.name}" if holder else None,
    }


def report(options: argparse.Namespace) -> int:
    """Print the report, made from the journal now."""
    run = named(options, options.run)
    state = run.state()
    head = verified(run.journal).head
    print(markdown.render(card_of(run, state), tuple(run.entries()), head), end="")
    return 0


def replay(options: argparse.Namespace) -> int:
    """Print what happened, a line each; as JSON, the journal's own entries."""
    run = named(options, options.run)
    if options.json:
        with run.journal.open(encoding="utf-8") as lines:
            sys.stdout.writelines(row for row in lines if row.endswith("\n"))
        return 0
    planned = plan(card_of(run, run.state()))
    for entry in run.entries():
        if told := tell(entry, planned):
            print(line(entry, told))
    return 0


def verify(options: argparse.Namespace) -> int:
    """Check the hash chain; a bad line is named, and ends the command with status 1."""
    run = named(options, options.run)
    try:
        found = verified(run.journal)
    except CockpitError as error:
        if options.json:
            print(json.dumps({"run": run.id, "valid": False, "what": str(error)}))
        print(f"cockpit: {run.journal}: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"run": run.id, "valid": True, "lines": found.lines, "head": found.head}))
    else:
        torn = "; behind them the beginning of a line that was never finished" if found.torn else ""
        print(f"{run.id}: {found.lines} lines, the hash chain holds, head {found.head}{torn}")
    return 0
