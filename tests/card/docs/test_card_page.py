from pathlib import Path

from cockpit.card.docs import checks_page
from cockpit.card.docs.card_page import page
from cockpit.card.docs.schema import schema
from cockpit.card.packaged import text

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


def test_every_key_of_the_packaged_card_is_in_the_pages() -> None:
    keys = {line.split(":")[0].strip(" -") for line in text().splitlines() if ": " in line[:30]}
    known = {key for key in keys if key.isidentifier() and key.islower()}
    assert {key for key in known if f"| `{key}` |" not in BOTH} == set()
