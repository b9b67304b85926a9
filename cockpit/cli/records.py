"""What is already in a journal: decide, runs, report, replay, verify."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from cockpit.card.load_card import load, loads
from cockpit.card.model.card import Card
from cockpit.card.model.pace import paced
from cockpit.card.model.plan import plan
from cockpit.cli.printing import document, line, say_decision, say_json
from cockpit.foundation.clock import SystemClock
from cockpit.foundation.errors import CockpitError, UnmeasuredError, UsageError
from cockpit.journal.journal_reader import read
from cockpit.journal.journal_reader import verify as verified
from cockpit.projections.decision import decide as decide_now
from cockpit.projections.narration import describe_event
from cockpit.report import markdown
from cockpit.runtime.run_folder import BEGINNING, RunFolder, default_root, find
from cockpit.runtime.run_folder import runs as all_runs
from cockpit.state import State


def root(options: argparse.Namespace) -> Path:
    """Give the folder in which runs are kept."""
    return Path(options.runs) if options.runs else default_root()


def named(options: argparse.Namespace, name: str, *, begun: bool = True) -> RunFolder:
    """Find a run by name, folder, or `last`; `begun` wants one whose journal has begun.

    Raises UsageError when there is none, UnmeasuredError for one that never began.
    """
    if name != "last":
        found = find(root(options), name)
        if begun and not (found.journal.exists() and found.journal.stat().st_size):
            raise UnmeasuredError(f"run {found.id} never began: its journal is empty")
        return found
    newest = _newest(root(options), begun=begun)
    if newest is None:
        raise UsageError(f"there is no run in {root(options)} yet")
    return newest


def _newest(runs: Path, *, begun: bool) -> RunFolder | None:
    found = list(all_runs(runs)[:1])
    if not begun and runs.is_dir():
        made = (RunFolder(path) for path in runs.iterdir() if (path / BEGINNING).is_file())
        found += [run for run in made if not run.journal.exists()]
    return max(found, key=_age_ns, default=None)


def _age_ns(run: RunFolder) -> int:
    path = run.journal if run.journal.exists() else run.path / BEGINNING
    return path.stat().st_ctime_ns


def newest_of(runs: Path, card: Path) -> RunFolder | None:
    """Give a card's newest run; a broken journal of another card's run is in nobody's way."""
    for run in all_runs(runs):
        began = run.began()
        if began and not began.rehearsal and began.card == str(card.resolve()):
            return run
    return None


def card_of(run: RunFolder, state: State) -> Card:
    """Give the card as it is run, at the run's pace."""
    card = loads(run.card.read_text(encoding="utf-8"), str(run.card))
    return paced(card, state.run.speed if state.run else 1.0)


def decide(options: argparse.Namespace) -> int:
    """Say the decision and its reasons; the exit status is the decision's."""
    return _decided(options, _meant(options))


def decide_ended(options: argparse.Namespace, run: RunFolder) -> int:
    """Say once more how a run ended: there is nothing left to go on with."""
    print(f"run {run.id} has ended: this is its decision", file=sys.stderr)
    return _decided(options, run)


def _decided(options: argparse.Namespace, run: RunFolder) -> int:
    state = run.state()
    planned = plan(card_of(run, state))
    said = document(planned, state, decide_now(planned, state, now_s(state)))
    say_decision(said, as_json=options.json)
    status: int = said["exit_status"]
    return status


def now_s(state: State) -> float:
    """Give the present run second: what a monitor showed some time ago it does not show now."""
    from cockpit.runtime.environment import boot_id  # noqa: PLC0415 - it brings HTTP along, which no list needs

    if state.boot == boot_id():
        return SystemClock().monotonic() + state.offset_s
    if not state.last_at:
        return state.now_s
    gap_s = (SystemClock().utc() - datetime.fromisoformat(state.last_at)).total_seconds()
    return state.now_s + max(0.0, gap_s)


def _meant(options: argparse.Namespace) -> RunFolder:
    """Find the run that is meant: by its own name, or as the newest one of a card."""
    path = Path(options.what)
    if path.suffix not in (".yaml", ".yml"):
        return named(options, options.what)
    load(path)
    if found := newest_of(root(options), path):
        return found
    raise UnmeasuredError(f"HOLD: no run of {path} is in {root(options)}, nothing is known yet")


def runs(options: argparse.Namespace) -> int:
    """List the runs, newest first; one that cannot be read says why."""
    rows = [_row(run) for run in all_runs(root(options))]
    if options.json:
        say_json({"runs": rows})
        return 0
    columns = ("run", "began", "service", "state", "decision", "control")
    cells = [[str(row.get(name) or "") for name in columns] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row, texts in zip(rows, cells, strict=True):
        told = "  ".join(f"{text:<{width}}" for text, width in zip(texts, widths, strict=True))
        print(f"{row['run']}  {row['problem']}" if "problem" in row else told.rstrip())
    if not rows:
        print(f"no runs in {root(options)}", file=sys.stderr)
    return 0


def _row(run: RunFolder) -> dict[str, object]:
    try:
        state = run.state()
    except (CockpitError, OSError) as error:
        return {"run": run.id, "problem": str(error)}
    holder = run.holder()
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
    }


def report(options: argparse.Namespace) -> int:
    """Print the report, made from the journal now; as JSON, beside what it came to."""
    run = named(options, options.run)
    state = run.state()
    card = card_of(run, state)
    text = markdown.render(card, tuple(run.entries()), verified(run.journal).head)
    if options.json:
        planned = plan(card)
        said = document(planned, state, decide_now(planned, state, now_s(state)))
        say_json({**said, "markdown": text})
    else:
        print(text, end="")
    return 0


def replay(options: argparse.Namespace) -> int:
    """Print what happened, a line each; as JSON, the journal's own entries.

    Ends with status 3 at a line that is not as it was written; what stands before it is printed.
    """
    run = named(options, options.run)
    if options.json:
        with run.journal.open(encoding="utf-8") as lines:
            for _, row in zip(read(run.journal), lines, strict=False):
                sys.stdout.write(row)
        return 0
    planned = plan(loads(run.card.read_text(encoding="utf-8"), str(run.card)))
    for entry in run.entries():
        if told := describe_event(entry, planned):
            print(line(entry, told))
    return 0


def verify(options: argparse.Namespace) -> int:
    """Check the hash chain; a bad line is named, and ends the command with status 1."""
    run = named(options, options.run)
    try:
        found = verified(run.journal)
    except CockpitError as error:
        if options.json:
            number = getattr(error, "line_number", None)
            say_json({"run": run.id, "valid": False, "line": number, "what": str(error)})
        print(f"cockpit: {run.journal}: {error}", file=sys.stderr)
        return 1
    if options.json:
        said = {"run": run.id, "valid": True, "lines": found.lines, "head": found.head}
        say_json({**said, "torn": found.torn})
    else:
        torn = "; behind them the beginning of a line that was never finished" if found.torn else ""
        print(f"{run.id}: {found.lines} lines, the hash chain holds, head {found.head}{torn}")
    return 0
