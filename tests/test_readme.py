"""What the README shows is true."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from textual.binding import Binding

from cockpit.card.docs.checks_page import KINDS
from cockpit.card.load_card import loads
from cockpit.cli.commands import COMMANDS, OPEN
from cockpit.cli.parser import _parser
from cockpit.screens.view.bindings import BINDINGS

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_its_card_is_valid_and_small() -> None:
    text = README.split("```yaml\n")[1].split("```")[0]
    assert loads(text, "README.md").service == "acme-api"
    assert len(text.splitlines()) <= 22


def test_it_names_every_command_and_no_other() -> None:
    table = README.split("## Command line")[1].split("| Exit status")[0]
    named = set(re.findall(r"`(?:cockpit )?([a-z]+)(?= |`)", table))
    assert set(COMMANDS) - {OPEN} - named == set(), "the README lacks these commands"
    typed = set(re.findall(r"`cockpit ([a-z]+)", README))
    assert typed - set(COMMANDS) == set(), "the README names commands that do not exist"


def rows() -> Iterator[tuple[str, list[str], str]]:
    """Yield each row of the table of commands: what is typed, its commands, and the whole row."""
    table = README.split("## Command line")[1].split("\nThe hash chain")[0]
    for row in re.findall(r"^\| `cockpit.*", table, re.MULTILINE):
        first = row.split(" | ")[0].removeprefix("| ")
        yield first, re.findall(r"`(?:cockpit )?(?!cockpit)([a-z]+)\b", first) or [OPEN], row


def positionals(name: str) -> str:
    """Return the arguments of a command that have a place, as its help writes them."""
    actions: list[argparse.Action] = _parser(COMMANDS[name])._get_positional_actions()
    words = (str(each.metavar) if each.required else f"[{each.metavar}]" for each in actions)
    return " ".join(words)


def options(name: str) -> set[str]:
    return set(_parser(COMMANDS[name])._option_string_actions)


def test_it_shows_the_arguments_that_each_command_takes() -> None:
    """Which must be there, which may be left out; a row of several commands shows none."""
    for first, names, row in rows():
        if len(names) == 1:
            shown = re.sub(r"`cockpit ?|`| ?\[?--.*", "", first.replace("\\|", "|"))
            placed = shown.removeprefix(names[0]).strip()
            assert placed in ("", positionals(names[0])), (
                f"{names[0]} takes {positionals(names[0])}"
            )
        taken = set().union(*(options(name) for name in names))
        assert set(re.findall(r"--[a-z-]+", row)) <= taken, f"{names} do not take all of {row}"


def test_it_says_which_commands_take_the_options_of_several() -> None:
    prose = README.split("A run is named by")[1].split("| Exit status")[0].replace("\n", " ")
    resume, rest = prose.split("`--as NAME`")
    resumes = {name or OPEN for name in re.findall(r"`(?:cockpit \[CARD\]|([a-z]+))`", resume)}
    assert resumes - {"last"} == {name for name in COMMANDS if "--resume" in options(name)}
    without = rest.split("of every command but")[1].split(", prints")[0]
    known = {name or OPEN for name in re.findall(r"`(?:cockpit \[CARD\]|([a-z]+))`", without)}
    assert known == {name for name in COMMANDS if "--json" not in options(name)}


def test_it_names_every_check_and_no_other() -> None:
    listed = README.split("(docs/checks.md)")[1].split("\nValues such as")[0]
    names = re.findall(r"`([a-z-]+)`", listed)
    assert KINDS.keys() - set(names) == set(), "the README lacks these kinds of check"
    assert set(names) - KINDS.keys() == set(), "the README names kinds that do not exist"
    assert len(names) == len(set(names)), "the README names a kind twice"


def test_it_names_the_keys_of_every_screen() -> None:
    keys = README.split("## Keys")[1].split("## A card")[0]
    letters = {each.key for each in BINDINGS if isinstance(each, Binding) and each.show}
    assert {key for key in letters if len(key) == 1 and f"`{key}`" not in keys} == set()


def test_its_pictures_exist() -> None:
    root = Path(__file__).parents[1]
    assert all((root / name).is_file() for name in re.findall(r"\]\(([^)#:]+)\)", README))
