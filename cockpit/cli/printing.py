"""Output of headless commands: JSON on stdout, lines for people on stderr, both redacted."""

import argparse
import json
import shlex
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from cockpit.foundation.formatting import instant
from cockpit.journal import events as ev
from cockpit.projections.narration import NewsLine, NewsTone, describe_event
from cockpit.state import State

if TYPE_CHECKING:
    from cockpit.control.open_run import OpenRun

GLYPHS = {
    NewsTone.DONE: "✓",
    NewsTone.BEGUN: "►",
    NewsTone.ORDERED: "»",
    NewsTone.BAD: "×",
    NewsTone.TRIPPED: "■",
    NewsTone.CAUTION: "▲",
    NewsTone.UNKNOWN: "?",
    NewsTone.DOUBT: "!",
    NewsTone.WAIVED: "~",
    NewsTone.ARMED: "◆",
    NewsTone.NOTE: "·",
}
REASONS_SHOWN = 8


def line(entry: ev.JournalEntry, told: NewsLine) -> str:
    """Give one line of news."""
    return f"{instant(entry.at)} {GLYPHS[told.tone]} {told.text}"


def follow(running: "OpenRun") -> None:
    """Print each piece of news to stderr as it comes."""

    def say(_: State, entry: ev.JournalEntry) -> None:
        if told := describe_event(entry, running.engine.context.plan):
            aside(line(entry, told))

    running.session.subscribe(say)


def aside(words: str) -> None:
    """Print a line to stderr; that nobody reads it any more stops nothing that is going on."""
    with suppress(OSError, ValueError):
        print(words, file=sys.stderr, flush=True)


def going_on(
    options: argparse.Namespace, run: str, *, rehearsal: bool, screen: bool = False
) -> str:
    """Give the command that goes on with a run, as it can be typed."""
    words = ["cockpit", "rehearse"] if rehearsal else ["cockpit", *([] if screen else ["run"])]
    if not screen:
        words.append("--headless" if rehearsal else "--yes")
    words += ["--resume", run]
    if options.runs:
        words += ["--runs", options.runs]
    return shlex.join(words)


def say_json(document: object) -> None:
    """Print a document on stdout, in one line; as ASCII where the terminal knows nothing else."""
    plain = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") != "utf8"
    print(json.dumps(document, ensure_ascii=plain), flush=True)


def say_decision(document: dict[str, Any], *, as_json: bool) -> None:
    """Print the decision: a JSON document on stdout, or the word and its gravest reasons."""
    if as_json:
        say_json(document)
        return
    print(document["decision"])
    reasons = document["reasons"]
    for reason in reasons[:REASONS_SHOWN]:
        print(f"  {reason}")
    if (left := len(reasons) - REASONS_SHOWN) > 0:
        print(f"  and {left} more, mostly what is still to do: --json gives them all")
    for caveat in document["caveats"]:
        print(f"  with: {caveat}")
