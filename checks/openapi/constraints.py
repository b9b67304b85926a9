"""A change, and the limits on a single value: its values, its bounds, its form."""

from collections.abc import Iterator

from msgspec import Struct

from checks.core.text import join_names, one_line
from checks.openapi.schema_view import LEAST, OPAQUE, View

_LARGE = 1e300
_WIDER = {"float": "double", "int32": "int64"}


class Change(Struct, frozen=True):
    """A difference: where it is, what it is, and whether it surely breaks something."""

    place: str
    what: str
    sure: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def limits(inner: View, outer: View, *, sent: bool) -> Iterator[Change]:
    """Give the limits of `outer`, where values of `inner` must fit, that they need not keep."""
    yield from _values(inner, outer, sent=sent)
    yield from _bounds(inner, outer, sent=sent)
    yield from _words(inner, outer)


def _values(inner: View, outer: View, *, sent: bool) -> Iterator[Change]:
    if outer.enum is None:
        return
    if inner.enum is None:
        if inner.types != {"null"}:
            only = f"only {_shown(outer.enum)} is accepted now"
            yield Change("", only if sent else f"not only {_shown(outer.enum)} may come now")
    elif more := inner.enum - outer.enum:
        yield Change("", f"{_shown(more)} {'is accepted no longer' if sent else 'may come now'}")


def _shown(enum: frozenset[str]) -> str:
    return one_line(join_names(sorted(enum)), 80)


def _bounds(inner: View, outer: View, *, sent: bool) -> Iterator[Change]:
    """See that the values of `inner` lie within the bounds of `outer`."""
    for name, edge in outer.bounds.items():
        word = name.removeprefix("exclusive ")
        sign = 1 if word in LEAST else -1
        plain, strict = inner.bounds.get(word), inner.bounds.get(f"exclusive {word}")
        within = (
            plain is not None and (sign * plain > sign * edge or (plain == edge and name == word))
        ) or (strict is not None and sign * strict >= sign * edge)
        if not within and not (word.startswith("min") and word != "minimum" and edge <= 0):
            mine = plain if plain is not None else strict
            old, new = (mine, edge) if sent else (edge, mine)
            yield Change("", f"{name} {_or_none(old)} became {_or_none(new)}")


def _or_none(edge: float | None) -> str:
    # A number without measure, as JSON may hold one, fits into no float.
    return (
        "none" if edge is None else f"{edge:g}" if abs(edge) < _LARGE else one_line(f"{edge}", 30)
    )


def _words(inner: View, outer: View) -> Iterator[Change]:
    for name in ("format", "multipleOf", "uniqueItems"):
        if lost := outer.words.get(name, frozenset()) - inner.words.get(name, frozenset()):
            if name == "format" and _fits_format(inner, outer):
                continue
            yield Change("", f"{name} {_shown(lost)} differs")
    for name in ("pattern", *OPAQUE):
        ours, theirs = (each.words.get(name, frozenset()) for each in (inner, outer))
        # Which of two patterns accepts more cannot be told; that none accepts more can.
        if theirs - ours:
            sure = name == "pattern" and not ours
            yield Change("", f"{name} differs" + ("" if sure else ", compare it by eye"), sure)


def _fits_format(inner: View, outer: View) -> bool:
    mine = {word.strip('"') for word in inner.words.get("format", ())}
    wanted = {word.strip('"') for word in outer.words.get("format", ())}
    return all(each in mine or any(_WIDER.get(one) == each for one in mine) for each in wanted)
