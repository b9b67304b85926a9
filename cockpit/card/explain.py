"""What pydantic finds wrong, as sentences that say what would be right."""

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cockpit.card.places import Fault, Path, Places
from cockpit.card.rules.raw import suggest
from cockpit.card.shape import Spot, fields, locate
from cockpit.card.steps import KINDS
from cockpit.text import Mask

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_MASK = Mask({})
"""Knows no secret by name, but a password inside an address, and tokens, by their shape."""

_LONGEST = 60
_PATTERNS = {
    r"^[a-z0-9][a-z0-9.+-]*$": "small letters, digits and . + -, not beginning with a sign",
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and -, not beginning with -",
    r"^[a-z0-9][a-z0-9-]{0,23}$": "at most 24 small letters, digits and -, not beginning with -",
    r"^[A-Za-z0-9][A-Za-z0-9._-]*$": "letters, digits and . _ -, not beginning with a sign",
    r"^[A-Za-z_][A-Za-z0-9_]*$": "the name of an environment variable: letters, digits and _",
    r"^T[+-][0-9]+$": "a T-point in minutes, as T-30, T-0 or T+60",
    r"^f[2-9]$": "one of the keys f2 to f9",
    r"\S": "a text that is not empty",
}
_WANTED = {
    "string": "a text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "`true` or `false`",
    "dict": "a mapping (`key: value`)",
    "model": "a mapping (`key: value`)",
    "tuple": "a list (each entry begins with `- `)",
    "list": "a list (each entry begins with `- `)",
}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def explain(error: "ErrorDetails", places: Places) -> Fault | None:
    """Turn an error of pydantic into a fault at its place; None if it only follows from others."""
    spot = locate(error["loc"])
    if error["type"] == "too_short" and error["input"]:
        return None  # the list has entries, but pydantic does not count the wrong ones
    if error["type"] in _SENTENCES:
        return _SENTENCES[error["type"]](error, spot, places)
    return Fault(spot.path, _sentence(error, shown(error["input"], spot.path, places)))


def _sentence(error: "ErrorDetails", given: str) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"{given} is out of range: write {word} {context[key]:g}"
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        return f"{given} does not fit: write {_PATTERNS.get(pattern, f'what fits {pattern}')}"
    if kind in ("literal_error", "enum"):
        return f"{given} is not known here: write {_choices(context['expected'])}"
    if kind in ("too_short", "string_too_short"):
        return "this is empty: write at least one entry or character"
    if wanted := _WANTED.get(kind.split("_")[0]):
        is_number = wanted == "a text" and isinstance(error["input"], int | Decimal)
        return f"{given} stands where {wanted} belongs{': quote it' if is_number else ''}"
    return f"{given} does not fit: {error['msg'].lower()}"


def _missing(error: "ErrorDetails", spot: Spot, _: Places) -> Fault:
    field = spot.field()
    says = f": {field.description}" if field and field.description else ""
    return Fault(spot.path, f"the key `{error['loc'][-1]}` is missing{says}")


def _unknown_key(error: "ErrorDetails", spot: Spot, places: Places) -> Fault:
    key, known = str(spot.path[-1]), list(fields(spot.model)) if spot.model else []
    here = next((kind for kind in KINDS if kind in known), None)
    if key == "<<":
        message = "YAML 1.2 has no merging of mappings: write the keys out"
    elif here and key in KINDS:
        message = f"a step does one thing, and this one has `{here}` already: make two steps of it"
    else:
        message = f"there is no key `{key[:_LONGEST]}` here: {suggest(key, known)}"
    return Fault(spot.path, message, places.of_key(spot.path))


def _unknown_kind(error: "ErrorDetails", spot: Spot, places: Places) -> Fault:
    context = error.get("ctx", {})
    path = (*spot.path, context["discriminator"].strip("'"))
    given = shown(context["tag"], path, places)
    return Fault(path, f"{given} is not known here: write {_choices(context['expected_tags'])}")


def _no_kind(error: "ErrorDetails", spot: Spot, _: Places) -> Fault:
    key = error.get("ctx", {})["discriminator"].strip("'")
    return Fault((*spot.path, key), f"the key `{key}` is missing: it says what kind this is")


def _no_step(error: "ErrorDetails", spot: Spot, places: Places) -> Fault:
    given = error["input"]
    if not isinstance(given, dict):
        message = f"{shown(given, spot.path, places)} stands where a step belongs, as `- run: ...`"
        return Fault(spot.path, message)
    near = [key for key in given if suggest(str(key), KINDS).startswith("did")]
    hint = f"; for `{near[0]}`, {suggest(near[0], KINDS)}" if near else ""
    return Fault(spot.path, f"{error['msg']}, and this one has none of them{hint}")


def _said_by_value(error: "ErrorDetails", spot: Spot, places: Places) -> Fault:
    """Take over a validator's own sentence, with the value as the card wrote it."""
    given = error["input"]
    sentence = str(error.get("ctx", {}).get("error", error["msg"]))
    if sentence.startswith(quoted := repr(given)):
        sentence = shown(given, spot.path, places) + sentence.removeprefix(quoted)
    return Fault(spot.path, _MASK.mask(sentence))


_SENTENCES: dict[str, Callable[["ErrorDetails", Spot, Places], Fault]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "union_tag_invalid": _unknown_kind,
    "union_tag_not_found": _no_kind,
    "step_kind": _no_step,
    "value_error": _said_by_value,
}


def shown(value: Any, path: Path, places: Places) -> str:
    """Quote a value for a sentence: short, as the card wrote it, and without a URL's password."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = _MASK.mask(places.text(path) or str(value))
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    if isinstance(value, str):
        return f"`{text}`"
    return f"the truth {text}" if isinstance(value, bool) else f"the number {text}"


def _choices(expected: str) -> str:
    """Write pydantic's `'a', 'b' or 'c'`, or the same without the `or`, with the card's quotes."""
    *others, last = expected.replace("'", "`").replace(" or ", ", ").split(", ")
    return f"{', '.join(others)} or {last}" if others else last
