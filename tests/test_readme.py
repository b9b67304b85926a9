"""What the README shows is true."""

import re
from pathlib import Path

from textual.binding import Binding

from cockpit.card.docs.checks_page import KINDS
from cockpit.card.load_card import loads
from cockpit.cli.commands import COMMANDS, OPEN
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
