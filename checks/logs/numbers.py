"""Detection of card numbers, IBANs and phone numbers in a log line.

Digits alone would mistake order numbers for cards and timestamps for phone numbers. A match must
have a valid checksum or fit its country's numbering plan, and no key before it may mark it as an
identifier.
"""

import re
from collections.abc import Iterator

from checks.logs.match import Match, match_at, text_before, words_of

_HARMLESS = re.compile(
    r"""(?<![\w-])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])  # UUID
    | \d{4}[-/]\d\d[-/]\d\d (?:[T_\ ] \d\d:\d\d (?::\d\d (?:[.,]\d{1,9})?)? (?:Z|[+-]\d\d:?\d\d)?)?
    | \d\d/[a-z]{3}/\d{4}:\d\d:\d\d:\d\d(?:\ [+-]\d{4})?         # access log
    | (?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])                 # IPv4
    | (?<![\w:])(?:[0-9a-f]{1,4}:){2,7}[0-9a-f]{0,4}(?![\w:])    # IPv6, MAC, time of day
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
_PERSONAL = re.compile(r"card|pan|cc|iban|phone|tel|mobile|msisdn|cell|fax")

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
_PHONE_KEYED = re.compile(
    r"""(?:phone|(?<![a-z])(?:telephone|mobile|msisdn|tel|fax|cell))(?:[_-]?(?:number|no|nr))?
    ["'\\]{0,3}\s{0,2}[:=]\s{0,2}["'\\]{0,3}(\+?\(?\d[\d ().-]{4,18}\d)(?![\w:])""",
    re.IGNORECASE | re.VERBOSE,
)


def find_numbers(line: str, region: str | None) -> Iterator[Match]:
    """Yield the card numbers, IBANs and phone numbers in a line.

    `region` is an ISO 3166 country code whose phone numbers are also found without `+`.
    """
    text = _HARMLESS.sub(lambda match: "\0" * len(match[0]), line)
    if not any(character.isdigit() for character in text):
        return
    yield from _find_ibans(text)
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if _ISSUER.fullmatch(digits) and _is_luhn(digits) and not _is_identifier(text, match):
            yield match_at("card number", match, digits, f"•••• {digits[-4:]}")
    yield from _find_phones(text, region)


def _is_luhn(digits: str) -> bool:
    from stdnum import luhn  # noqa: PLC0415

    # A digit repeated sixteen times may have a correct checksum, but is a placeholder.
    return len(set(digits)) > 1 and bool(luhn.is_valid(digits))


def _find_ibans(text: str) -> Iterator[Match]:
    from stdnum import iban  # noqa: PLC0415

    for match in _IBAN.finditer(text):
        # The word after an IBAN written in groups of four may look like one more group.
        value = match[0]
        while value and not iban.is_valid(value):
            value = value.rpartition(" ")[0]
        if value:
            redacted = f"{value[:2].upper()}•••"
            start = match.start()
            yield Match("IBAN", value.replace(" ", ""), redacted, start, start + len(value))


def _find_phones(text: str, region: str | None) -> Iterator[Match]:
    from phonenumbers import Leniency, PhoneNumberMatcher  # noqa: PLC0415

    for match in _PHONE_KEYED.finditer(text):
        if 7 <= sum(map(str.isdigit, match[1])) <= 15:
            yield match_at("phone number", match, match[1], _redact_phone(match[1]))
    national = [(_NATIONAL, region, Leniency.STRICT_GROUPING)] if region else []
    for pattern, country, leniency in [(_PHONE, None, Leniency.VALID), *national]:
        for match in pattern.finditer(text):
            number = re.sub("%2B", "+", match[0], flags=re.IGNORECASE)
            is_valid = PhoneNumberMatcher(number, country, leniency).has_next()
            if is_valid and not (country is not None and _is_identifier(text, match)):
                yield match_at("phone number", match, number, _redact_phone(number))


def _redact_phone(number: str) -> str:
    return f"{number[:3] if number.startswith('+') else ''}•••{number[-2:]}"


def _is_identifier(text: str, match: re.Match[str]) -> bool:
    """Whether the key or path before a number marks it as an identifier, count or time."""
    key = _KEY.search(text_before(text, match))
    words = words_of(key[1]) if key else frozenset()
    return any(map(_IDENTIFIER.fullmatch, words)) and not any(map(_PERSONAL.fullmatch, words))
