"""What a card's monitors would run is shown, and asked once, before its screen opens."""

import argparse
import os
import pty
import subprocess
from pathlib import Path

import pytest

from cockpit.cli.first_opening import ask_once
from cockpit.foundation.errors import UsageError
from tests.cli.program import COMMAND, Cockpit
from tests.engine.kit import card

BOTH = {
    "check": "all",
    "checks": [
        {"check": "command", "run": "touch ran"},
        {"check": "http", "url": "http://127.0.0.1:1/"},
    ],
}
COMMANDED = card(monitors=[{"monitor": "m", "source": "check", "check": BOTH}])


class Answers:
    """A person at the terminal."""

    def __init__(self, *answers: str) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    def __call__(self, question: str) -> str:
        self.asked.append(question)
        if not self._answers:
            raise EOFError
        return self._answers.pop(0)


def options(path: Path) -> argparse.Namespace:
    return argparse.Namespace(card=str(path), resume=None)


def written(tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = tmp_path / "card.yaml"
    path.write_text(text)
    return path


@pytest.mark.law(3)
def test_it_is_asked_once_by_the_cards_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 3: a card from somebody else runs nothing because somebody looks at it."""
    path, person = written(tmp_path, COMMANDED, monkeypatch), Answers("n", "", "y", "yes")
    for _ in range(2):
        with pytest.raises(UsageError, match="nothing was opened and nothing was run"):
            ask_once(options(path), person)
    ask_once(options(path), person)
    ask_once(options(path), person)
    assert len(person.asked) == 3
    assert "its monitors run:\n  m: touch ran\nrun these? [y/N]" in person.asked[0]
    path.write_text(COMMANDED.replace("touch ran", "touch other"))
    ask_once(options(path), person)
    assert "m: touch other" in person.asked[3], "an edited card is another card"


def test_a_card_whose_monitors_run_nothing_is_not_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = Answers()
    ask_once(options(written(tmp_path, card(), monkeypatch)), person)
    assert person.asked == []


def test_no_answer_is_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="nothing was opened"):
        ask_once(options(written(tmp_path, COMMANDED, monkeypatch)), Answers())


def test_the_real_program_asks_before_its_screen(tmp_path: Path) -> None:
    (tmp_path / "card.yaml").write_text(COMMANDED)
    here, there = pty.openpty()
    env = Cockpit(tmp_path).whole_env()
    program = subprocess.Popen(
        [*COMMAND, "card.yaml"], cwd=tmp_path, env=env, stdin=there, stdout=there, stderr=there
    )
    os.close(there)
    said = b""
    while b"[y/N]" not in said:
        said += os.read(here, 4096)
    os.write(here, b"n\n")
    assert program.wait(60) == 2
    os.close(here)
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "state").exists()
