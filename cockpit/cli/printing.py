"""Output of headless commands: JSON on stdout, lines for people on stderr, both redacted."""

import argparse
import json
import shlex
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from checks.core.text import count_of
from cockpit.foundation.formatting import instant
from cockpit.journal import events as ev
from cockpit.journal.chain import Link
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


def news_line(entry: ev.JournalEntry, news: NewsLine) -> str:
    """Return one line of news."""
    return f"{instant(entry.at)} {GLYPHS[news.tone]} {news.text}"


def print_news(running: "OpenRun") -> None:
    """Print the run's news to stderr as it comes."""

    def say(_: State, entry: ev.JournalEntry) -> None:
        if news := describe_event(entry, running.engine.context.plan):
            print_aside(news_line(entry, news))

    running.session.subscribe(say)


def print_aside(message: str) -> None:
    """Print a line to stderr; a closed stderr is ignored, so that it cannot stop a run."""
    with suppress(OSError, ValueError):
        print(message, file=sys.stderr, flush=True)


def print_head(options: argparse.Namespace, run: str, head: Link | None) -> None:
    """Print the journal's head to stderr: noted elsewhere, it shows later what was cut off."""
    if head is not None:
        print_aside(f"journal: {count_of(head.seq, 'line')}, head {head.hash}")
        where = ["--runs", options.runs] if options.runs else []
        check = shlex.join(["cockpit", "verify", run, "--head", head.hash[:16], *where])
        print_aside(f"to check it later: {check}")


def resume_command(
    options: argparse.Namespace, run: str, *, rehearsal: bool, screen: bool = False
) -> str:
    """Return the command that resumes a run, quoted for a shell."""
    command = ["cockpit", "rehearse"] if rehearsal else ["cockpit", *([] if screen else ["run"])]
    if not screen:
        command.append("--headless" if rehearsal else "--yes")
    command += ["--resume", run]
    if options.runs:
        command += ["--runs", options.runs]
    return shlex.join(command)


def print_json(document: object) -> None:
    """Print a document on stdout in one line, escaped to ASCII unless stdout is UTF-8."""
    plain = (getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") != "utf8"
    print(json.dumps(document, ensure_ascii=plain), flush=True)


def print_decision(document: dict[str, Any], *, as_json: bool, which: str = "") -> None:
    """Print the decision on stdout: as JSON, or as the word, of which run, and its reasons."""
    if as_json:
        print_json(document)
        return
    print(f"{document['decision']}{which}")
    reasons = document["reasons"]
    for reason in reasons[:REASONS_SHOWN]:
        print(f"  {reason}")
    if (left := len(reasons) - REASONS_SHOWN) > 0:
        print(f"  and {left} more, mostly work still to do; --json prints them all")
    for caveat in document["caveats"]:
        print(f"  with: {caveat}")
