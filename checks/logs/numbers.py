"""Card numbers, IBANs and telephone numbers in a line of a log.

Digits alone would take order numbers for cards and timestamps for telephones: a find fulfils its
checksum or its country's numbering plan, and no key before it says that it only numbers things.
"""

import re
from collections.abc import Iterator

from checks.logs.match import Match, before, spot, words

_HARMLESS = re.compile(
    r"""(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])  # UUID
    | \d{4}[-/]\d\d[-/]\d\d (?:[T_\ ] \d\d:\d\d (?::\d\d (?:[.,]\d{1,9})?)? (?:Z|[+-]\d\d:?\d\d)?)?
    | \d\d/[a-z]{3}/\d{4}:\d\d:\d\d:\d\d(?:\ [+-]\d{4})?         # of an access log
    | (?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])                 # IPv4
    | (?<![\w:])(?:[0-9a-f]{1,4}:){2,7}[0-9a-f]{0,4}(?![\w:])    # IPv6, MAC, a time of the day
    """,
    re.IGNORECASE | re.VERBOSE,
)
_KEY = re.compile(r"([A-Za-z][\w.-]{0,40})[\"'\\]{0,3}\s{0,2}[:=#/\s]\s{0,2}[\"'\\#\[(]{0,4}\Z")
_IDENTIFIER = re.compile(
    r"""id | uid | guid | uuid | trace | span | request | correlation | order | invoice
    | transaction | txn | ref | reference | seq | sequence | offset | nonce | etag | version
    | build | ts | time | timestamp | epoch | nanos | millis | duration | byte | size | count
    | total | shipment | parcel | tracking | batch | job | block | hash | sku | ean | isbn
    | serial | commit""",
    re.VERBOSE,
)
_CERTAIN = re.compile(r"card|pan|cc|iban|phone|tel|mobile|msisdn|cell|fax")

_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d\d(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"""(?<![\w.+-])(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{1,7}|\d{4}([ -])\d{6}\2\d{4,5})
    (?![\w-]|\.\d)""",
    re.VERBOSE,
)
_ISSUER = re.compile(
    r"""4(?:\d{12}|\d{15}|\d{18}) | 5[1-5]\d{14} | 2(?:2[2-9]|[3-6]\d|7[01])\d{13} | 3[47]\d{13}
    | (?:6011|65\d\d|64[4-9]\d)\d{12,15} | 35(?:2[89]|[3-8]\d)\d{12} | 3(?:0[0-5]|[68]\d)\d{11}
    | 62\d{14,17}""",
    re.VERBOSE,
)
_PHONE = re.compile(
    r"(?<![\w+.:/-])(?:\+|%2B)[1-9](?:[ .()/-]{0,2}\d){6,14}(?!\w|\.\d)", re.IGNORECASE
)
_NATIONAL = re.compile(
    r"(?<![\w+.:/-])(?:\(\d{2,5}\)|\d{2,5})[ ./-]\d{2,8}(?:[ ./-]\d{2,8}){0,4}(?!\w|[.:]\d)"
)
_CALLED = re.compile(
    r"""(?:phone|(?<![a-z])(?:telephone|mobile|msisdn|tel|fax|cell))(?:[_-]?(?:number|no|nr))?
    ["'\\]{0,3}\s{0,2}[:=]\s{0,2}["'\\]{0,3}(\+?\(?\d[\d ().-]{4,18}\d)(?![\w:])""",
    re.IGNORECASE | re.VERBOSE,
)


def numbers(line: str, region: str | None) -> Iterator[Match]:
    """Give what is found; `region` is a country whose telephone numbers need no `+`."""
    text = _HARMLESS.sub(lambda found: "\0" * len(found[0]), line)
    if not any(character.isdigit() for character in text):
        return
    yield from _ibans(text)
    for found in _CARD.finditer(text):
        digits = re.sub(r"\D", "", found[0])
        if _ISSUER.fullmatch(digits) and _sums(digits) and not _is_identifier(text, found):
            yield spot("card number", found, digits, f"•••• {digits[-4:]}")
    yield from _phones(text, region)


def _sums(digits: str) -> bool:
    from stdnum import luhn  # noqa: PLC0415

    return len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def _ibans(text: str) -> Iterator[Match]:
    from stdnum import iban  # noqa: PLC0415

    for found in _IBAN.finditer(text):
        # In groups of four, the next word may look like one more of them.
        value = found[0]
        while value and not iban.is_valid(value):
            value = value.rpartition(" ")[0]
        if value:
            redacted = f"{value[:2].upper()}•••"
            start = found.start()
            yield Match("IBAN", value.replace(" ", ""), redacted, start, start + len(value))


def _phones(text: str, region: str | None) -> Iterator[Match]:
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415

    for found in _CALLED.finditer(text):
        if 7 <= sum(map(str.isdigit, found[1])) <= 15:
            yield spot("phone number", found, found[1], _redacted_phone(found[1]))
    national = [(_NATIONAL, region, Leniency.STRICT_GROUPING)] if region else []
    for pattern, country, leniency in [(_PHONE, None, Leniency.VALID), *national]:
        for found in pattern.finditer(text):
            number = re.sub("%2B", "+", found[0], flags=re.IGNORECASE)
            matcher = PhoneNumberMatcher(number, country, leniency)
            plain = country is not None and _is_identifier(text, found)
            if matcher.has_next() and not plain:
                yield spot("phone number", found, number, _redacted_phone(number))


def _redacted_phone(number: str) -> str:
    return f"{number[:3] if number.startswith('+') else ''}•••{number[-2:]}"


def _is_identifier(text: str, found: re.Match[str]) -> bool:
    """Tell whether a number stands under a key, or in a path, that says it only numbers things."""
    key = _KEY.search(before(text, found))
    called = words(key[1]) if key else frozenset()
    return any(map(_IDENTIFIER.fullmatch, called)) and not any(map(_CERTAIN.fullmatch, called))
