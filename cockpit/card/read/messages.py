"""What is wrong with a card's value, as sentences that say what would be right."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from cockpit.card.model.steps import KINDS
from cockpit.foundation.redaction import Redactor
from cockpit.foundation.suggest import suggest

_REDACTOR = Redactor({})
"""Knows no secret by name, but a password inside an address, and tokens, by their shape."""

NO_ACTION = "what it does is missing: write `run: COMMAND` or `rollback: traffic`"
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


def misplaced(wanted: type, raw: Any, given: str) -> str:
    """Say that a value is of another type than the one that belongs there."""
    is_number = isinstance(raw, int | Decimal) and not isinstance(raw, bool)
    hint = ": quote it" if wanted is str and is_number else ""
    return f"{given} stands where {_WANTED[wanted]} belongs{hint}"


def beyond(bound: str, limit: float, given: str) -> str:
    """Say that a number breaks a bound: `gt`, `ge`, `lt` or `le`."""
    return f"{given} is out of range: write {_BOUNDS[bound]} {limit:g}"


def unlike(pattern: str, given: str) -> str:
    """Say that a text does not match a pattern."""
    return f"{given} does not fit: write {_PATTERNS.get(pattern, f'what fits {pattern}')}"


def unknown(given: str, choices: Iterable[Any]) -> str:
    """Say that a value is none of those that there are."""
    *others, last = (f"`{each}`" if isinstance(each, str) else str(each) for each in choices)
    listed = f"{', '.join(others)} or {last}" if others else last
    return f"{given} is not known here: write {listed}"


def missing(name: str, description: str | None) -> str:
    """Say that a key is needed."""
    return f"the key `{name}` is missing{f': {description}' if description else ''}"


def no_kind(name: str) -> str:
    """Say that the key is needed by whose value an entry's kind is known."""
    return f"the key `{name}` is missing: it says what kind this is"


def stranger(name: str, known: Iterable[str]) -> str:
    """Say that there is no such key, and which one may be meant."""
    names = list(known)
    here = next((kind for kind in KINDS if kind in names), None)
    if name == "<<":
        return "YAML 1.2 has no merging of mappings: write the keys out"
    if here and name in KINDS:
        return f"a step does one thing, and this one has `{here}` already: make two steps of it"
    return f"there is no key `{name[:_LONGEST]}` here: {suggest(name, names)}"


def no_step(raw: Any, given: str) -> str:
    """Say what a step is, where something else stands."""
    if not isinstance(raw, dict):
        return f"{given} stands where a step belongs, as `- run: ...`"
    near = [key for key in raw if suggest(str(key), KINDS).startswith("did")]
    hint = f"; for `{near[0]}`, {suggest(near[0], KINDS)}" if near else ""
    return f"a step has one of the keys {', '.join(KINDS)}, and this one has none of them{hint}"


def said(error: ValueError, raw: Any, given: str) -> str:
    """Take over a reader's own sentence, with the value as the card wrote it."""
    sentence = str(error)
    if sentence.startswith(quoted := repr(raw)):
        sentence = given + sentence.removeprefix(quoted)
    return _REDACTOR.redact(sentence)


def shown(raw: Any, written: str | None) -> str:
    """Quote a value for a sentence: short, as `written` in the card, without a URL's password."""
    if raw is None:
        return "nothing"
    if isinstance(raw, dict | list):
        return "a mapping" if isinstance(raw, dict) else "a list"
    text = _REDACTOR.redact(written or str(raw))
    text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    if isinstance(raw, str):
        return f"`{text}`"
    return f"the truth {text}" if isinstance(raw, bool) else f"the number {text}"
