"""The check `pii` on real files, real commands and real servers."""

import asyncio
import gzip
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from checks.core.base import Outcome, Result
from checks.core.run_check import run_check
from checks.logs.log_sample import LogTail
from checks.pii import Pii
from tests.checks.kit import WrongError, read, saying, silent, talking, tools

CLEAN = '{"time":"2027-03-01T02:00:00Z","msg":"GET /orders/4111111111111111 200"}\n'
DIRTY = CLEAN + "user=jane.doe@acme.com\n" + CLEAN + "pan=4111111111111111 password=hunter2\n"
OK = b"HTTP/1.1 200 OK\r\n"


def check(**options: Any) -> Pii:
    return read(Pii, **{"check": "pii", "timeout": "10s", **options})


async def ask(folder: Path, **options: Any) -> Result:
    return await asyncio.wait_for(check(**options).run(tools(folder)), 20)


@pytest.mark.outcome("pii", "passed")
async def test_a_clean_log_passes(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(CLEAN * 3)
    seen = await ask(tmp_path, file="app.log")
    passed = (Outcome.PASSED, "nothing found in 3 lines of app.log")
    assert (seen.outcome, seen.evidence) == passed
    assert seen.figures == {"lines": 3.0, "findings": 0.0}


@pytest.mark.outcome("pii", "failed")
async def test_finds_are_counted_by_kind_and_named_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(DIRTY)
    seen = await ask(tmp_path, file="*.log")
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == (
        "1 e-mail address, 1 password, 1 card number in 4 lines;"
        " app.log line 2: e-mail address j•••@a•••.com"
    )
    assert seen.details == (
        "app.log line 2: e-mail address j•••@a•••.com",
        "app.log line 4: password •••",
        "app.log line 4: card number •••• 1111",
    )


@pytest.mark.law(8)
async def test_law_8_no_value_is_shown(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text(DIRTY)
    seen = str(await ask(tmp_path, file="app.log"))
    assert not any(value in seen for value in ("hunter2", "jane", "acme.com", "41111111"))


@pytest.mark.parametrize(
    ("allow", "left"),
    [
        ([], 3),
        (["JANE.doe@acme.com"], 2),
        (["/.*@acme[.]com/", "4111-1111-1111-1111"], 1),
        (["/.*/"], 0),
        (["doe@acme.com", "/jane/", "1111"], 3),
    ],
)
async def test_what_may_stand_there(tmp_path: Path, allow: list[str], left: int) -> None:
    (tmp_path / "app.log").write_text(DIRTY)
    assert (await ask(tmp_path, file="app.log", allow=allow)).figures["findings"] == left


@pytest.mark.law(12)
async def test_law_12_a_pattern_of_the_card_cannot_explode(tmp_path: Path) -> None:
    mail = "a" * 60 + "@acme.com"
    (tmp_path / "app.log").write_text(f"{mail}\n" * 1000)
    seen = await ask(tmp_path, file="app.log", allow=["/(a+)+(a|aa)+b/", "/(.*)*x/"])
    assert seen.figures["findings"] == 1000
    assert seen.details[-1] == "… and 960 more"


async def test_the_newest_lines_keep_their_numbers(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_text("jane@acme.com\n" + CLEAN * 100 + "joe@acme.com\n")
    seen = await ask(tmp_path, file="app.log", newest=1)
    assert seen.details == ("app.log line 102: e-mail address j•••@a•••.com",)


async def test_the_newest_files_are_taken_until_there_is_enough(tmp_path: Path) -> None:
    for age, name in enumerate(("c.log", "b.log", "a.log")):
        (tmp_path / name).write_text("x" * 700 + f"\n{name[0]}@acme.com")
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    (tmp_path / "d.log").write_bytes(gzip.compress(b"d@acme.com", mtime=0))
    (tmp_path / "e.log").mkdir()
    os.mkfifo(tmp_path / "f.log")
    seen = await ask(tmp_path, file=str(tmp_path / "*.log"), newest=1)
    assert seen.details[0] == "c.log line 2: e-mail address c•••@a•••.com"
    assert len(seen.details) == 2
    seen = await ask(tmp_path, file="*.log", newest=3)
    assert [line[:5] for line in seen.details] == ["c.log", "b.log", "a.log"]


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("content", "file", "said"),
    [
        (b"", "app.log", "app.log: the sample is empty"),
        (b" \n\n\0\0", "app.log", "the sample is empty"),
        (b"x", "gone*.log", "gone*.log: there is no such file"),
        (gzip.compress(b"x", mtime=0), "app.log", "app.log: every file is compressed"),
        (b"x", "a\0b", "there is no such file"),
    ],
)
async def test_law_1_no_sample_is_unknown(
    tmp_path: Path, content: bytes, file: str, said: str
) -> None:
    (tmp_path / "app.log").write_bytes(content)
    seen = await ask(tmp_path, file=file)
    assert seen.outcome is Outcome.UNKNOWN
    assert said in seen.evidence


@pytest.mark.law(9)
@pytest.mark.parametrize(
    "raw",
    [
        b"\xff\xfe\xfa\x00\x01 jane@acme.com \xc3\x28",
        "\ufeffjane@acme.com".encode("utf-16-le"),
        ("x" * 4000 + " jane@acme.com").encode("utf-16-be"),
        b"\x1b]0;pwned\x07 [/foo] jane@acme.com NaN",
        b"z" * 500_000 + b" jane@acme.com " + b"4" * 500_000,
    ],
    ids=["invalid", "utf-16", "cut", "escapes", "long"],
)
async def test_law_9_whatever_it_is_it_is_searched_as_text(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "app.log").write_bytes(raw)
    seen = await ask(tmp_path, file="app.log")
    assert seen.details == ("app.log line 1: e-mail address j•••@a•••.com",)


async def test_a_command_s_output(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(DIRTY)
    seen = await ask(tmp_path, run="cat log")
    assert (seen.outcome, seen.figures["findings"]) == (Outcome.FAILED, 3.0)
    assert seen.details[0] == "cat line 2: e-mail address j•••@a•••.com"
    assert (await ask(tmp_path, run="head -n 1 log")).outcome is Outcome.PASSED


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("true", "the sample is empty"),
        ("sh -c 'echo x; exit 3'", "sh ended with status 3"),
        ("./gone", "./gone cannot be started: No such file or directory"),
    ],
)
async def test_law_1_a_command_that_gives_none(tmp_path: Path, run: str, said: str) -> None:
    seen = await ask(tmp_path, run=run)
    assert seen.outcome is Outcome.UNKNOWN
    assert said in seen.evidence


async def test_an_endless_command_ends_with_its_time_in_bounded_memory(tmp_path: Path) -> None:
    seen = await run_check(check(run="yes jane@acme.com", timeout="300ms"), tools(tmp_path))
    assert seen == Result(Outcome.UNKNOWN, "no answer within 300 ms")


def test_the_tail_of_a_stream_keeps_count() -> None:
    tail = LogTail(10)
    for number in range(1, 1001):
        tail.feed(f"{number}\n".encode())
    sample = tail.sample("x")
    assert (sample.first_line, len(sample.raw)) == (998, 10)
    assert list(sample.lines())[-2:] == [(1000, "1000"), (1001, "")]


async def look_at(answer: bytes, **options: Any) -> Result:
    async with talking(saying(answer)) as port:
        return await ask(Path(), url=f"http://u:pw@127.0.0.1:{port}/log", **options)


@pytest.mark.parametrize("status", [b"200 OK", b"206 Partial Content"])
async def test_an_address(status: bytes) -> None:
    seen = await look_at(b"HTTP/1.1 " + status + b"\r\n\r\n" + DIRTY.encode())
    assert (seen.outcome, seen.figures["findings"]) == (Outcome.FAILED, 3.0)
    end_of = "the end of http" if status.startswith(b"206") else "; http"
    assert end_of in seen.evidence
    assert "/log line 2: e-mail" in seen.evidence
    assert "pw@" not in str(seen)


@pytest.mark.law(1)
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (OK + b"\r\n", "the sample is empty"),
        (b"HTTP/1.1 302 Found\r\nLocation: /log\r\n\r\n", "answered 302, 200 or 206 expected"),
        (b"HTTP/1.1 500 No\r\n\r\njane@acme.com", "answered 500"),
        (
            OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x", mtime=0),
            "answered compressed",
        ),
        (
            OK + b"Content-Length: 100\r\n\r\nhalf",
            "response (peer closed connection",
        ),
        (b"\xff\xfe garbage", "gave no complete response"),
    ],
)
async def test_law_1_an_answer_that_is_no_log(answer: bytes, said: str) -> None:
    seen = await look_at(answer)
    assert seen.outcome is Outcome.UNKNOWN
    assert said in seen.evidence


