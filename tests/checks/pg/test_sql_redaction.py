import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.pg.sql_redaction import redact_query


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("SELECT 1", "SELECT ?"),
        ("SELECT $1, t1.c2 FROM t1 LIMIT 10", "SELECT $1, t1.c2 FROM t1 LIMIT ?"),
        ("UPDATE a SET b = 'it''s me', c = -1.5e3", "UPDATE a SET b = ?, c = -?"),
        ("SELECT E'a\\'b', 2", "SELECT ?, ?"),
        ("SELECT 'a\\'b', 'bob'", "SELECT …"),
        ("SELECT $$bob$$, $q$ bob $$ $q$, 3", "SELECT ?, ?, ?"),
        ("SELECT $tag$ bob and no end", "SELECT ?"),
        ("SELECT 'bob and no end", "SELECT ?"),
        ("SELECT U&'bob', X'6f', B'01', N'bob'", "SELECT ?, ?, ?, ?"),
        ("/* user=bob */ SELECT a /* bob", "SELECT a"),
        ("SELECT a -- bob\nFROM b", "SELECT a FROM b"),
        ('SELECT "t"."a b" WHERE x = "bob@x.com"', 'SELECT "t"."a b" WHERE x = "?"'),
        ("SET app.user = bob", "SET app.user = …"),
        ("set local app.user to bob", "set local app.user to …"),
        ("\n\n", "no text"),
        ("SELECT 0x1F, 1_000, .5, 12.5", "SELECT ?, ?, ?, ?"),
    ],
)  # fmt: skip
def test_a_query_is_shown_without_its_values(query: str, shown: str) -> None:
    assert redact_query(query) == shown


@pytest.mark.law(8)
@given(st.text(alphabet="ab'\"$\\/*-\n 1xEU&", max_size=60), st.text(max_size=30))
def test_law_8_a_quoted_value_never_shows(before: str, after: str) -> None:
    quoted = "SELECT 'qzv' || E'qzv' || $x$qzv$x$ /* qzv */ , qzv1 " + before + after
    assert "qzv " not in redact_query(quoted).replace("qzv1", "")


@pytest.mark.law(9)
def test_law_9_a_long_query_is_short_and_read_in_time() -> None:
    for piece in ("'", '"', "$$", "/*", "a", "(", "''\\", "E'", "$a", "SET x "):
        assert len(redact_query(piece * 100_000)) <= 100
