"""Redaction of secrets and cleaning of foreign text.

Text that the program did not write itself (command output, HTTP bodies, database errors) passes
through `sanitize`, `evidence` or `clean`, and is plain, visible, bounded text afterwards. Secrets
are redacted before the text is cleaned and again after it: an escape sequence in the middle of a
secret would hide it from the first pass, and cleaning would remove that sequence.
"""

import html
import json
import re
import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import quote, quote_plus, unquote

SHORTEST_SECRET: Final = 4
"""Characters. Shorter values are not redacted: they would eat everyday words and numbers."""

_SHORTEST_DERIVED: Final = 6
"""Characters. Shorter base64 forms, and shorter lines of a multi-line secret, are not redacted."""

_BASE64: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"

# Every quantifier is possessive and every ending optional, so that hostile input costs linear time.
# An unterminated string sequence (OSC, DCS, ...) ends at the next ESC or with its own line.
_SEQUENCE: Final = re.compile(
    r"""(?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]?
    | (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*+(?:\x07|\x1b\\|\x9c)?
    | \x1b[ -/]*+[0-~]?""",
    re.VERBOSE,
)
_BIDI: Final = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_LINE_BREAKS: Final = (0x2028, 0x2029)
_PICTURES: Final = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_VISIBLE: Final = _PICTURES | dict.fromkeys(
    (*range(0x80, 0xA0), *range(0xD800, 0xE000), *_BIDI, *_LINE_BREAKS), 0xFFFD
)

_HIDDEN: Final = "•••"
_SHAPES: Final = (
    # scheme://user:PASSWORD@host. Up to the last @, since a badly quoted password may contain one;
    # a port is not a password; a value that is already redacted keeps its name.
    (
        re.compile(
            r"(://[^\s/:@?#\[]{0,256}:)(?!\d{1,5}(?:[/?#,\s]|$))(?!•••(?:[^•\s]{1,99}•••)?@)"
            r"(?:(?!://)[^\s\"'<>]){1,1024}@"
        ),
        rf"\g<1>{_HIDDEN}@",
    ),
    (
        re.compile(
            r"(authorization[\"']?\s{0,9}[:=]\s{0,9}[\"']?(?:(?:bearer|basic|token|apikey)\s{1,9})?)"
            r"[^\s\"',;•]{8,}+",
            re.IGNORECASE,
        ),
        rf"\g<1>{_HIDDEN}",
    ),
    (
        re.compile(
            r"(\bbearer\s{1,9})(?=[\w.~+/=-]{0,99}\d)[A-Za-z0-9._~+/=-]{8,}+", re.IGNORECASE
        ),
        rf"\g<1>{_HIDDEN}",
    ),
    (
        re.compile(r"(?<![\w-])eyJ[\w-]{5,}+\.[\w-]{5,}+(?:\.[\w-]*+)?", re.ASCII),
        _HIDDEN,
    ),
    (
        re.compile(r"(\b(?:pgpassword|password|passwd|pwd)=)[^\s&\"';,•]++", re.IGNORECASE),
        rf"\g<1>{_HIDDEN}",
    ),
)


def clean(s: str, *, multiline: bool = False, limit: int = 4000) -> str:
    r"""Return `s` as harmless visible text of at most `limit` characters (1 or more).

    Escape sequences vanish, other C0 controls become pictures (`␀`, `␛`), C1 and bidirectional
    controls, line and paragraph separators and lone surrogates become U+FFFD, tabs become spaces.
    Line feeds stay with `multiline` and become `␊` without it. Text that is cut ends in `…`.

    >>> clean("\x1b[31mred\x1b[0m\tand\x00null")
    'red and␀null'
    """
    # The first cut bounds the work; a quarter of visible characters is plenty for coloured output.
    shown = _visible(s[: 4 * limit], multiline=multiline)
    return _cut(shown + "…" if len(s) > 4 * limit else shown, limit)


def _visible(s: str, *, multiline: bool) -> str:
    lines = s.replace("\r\n", "\n").rstrip("\n").split("\n")
    shown = (_SEQUENCE.sub("", line).expandtabs(4).translate(_VISIBLE) for line in lines)
    return ("\n" if multiline else "␊").join(shown)


def _cut(s: str, limit: int) -> str:
    return s if len(s) <= limit else s[: max(limit - 1, 0)] + "…"


