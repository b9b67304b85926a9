from pathlib import Path

from cockpit.card.packaged import text
from cockpit.card.reference import page
from cockpit.card.schema import schema

PAGE = page()
DOCS = Path(__file__).parents[2] / "docs" / "card.md"


def test_the_page_is_that_of_the_code() -> None:
    remedy = (
        "docs/card.md is not that of the code: run python -m cockpit.card.reference > docs/card.md"
    )
    assert DOCS.read_text(encoding="utf-8") == PAGE, remedy


def test_the_page_has_every_key() -> None:
    models = [schema(), *schema()["$defs"].values()]
    assert all(f"| `{key}` |" in PAGE for model in models for key in model.get("properties", {}))


def test_the_page_has_a_title_for_every_part() -> None:
    titles = [line for line in PAGE.splitlines() if line.startswith("## ")]
    assert len(set(titles)) == len(titles)
    assert not any(name in title for title in titles for name in ("Section", "Router", "Observe"))


def test_every_key_of_the_packaged_card_is_in_the_page() -> None:
    keys = {line.split(":")[0].strip(" -") for line in text().splitlines() if ": " in line[:30]}
    known = {key for key in keys if key.isidentifier() and key.islower()}
    assert {key for key in known if f"| `{key}` |" not in PAGE} == set()
