"""Every part of a panel's value is drawn: with another value there, the picture is another one.

A `paint` that draws a constant, or forgets a field of its view, is found here.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import fields, replace

from tests.widgets.host import SIZES, Host
from tests.widgets.samples import CALM, SAMPLE_OF, SAMPLES, Shown, rehearsal
from widgets.cutover import CutoverList
from widgets.draw import Canvas, Row
from widgets.drawn import Drawn

Part = tuple[str, str]
"""A struct and its field."""

NARROW = ((60, 4), (80, 1), (80, 4), (120, 6), (200, 10))
SCREENS = (*SAMPLES.values(), rehearsal(CALM))
NOT_HERE: Mapping[type[Drawn[object]], set[Part]] = {
    CutoverList: {("FormLine", "short")},  # the banner's: the line over the list is short already
}
"""Fields that a panel has no use for, of a struct that another panel draws whole."""


def samples(kind: type[Drawn[object]]) -> Iterator[Any]:
    """Yield the values of a widget: its sample, and what it shows of each screen."""
    yield SAMPLE_OF[kind]
    sample = SAMPLE_OF[kind]
    shown = next((f.name for f in fields(Shown) if of_a_kind(getattr(CALM, f.name), sample)), None)
    yield from (getattr(screen, shown) for screen in SCREENS if shown)


def of_a_kind(value: Any, other: Any) -> bool:
    """Whether two values are of one struct, or tuples of one."""
    if isinstance(value, tuple) and isinstance(other, tuple):
        return type(value[0]) is type(other[0])
    return type(value) is type(other)


def others(value: Any) -> Iterator[Any]:
    """Yield other values of a leaf's type; none for None, which has no type to tell of."""
    match value:
        case bool():
            yield not value
        case Enum():
            yield from (member for member in type(value) if member is not value)
        case int():
            yield from {0, value + 1} - {value}
        case float():
            yield from {0.0, 1.0, value / 2} - {value}
        case str():
            yield "ZQ" + value[2:]


def changed(value: Any, of: Part = ("", "")) -> Iterator[tuple[Part, Any]]:
    """Yield the value with one leaf changed, and the field that holds it; each leaf in turn."""
    if isinstance(value, Struct):
        for field in fields(value):
            inside = type(value).__name__, field.name
            for part, new in changed(getattr(value, field.name), inside):
                yield part, replace(value, **{field.name: new})
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            for part, new in changed(item, of):
                yield part, (*value[:index], new, *value[index + 1 :])
    else:
        yield from ((of, other) for other in others(value))


def picture(widget: Drawn[object], value: object, size: tuple[int, int]) -> list[Row]:
    """Return what a widget, which is in an app, draws of a value."""
    canvas = Canvas(*size)
    widget._value = value
    widget.paint(canvas, value)
    return canvas.rows


def drawn_parts(widget: Drawn[object], values: list[Any]) -> tuple[set[Part], set[Part]]:
    """Return the parts that were changed, and those whose change is seen at some size."""
    every, seen = set[Part](), set[Part]()
    for value in values:
        for size in (*SIZES, *NARROW):
            before = picture(widget, value, size)
            for part, other in changed(value):
                every.add(part)
                if part not in seen and picture(widget, other, size) != before:
                    seen.add(part)
    return every, seen


@pytest.mark.parametrize("kind", SAMPLE_OF, ids=lambda kind: kind.__name__)
async def test_another_value_anywhere_in_a_panel_is_another_picture(
    kind: type[Drawn[object]],
) -> None:
    widget = kind(SAMPLE_OF[kind])
    async with Host(widget).run_test(size=SIZES[1]):
        every, seen = drawn_parts(widget, list(samples(kind)))
    assert every, "its sample holds nothing that could be another: give it a value"
    unseen = every - seen - NOT_HERE.get(kind, set())
    assert unseen == set(), f"{kind.__name__} draws the same whatever these are"


class Deaf(Drawn[str]):
    """Draws a constant."""

    def paint(self, canvas: Canvas, value: str) -> None:
        canvas.put(0, 0, "all is well")


async def test_a_panel_that_draws_a_constant_is_found() -> None:
    widget = Deaf("p95 148 ms")
    async with Host(widget).run_test(size=SIZES[0]):
        every, seen = drawn_parts(widget, ["p95 148 ms"])
    assert (every, seen) == ({("", "")}, set())
