"""Plain values become models, or faults with paths; nothing is silently converted."""

import re
from decimal import Decimal
from typing import Any, Literal, cast, get_args, get_type_hints

import pytest
from msgspec import NODEFAULT, Struct

from checks.command import Command
from checks.http import Http
from checks.loadgen.operations import WeightedPath
from checks.registry import AnyCheck
from cockpit.card.model.breakers import Breaker, CommandBreaker, RollbackBreaker
from cockpit.card.model.card import Card
from cockpit.card.model.monitors import MetricsMonitor
from cockpit.card.model.routers import Router
from cockpit.card.model.steps import AnyStep, Hold, OnTrip, Run
from cockpit.card.read.maker import make
from cockpit.card.read.messages import missing_key, unknown_value
from cockpit.card.read.shape import Key, keys, own_keys, shape, tag

PAGE = {"source": "metrics", "monitor": "p95", "url": "http://x/m", "of": "seconds", "above": "1s"}


def test_defaults_readers_and_choices() -> None:
    made, faults = make(Hold, {"hold": "10m", "on_trip": "rollback"})
    assert faults == []
    assert made == Hold(hold=600.0, on_trip=OnTrip.ROLLBACK)


def test_a_key_has_the_name_that_the_card_uses() -> None:
    made, _ = make(Command, {"check": "command", "run": "true"})
    assert made == Command(command="true")
    made, faults = make(Command, {"check": "command", "command": "true"})
    assert made is None
    assert {fault.path for fault in faults} == {("command",), ("run",)}


@pytest.mark.parametrize(
    ("raw", "model"),
    [
        ({"run": "true"}, Run),
        ({"check": "command", "run": "true"}, Command),
        ({"check": "http", "url": "http://x"}, Http),
    ],
)
def test_a_step_is_chosen_by_its_key_and_a_check_by_its_kind(raw: Any, model: type) -> None:
    made, faults = make(AnyStep, raw)
    assert faults == []
    assert isinstance(made, model)


@pytest.mark.parametrize(
    ("raw", "path", "says"),
    [
        (None, (), "nothing stands where a mapping"),
        ({}, ("check",), "it says what kind this is"),
        ({"check": ["http"]}, ("check",), "a list is not known here"),
        ({"check": "surface", "public": True}, ("public",), "the truth True stands where a whole"),
        ({"check": "surface", "public": "9"}, ("public",), "`9` stands where a whole number"),
        ({"check": "surface", "public": Decimal("9.0")}, ("public",), "the number 9.0 stands"),
        ({"check": "secrets", "names": ["A", "b c"]}, ("names", 1), "letters, digits and _"),
        ({"check": "http", "path": "/", "token": 1}, ("token",), "`true` or `false`"),
        ({"check": "http", "path": "/", "status": [True]}, ("status", 0), "a whole number"),
        ({"check": "http", "path": "/", "headers": {"a": 1}}, ("headers", "a"), "quote it"),
        ({"check": "http", "path": "/", "latency": 1}, ("latency",), "1 is not a duration"),
    ],
)
def test_a_fault_has_its_path(raw: Any, path: tuple[Any, ...], says: str) -> None:
    made, faults = make(AnyCheck, raw)
    assert made is None
    assert [fault.path for fault in faults] == [path]
    assert says in faults[0].message


def test_a_pattern_holds_to_the_very_end() -> None:
    made, faults = make(MetricsMonitor, {**PAGE, "monitor": "p95\n"})
    assert made is None
    assert faults[0].path == ("monitor",)


def test_a_number_is_made_of_the_cards_digits() -> None:
    made, faults = make(MetricsMonitor, {**PAGE, "quantile": Decimal("0.95")})
    assert faults == []
    assert made is not None
    assert made.quantile == 0.95
    _, faults = make(MetricsMonitor, {**PAGE, "quantile": 1})
    assert faults[0].message == "the number 1 is out of range: write less than 1"


def test_every_missing_key_of_a_card_is_named() -> None:
    _, faults = make(Card, {})
    needed = ("cockpit", "environment", "phases", "preflight", "service", "versions", "window")
    assert sorted(fault.path for fault in faults) == [(name,) for name in needed]


