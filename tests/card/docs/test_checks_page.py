"""docs/checks.md is made from the code of the checks, and its examples are read as a card."""

import re
from pathlib import Path

import pytest

from checks.core.base import Check
from cockpit.card.docs import checks_page
from cockpit.card.docs.checks_page import KINDS, TOPICS, examples, page
from cockpit.card.docs.schema import schema

PAGE = page()
DOCS = Path(__file__).parents[3] / "docs"


def section(kind: str) -> str:
    _, heading, rest = PAGE.partition(f"### `{kind}`\n")
    assert heading, f"{kind} has no section: name it in TOPICS of cockpit/card/docs/checks_page.py"
    return rest.split("\n### ")[0]


def test_the_page_is_that_of_the_code() -> None:
    written = (DOCS / "checks.md").read_text(encoding="utf-8")
    assert written == PAGE, "docs/checks.md is not that of the code: run make docs"


def test_each_kind_stands_once_in_the_contents() -> None:
    assert sorted(kind for kinds in TOPICS.values() for kind in kinds) == sorted(KINDS)
    titles = re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)
    assert titles == [kind for kinds in TOPICS.values() for kind in kinds]


def test_each_kind_has_an_example_that_is_read_as_a_card() -> None:
    assert {kind: type(made) for kind, (_, made) in examples().items()} == dict(KINDS)
    assert all(f"```yaml\n{entry}```" in section(kind) for kind, (entry, _) in examples().items())


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_s_part_says_all_that_there_is(kind: str) -> None:
    said, model = section(kind), schema()["$defs"][KINDS[kind].__name__]
    own = model["properties"].keys() - {"check", *Check.__struct_fields__}
    assert {key for key in own if f"| `{key}` |" not in said} == set()
    assert {name for name in KINDS[kind].FIGURES if f"| `{name}` |" not in said} == set()
    assert "**Failed**: " in said
    assert "**Unknown**: " in said


def test_what_all_take_stands_once() -> None:
    assert all(PAGE.count(f"| `{key}` |") == 1 for key in Check.__struct_fields__)


def test_nothing_of_a_check_stands_on_the_card_s_page_as_well() -> None:
    card = (DOCS / "card.md").read_text(encoding="utf-8")
    says = {(kind.__doc__ or "").splitlines()[0] for kind in KINDS.values()}
    assert [line for line in card.splitlines() if line in says] == []


def test_its_links_lead_somewhere() -> None:
    for link in set(re.findall(r"\]\(([^)]+)\)", PAGE)):
        where, _, anchor = link.partition("#")
        assert not where or (DOCS / where).is_file()
        assert not anchor or f"### `{anchor}`\n" in PAGE


def test_a_kind_without_a_section_or_an_example_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AssertionError, match="made-up has no section: name it in TOPICS"):
        section("made-up")
    monkeypatch.setattr(checks_page, "examples", dict)
    with pytest.raises(LookupError, match="has no example: add one to cockpit"):
        page()
