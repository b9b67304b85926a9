"""A `${` that begins no variable is named in every address of the card itself.

Walks the card's types, so that an address that is added later cannot be left out. A check reads its
addresses itself, and is unknown where one cannot be used.
"""

import re
from collections.abc import Iterator

import pytest
from msgspec import Struct
from msgspec.structs import fields

from checks.core.base import Check
from cockpit.card.model.card import Card
from cockpit.card.read.shape import Shape, is_model, shape
from cockpit.card.rules.secret import ADDRESSES

ADDRESS = re.compile(
    r"(?:.*_)?(?:url|uri|address|dsn|socket|host|server|api|database|alertmanager|endpoint"
    r"|peer|runtime|admin|bind|listen|broker)s?"
)
"""What a key is named that holds an address."""

Path = tuple[str, ...]


def addresses(model: type[Struct], here: Path = ()) -> Iterator[Path]:
    """Yield the path of each text whose name is that of an address; `*` for a list's entries."""
    for field in fields(model):
        path = (*here, field.encode_name)
        for kind, inner in _inside(shape(field.type), path):
            if is_model(kind.base):
                if not issubclass(kind.base, Check):
                    yield from addresses(kind.base, inner)
            elif kind.base is str and ADDRESS.fullmatch(field.encode_name):
                yield inner


def _inside(kind: Shape, path: Path) -> Iterator[tuple[Shape, Path]]:
    """Yield the texts and models that a field holds, whatever they are wrapped in."""
    if kind.members:
        for member in kind.members:
            yield shape(member), path
    elif kind.base in (tuple, list):
        yield from _inside(kind.argument(), (*path, "*"))
    elif kind.base is dict:
        yield from _inside(kind.argument(1), (*path, "*"))
    else:
        yield kind, path


def is_covered(path: Path) -> bool:
    """Whether an entry of ADDRESSES matches a path."""
    return any(
        len(address) == len(path)
        and all(part in ("*", name) for part, name in zip(address, path, strict=True))
        for address in ADDRESSES
    )


def test_every_address_of_the_card_is_covered() -> None:
    missing = sorted({".".join(path) for path in addresses(Card) if not is_covered(path)})
    assert not missing, f"add to ADDRESSES of cockpit/card/rules/secret.py: {', '.join(missing)}"


def test_the_walk_finds_the_addresses_of_today() -> None:
    assert set(addresses(Card)) >= {
        ("target", "url"),
        ("target", "database"),
        ("traffic", "observe", "url"),
        ("monitors", "*", "url"),
    }


class SocketRouter(Struct):
    """A router that nothing in the card knows of."""

    stats_socket: str | None = None
    backends: tuple[str, ...] = ()


@pytest.mark.parametrize("path", [("no-such", "stats_socket"), ("no-such-list", "*", "url")])
def test_an_address_that_nobody_thought_of_is_not_covered(path: Path) -> None:
    assert not is_covered(path)


@pytest.mark.parametrize("name", ["url", "stats_socket", "runtime", "admin", "peers", "bind"])
def test_a_key_that_holds_an_address_is_told_by_its_name(name: str) -> None:
    assert ADDRESS.fullmatch(name)


@pytest.mark.parametrize("name", ["counter", "label", "set", "url_path"])
def test_any_other_key_is_left_alone(name: str) -> None:
    assert not ADDRESS.fullmatch(name)


def test_an_address_that_nobody_thought_of_is_found() -> None:
    assert list(addresses(SocketRouter, ("traffic",))) == [("traffic", "stats_socket")]