@pytest.mark.law(9)
async def test_law_9_an_endless_answer_is_read_as_far_as_asked() -> None:
    async def pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"\r\n")
        while True:
            writer.write(b"all is well\n" * 1000)
            await writer.drain()

    async with talking(pour) as port:
        seen = await ask(Path(), url=f"http://127.0.0.1:{port}/", newest=64)
    assert seen.outcome is Outcome.PASSED


@pytest.mark.outcome("pii", "unknown")
@pytest.mark.law(1)
async def test_law_1_silence_and_an_illegal_address_are_unknown() -> None:
    async with talking(silent) as port:
        seen = await ask(Path(), url=f"http://127.0.0.1:{port}/", timeout="50ms")
    assert "gave no complete response within 50 ms" in seen.evidence
    for url in ("127.0.0.1", "http://[::", "http://127.0.0.1:1/"):
        assert (await ask(Path(), url=url)).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "exactly one of `file`, `run` and `url` is needed"),
        ({"file": "a", "run": "b"}, "exactly one of `file`, `run` and `url` is needed"),
        ({"run": "'"}, "cannot be split"),
        ({"file": "a", "newest": 0}, "write at least 1"),
        ({"file": "a", "allow": ["/(/"]}, "not a regular expression of RE2"),
        ({"file": "a", "allow": ["/(?=a)/"]}, "not a regular expression of RE2"),
        ({"file": "a", "region": "de"}, "`de` does not fit"),
    ],
)
def test_a_wrong_card_says_what_is_wrong(options: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongError, match=said):
        check(**options)


@pytest.mark.parametrize(
    ("options", "label"),
    [
        ({"file": "logs/*.log"}, "personal data in logs/*.log"),
        ({"url": "http://u:pw@a.test/log"}, "personal data in http://a.test/log"),
    ],
)
def test_label(options: dict[str, Any], label: Sequence[str]) -> None:
    assert check(**options).label() == label
