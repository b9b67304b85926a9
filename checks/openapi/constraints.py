"""Comparison of the constraints on a single value: enum, bounds, format, pattern."""

from collections.abc import Iterator

from msgspec import Struct

from checks.core.text import join_names, one_line
from checks.openapi.schema_view import LOWER_BOUNDS, OPAQUE, SchemaView

_LARGE = 1e300
_WIDER = {"float": "double", "int32": "int64"}


class Change(Struct, frozen=True):
    """A breaking change: its place, a description, and whether it certainly breaks a client."""

    place: str
    what: str
    certain: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


def constraint_changes(inner: SchemaView, outer: SchemaView, *, sent: bool) -> Iterator[Change]:
    """Yield the constraints of `outer` that a value allowed by `inner` may violate.

    `sent` marks a request: then `inner` is the old schema and `outer` the new one. For a response
    it is the other way round.
    """
    yield from _enum_changes(inner, outer, sent=sent)
    yield from _bound_changes(inner, outer, sent=sent)
    yield from _keyword_changes(inner, outer)


def _enum_changes(inner: SchemaView, outer: SchemaView, *, sent: bool) -> Iterator[Change]:
    if outer.enum is None:
        return
    values = _format_values(outer.enum)
    if inner.enum is None:
        if inner.types != {"null"}:
            only = f"only {values} is accepted now"
            yield Change("", only if sent else f"values other than {values} may be returned now")
    elif extra := inner.enum - outer.enum:
        verb = "is no longer accepted" if sent else "may be returned now"
        yield Change("", f"{_format_values(extra)} {verb}")


def _format_values(values: frozenset[str]) -> str:
    return one_line(join_names(sorted(values)), 80)


def _bound_changes(inner: SchemaView, outer: SchemaView, *, sent: bool) -> Iterator[Change]:
    for name, bound in outer.bounds.items():
        keyword = name.removeprefix("exclusive ")
        sign = 1 if keyword in LOWER_BOUNDS else -1
        plain, strict = inner.bounds.get(keyword), inner.bounds.get(f"exclusive {keyword}")
        is_within = (
            plain is not None
            and (sign * plain > sign * bound or (plain == bound and name == keyword))
        ) or (strict is not None and sign * strict >= sign * bound)
        # A minimum length or count of zero constrains nothing.
        is_void = keyword.startswith("min") and keyword != "minimum" and bound <= 0
        if not is_within and not is_void:
            inner_bound = plain if plain is not None else strict
            old, new = (inner_bound, bound) if sent else (bound, inner_bound)
            yield Change("", f"{name} {_format_bound(old)} became {_format_bound(new)}")


def _format_bound(bound: float | None) -> str:
    if bound is None:
        return "none"
    # JSON integers have no upper limit: beyond a float's range, `:g` would raise OverflowError.
    return f"{bound:g}" if abs(bound) < _LARGE else one_line(f"{bound}", 30)


def _keyword_changes(inner: SchemaView, outer: SchemaView) -> Iterator[Change]:
    for name in ("format", "multipleOf", "uniqueItems"):
        extra = outer.keywords.get(name, frozenset()) - inner.keywords.get(name, frozenset())
        if extra and not (name == "format" and _is_format_compatible(inner, outer)):
            yield Change("", f"{name} {_format_values(extra)} differs")
    for name in ("pattern", *OPAQUE):
        inner_values = inner.keywords.get(name, frozenset())
        outer_values = outer.keywords.get(name, frozenset())
        # Which of two patterns accepts more is undecidable; that no pattern accepts more is not.
        if outer_values - inner_values:
            certain = name == "pattern" and not inner_values
            yield Change(
                "", f"{name} differs" + ("" if certain else ", compare it by eye"), certain
            )


def _is_format_compatible(inner: SchemaView, outer: SchemaView) -> bool:
    inner_formats = {value.strip('"') for value in inner.keywords.get("format", ())}
    outer_formats = {value.strip('"') for value in outer.keywords.get("format", ())}
    accepted = inner_formats | {_WIDER[name] for name in inner_formats if name in _WIDER}
    return outer_formats <= accepted
