import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.journal.chain import LINE_MAX_BYTES, BadLine, Json, Link, parse, seal
from cockpit.journal.file import ChainedFile
from cockpit.journal.journal_reader import read, verify

texts = st.text(st.characters(codec="utf-8"), max_size=12)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
records = st.dictionaries(
    texts.filter(lambda key: key not in ("seq", "prev", "hash")), values, max_size=4
)
histories = st.lists(records, min_size=1, max_size=6)


def written(history: list[dict[str, Json]]) -> bytes:
    link, data = Link(), b""
    for record in history:
        line, raw = seal(record, link)
        link, data = line.link, data + raw
    return data


def on_disk(data: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal"
        path.write_bytes(data)
        yield path


def test_the_form_of_a_line() -> None:
    line, data = seal({"b": "é", "a": [1, None]}, Link())
    text = data.decode()
    assert text.startswith('{"a":[1,null],"b":"é","hash":"')
    assert text.endswith(f'","prev":"{"0" * 64}","seq":1}}\n')
    assert parse(data, Link()) == line


@given(records)
@settings(deadline=None, max_examples=50)
def test_what_is_sealed_is_parsed(record: dict[str, Json]) -> None:
    line, data = seal(record, Link(6, "f" * 64))
    assert data.count(b"\n") == 1
    assert parse(data, Link(6, "f" * 64)) == line


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"seq": 1}, "field 'seq'"),
        ({"x": float("nan")}, "not JSON compliant"),
        ({"x": "\ud800"}, "surrogates"),
        ({"x": "y" * LINE_MAX_BYTES}, "at most 1,048,576"),
    ],
)
def test_what_is_no_line(fields: dict[str, Json], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        seal(fields, Link())


@pytest.mark.law(6)
@pytest.mark.parametrize("digit", ["0", "f"])
def test_a_line_sealed_anew_after_another_one_is_found(digit: str) -> None:
    """Law 6: its own hash fits, that of the line before does not, be it greater or less."""
    _, data = seal({"x": 1}, Link(1, digit * 64))
    with pytest.raises(BadLine, match=r"line 2 .* its prev is not the hash of the line before"):
        parse(data, Link(1, "8" * 64))


def test_the_longest_line_is_read_again(tmp_path: Path) -> None:
    room = LINE_MAX_BYTES - len(seal({"x": ""}, Link())[1])
    line, data = seal({"x": "y" * room}, Link())
    (tmp_path / "journal").write_bytes(data)
    assert list(read(tmp_path / "journal")) == [line]
    with pytest.raises(ValueError, match="at most 1,048,576"):
        seal({"x": "y" * (room + 1)}, Link())


@pytest.mark.parametrize(
    ("change", "number", "what"),
    [
        (lambda lines: [lines[0], b"{nonsense}", lines[2]], 2, "it is no JSON"),
        (lambda lines: [lines[0], b"[" * 100_000, lines[2]], 2, "it is no JSON"),
        (lambda lines: [lines[0], b"[1]", lines[2]], 2, "a JSON list, an object"),
        (lambda lines: [lines[0], b'{"x":NaN}', lines[2]], 2, "it is no JSON"),
        (lambda lines: [lines[0], lines[2]], 2, "its seq is 3, 2 would be right"),
        (lambda lines: [lines[1], lines[2]], 1, "its seq is 2, 1 would be right"),
        (lambda lines: [lines[0].replace(b"one", b"ONE"), *lines[1:]], 1, "its hash does not fit"),
        (lambda lines: [lines[0].replace(b":", b": "), *lines[1:]], 1, "its hash does not fit"),
        (lambda lines: [*lines[:2], *written_lines(["x", "y", "z"])[2:]], 3, "its prev is not"),
        (lambda lines: [*lines, b"x" * LINE_MAX_BYTES], 4, "it has no end within"),
    ],
)
def test_the_first_bad_line_is_named(tmp_path: Path, change, number: int, what: str) -> None:
    path = tmp_path / "journal"
    path.write_bytes(b"\n".join(change(written_lines(["one", "two", "three"]))) + b"\n")
    with pytest.raises(BadLine, match=what) as bad:
        verify(path)
    assert bad.value.line_number == number
    assert f"line {number} of the journal" in str(bad.value)
    with pytest.raises(BadLine):
        ChainedFile(path)


def written_lines(names: list[str]) -> list[bytes]:
    return written([{"name": name} for name in names]).splitlines()


@pytest.mark.law(6)
@given(histories, st.data())
@settings(deadline=None, max_examples=60)
def test_cut_at_any_byte_it_is_whole_lines_and_perhaps_a_torn_one(
    history: list[dict[str, Json]], data: st.DataObject
) -> None:
    """Law 6: what is left of a cut journal is a beginning of it, and the next line continues it."""
    whole = written(history)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    lines = cut.count(b"\n")
    torn = not cut.endswith(b"\n") and bool(cut)
    for path in on_disk(cut):
        verified = verify(path)
        assert (verified.lines, verified.torn) == (lines, torn)
        assert [dict(line.fields) for line in read(path)] == history[:lines]
        file = ChainedFile(path)
        assert file.cut_bytes == len(cut) - (cut.rfind(b"\n") + 1)
        assert file.write({"next": True}).seq == lines + 1
        file.close()
        assert not verify(path).torn
        assert path.read_bytes().startswith(cut[: cut.rfind(b"\n") + 1])


@given(histories, st.data())
@settings(deadline=None, max_examples=100)
def test_one_flipped_byte_is_found(history: list[dict[str, Json]], data: st.DataObject) -> None:
    whole = written(history)
    at = data.draw(st.integers(0, len(whole) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[at]))
    changed = whole[:at] + bytes([other]) + whole[at + 1 :]
    for path in on_disk(changed):
        if at == len(whole) - 1:  # the last line feed: an unfinished line
            assert verify(path).torn
        else:
            with pytest.raises(BadLine) as bad:
                verify(path)
            assert bad.value.line_number == whole[:at].count(b"\n") + 1


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=50)
def test_garbage_is_bad_or_torn(garbage: bytes) -> None:
    for path in on_disk(garbage):
        if b"\n" in garbage:
            with pytest.raises(BadLine, match="line 1 "):
                verify(path)
        else:
            assert verify(path).torn == bool(garbage)
