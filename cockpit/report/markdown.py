"""The report in Markdown: what was decided and why, what was done, by whom, and its effects."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from checks.core.durations import format_duration
from checks.core.text import count_of
from cockpit.card.model.card import Card
from cockpit.card.model.plan import Plan, Planned, SectionKind, plan
from cockpit.foundation.errors import JournalError
from cockpit.foundation.formatting import instant, percent
from cockpit.foundation.own_files import write_regular
from cockpit.foundation.redaction import Redactor
from cockpit.journal import events as ev
from cockpit.journal.journal_reader import read
from cockpit.projections.decision import caveats, decide
from cockpit.projections.forecast import expected
from cockpit.projections.monitor_status import format_limit, format_value
from cockpit.projections.narration import describe_event
from cockpit.runtime.run_folder import RunFolder
from cockpit.state import MonitorStatus, State, fold

NAME = "report.md"


def write(card: Card, folder: RunFolder, redactor: Redactor) -> tuple[Path, str]:
    """Write the report of a run into its folder; return its path and its SHA-256.

    The journal contains no secrets; `redactor` is for the titles, which come from the card.
    """
    text = redactor.redact(render(card, *with_head(folder)))
    path = folder.path / NAME
    write_regular(path, text)
    return path, hashlib.sha256(text.encode()).hexdigest()


def with_head(folder: RunFolder) -> tuple[tuple[ev.JournalEntry, ...], str]:
    """Return a journal's entries and the hash of the last of them, which grows meanwhile."""
    lines = tuple(read(folder.journal))
    return tuple(map(ev.decode, lines)), lines[-1].hash if lines else ""


def render(card: Card, entries: Sequence[ev.JournalEntry], head: str) -> str:
    """Render the report of `entries`; `head` is the hash of the journal's last line.

    Raises JournalError if the journal does not begin with the start of a run.
    """
    state, planned = fold(entries), plan(card)
    if state.run is None:
        raise JournalError("the journal has no run yet: there is nothing to report")
    lines = [
        *_head(state, state.run),
        *_decision(planned, state),
        *_steps(planned, state),
        *_measured(planned, state),
        *_monitors(planned, state),
        *_people(planned, entries),
        *_faults(planned, entries),
        *_events(planned, entries),
        f"Journal: {count_of(entries[-1].seq if entries else 0, 'line')}, head `{head}`.",
    ]
    return "\n".join(lines) + "\n"


def _head(state: State, run: ev.RunStarted) -> Iterator[str]:
    kind = "Rehearsal" if run.rehearsal else "Cutover"
    yield f"# {kind} of {_text(run.service)} {_text(run.stable)} → {_text(run.canary)}"
    yield ""
    if run.rehearsal:
        yield "**A rehearsal: it touched nothing real.**"
        yield ""
    yield f"- run {run.run}, environment {run.environment}"
    yield f"- card {_text(run.card)}, sha256 `{run.card_sha256}`"
    total = format_duration(state.now_s)
    yield f"- began {state.started_at}, last entry {state.last_at}, {total} in all"
    yield f"- window {run.opens} to {run.closes}"
    yield ""


def _decision(planned: Plan, state: State) -> Iterator[str]:
    decision = decide(planned, state)
    word = state.ended.word if state.ended else decision.word
    yield f"## Decision: {word}"
    yield ""
    reasons = state.ended.reasons if state.ended else tuple(r.text for r in decision.reasons)
    yield from (f"- {_text(reason)}" for reason in reasons)
    if not reasons:
        yield "- every check passed or was waived, every phase ended, every monitor is ok"
    yield from (f"- with: {_text(caveat)}" for caveat in caveats(planned, state))
    yield ""


def _steps(planned: Plan, state: State) -> Iterator[str]:
    for section in planned.sections():
        begun = any(item.id in state.steps for item in section.items)
        if not begun and section.kind is SectionKind.ROLLBACK:
            continue
        yield f"## {_text(section.title)}"
        yield ""
        yield "| step | state | evidence | took | by |"
        yield "|---|---|---|---|---|"
        yield from (_row(item, state) for item in section.items)
        yield ""


