"""Plain scalars by the core schema of YAML 1.2, where `no`, `on`, `1:30` and `2.4.0` are texts.

A number with a point becomes a Decimal, not a float: it keeps the digits that the card gave, and no
duration or share takes it for seconds or a ratio.
"""

import re
from decimal import Decimal

Scalar = str | int | Decimal | bool | None

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST_NUMBER = 18
"""Characters; a longer run of digits is a name, not a quantity, and stays a text."""


def plain(text: str) -> Scalar:
    """Read an unquoted scalar; raises ValueError for an infinity, not-a-number or a vast exponent.

    >>> plain("no"), plain("2.4.0"), plain("0x1F"), plain("~"), plain("True")
    ('no', '2.4.0', 31, None, True)
    """
    if text in _WORDS:
        return _WORDS[text]
    if _ENDLESS.fullmatch(text):
        raise ValueError(f"{text} is not a quantity: write a finite number")
    return _number(text) if len(text) <= _LONGEST_NUMBER else text


def _number(text: str) -> int | Decimal | str:
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if not _FLOAT.fullmatch(text):
        return text
    number = Decimal(text)
    if abs(number.adjusted()) > _LONGEST_NUMBER:
        raise ValueError(f"{text} is too vast or too small for a card: write a plain number")
    return number
