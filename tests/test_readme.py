"""What the README shows is true."""

import re
from pathlib import Path

from cockpit.card.load import loads
from cockpit.cli.parser import COMMANDS, OPEN

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def test_its_card_is_valid_and_small() -> None:
    text = README.split("```yaml\n")[1].split("```")[0]
    assert loads(text, "README.md").service == "acme-api"
    assert len(text.splitlines()) <= 22


def test_it_names_every_command_and_no_other() -> None:
    table = README.split("## Command line")[1].split("| Exit status")[0]
    named = set(re.findall(r"`(?:cockpit )?([a-z]+)(?= |`)", table)) - {"cockpit", "traffic"}
    assert set(COMMANDS) - {OPEN} <= named


def test_its_pictures_exist() -> None:
    root = Path(__file__).parents[1]
    assert all((root / name).is_file() for name in re.findall(r"\]\(([^)#:]+)\)", README))