def _row(item: Planned, state: State) -> str:
    step = state.steps.get(item.id)
    if step is None:
        return f"| {_text(item.title)} | to do | | | |"
    took = "" if step.ended_s is None else format_duration(step.ended_s - step.started_s)
    again = f", try {step.attempt}" if step.attempt > 1 else ""
    cells = (item.title, f"{step.status}{again}", step.evidence, took, step.by)
    return "| " + " | ".join(map(_text, cells)) + " |"


def _measured(planned: Plan, state: State) -> Iterator[str]:
    """List what checks have measured, in base units, and the forecasts that use it."""
    done = [(item, state.steps[item.id]) for item in planned.all() if item.id in state.steps]
    rows = [(item.title, _figures(step.figures)) for item, step in done if step.figures]
    if not rows:
        return
    yield "## Measured"
    yield ""
    yield "| check | figures |"
    yield "|---|---|"
    yield from (f"| {_text(name)} | {_text(figures)} |" for name, figures in rows)
    yield ""
    for item in planned.all():
        duration = expected(item.step, state)
        if duration.measured:
            seconds, name = format_duration(duration.seconds), _text(item.title)
            yield f"- the forecast uses {seconds} for {name}, as measured"
    yield ""


def _figures(figures: Mapping[str, float]) -> str:
    """Format figures, each with no more digits than were measured.

    >>> _figures({"bytes": 9032841216.0, "dump_s": 12.34567})
    'bytes 9,032,841,216, dump_s 12.35'
    """
    return ", ".join(
        f"{name} {value:,.0f}" if abs(value) >= 1000 else f"{name} {value:.4g}"
        for name, value in figures.items()
    )


def _monitors(planned: Plan, state: State) -> Iterator[str]:
    yield "## Monitors"
    yield ""
    yield "| monitor | state | value | limit | samples |"
    yield "|---|---|---|---|---|"
    for monitor in planned.monitors:
        view = state.monitors.get(monitor.monitor)
        limit = format_limit(monitor)
        window = f" for {format_duration(monitor.sustained)}" if monitor.sustained else ""
        shown = (
            (view.state, format_value(monitor, view.value), view.samples)
            if view
            else (MonitorStatus.BLIND, "", 0)
        )
        cells = (monitor.title or monitor.monitor, *shown[:2], f"{limit}{window}", shown[2])
        yield "| " + " | ".join(_text(str(cell)) for cell in cells) + " |"
    traffic = state.traffic
    if traffic.seen is not None:
        yield ""
        counted = f"{traffic.canary:,} of {count_of(traffic.total, 'request')}"
        seen = f"seen {percent(traffic.seen)} ({counted})"
        yield f"Canary traffic: ordered {percent(traffic.ordered)}, {seen}."
    yield ""


def _people(planned: Plan, entries: Sequence[ev.JournalEntry]) -> Iterator[str]:
    """List everything for which a person took responsibility."""
    events = ev.Waived | ev.MarkedDone | ev.CardAccepted | ev.WindowWaived
    news = [describe_event(entry, planned) for entry in entries if isinstance(entry.event, events)]
    if any(news):
        yield "## Waived and vouched for"
        yield ""
        yield from (f"- {_text(line.text)}" for line in news if line)
        yield ""


def _faults(planned: Plan, entries: Sequence[ev.JournalEntry]) -> Iterator[str]:
    """List the faults that a rehearsal injected: what it met was made so on purpose."""
    injected = [entry for entry in entries if isinstance(entry.event, ev.FaultInjected)]
    if injected:
        yield "## Faults injected in this rehearsal"
        yield ""
        for entry in injected:
            if line := describe_event(entry, planned):
                yield f"- {instant(entry.at)} {_text(line.text)}"
        yield ""


def _events(planned: Plan, entries: Sequence[ev.JournalEntry]) -> Iterator[str]:
    yield "## What happened"
    yield ""
    for entry in entries:
        if line := describe_event(entry, planned):
            # The screen has a glyph for it; without one, a title alone would read as done.
            began = " began" if isinstance(entry.event, ev.StepStarted) else ""
            yield f"- {instant(entry.at)} {_text(line.text)}{began}"
    yield ""


def _text(text: str) -> str:
    """Escape the Markdown and HTML in foreign text."""
    for mark in "\\`*_|<>[]~#&$":
        text = text.replace(mark, "\\" + mark)
    return "\\" + text if text[:1] in ("-", "+", "=") else text