class Redactor:
    """Replaces secrets in text: named values by `•••NAME•••`, everything else by `•••`.

    `secrets` maps names to values. A value is found as it is and as it is written in a URL, in
    JSON, in HTML, in a Python repr and in base64; the longest match wins. A multi-line value is
    also found line by line, and the password of a value that is a URL also on its own. Passwords
    in URLs and in `password=`, `Authorization` values, bearer tokens and JSON Web Tokens are
    redacted without being named. Redaction is idempotent.
    """

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self.ignored: tuple[str, ...] = tuple(
            name for name, value in secrets.items() if len(value.strip()) < SHORTEST_SECRET
        )
        """Names whose values are empty or shorter than `SHORTEST_SECRET`, and are not redacted."""
        self._names: dict[str, str] = {}
        shared: dict[str, str] = {}
        for name, value in secrets.items():
            for form, pattern in _forms_of(value):
                if len(form) >= SHORTEST_SECRET:
                    self._names.setdefault(form, name)
                    shared[form] = pattern
        self.longest: int = max(map(len, self._names), default=0) + 2 * bool(self._names)
        """The length in characters of the longest text that is redacted by value."""
        # Markers come first, so that a value like "TOKEN" is not replaced inside a marker.
        markers = [re.escape(f"•••{name}•••") for name in secrets]
        ordered = [*markers, *(shared[form] for form in sorted(shared, key=len, reverse=True))]
        self._pattern = re.compile("|".join(ordered))
        # Texts alone are found three times as fast, and most texts hold no secret.
        self._has_secret = re.compile("|".join(map(re.escape, self._names))) if shared else None

    def redact(self, text: str) -> str:
        """Return `text` with its secrets replaced by markers."""
        if self._has_secret is not None and self._has_secret.search(text):
            text = self._pattern.sub(self._marker, text)
        for pattern, shown in _SHAPES:
            text = pattern.sub(shown, text)
        return text

    def _marker(self, found: re.Match[str]) -> str:
        text = found[0]
        forms = (text, text[:-1], text[1:], text[1:-1])  # see `_SecretForm`
        name = next((self._names[form] for form in forms if form in self._names), None)
        return text if name is None else f"{_HIDDEN}{name}{_HIDDEN}"


def sanitize(text: str, redactor: Redactor, *, multiline: bool = False, limit: int = 4000) -> str:
    """Return `text` redacted, cleaned (see `clean`), redacted again, and only then cut to `limit`.

    A caller that cuts the text beforehand may leave half a secret at the cut: it must drop the last
    `redactor.longest` characters of the result.
    """
    return _cut(redactor.redact(_visible(redactor.redact(text), multiline=multiline)), limit)


def evidence(text: str, redactor: Redactor, limit: int = 200) -> str:
    r"""Return `text` as one redacted, clean line, white space collapsed, cut to `limit` characters.

    >>> evidence("FATAL:  no\n  postgres://app:hunter2@db/app", Redactor({}))
    'FATAL: no postgres://app:•••@db/app'
    """
    return _cut(
        " ".join(redactor.redact(_visible(redactor.redact(text), multiline=True)).split()), limit
    )


class _SecretForm(NamedTuple):
    """A text that reveals a secret, and the pattern that finds it.

    In base64 within more data, the first and the last character also hold bits of what stands
    around the secret: the pattern takes each, too, if it may hold bits of the secret.
    """

    text: str
    pattern: str


def _forms_of(value: str) -> Iterator[_SecretForm]:
    """Yield every text that reveals the secret `value`."""
    if len(value.strip()) < SHORTEST_SECRET:
        return
    for part in {value, value.strip()}:
        yield from _spellings(part)
    for line in value.split("\n") if "\n" in value.strip() else ():
        if len(line.strip()) >= _SHORTEST_DERIVED and not line.startswith("-----"):
            yield from _spellings(line.strip())
    if inside := re.search(r"://[^\s/:@]*:(\S+)@", value):
        for password in {inside[1], unquote(inside[1])}:
            yield from _spellings(password)


def _spellings(value: str) -> Iterator[_SecretForm]:
    raw = value.encode("utf-8", "replace")
    yield from (_SecretForm(text, re.escape(text)) for text in _written(value, raw))
    for form in _base64_forms(raw):
        if len(form.text) >= _SHORTEST_DERIVED:
            yield form


def _written(value: str, raw: bytes) -> Iterator[str]:
    yield from (value, _visible(value, multiline=True), html.escape(value), repr(value)[1:-1])
    yield from (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1])
    for quoted in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield quoted
        yield re.sub("%..", lambda hexes: hexes[0].lower(), quoted)


def _base64_forms(raw: bytes) -> Iterator[_SecretForm]:
    """Yield the base64 of `raw` alone, and within more data at each of the three alignments."""
    for coded in (b64encode, urlsafe_b64encode):
        alone = coded(raw).decode()
        yield _SecretForm(alone, re.escape(alone))
        for before in range(3):
            yield _within(coded(bytes(before) + raw).decode(), before, len(raw))


def _within(coded: str, before: int, length: int) -> _SecretForm:
    """Return the form of `length` bytes that follow `before` (0..2) others.

    A character holds six bits, so up to four of the secret share one with what stands around it.
    """
    first, whole = -(-before * 8 // 6), (before + length) * 8 // 6
    own_first, own_last = first * 6 - before * 8, (before + length) * 8 % 6
    text = coded[first:whole]
    head = _sharing(coded[first - 1], (1 << own_first) - 1) if own_first else ""
    tail = _sharing(coded[whole], 0x3F - (1 << (6 - own_last)) + 1) if own_last else ""
    return _SecretForm(text, f"{head}{re.escape(text)}{tail}")


def _sharing(character: str, own: int) -> str:
    """Return a pattern for the characters that have the bits `own` of one; there may be none."""
    codes = {**{c: at for at, c in enumerate(_BASE64)}, "-": 62, "_": 63}
    wanted = codes[character] & own
    alike = "".join(re.escape(c) for c, code in codes.items() if code & own == wanted)
    return f"[{alike}]?"
