"""Parsing of the command line; only the command that was typed is imported."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from cockpit.cli.arguments import DEFAULT_CARD
from cockpit.cli.commands import COMMANDS, OPEN, CliCommand, Group
from cockpit.foundation.errors import UsageError

EXITS = """\
exit status: 0 GO or passed, 1 NO-GO or failed, 2 usage or bad card, 3 unknown, in doubt
  or not measured, 4 another operator is in control, 130 interrupted"""
HEAD = f"""\
usage: cockpit [CARD]            open the cockpit on a card (default {DEFAULT_CARD})
       cockpit COMMAND ...       `cockpit COMMAND --help` lists its arguments
       cockpit --version

A terminal cockpit for a production cutover.
"""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the command line; `command` of the result runs it and returns the exit status.

    Raises UsageError for a command line that is wrong, and SystemExit with status 0 after the help
    or the version.
    """
    match list(arguments):
        case ["-h" | "--help" | "help", *_]:
            print(overview())
            raise SystemExit(0)
        case ["--version", *_]:
            from importlib.metadata import version  # noqa: PLC0415

            print(f"cockpit {version('cockpit')}")
            raise SystemExit(0)
        case [str(name), *rest] if name in COMMANDS:
            return _parser(COMMANDS[name]).parse_args(rest)
        case _:  # a card to open, or a command that is mistyped
            _refuse_mistyped_command(arguments)
            return _parser(COMMANDS[OPEN]).parse_args(arguments)


def asks_for_json(arguments: Sequence[str]) -> bool:
    """Whether a command line, which may be wrong, has `--json` or the beginning of it."""
    return any(len(word) > len("--") and "--json".startswith(word) for word in arguments)


def overview() -> str:
    """Return the help page of the whole program: the commands by group, and the exit statuses."""
    lines = [HEAD]
    for group in Group:
        if group is not Group.ALONE:
            members = (command for command in COMMANDS.values() if command.group is group)
            lines.append(f"{group}:")
            lines.extend(f"  {command.name:<10}{command.help}" for command in members)
    return "\n".join([*lines, EXITS])


class _Parser(argparse.ArgumentParser):
    """A parser whose errors end the command as every other error does."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        raise UsageError(f"{message}; `{self.prog} --help` explains each argument")


def _parser(command: CliCommand) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="cockpit" if command.name == OPEN else f"cockpit {command.name}",
        description=command.help[0].upper() + command.help[1:] + ".",
        epilog=EXITS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=_runner(command))
    for add in command.arguments:
        add(parser)
    return parser


def _refuse_mistyped_command(arguments: Sequence[str]) -> None:
    """Raise UsageError for a mistyped command, which would otherwise be taken for a card."""
    name = arguments[0] if arguments else ""
    if not name.isalpha() or os.path.exists(name):  # noqa: PTH110 - pathlib costs 5 ms
        return
    from difflib import get_close_matches  # noqa: PLC0415

    near = get_close_matches(name, COMMANDS, 1)
    hint = f"did you mean `cockpit {near[0]}`?" if near else "`cockpit --help` lists the commands"
    raise UsageError(
        f"there is no command {name!r}, and no card of that name in this folder: {hint}"
    )


def _runner(command: CliCommand) -> Callable[[argparse.Namespace], int]:
    def run(options: argparse.Namespace) -> int:
        if not _opens_screen(command, options):
            # Let SIGTERM end a headless command as Ctrl-C does, also while it is being imported.
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        module = import_module(f"cockpit.cli.{command.module}")
        status: int = getattr(module, command.function)(options)
        return status

    return run


def _opens_screen(command: CliCommand, options: argparse.Namespace) -> bool:
    headless = getattr(options, "headless", False) or getattr(options, "json", False)
    return command.screen and not headless
