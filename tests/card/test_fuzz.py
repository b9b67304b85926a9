"""A card that anything was done to is used or refused, and each refusal has its place."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import event, given, settings
from hypothesis import strategies as st

from cockpit.card.load_card import loads
from cockpit.card.model.pace import paced
from cockpit.card.model.plan import plan
from cockpit.card.packaged import text
from tests.card.cards import problems

WHOLE: dict[str, Any] = yaml.load(text(), Loader=yaml.CSafeLoader)
ODD = (
    "",
    "yes",
    "0s",
    "5%",
    "-1",
    "2.10",
    ".inf",
    "9" * 400,
    "{endpoint}",
    "${X}",
    "a(",
    "é\x85\u2028",
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.sampled_from(ODD),
    st.text(max_size=12),
    st.lists(st.sampled_from(ODD), max_size=2),
    st.dictionaries(
        st.sampled_from(("run", "check", "hold", "zzz", "")), st.sampled_from(ODD), max_size=2
    ),
)


def _paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if not isinstance(value, dict | list):
        return
    for key in value if isinstance(value, dict) else range(len(value)):
        yield (*here, key)
        yield from _paths(value[key], (*here, key))


PATHS = list(_paths(WHOLE))


def _mutate(card: Any, path: tuple[Any, ...], kind: str, value: Any) -> None:
    """Exchange, delete or add at a path; one that an earlier change took away is passed over."""
    holder = card
    for key in path[:-1]:
        try:
            holder = holder[key]
        except (KeyError, IndexError, TypeError):
            return
    keys = range(len(holder)) if isinstance(holder, list) else holder
    if isinstance(holder, dict | list) and path[-1] in keys:
        _change(holder, path[-1], kind, value)


def _change(holder: Any, key: Any, kind: str, value: Any) -> None:
    if kind == "delete":
        del holder[key]
    elif kind == "exchange":
        holder[key] = value
    elif isinstance(holder, dict):
        holder["zzz"] = value
    else:
        holder.append(copy.deepcopy(holder[key]))


def _use(card: str) -> None:
    """Load, plan and pace a card, or see that it is refused with places inside of it."""
    found = problems(card)
    for problem in found:
        assert 1 <= problem.line <= len(re.split("\r\n?|[\n\x85\u2028\u2029]", card))
        assert problem.column >= 1
        assert problem.message
    if not found:
        made = loads(card)
        assert list(plan(paced(made, 60)).all())
        event("used")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(PATHS), st.sampled_from(("delete", "exchange", "add")), VALUES),
        min_size=1,
        max_size=4,
    )
)
def test_a_card_with_changed_values(changes: list[tuple[tuple[Any, ...], str, Any]]) -> None:
    card = copy.deepcopy(WHOLE)
    for path, kind, value in changes:
        _mutate(card, path, kind, value)
    _use(yaml.dump(card, sort_keys=False, Dumper=yaml.CSafeDumper))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(text())), st.integers(0, 40), st.text(max_size=6))
def test_a_card_with_changed_characters(at: int, removed: int, added: str) -> None:
    _use(text()[:at] + added + text()[at + removed :])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60))
def test_any_text(card: str) -> None:
    _use(card)
