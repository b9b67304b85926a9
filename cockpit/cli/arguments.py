"""The arguments of the commands; each function adds its own to a parser."""

import argparse

DEFAULT_CARD = "golive.yaml"
SCENARIO_HELP = (
    "the fault to inject: latency-at-canary, errors-at-canary, metrics-gone, hung-target,"
    " failing-step, and more; '?' lists them all"
)
Parser = argparse.ArgumentParser


def card(parser: Parser) -> None:
    """Add the card, which has a default."""
    text = f"the card (default {DEFAULT_CARD})"
    parser.add_argument("card", metavar="CARD", nargs="?", default=DEFAULT_CARD, help=text)


def required_card(parser: Parser) -> None:
    """Add the card where more arguments follow it, so that it cannot be left out."""
    parser.add_argument("card", metavar="CARD", help="the card")


def run(parser: Parser) -> None:
    """Add a run."""
    parser.add_argument("run", metavar="RUN", help="the run's name, its folder, or `last`")


def card_or_run(parser: Parser) -> None:
    """Add a card or a run."""
    parser.add_argument("what", metavar="CARD|RUN", help="a card (its newest run) or a run")


def json(parser: Parser) -> None:
    """Add `--json` for one document."""
    text = "print one JSON document on stdout and everything else on stderr"
    parser.add_argument("--json", action="store_true", help=text)


def json_anyway(parser: Parser) -> None:
    """Add `--json` where the output is one document without it as well."""
    parser.add_argument(
        "--json", action="store_true", help="the output is one JSON document anyway"
    )


def json_lines(parser: Parser) -> None:
    """Add `--json` for the journal's entries."""
    text = "print the journal's own entries, one JSON object per line"
    parser.add_argument("--json", action="store_true", help=text)


def runs(parser: Parser) -> None:
    """Add the folder of the runs."""
    text = "the folder that holds the runs (default: under your state directory)"
    parser.add_argument("--runs", metavar="DIR", help=text)


def operator(parser: Parser) -> None:
    """Add the operator's name."""
    text = "who gives the orders (default: your login name)"
    parser.add_argument("--as", dest="operator", metavar="NAME", help=text)


def resume(parser: Parser) -> None:
    """Add the run to resume."""
    text = "resume this run where it stopped (`last` for the newest)"
    parser.add_argument("--resume", metavar="RUN", help=text)


def accept_card(parser: Parser) -> None:
    """Add who accepts an edited card."""
    text = "go on although the run's card was edited after it began, in this person's name"
    parser.add_argument("--accept-card", metavar="NAME", help=text)


def answer(parser: Parser) -> None:
    """Add answers to confirm steps."""
    text = "a named person's confirmation of a confirm step; may be repeated"
    parser.add_argument("--answer", metavar="ID=NAME", action="append", default=[], help=text)


def outside_window(parser: Parser) -> None:
    """Add who lets steps act outside the window, and why."""
    text = "let steps act before the window opens or after it closes, in this person's name"
    parser.add_argument("--outside-window", metavar=("NAME", "REASON"), nargs=2, help=text)


def head(parser: Parser) -> None:
    """Add the head that was noted elsewhere."""
    text = "the head that the report or the terminal noted, or its first 12 characters or more"
    parser.add_argument("--head", metavar="HASH", type=_hash, help=text)


def _hash(text: str) -> str:
    """Return the beginning of a hash; raises ArgumentTypeError for anything else."""
    if not 12 <= len(text) <= 64 or set(text.lower()) - set("0123456789abcdef"):
        raise argparse.ArgumentTypeError(f"{text!r} is no head: 12 to 64 of the digits 0-9, a-f")
    return text


def only(parser: Parser) -> None:
    """Add the checks to run."""
    text = (
        "run only this check, which may be any of the card; the end of its id is enough where no"
        " other ends so: `secrets` for `preflight.secrets`; may be repeated"
    )
    parser.add_argument("--only", metavar="ID", action="append", default=[], help=text)


def public(parser: Parser) -> None:
    """Add the number of public operations."""
    text = "the number of public operations, instead of the card's"
    parser.add_argument("--public", metavar="N", type=int, help=text)


def phases(parser: Parser) -> None:
    """Add the last phase to run, and the consent to change the target."""
    parser.add_argument("--phase", metavar="P", help="stop after this phase, for example T-10")
    parser.add_argument("--yes", action="store_true", help="required: a run changes the target")


def rehearsal(parser: Parser) -> None:
    """Add how to play a rehearsal."""
    text = "play without a screen and answer the confirm steps automatically"
    parser.add_argument("--headless", action="store_true", help=text)
    text = "divide all waits by N (1 to 3600, default 1)"
    parser.add_argument("--speed", metavar="N", type=float, default=1.0, help=text)
    parser.add_argument("--scenario", metavar="NAME", help=SCENARIO_HELP)


def breaker(parser: Parser) -> None:
    """Add a breaker and what it takes."""
    parser.add_argument("name", metavar="NAME", help="the breaker's name in the card")
    text = "its argument, if the breaker takes one"
    parser.add_argument("argument", metavar="ARG", nargs="?", default="", help=text)


def plan(parser: Parser) -> None:
    """Add a rollback plan."""
    choices = ("traffic", "application", "database", "all")
    parser.add_argument("plan", metavar="PLAN", choices=choices, help=", ".join(choices))


def consent(parser: Parser) -> None:
    """Add what `cockpit run` takes as well, and the order that only tells."""
    text = "accepted as by `cockpit run`; an emergency order needs no more than itself"
    parser.add_argument("--yes", action="store_true", help=text)
    text = "roll back though no run of the card has left anything changed"
    parser.add_argument("--anyway", action="store_true", help=text)
    text = "print what would be sent and how it would be verified, and send nothing"
    parser.add_argument("--dry-run", action="store_true", help=text)


def run_now(parser: Parser) -> None:
    """Add `--run`."""
    text = "run the checks now; for a run, as orders that its journal records"
    parser.add_argument("--run", dest="run_now", action="store_true", help=text)


def items_done(parser: Parser) -> None:
    """Add what of the drumbeat is to be recorded."""
    text = "record that this item is done: run its check, or take the word of --as NAME"
    parser.add_argument("--done", metavar="ID", action="append", default=[], help=text)
    text = "run every check of the drumbeat now and record the results"
    parser.add_argument("--run", dest="run_now", action="store_true", help=text)


def new(parser: Parser) -> None:
    """Add `--new`."""
    text = "begin a new run even if one of this card is unfinished"
    parser.add_argument("--new", action="store_true", help=text)
