import base64
import json
import math
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.foundation.redaction import Redactor, clean, evidence, sanitize

SECRET = "h?nter 2/ü&x"
NONE = Redactor({})
HARMFUL = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]"
)
secrets = st.text(st.characters(codec="utf-8"), min_size=6, max_size=30).filter(
    lambda s: len(s.strip()) >= 6 and "•" not in s
)


@pytest.mark.law(9)
@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("a\x1b]52;c;aGk=\x07b", "ab"),
        ("a\x1b]0;title\x1b\\b", "ab"),
        ("a\x1b]8;;http://e/\x1b\\link\x1b]8;;\x1b\\b", "alinkb"),
        ("a\x1bPq#0\x1b\\b", "ab"),
        ("a\x1bcb", "ab"),
        ("a\x1b\x1b[31m[31mb", "a[31mb"),
        ("bell\x07 nul\x00 cr\rx bs\x08", "bell␇ nul␀ cr␍x bs␈"),
        ("c1\x85 bidi\u202e surrogate\ud800 del\x7f sep\u2028", "c1� bidi� surrogate� del␡ sep�"),
        ("a\tb", "a   b"),
        ("one\r\ntwo\n", "one␊two"),
        ("[/foo] [red]x [@click=app.quit]q[/]", "[/foo] [red]x [@click=app.quit]q[/]"),
    ],
)
def test_clean(foreign: str, shown: str) -> None:
    """Law 9: foreign text is only text."""
    assert clean(foreign) == shown


def test_an_unterminated_osc_swallows_its_own_line_only() -> None:
    assert clean("a\x1b]52;c;never ended\nnext\r\nlast", multiline=True) == "a\nnext\nlast"


def test_clean_bounds_its_result_and_says_so() -> None:
    assert clean("x" * 50, limit=10) == "x" * 9 + "…"
    assert clean("x" * 10, limit=10) == "x" * 10
    assert clean("\x1b[0m" * 50 + "lost", limit=10) == "…"


@pytest.mark.law(9)
@settings(deadline=None)
@given(st.text(), st.booleans())
def test_no_control_survives(foreign: str, multiline: bool) -> None:
    """Law 9: no control character, whatever the text."""
    shown = clean(foreign, multiline=multiline)
    assert not HARMFUL.search(shown.replace("\n", "") if multiline else shown)
    assert clean(shown, multiline=multiline) == shown.rstrip("\n")


@pytest.mark.parametrize(
    "piece", ["\x1b[0", "\x1b]0;", "\x90a", "\x9b", "a.", "://a:", "-eyJ", "eyJa.", "://"]
)
def test_hostile_text_costs_linear_time(piece: str) -> None:
    began = time.process_time()
    sanitize(piece * (300_000 // len(piece)) + "\x1b", Redactor({"KEY": SECRET}))
    assert time.process_time() - began < 2


@pytest.mark.law(8)
@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET),
        quote(SECRET, safe="").lower(),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        base64.b64encode(SECRET.encode()).decode(),
        SECRET.replace("&", "&amp;"),
    ],
)
def test_a_secret_is_redacted_in_every_spelling(form: str) -> None:
    """Law 8: secrets stay secret."""
    assert Redactor({"KEY": SECRET}).redact(f"a {form} b") == "a •••KEY••• b"


@pytest.mark.law(8)
@settings(deadline=None)
@given(secrets, st.text("abcXYZ 019", max_size=5), st.text("abcXYZ 019", max_size=5))
def test_a_secret_within_other_base64_is_redacted(secret: str, before: str, after: str) -> None:
    """Law 8: also as `user:password` of basic authentication."""
    encoded = base64.b64encode(f"{before}{secret}{after}".encode()).decode()
    assert "•••KEY•••" in Redactor({"KEY": secret}).redact(encoded)


@pytest.mark.law(8)
@settings(deadline=None)
@given(secrets, st.binary(max_size=5), st.binary(max_size=5), st.booleans())
def test_nothing_of_a_secret_is_left_in_base64(
    secret: str, before: bytes, after: bytes, urlsafe: bool
) -> None:
    """Law 8: nor in a character that holds bits of what stands around it, too."""
    coded = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    raw = secret.encode()
    left = Redactor({"KEY": secret}).redact(coded(before + raw + after).decode())
    head, _, tail = left.partition("•••KEY•••")
    end = len(before + raw)
    assert len(head) <= len(before) * 8 // 6
    assert len(tail.rstrip("=")) <= math.ceil((end + len(after)) * 8 / 6) - math.ceil(end * 8 / 6)


