"""Rules for secrets: they come from the environment, because a card is committed and shared.

No message of these rules repeats the value that it is about.
"""

import re
from collections.abc import Iterator
from typing import Any

from checks.core.variables import has_malformed, names_in
from cockpit.card.rules.raw import at, texts
from cockpit.card.yaml.places import PathFault

# Bounded and anchored at the start of a word, so that a long text takes linear time.
_USER = re.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{0,31}://[^\s/?#@:]{0,256}:([^\s/?#]{1,256})@"
)
_QUERY = re.compile(
    r"[?&](?:password|passwd|pwd|secret|token|access_token|api_?key)=([^\s&#'\"]+)", re.IGNORECASE
)
_HEADER = re.compile(r"authorization\s*:\s*(?:bearer|basic)\s+([^\s'\"]+)", re.IGNORECASE)
_CREDENTIAL = re.compile(r"\A\s*(?:Bearer|Basic)\s+(\S+)\s*\Z")
_TOKEN = re.compile(r"\b(eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*)")
ADDRESSES = (("target", "*"), ("traffic", "observe", "url"), ("monitors", "*", "url"))
"""The addresses of a card outside its checks; a test names one that is missing."""

_KINDS = (
    (_USER, "a password stands in this address"),
    (_QUERY, "a secret stands in this address"),
    (_HEADER, "a credential stands here"),
    (_CREDENTIAL, "a credential stands here"),
    (_TOKEN, "a token stands here"),
)


def no_literal_secrets(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that the card itself contains no password, key or token."""
    for path, text in texts(raw):
        for pattern, what in _KINDS:
            if any(_is_literal(secret) for secret in pattern.findall(text)):
                yield PathFault(path, f"{what}: put it into the environment, and write ${{NAME}}")
                break


def token_comes_from_outside(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that the target's token comes from the environment, whatever it looks like."""
    for path, token in at(raw, ("target", "token")):
        if isinstance(token, str) and _is_literal(token) and not _TOKEN.search(token):
            yield PathFault(
                path, "a token is a secret: put it into the environment, and write ${NAME}"
            )


def variables_are_well_formed(raw: dict[str, Any]) -> Iterator[PathFault]:
    """Check that each `${` in a URL begins a variable's name; no shell expands a URL."""
    for address in ADDRESSES:
        for path, text in at(raw, address):
            if isinstance(text, str) and has_malformed(text):
                yield PathFault(
                    path, "a variable is written ${NAME}: letters, digits and _ in braces"
                )


def _is_literal(secret: str) -> bool:
    return bool(secret) and not names_in(secret)


RULES = (no_literal_secrets, token_comes_from_outside, variables_are_well_formed)