def models_of(kind: Any, found: set[type[Struct]]) -> set[type[Struct]]:
    """Return every struct that a card's value of this type can hold."""
    kind = kind.__value__ if hasattr(kind, "__value__") else kind
    if isinstance(kind, type) and issubclass(kind, Struct) and kind not in found:
        found.add(kind)
        for inner in get_type_hints(kind).values():
            models_of(inner, found)
    for inner in get_args(kind):
        models_of(inner, found)
    return found


REQUIRED = [
    (model, name, key)
    for model in sorted(models_of(Card, set()), key=lambda model: model.__name__)
    for name, key in keys(model).items()
    if key.default is NODEFAULT
]


@pytest.mark.parametrize(
    ("model", "name", "key"), REQUIRED, ids=lambda each: getattr(each, "__name__", str(each)[:20])
)
def test_a_missing_key_is_told_in_a_whole_sentence(model: Any, name: str, key: Key) -> None:
    """`the key `window` is missing: when` was none."""
    message = missing_key(name, key.shape.says("description"))
    sentence = rf"the key `{name}` is missing: its value is (the|an?|how|where|when|what) \S+ .+"
    assert re.fullmatch(sentence, message), f"{model.__name__}: {message}"


def test_the_missing_keys_of_every_part_of_a_card_are_looked_at() -> None:
    kinds = {model for model, _, _ in REQUIRED}
    assert {Card, Hold, CommandBreaker, MetricsMonitor, Command, WeightedPath} <= kinds


DEMOTE = {"breaker": "demote", "key": "f2"}


@pytest.mark.parametrize(
    ("raw", "model"),
    [({"run": "true"}, CommandBreaker), ({"rollback": "all", "within": "5s"}, RollbackBreaker)],
)
def test_a_breaker_is_chosen_by_its_own_key(raw: Any, model: type) -> None:
    made, faults = make(cast(type[Breaker], Breaker), {**DEMOTE, **raw})
    assert faults == []
    assert isinstance(made, model)


@pytest.mark.parametrize(
    ("raw", "paths"),
    [
        ({}, [()]),
        ({"run": "true", "rollback": "all"}, [("rollback",)]),
        ({"rollback": "all", "timeout": "soon"}, [("timeout",)]),
        ({"key": "f1", "wihtin": "5s"}, [(), ("wihtin",), ("key",)]),
    ],
)
def test_no_breaker_does_nothing_or_two_things(raw: Any, paths: list[Any]) -> None:
    made, faults = make(cast(type[Breaker], Breaker), {**DEMOTE, **raw})
    assert made is None
    assert [fault.path for fault in faults] == paths


class Loud(Struct):
    """A kind that is told by a text."""

    siren: str


class Bright(Struct):
    """A kind that is told by a choice."""

    light: Literal["red", "blue"]


def test_what_does_nothing_is_told_every_key_that_would_do() -> None:
    """The keys of a breaker follow from its kinds; the sentence is held with two others."""
    _, faults = make(cast(type[Loud | Bright], Loud | Bright), {})
    message = "what it does is missing: write `siren: ...` or `light: red`"
    assert [fault.message for fault in faults] == [message]
    _, faults = make(cast(type[Breaker], Breaker), DEMOTE)
    (fault,) = faults
    assert re.findall(r"`(\w+): ", fault.message) == list(own_keys(get_args(Breaker)))


SHIFTS = {"set": "shift {percent}", "observe": {"url": "http://x/m", "counter": "requests"}}


@pytest.mark.parametrize("raw", [{}, {"router": "command"}])
def test_a_router_without_its_tag_is_set_by_a_command(raw: Any) -> None:
    traffic, faults = make(Card, {"traffic": {**raw, **SHIFTS}})
    assert traffic is None
    assert not [fault for fault in faults if fault.path[0] == "traffic"]


@pytest.mark.parametrize("kind", ["nginx", None, 5, ["command"]])
def test_an_unknown_router_is_named(kind: Any) -> None:
    _, faults = make(Card, {"traffic": {"router": kind, **SHIFTS}})
    (fault,) = (fault for fault in faults if fault.path[0] == "traffic")
    assert fault.path == ("traffic", "router")
    kinds = [mark[1] for model in shape(Router).members if (mark := tag(model))]
    assert fault.message.endswith(unknown_value("", kinds))
