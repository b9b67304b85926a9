"""Cards for tests: the packaged one with a piece exchanged, and a small one."""

from cockpit.card.load_card import loads
from cockpit.card.packaged import text
from cockpit.foundation.errors import CardError, Problem

SMALL = """\
cockpit: 1
service: shop
environment: staging
versions: {stable: 1.0.0, canary: 1.1.0}
window: {lasts: 1h}
preflight:
  - run: make ready
phases:
  - phase: T-0
    title: switch
    steps:
      - run: make switch
"""


def edited(old: str, new: str) -> str:
    """Exchange one piece of the packaged card."""
    whole = text()
    assert old in whole, old
    return whole.replace(old, new, 1)


def problems(card: str) -> tuple[Problem, ...]:
    """Return what is wrong with a card; empty when it can be used."""
    try:
        loads(card, "card.yaml")
    except CardError as error:
        return error.problems
    return ()


def only(card: str) -> Problem:
    """Return the one problem of a card."""
    found = problems(card)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def line_of(card: str, piece: str) -> int:
    """Return the line, from 1, in which a piece first occurs."""
    return card[: card.index(piece)].count("\n") + 1
