"""docs/go-live.md says what of the packaged card does each line of a go-live card: all of it holds.

Both ways: what stands in its tables is in the card, of that kind and with those values; and what
the card has stands in its tables.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from checks.core.base import Check
from cockpit.card.model.plan import Planned, plan
from cockpit.card.model.steps import Prove, Step
from cockpit.card.packaged import card, text
from cockpit.card.read.shape import tag
from cockpit.card.yaml.nodes import compose
from cockpit.card.yaml.places import NodePlaces
from cockpit.projections.decision import Word
from cockpit.screens.pages.bridge import Bridge

PAGE = Path(__file__).parents[2] / "docs" / "go-live.md"
CARD = card()
PLAN = plan(CARD)


class Row(Struct, frozen=True):
    """A row of the page's tables."""

    asks: str
    by: str
    id: str
    held: tuple[str, ...]


def rows() -> Iterator[Row]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if (
            line.startswith("| ")
            and len(cells) == 4
            and cells[1] != "Done by"
            and "---" not in line
        ):
            asks, by, name, held = cells
            found = tuple(re.findall(r"`([^`]+)`", held))
            yield Row(asks, by.replace("`", ""), name.strip("`"), found)


ROWS = tuple(rows())


def read(yaml: str) -> Any:
    root = compose(yaml)
    assert root is not None
    return NodePlaces(root).data


def kind(step: Step) -> str:
    if isinstance(step, Check):
        return f"check {(tag(type(step)) or ('', ''))[1]}"
    return type(step).__name__.lower()


def own(item: Planned) -> bool:
    """Whether the card writes a step; the test trips are added by the plan."""
    return not isinstance(item.step, Prove)


def kinds() -> dict[str, str]:
    """Return the kind of every entry of the card, by id."""
    known = {item.id: kind(item.step) for item in PLAN.all() if own(item)}
    known |= {one.monitor: f"monitor {(tag(type(one)) or ('', ''))[1]}" for one in CARD.monitors}
    known |= {one.breaker: "breaker" for one in CARD.breakers}
    known |= {binding.key: "key" for binding in Bridge.BINDINGS if binding.key == "n"}
    return known | {word.value: "decision" for word in Word}


def listed(raw: dict[str, Any], section: str) -> Any:
    """Return the entries of a section as the card writes them."""
    if section in {"preflight", "success"}:
        return raw["preflight"] if section == "preflight" else raw["success"]["items"]
    part, _, name = section.partition(".")
    if name:
        return raw[part].get(name, [])
    return next(one["steps"] for one in raw["phases"] if one["phase"].lower() == section)


def written() -> dict[str, dict[str, Any]]:
    """Return every entry of the card as it is written there, by id."""
    raw = read(text())
    found = {}
    for section in PLAN.sections():
        entries, items = listed(raw, section.id), [item for item in section.items if own(item)]
        found |= {item.id: one for item, one in zip(items, entries, strict=True)}
    found |= {one["monitor"]: one for one in raw["monitors"]}
    return found | {one["breaker"]: one for one in raw["breakers"]}


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_each_row_is_in_the_card_with_its_values(row: Row) -> None:
    assert kinds()[row.id] == row.by
    entry = written().get(row.id, {})
    for said in row.held:
        for key, value in read(said).items():
            assert entry[key] == value


def test_all_of_the_card_stands_in_the_tables() -> None:
    named = [row.id for row in ROWS]
    assert sorted(named) == sorted(set(named))
    assert set(named) == set(kinds())


def test_only_what_a_person_must_judge_is_a_word() -> None:
    assert [row.id for row in ROWS if row.by == "confirm"] == [
        "daily-logs",
        "daily-schema",
        "daily-routes",
        "weekly-alerts",
    ]
    assert all(row.by.startswith("check") for row in ROWS if row.id.startswith("done-"))
    assert sum(row.id.startswith("done-") for row in ROWS) == 16