@pytest.mark.law(8)
@pytest.mark.parametrize("end", ["\n", "\r\n", " ", "\t"])
def test_a_secret_with_a_blank_or_a_line_end_is_redacted_without_it(end: str) -> None:
    """Law 8: a file of a secret ends with a line end, the text that shows it does not."""
    assert Redactor({"KEY": f"hunter2{end}"}).redact("(hunter2)") == "(•••KEY•••)"


@pytest.mark.law(8)
@settings(deadline=None)
@given(secrets, st.integers(1, 5), st.sampled_from(["\x1b[0m", "\x1b]0;x\x07", "\x9b1m"]))
def test_a_secret_split_by_escapes_is_redacted(secret: str, at: int, escape: str) -> None:
    """Law 8: redacted before cleaning and after it."""
    secret = clean(secret.replace("\t", "_")).strip().ljust(6, "x")
    redactor = Redactor({"KEY": secret})
    text = f"a {secret[:at]}{escape}{secret[at:]} b"
    assert secret not in sanitize(text, redactor)
    assert secret not in evidence(text, redactor)


@settings(deadline=None)
@given(st.text(max_size=40), st.dictionaries(st.sampled_from("ABC"), secrets, max_size=3))
def test_redacting_twice_is_redacting_once(text: str, values: dict[str, str]) -> None:
    redactor = Redactor(values)
    once = redactor.redact(
        " ".join([text, *values.values(), "postgres://u:p@h", "Bearer abcdef123"])
    )
    assert redactor.redact(once) == once


def test_the_longest_secret_wins_and_markers_are_left_alone() -> None:
    redactor = Redactor({"SHORT": "abcd", "LONG": "abcdefgh", "WORD": "LONG"})
    assert (
        redactor.redact(redactor.redact("abcdefgh abcd LONG"))
        == "•••LONG••• •••SHORT••• •••WORD•••"
    )


def test_short_values_are_ignored_and_named() -> None:
    redactor = Redactor({"A": "abc", "B": "", "C": "    ", "D": "\x1b[31m"})
    assert redactor.ignored == ("A", "B", "C")
    assert redactor.redact("abc    \x1b[0m") == "abc    \x1b[0m"


def test_a_secret_of_many_lines_is_redacted_line_by_line() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"
    redactor = Redactor({"PEM": key})
    assert redactor.redact("MIIEvQIBADANBg") == "•••PEM•••"
    assert redactor.redact(f"a {key}b") == "a •••PEM•••b"


def test_the_password_inside_a_secret_url_is_a_secret_too() -> None:
    redactor = Redactor({"DATABASE_URL": "postgres://app:p%40ssw@db/app"})
    assert redactor.redact("PGPASS p@ssw p%40ssw") == "PGPASS •••DATABASE_URL••• •••DATABASE_URL•••"


@pytest.mark.law(8)
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://app:hunter2@db:5432/app", "postgres://app:•••@db:5432/app"),
        ("redis://:pw@h", "redis://:•••@h"),
        ("x://u:p@ss@h and y://v:q/r@h", "x://u:•••@h and y://v:•••@h"),
        ("http://h:80/path?mail=a@b", "http://h:80/path?mail=a@b"),
        ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
        ("http://h/a:b@c", "http://h/a:b@c"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer •••"),
        ('{"authorization": "Basic dXNlcjpwdw=="}', '{"authorization": "Basic •••"}'),
        ("sent bearer 0a1b2c3d4e", "sent bearer •••"),
        ("bearer authentication is on", "bearer authentication is on"),
        ("got eyJhbGciOi.eyJzdWIiOi.c2lnbmF0 ok", "got ••• ok"),
        ("host=db password=hunter2 user=app", "host=db password=••• user=app"),
    ],
)
def test_shapes_of_secrets_nobody_named(text: str, shown: str) -> None:
    """Law 8: passwords inside URLs, tokens."""
    assert NONE.redact(text) == shown
    assert NONE.redact(shown) == shown


def test_evidence_is_one_short_line() -> None:
    assert evidence("a\n\n  b\x1b[1m\tc" + "d" * 300, NONE, limit=12) == "a b cdddddd…"


@pytest.mark.law(8)
def test_a_secret_at_the_cut_leaves_no_part() -> None:
    """Law 8: the cut comes last."""
    redactor = Redactor({"KEY": "hunter2hunter2"})
    assert sanitize("xxxx hunt\x1b[0mer2hunter2", redactor, limit=10) == "xxxx •••K…"
