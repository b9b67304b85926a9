"""What headless commands say: JSON on stdout, lines for people on stderr; both clean and masked."""

import json
import sys
from typing import Any

from cockpit.card.plan import Plan
from cockpit.decision import Decision
from cockpit.journal import events as ev
from cockpit.run import Running
from cockpit.state import State
from cockpit.units import instant
from cockpit.words import Told, Tone, tell

GLYPHS = {
    Tone.DONE: "✓",
    Tone.BEGUN: "►",
    Tone.ORDERED: "»",
    Tone.BAD: "×",
    Tone.TRIPPED: "■",
    Tone.CAUTION: "▲",
    Tone.UNKNOWN: "?",
    Tone.DOUBT: "!",
    Tone.WAIVED: "~",
    Tone.ARMED: "◆",
    Tone.NOTE: "·",
}


def line(entry: ev.Entry, told: Told) -> str:
    """Give one line of news."""
    return f"{instant(entry.at)} {GLYPHS[told.tone]} {told.text}"


def follow(running: Running) -> None:
    """Print each piece of news to stderr as it comes."""

    def say(_: State, entry: ev.Entry) -> None:
        if told := tell(entry, running.engine.context.plan):
            print(line(entry, told), file=sys.stderr, flush=True)

    running.session.subscribe(say)


def document(plan: Plan, state: State, decision: Decision) -> dict[str, Any]:
    """Give what a run came to, for programs."""
    run = state.run
    word = state.ended.word if state.ended else decision.word.value
    reasons = state.ended.reasons if state.ended else tuple(r.text for r in decision.reasons)
    return {
        "decision": word,
        "reasons": list(reasons),
        "run": run.run if run else None,
        "service": run.service if run else None,
        "environment": run.environment if run else None,
        "scenario": run.scenario if run else None,
        "ended": state.ended is not None,
        "report": state.report.path if state.report else None,
        "traffic": {"ordered": state.traffic.ordered, "seen": state.traffic.seen},
        "steps": {
            item.id: {
                "title": item.title,
                "status": step.status.value,
                "attempt": step.attempt,
                "evidence": step.evidence,
                "by": step.by,
            }
            for item in plan.all()
            if (step := state.steps.get(item.id))
        },
        "monitors": {
            name: {
                "state": view.state,
                "value": view.value,
                "samples": view.samples,
                "note": view.note,
            }
            for name, view in state.monitors.items()
        },
    }


def say_decision(decision: Decision, document: dict[str, Any], *, as_json: bool) -> None:
    """Print the decision: a JSON document on stdout, or the word and its reasons."""
    if as_json:
        print(json.dumps(document, ensure_ascii=False), flush=True)
        return
    print(document["decision"])
    for reason in document["reasons"]:
        print(f"  {reason}")
