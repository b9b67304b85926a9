"""Law 9: whatever a command prints, only the text shown changes."""

import pytest

from tests.cli.program import Cockpit, Said
from tests.cli.shop import CARD, effects, furnish

ANSWER = ("--answer", "load-test=alice")
HOSTILE = {
    "markup": "print('[/foo] [bold]x[/] [link=x]')",
    "escapes": "print('\\x1b]0;owned\\x07\\x1b[2J\\x1b[31mred\\x9b31m')",
    "a zero byte": "sys.stdout.write('a\\0b\\n')",
    "a line of a megabyte": "print('x' * 1_000_000)",
    "invalid UTF-8": "sys.stdout.buffer.write(b'\\xff\\xfe\\xc3(\\n')",
    "carriage returns": "sys.stdout.write('all well\\rGO GO GO\\n')",
    "a lone surrogate": "sys.stdout.buffer.write(b'\\xed\\xa0\\x80\\n')",
    "a bidirectional override": "print('\\u202eog\\u2066')",
    "nothing at all": "pass",
}


def flown(cockpit: Cockpit, code: str, *words: str) -> Said:
    (cockpit.folder / "hostile.py").write_text(
        f"import sys\nopen('effects.log', 'a').write('migrate\\n')\n{code}\n"
    )
    furnish(cockpit.folder, CARD.replace("./effect.sh migrate", "${PYTHON} hostile.py"))
    return cockpit.run("run", "card.yaml", "--yes", *ANSWER, *words)


@pytest.mark.law(9)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_output_of_a_step_changes_the_text_shown_alone(cockpit: Cockpit, name: str) -> None:
    said = flown(cockpit, HOSTILE[name], "--json")
    assert said.status == 0, said.err
    assert said.document["decision"] == "GO"
    assert said.document["steps"]["migrate"]["status"] == "passed"
    assert len(said.document["steps"]["migrate"]["evidence"]) <= 4000
    told = (
        said.out + said.err + cockpit.run("report", "last").out + cockpit.run("replay", "last").out
    )
    assert not {"\x1b", "\x9b", "\0", "\r", "\x07", "\u202e"} & set(told)
    assert max(map(len, said.err.splitlines())) < 5000
    assert effects(cockpit.folder) == ["migrate", "weight 50"]


@pytest.mark.law(9)
def test_the_whole_output_is_on_the_disk(cockpit: Cockpit) -> None:
    assert flown(cockpit, HOSTILE["a line of a megabyte"]).status == 0
    (out,) = (cockpit.folder / "state/cockpit/runs").glob("*/steps/migrate.1-*/out")
    assert out.read_bytes() == b"x" * 1_000_000 + b"\n"
