"""The table of commands: one record each, and the file that it names."""

import argparse
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from msgspec import Struct

from cockpit.cli import arguments as add

OPEN: Final = "open"
"""The command that runs when no command is typed."""

_CONTROL: Final = (add.accept_card, add.runs, add.operator, add.json)


class Group(StrEnum):
    """A heading of `cockpit --help`, in the order of the page; ALONE is not listed there."""

    ALONE = ""
    PREPARE = "get ready"
    HEADLESS = "without a screen"
    INSPECT = "look at a run"


class CliCommand(Struct, frozen=True, kw_only=True):
    """One command: what is typed, how it is explained, and the function that runs it."""

    name: str
    group: Group
    help: str
    arguments: tuple[Callable[[argparse.ArgumentParser], object], ...] = ()
    module: str
    """The module of `cockpit.cli` that holds `function`; only the command that runs imports it."""
    function: str
    """It takes the parsed arguments and returns the exit status."""
    screen: bool = False
    """Whether the command opens the screen, unless `--headless` or `--json` is given."""


_ALL: Final = (
    CliCommand(
        name=OPEN,
        group=Group.ALONE,
        help="the cockpit on a card",
        arguments=(add.card, add.runs, add.operator, add.resume, add.accept_card, add.new),
        module="screen",
        function="open_card",
        screen=True,
    ),
    CliCommand(
        name="rehearse",
        group=Group.PREPARE,
        help="the whole card against an embedded service and a real PostgreSQL",
        arguments=(add.rehearsal, add.outside_window, add.resume, *_CONTROL),
        module="rehearse",
        function="rehearse",
        screen=True,
    ),
    CliCommand(
        name="init",
        group=Group.PREPARE,
        help="write a card to start from",
        arguments=(add.card, add.json),
        module="init",
        function="init",
    ),
    CliCommand(
        name="validate",
        group=Group.PREPARE,
        help="check the card's text, touch nothing else",
        arguments=(add.card, add.json),
        module="validate",
        function="validate",
    ),
    CliCommand(
        name="schema",
        group=Group.PREPARE,
        help="print the card's JSON Schema, for editors",
        arguments=(add.json_anyway,),
        module="schema",
        function="schema",
    ),
    CliCommand(
        name="check",
        group=Group.HEADLESS,
        help="run the preflight checks; changes nothing",
        arguments=(add.card, add.only, add.json),
        module="check",
        function="check",
    ),
    CliCommand(
        name="gate",
        group=Group.HEADLESS,
        help="run the production gate: routes, surface, compatibility",
        arguments=(add.card, add.public, add.json),
        module="gate",
        function="gate",
    ),
    CliCommand(
        name="run",
        group=Group.HEADLESS,
        help="run the preflight, the phases and the Done list, in order",
        arguments=(add.card, add.phases, add.answer, add.outside_window, add.resume, *_CONTROL),
        module="run",
        function="run",
    ),
    CliCommand(
        name="breaker",
        group=Group.HEADLESS,
        help="fire one breaker and verify its effect",
        arguments=(add.required_card, add.breaker, add.consent, add.resume, *_CONTROL),
        module="breaker",
        function="breaker",
    ),
    CliCommand(
        name="rollback",
        group=Group.HEADLESS,
        help="undo what a run has changed",
        arguments=(add.required_card, add.plan, add.consent, add.resume, *_CONTROL),
        module="rollback",
        function="rollback",
    ),
    CliCommand(
        name="watch",
        group=Group.INSPECT,
        help="the screen of a run, read-only",
        arguments=(add.run, add.runs),
        module="screen",
        function="watch",
        screen=True,
    ),
    CliCommand(
        name="decide",
        group=Group.INSPECT,
        help="the decision and its reasons",
        arguments=(add.card_or_run, add.runs, add.json),
        module="decide",
        function="decide",
    ),
    CliCommand(
        name="done",
        group=Group.INSPECT,
        help="the Done list: each line's state, evidence and age",
        arguments=(add.card_or_run, add.run_now, *_CONTROL),
        module="done",
        function="done",
    ),
    CliCommand(
        name="success",
        group=Group.INSPECT,
        help="measure now what the card says must hold for a day",
        arguments=(add.card, add.json),
        module="success",
        function="success",
    ),
    CliCommand(
        name="drumbeat",
        group=Group.INSPECT,
        help="what is due in the hours, days and weeks after a GO",
        arguments=(add.run, add.items_done, *_CONTROL),
        module="drumbeat",
        function="drumbeat",
    ),
    CliCommand(
        name="runs",
        group=Group.INSPECT,
        help="list the runs, newest first",
        arguments=(add.runs, add.json),
        module="runs",
        function="runs",
    ),
    CliCommand(
        name="report",
        group=Group.INSPECT,
        help="the report of a run, written from its journal",
        arguments=(add.run, add.runs, add.json),
        module="report",
        function="report",
    ),
    CliCommand(
        name="replay",
        group=Group.INSPECT,
        help="what happened in a run, one line per event",
        arguments=(add.run, add.runs, add.json_lines),
        module="replay",
        function="replay",
    ),
    CliCommand(
        name="verify",
        group=Group.INSPECT,
        help="check a journal's hash chain, and that its end is where it was noted",
        arguments=(add.run, add.head, add.runs, add.json),
        module="verify",
        function="verify",
    ),
)
COMMANDS: Final = {command.name: command for command in _ALL}
