"""Rules for commands: what the card says is what is run, and it can end without a person."""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from checks.process.command_faults import (
    cut_short,
    no_effect,
    only_for_bash,
    placeholder,
    shell_fault,
)
from checks.process.command_input import never_ends, wants_terminal
from checks.process.command_line import place_of
from checks.process.visible_secret import visible_secret
from cockpit.card.rules.raw import nested
from cockpit.card.yaml.places import Path, PathFault


class WrittenCommand(Struct, frozen=True):
    """A command of the card with its place; `shell` if /bin/sh runs it."""

    path: Path
    text: str
    shell: bool


def commands(raw: dict[str, Any]) -> Iterator[WrittenCommand]:
    """Yield every command of the card: of steps, breakers and checks, and of the router."""
    for path, entry in nested(raw):
        key = "set" if path == ("traffic",) else "run"
        if isinstance(text := entry.get(key), str):
            yield WrittenCommand((*path, key), text, entry.get("shell") is True)


def needs_no_shell(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a command without a shell holds nothing that only a shell acts on."""
    for command in commands(raw):
        if command.shell or placeholder(command.text):
            continue
        if fault := shell_fault(command.text):
            yield PathFault(command.path, fault)


def needs_no_bash(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that no command holds what only bash acts on: /bin/sh runs it, or nothing does."""
    for command in commands(raw):
        if fault := only_for_bash(command.text):
            yield PathFault(command.path, fault)


def a_shell_runs_all_of_it(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a shell does not end a command where only a word was meant to go on."""
    for command in commands(raw):
        if command.shell and (fault := cut_short(command.text)):
            yield PathFault(command.path, fault)


def nothing_is_left_to_fill_in(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that no command holds a placeholder of a runbook."""
    for command in commands(raw):
        if left := placeholder(command.text):
            message = f"`{left}` looks like a placeholder: write what is meant, or ${{NAME}}"
            yield PathFault(command.path, message)


def can_have_an_effect(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that a command does more than change the state of a shell of its own."""
    for command in commands(raw):
        if fault := no_effect(command.text, shell=command.shell):
            yield PathFault(command.path, fault)


def needs_no_terminal(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that no command waits for a person at a terminal: it has no input."""
    for command in commands(raw):
        if program := wants_terminal(command.text, shell=command.shell):
            message = f"`{program}` would wait for a person at a terminal, and there is none here"
            yield PathFault(command.path, f"{message}: give it what to do as an argument")


def ends_by_itself(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that no command goes on for ever: a step is done when its command has ended."""
    for command in commands(raw):
        if program := never_ends(command.text, shell=command.shell):
            message = (
                f"`{program}` goes on until somebody ends it, and a step ends with its command"
            )
            yield PathFault(command.path, f"{message}: let it show what is there and end")


def a_shell_takes_values_as_variables(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that no value is written into the text that a shell reads as a command."""
    for command in commands(raw):
        for name in ("endpoint", "percent"):
            if command.shell and (written := place_of(name, in_shell=False)) in command.text:
                place = place_of(name, in_shell=True)
                message = f'a shell would read {written} as more of the command: write "{place}"'
                yield PathFault(command.path, message)


def shows_no_secret(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that no password stands in an argument, where every user of the host can read it."""
    for command in commands(raw):
        if name := visible_secret(command.text, shell=command.shell):
            message = f"a secret after `{name}` is for all to see in the list of processes"
            yield PathFault(
                command.path, f"{message}: let the command read it from its environment, or a file"
            )


RULES = (
    needs_no_shell,
    needs_no_bash,
    a_shell_runs_all_of_it,
    nothing_is_left_to_fill_in,
    can_have_an_effect,
    needs_no_terminal,
    ends_by_itself,
    a_shell_takes_values_as_variables,
    shows_no_secret,
)
