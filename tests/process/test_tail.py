import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit.foundation.redaction import Redactor, clean
from cockpit.process.tail import FileTail


def test_a_missing_file_has_no_lines(tmp_path: Path) -> None:
    tail = FileTail(tmp_path / "none")
    assert tail.poll() == 0
    assert list(tail.lines) == []
    assert tail.partial == ""


def test_lines_come_as_they_are_finished(tmp_path: Path) -> None:
    path = tmp_path / "out"
    tail = FileTail(path)
    path.write_bytes(b"one\ntw")
    assert tail.poll() == 6
    assert (list(tail.lines), tail.partial) == (["one"], "tw")
    with path.open("ab") as file:
        file.write(b"o\r\n\nContinue? ")
    tail.poll()
    assert (list(tail.lines), tail.partial) == (["one", "two", ""], "Continue? ")
    assert tail.poll() == 0


@pytest.mark.law(9)
def test_foreign_output_is_only_text(tmp_path: Path) -> None:
    """Law 9: no escape, no invalid byte, no control character."""
    (tmp_path / "out").write_bytes(
        b"\x1b[31mred\x1b[0m \xff\xfe nul\0 [/foo]\n\x1b]52;c;aGk=\nnext\n"
    )
    tail = FileTail(tmp_path / "out")
    tail.poll()
    assert list(tail.lines) == ["red \ufffd\ufffd nul␀ [/foo]", "", "next"]


@pytest.mark.law(9)
def test_a_line_of_a_megabyte_is_bounded(tmp_path: Path) -> None:
    """Law 9: memory stays bounded."""
    (tmp_path / "out").write_bytes(b"x" * 1_000_000 + b"\nnext\n")
    tail = FileTail(tmp_path / "out", width=100)
    tail.poll()
    assert list(tail.lines) == ["x" * 99 + "…", "next"]


def test_a_megabyte_without_an_end_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "out"
    tail = FileTail(path, width=100)
    for _ in range(20):
        with path.open("ab") as file:
            file.write(b"x" * 50_000)
        tail.poll()
    assert len(tail._part) <= 401
    assert tail.partial == "x" * 99 + "…"


def test_a_flood_is_jumped_over_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"".join(b"line %06d\n" % n for n in range(10_000)))
    tail = FileTail(tmp_path / "out", lines=50, window_bytes=130)
    assert tail.poll() == 120_000
    note, *lines = tail.lines
    assert note == "… 119,870 bytes are not shown, the whole output is on disk"
    assert lines == [f"line {n:06}" for n in range(9_990, 10_000)]
    assert tail.skipped_bytes == 119_870


@pytest.mark.law(8)
def test_secrets_are_redacted_also_at_every_cut(tmp_path: Path) -> None:
    """Law 8: neither whole nor in part, where a line is cut or a window begins."""
    secret = "QWERTYUIOPASDFGH"
    for shift in range(40):
        (tmp_path / "out").write_bytes((b"." * shift + secret.encode() * 40 + b"\n") * 3)
        tail = FileTail(
            tmp_path / "out", redactor=Redactor({"KEY": secret}), width=37, window_bytes=900
        )
        tail.poll()
        shown = "\n".join(tail.lines).replace("•••KEY•••", "").replace("KEY", "")
        assert not set(shown.replace("bytes are not shown", "")) & set("QWRTUIOPASDFGH"), shown


def test_a_file_that_shrank_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.write_bytes(b"a long line\n")
    tail = FileTail(path)
    tail.poll()
    path.write_bytes(b"new\n")
    assert tail.poll() == 4
    assert list(tail.lines) == ["a long line", "new"]


chunks = st.lists(
    st.binary(max_size=40) | st.sampled_from([b"\n", b"\r\n", b"\xc3", b"\xa9", b"\x1b["])
)


@given(chunks)
@settings(deadline=None, max_examples=60)
def test_any_growth_shows_the_same_lines(chunks: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        tail = FileTail(path, lines=5)
        for chunk in chunks:
            with path.open("ab") as file:
                file.write(chunk)
            tail.poll()
        *whole, part = b"".join(chunks).split(b"\n")
        expected = [clean(x.decode("utf-8", "replace").removesuffix("\r")) for x in whole]
        assert list(tail.lines) == expected[-5:]
        assert tail.partial == clean(part.decode("utf-8", "replace").removesuffix("\r"))
        fresh = FileTail(path, lines=5)
        fresh.poll()
        assert fresh.lines == tail.lines
