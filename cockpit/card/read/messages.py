"""Error messages for a card's values: what is wrong, and what would be right."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from cockpit.card.model.steps import KINDS
from cockpit.card.read.shape import Shape, choices, keys
from cockpit.foundation.redaction import Redactor
from cockpit.foundation.suggest import suggest

_REDACTOR = Redactor({})
"""Redacts passwords in URLs and tokens by their shape; the card names no secrets yet."""

SECOND_ACTION = "it runs a command already: make the rollback a breaker of its own"
EMPTY = "this is empty: write at least one entry or character"

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
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "`true` or `false`",
    dict: "a mapping (`key: value`)",
    list: "a list (each entry begins with `- `)",
}
_BOUNDS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}


def wrong_type(wanted: type, raw: Any, value: str) -> str:
    """Return the message for a value of the wrong type."""
    is_number = isinstance(raw, int | Decimal) and not isinstance(raw, bool)
    hint = ": quote it" if wanted is str and is_number else ""
    return f"{value} stands where {_WANTED[wanted]} belongs{hint}"


def out_of_range(bound: str, limit: float, value: str) -> str:
    """Return the message for a number out of range; `bound` is `gt`, `ge`, `lt` or `le`."""
    return f"{value} is out of range: write {_BOUNDS[bound]} {limit:g}"


def pattern_mismatch(pattern: str, value: str) -> str:
    """Return the message for a text that does not match a pattern."""
    return f"{value} does not fit: write {_PATTERNS.get(pattern, f'what fits {pattern}')}"


def unknown_value(value: str, known: Iterable[Any]) -> str:
    """Return the message for a value that is not one of `known`."""
    return f"{value} is not known here: write {join_choices(known)}"


def join_choices(values: Iterable[Any]) -> str:
    """Join what can be written, texts in backticks.

    >>> join_choices(["run", "check", "hold"])
    '`run`, `check` or `hold`'
    """
    *others, last = (f"`{value}`" if isinstance(value, str) else str(value) for value in values)
    return f"{', '.join(others)} or {last}" if others else last


def no_action(own: Mapping[str, type[Struct]]) -> str:
    """Return the message for an entry that has no key which says what it does.

    `own`: the kinds by the key that tells each, as `own_keys` returns them.
    """
    examples = (f"{name}: {_example(keys(kind)[name].shape)}" for name, kind in own.items())
    return f"what it does is missing: write {join_choices(examples)}"


def _example(kind: Shape) -> str:
    return str(next(iter(choices(kind)), "..."))


def missing_key(name: str, description: str | None) -> str:
    """Return the message for a required key that is missing; its description is a noun phrase.

    >>> missing_key("window", "when steps may act")
    'the key `window` is missing: its value is when steps may act'
    """
    return f"the key `{name}` is missing{f': its value is {description}' if description else ''}"


def missing_tag(name: str) -> str:
    """Return the message for a missing tag, the key that says which kind an entry is."""
    return f"the key `{name}` is missing: it says what kind this is"


def unknown_key(name: str, known: Iterable[str]) -> str:
    """Return the message for an unknown key, with the most similar known one."""
    names = list(known)
    here = next((kind for kind in KINDS if kind in names), None)
    if name == "<<":
        return "YAML 1.2 has no merging of mappings: write the keys out"
    if here and name in KINDS:
        return f"a step does one thing, and this one has `{here}` already: make two steps of it"
    return f"there is no key `{name[:_LONGEST]}` here: {suggest(name, names)}"


def not_a_step(raw: Any, value: str) -> str:
    """Return the message for an entry that is not a step."""
    if not isinstance(raw, dict):
        return f"{value} stands where a step belongs, as `- run: ...`"
    near = [key for key in raw if suggest(str(key), KINDS).startswith("did")]
    hint = f"; for `{near[0]}`, {suggest(near[0], KINDS)}" if near else ""
    return f"a step has one of the keys {', '.join(KINDS)}, and this one has none of them{hint}"


def reader_message(error: ValueError, raw: Any, value: str) -> str:
    """Return the message of a value's error, quoting the value as the card writes it."""
    sentence = str(error)
    if sentence.startswith(quoted := repr(raw)):
        sentence = value + sentence.removeprefix(quoted)
    return _REDACTOR.redact(sentence)


def quote_value(raw: Any, written: str | None) -> str:
    """Format a value for a message: short, as `written` in the card, secrets redacted."""
    if raw is None:
        return "nothing"
    if isinstance(raw, dict | list):
        return "a mapping" if isinstance(raw, dict) else "a list"
    text = _REDACTOR.redact(written or str(raw))
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    if isinstance(raw, str):
        return f"`{text}`"
    return f"the truth {text}" if isinstance(raw, bool) else f"the number {text}"
