"""What can be typed; each command is imported only when it is the one."""

import argparse
import sys
from collections.abc import Callable, Sequence

DEFAULT_CARD = "golive.yaml"
OPEN = "open"
SCENARIO_HELP = (
    "what goes wrong: latency-at-canary, errors-at-canary, metrics-gone, hung-target, failing-step,"
    " and more: a wrong name lists them all"
)
EXITS = """\
exit status: 0 GO or passed, 1 NO-GO or failed, 2 usage or bad card, 3 unknown, in doubt
  or not measured, 4 another operator is in control, 130 interrupted"""
HEAD = f"""\
usage: cockpit [CARD]            open the cockpit on a card (default {DEFAULT_CARD})
       cockpit COMMAND ...       `cockpit COMMAND --help` says what it takes
       cockpit --version

A terminal cockpit for a production cutover.
"""
Parser = argparse.ArgumentParser


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; ends the program with status 2 for one that is wrong.

    Asked for help or the version, it prints that and ends the program with status 0.
    """
    words = list(arguments)
    match words[:1]:
        case ["-h" | "--help" | "help"]:
            print(overview())
            raise SystemExit(0)
        case ["--version"]:
            from importlib.metadata import version  # noqa: PLC0415

            print(f"cockpit {version('cockpit')}")
            raise SystemExit(0)
        case [str(name)] if name in COMMANDS:
            return _parser(name).parse_args(words[1:])
    _refuse_slip(words)
    return _parser(OPEN).parse_args(words)


def overview() -> str:
    """Give the help of the whole: every command in its group, and the exit statuses."""
    lines = [HEAD]
    for title, names in GROUPS.items():
        lines.append(f"{title}:")
        lines.extend(f"  {name:<10}{COMMANDS[name][0]}" for name in names)
    return "\n".join([*lines, EXITS])


def _parser(name: str) -> Parser:
    help_text, arguments = COMMANDS[name]
    parser = Parser(
        prog="cockpit" if name == OPEN else f"cockpit {name}",
        description=help_text[0].upper() + help_text[1:] + ".",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_lazy(*TARGETS[name]), name_of_command=name)
    for add in arguments:
        add(parser)
    return parser


def _refuse_slip(words: list[str]) -> None:
    """End with status 2 for a mistyped command, which else would be taken for a card's name."""
    import os  # noqa: PLC0415

    word = words[0] if words else ""
    if not word.isalpha() or os.path.exists(word):  # noqa: PTH110 - pathlib costs 5 ms
        return
    from difflib import get_close_matches  # noqa: PLC0415

    near = get_close_matches(word, COMMANDS, 1)
    known = f"did you mean `cockpit {near[0]}`?" if near else "`cockpit --help` lists them all"
    print(
        f"cockpit: {word} is no command, and no card of that name is here: {known}", file=sys.stderr
    )
    raise SystemExit(2)


def _lazy(module: str, function: str) -> Callable[[argparse.Namespace], int]:
    def command(options: argparse.Namespace) -> int:
        from importlib import import_module  # noqa: PLC0415

        if module != "screen" and (function != "rehearse" or options.headless or options.json):
            _end_as_by_ctrl_c()
        status: int = getattr(import_module(f"cockpit.cli.{module}"), function)(options)
        return status

    return command


def _end_as_by_ctrl_c() -> None:
    """Let a request to end (SIGTERM) end a headless command as Ctrl-C does, from the start on."""
    import signal  # noqa: PLC0415

    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _card(parser: Parser) -> None:
    text = f"the card (default {DEFAULT_CARD})"
    parser.add_argument("card", metavar="CARD", nargs="?", default=DEFAULT_CARD, help=text)


def _card_needed(parser: Parser) -> None:
    parser.add_argument("card", metavar="CARD", help="the card")


def _json(parser: Parser) -> None:
    text = "one JSON document on stdout, all else on stderr"
    parser.add_argument("--json", action="store_true", help=text)


def _json_lines(parser: Parser) -> None:
    text = "the journal's own entries, a JSON object a line"
    parser.add_argument("--json", action="store_true", help=text)


def _runs(parser: Parser) -> None:
    text = "where runs are kept (default: under your state directory)"
    parser.add_argument("--runs", metavar="DIR", help=text)


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


def _public(parser: Parser) -> None:
    text = "how many operations are public, in place of what the card says"
    parser.add_argument("--public", metavar="N", type=int, help=text)


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


def _run_now(parser: Parser) -> None:
    text = "run its checks now: of a card without a run, of a run as orders in its record"
    parser.add_argument("--run", dest="run_now", action="store_true", help=text)


def _beats(parser: Parser) -> None:
    text = "record that this item was done: its check runs, or a person's word by --as NAME"
    parser.add_argument("--done", metavar="ID", action="append", default=[], help=text)
    text = "run every check of it now, and record what came of it"
    parser.add_argument("--run", dest="run_now", action="store_true", help=text)


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
    "check": ("the preflight checks; looks, changes nothing", (_card, _only, _json)),
    "gate": ("the production gate: routes, surface, compatibility", (_card, _public, _json)),
    "run": (
        "the preflight, the phases and the Done list, in order",
        (_card, _flight, _answers, _resume, *_GIVES_ORDERS),
    ),
    "breaker": (
        "fire one breaker and see its effect",
        (_card_needed, _breaker, _resume, *_GIVES_ORDERS),
    ),
    "rollback": (
        "bring back what a run has changed",
        (_card_needed, _plan, _resume, *_GIVES_ORDERS),
    ),
    "decide": ("the decision and its reasons", (_card_or_run, _runs, _json)),
    "done": (
        "the Done list: each line's state, evidence and age",
        (_card_or_run, _run_now, *_GIVES_ORDERS),
    ),
    "drumbeat": (
        "what is due in the hours, days and weeks after a GO",
        (_run, _beats, *_GIVES_ORDERS),
    ),
    "success": ("what must hold the day after: budget, latency, availability", (_card, _json)),
    "runs": ("list the runs, newest first", (_runs, _json)),
    "report": ("the report of a run, from its journal", (_run, _runs, _json)),
    "replay": ("what happened in a run, a line each", (_run, _runs, _json_lines)),
    "watch": ("the cockpit's screen of a run, without control", (_run, _runs)),
    "verify": ("check a journal's hash chain", (_run, _runs, _json)),
    "schema": ("the card's JSON Schema, for editors", ()),
}
GROUPS = {
    "get ready": ("rehearse", "init", "validate", "schema"),
    "without a screen": ("check", "gate", "run", "breaker", "rollback"),
    "look at a run": (
        "watch",
        "decide",
        "done",
        "success",
        "drumbeat",
        "runs",
        "report",
        "replay",
        "verify",
    ),
}
TARGETS = {
    OPEN: ("screen", "open_card"),
    "rehearse": ("rehearse", "rehearse"),
    "init": ("authoring", "init"),
    "validate": ("authoring", "validate"),
    "check": ("check", "check"),
    "gate": ("gate", "gate"),
    "run": ("run", "run"),
    "breaker": ("breaker", "breaker"),
    "rollback": ("breaker", "rollback"),
    "decide": ("records", "decide"),
    "done": ("done", "done"),
    "drumbeat": ("drumbeat", "drumbeat"),
    "success": ("success", "success"),
    "runs": ("records", "runs"),
    "report": ("records", "report"),
    "replay": ("records", "replay"),
    "watch": ("screen", "watch"),
    "verify": ("records", "verify"),
    "schema": ("authoring", "schema"),
}
