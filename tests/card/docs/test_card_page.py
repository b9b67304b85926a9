from pathlib import Path
from typing import get_args

import pytest
from msgspec import Struct

from checks.registry import AnyCheck
from cockpit.card.docs import card_page, checks_page
from cockpit.card.docs.card_page import page
from cockpit.card.docs.schema import schema
from cockpit.card.model.breakers import Breaker
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.routers import Router
from cockpit.card.model.steps import KINDS, AnyStep
from cockpit.card.packaged import text
from cockpit.card.read.shape import own_keys, shape

PAGE = page()
BOTH = PAGE + checks_page.page()
DOCS = Path(__file__).parents[3] / "docs" / "card.md"


def test_the_page_is_that_of_the_code() -> None:
    written = DOCS.read_text(encoding="utf-8")
    assert written == PAGE, "docs/card.md is not that of the code: run make docs"


def test_the_pages_have_every_key() -> None:
    models = [schema(), *schema()["$defs"].values()]
    assert all(f"| `{key}` |" in BOTH for model in models for key in model.get("properties", {}))


def test_the_page_has_a_title_for_every_part() -> None:
    titles = [line for line in PAGE.splitlines() if line.startswith("## ")]
    assert len(set(titles)) == len(titles)
    assert not any(name in title for title in titles for name in ("Section", "Router", "Observe"))


MEMBERS = [
    *(member for member in get_args(AnyStep) if member not in get_args(AnyCheck)),
    *get_args(AnyMonitor),
    *get_args(Breaker),
    *shape(Router).members,
]


@pytest.mark.parametrize("kind", MEMBERS)
def test_every_kind_has_a_title_that_is_more_than_its_class(kind: type[Struct]) -> None:
    titles = dict(card_page._ORDER)
    message = f"add {kind.__name__} and its title to _ORDER of cockpit/card/docs/card_page.py"
    assert kind.__name__ in titles, message
    assert f"\n## {titles[kind.__name__]}\n" in PAGE


def test_the_introduction_names_every_kind_of_step_and_breaker() -> None:
    introduction = PAGE.split("\n## ")[0]
    keys = {*KINDS, *own_keys(get_args(Breaker))}
    missing = [key for key in keys if f"`{key}`" not in introduction]
    assert not missing, f"the introduction of the card's page does not name {missing}"


def test_every_key_of_the_packaged_card_is_in_the_pages() -> None:
    keys = {line.split(":")[0].strip(" -") for line in text().splitlines() if ": " in line[:30]}
    known = {key for key in keys if key.isidentifier() and key.islower()}
    assert {key for key in known if f"| `{key}` |" not in BOTH} == set()
