"""What can be typed; each command is imported only when it is the one."""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module

DEFAULT_CARD = "golive.yaml"
OPEN = "open"
SCENARIO_HELP = (
    "what goes wrong: latency-at-canary, errors-at-canary, metrics-gone, hung-target, failing-step"
)
EXITS = (
    "exit status: 0 GO or passed · 1 NO-GO or failed · 2 usage or bad card · 3 unknown, in doubt or"
    " not measured · 4 another operator is in control · 130 interrupted"
)
Parser = argparse.ArgumentParser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ends the program with status 2 for one that is wrong."""
    parser, names = _parser()
    words = list(arguments)
    if not words or words[0] not in {*names, "-h", "--help", "--version"}:
        words = [OPEN, *words]
    return parser.parse_args(words)


def _parser() -> tuple[Parser, tuple[str, ...]]:
    parser = Parser(
        prog="cockpit",
        description="A terminal cockpit for a production cutover. `cockpit [CARD]` opens it"
        f" on a card (default {DEFAULT_CARD}).",
        epilog=EXITS,
    )
    parser.add_argument("--version", action="version", version=_Version())
    commands = parser.add_subparsers(metavar="COMMAND", required=True, title="commands")
    for name, (help_text, arguments) in COMMANDS.items():
        command = commands.add_parser(name, help=help_text, description=help_text, epilog=EXITS)
        module, function = TARGETS[name]
        command.set_defaults(command=_lazy(module, function))
        for add in arguments:
            add(command)
    return parser, tuple(COMMANDS)


class _Version(str):
    """The version, looked up only when it is printed."""

    __slots__ = ()

    def __mod__(self, _: object) -> str:
        from importlib.metadata import version  # noqa: PLC0415

        return f"cockpit {version('cockpit')}"


def _lazy(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    def command(options: argparse.Namespace) -> int:
        status: int = getattr(import_module(f"cockpit.cli.{module}"), function)(options)
        return status

    return command


def _card(parser: Parser) -> None:
    text = f"the card (default {DEFAULT_CARD})"
    parser.add_argument("card", metavar="CARD", nargs="?", default=DEFAULT_CARD, help=text)


def _card_needed(parser: Parser) -> None:
    parser.add_argument("card", metavar="CARD", help="the card")


def _json(parser: Parser) -> None:
    text = "one JSON document on stdout, all else on stderr"
    parser.add_argument("--json", action="store_true", help=text)


def _runs(parser: Parser) -> None:
    parser.add_argument("--runs", metavar="DIR", help="where runs are kept")


def _name(parser: Parser) -> None:
    text = "who gives the orders (default: the login name)"
    parser.add_argument("--as", dest="operator", metavar="NAME", help=text)


def _resume(parser: Parser) -> None:
    text = "go on with this run where it stood (`last` for the newest)"
    parser.add_argument("--resume", metavar="RUN", help=text)


def _answers(parser: Parser) -> None:
    text = "the word of a named person for a confirm step; may be given again"
    parser.add_argument("--answer", metavar="ID=NAME", action="append", default=[], help=text)


def _only(parser: Parser) -> None:
    text = "this check alone; may be given again, and may name any check of the card"
    parser.add_argument("--only", metavar="ID", action="append", default=[], help=text)


def _flight(parser: Parser) -> None:
    parser.add_argument("--phase", metavar="P", help="end after this phase, as T-10")
    parser.add_argument("--yes", action="store_true", help="needed: this changes the target")


def _rehearsal(parser: Parser) -> None:
    text = "play without a screen, and answer the confirm steps by itself"
    parser.add_argument("--headless", action="store_true", help=text)
    text = "its waits are shortened so many times (1 to 3600, default 1)"
    parser.add_argument("--speed", metavar="N", type=float, default=1.0, help=text)
    parser.add_argument("--scenario", metavar="NAME", help=SCENARIO_HELP)


def _breaker(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", help="the breaker, as in the card")
    parser.add_argument("argument", metavar="ARG", nargs="?", default="", help="what it takes")


def _plan(parser: Parser) -> None:
    choices = ("traffic", "application", "database", "all")
    parser.add_argument("plan", metavar="PLAN", choices=choices, help=", ".join(choices))


def _run(parser: Parser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's name, its folder, or `last`")


def _card_or_run(parser: Parser) -> None:
    parser.add_argument("what", metavar="CARD|RUN", help="a card (its newest run) or a run")


def _new(parser: Parser) -> None:
    text = "begin a new run even if one of this card is unfinished"
    parser.add_argument("--new", action="store_true", help=text)


_GIVES_ORDERS = (_runs, _name, _json)
COMMANDS: dict[str, tuple[str, tuple[Callable[[Parser], None], ...]]] = {
    OPEN: ("the cockpit on a card", (_card, _runs, _name, _resume, _new)),
    "rehearse": (
        "the whole card against an embedded service and a real PostgreSQL",
        (_rehearsal, _resume, *_GIVES_ORDERS),
    ),
    "init": ("write a card to begin with", (_card,)),
    "validate": ("read the card, touch nothing", (_card, _json)),
    "check": ("the preflight checks, headless", (_card, _only, _json)),
    "run": (
        "the phases, headless",
        (_card, _flight, _answers, _resume, *_GIVES_ORDERS),
    ),
    "breaker": ("one breaker, headless", (_card_needed, _breaker, _resume, *_GIVES_ORDERS)),
    "rollback": ("one rollback plan, headless", (_card_needed, _plan, _resume, *_GIVES_ORDERS)),
    "decide": ("the decision and its reasons", (_card_or_run, _runs, _json)),
    "runs": ("list the runs", (_runs, _json)),
    "report": ("the report of a run, from its journal", (_run, _runs)),
    "replay": ("what happened in a run, a line each", (_run, _runs, _json)),
    "watch": ("the cockpit's screen of a run, without control", (_run, _runs)),
    "verify": ("check a journal's hash chain", (_run, _runs, _json)),
    "schema": ("the card's JSON Schema, for editors", ()),
}
TARGETS = {
    OPEN: ("screen", "open_card"),
    "rehearse": ("rehearse", "rehearse"),
    "init": ("card", "init"),
    "validate": ("card", "validate"),
    "check": ("check", "check"),
    "run": ("flight", "run"),
    "breaker": ("flight", "breaker"),
    "rollback": ("flight", "rollback"),
    "decide": ("records", "decide"),
    "runs": ("records", "runs"),
    "report": ("records", "report"),
    "replay": ("records", "replay"),
    "watch": ("screen", "watch"),
    "verify": ("records", "verify"),
    "schema": ("card", "schema"),
}
