import asyncio
import contextlib
import errno
import os
import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from checks.backup import BackupAge
from checks.core.base import Outcome, Result
from tests.checks.kit import WrongError, read, saying, silent, talking, tools

HOUR_S = 3600.0
LIMIT_S = 20.0


async def look(folder: Path, **options: Any) -> Result:
    check = read(BackupAge, check="backup", **options)
    return await asyncio.wait_for(check.run(tools(folder)), LIMIT_S)


def put(path: Path, age_s: float, size: int) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    at = time.time() - age_s
    os.utime(path, (at, at))


async def test_the_newest_file_is_young_and_large_enough(tmp_path: Path) -> None:
    put(tmp_path / "b" / "monday.dump", 30 * HOUR_S, 1000)
    put(tmp_path / "b" / "tuesday.dump", 6.01 * HOUR_S, 900)
    put(tmp_path / "b" / "other.log", HOUR_S, 1)
    seen = await look(tmp_path, files="b/*.dump")
    assert seen.outcome is Outcome.PASSED
    said = "tuesday.dump is 6h old, limit 26h, 900 bytes, 90 % of the one before"
    assert seen.evidence == said
    assert seen.figures["bytes"] == 900.0
    assert 6 * HOUR_S < seen.figures["age_s"] < 7 * HOUR_S
    assert seen.details[1].endswith(" 1,000 bytes monday.dump")
    found = await look(tmp_path, files=f"{tmp_path}/**/*.dump", within="6h")
    assert found.outcome is Outcome.FAILED
    assert found.evidence.startswith("tuesday.dump is 6h old, limit 6h, 900 bytes")


@pytest.mark.parametrize(
    ("size", "options", "outcome", "said"),
    [
        (499, {}, Outcome.FAILED, "49.9 % of the one before, at least 50 % expected"),
        (500, {}, Outcome.PASSED, "50 % of the one before"),
        (500, {"at_least": "90%"}, Outcome.FAILED, "at least 90 % expected"),
        (1, {"at_least": "0%"}, Outcome.PASSED, "1 byte"),
        (0, {"at_least": "0%"}, Outcome.FAILED, ", and empty"),
        (0, {"within": "1m"}, Outcome.FAILED, "limit 1m, and empty"),
    ],
)
async def test_its_size(
    tmp_path: Path, size: int, options: Any, outcome: Outcome, said: str
) -> None:
    put(tmp_path / "1.dump", 30 * HOUR_S, 1000)
    put(tmp_path / "2.dump", HOUR_S, size)
    seen = await look(tmp_path, files="*.dump", **options)
    assert seen.outcome is outcome
    assert said in seen.evidence


@pytest.mark.outcome("backup", "passed")
@pytest.mark.law(1)
async def test_law_1_a_single_one_has_nothing_to_be_compared_with(tmp_path: Path) -> None:
    put(tmp_path / "1.dump", HOUR_S, 10)
    seen = await look(tmp_path, files="*.dump")
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.endswith("; the sizes of it and of the one before are not known")
    assert (await look(tmp_path, files="*.dump", at_least="0%")).outcome is Outcome.PASSED


@pytest.mark.outcome("backup", "failed")
async def test_none_at_all_is_a_failure_and_no_folder_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "folder.dump").mkdir()
    none = await look(tmp_path, files="b/*.dump")
    assert none == Result(Outcome.FAILED, "there is no backup: no file fits the pattern")
    for files in ("gone/*.dump", "gone/x.dump", "a\0/*.dump"):
        assert (await look(tmp_path, files=files)).outcome is Outcome.UNKNOWN


@pytest.mark.law(1)
async def test_law_1_a_folder_that_may_not_be_read_is_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> Any:  # a test may run as root, whom nothing is refused
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr("checks.process.backup_sources.os.scandir", refuse)
    seen = await look(tmp_path, files="*.dump")
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.endswith("its folder cannot be read: Permission denied")


@pytest.mark.outcome("backup", "unknown")
@pytest.mark.law(1)
async def test_law_1_a_backup_from_the_future_is_unknown(tmp_path: Path) -> None:
    put(tmp_path / "1.dump", 30 * HOUR_S, 10)
    put(tmp_path / "2.dump", -5.01 * HOUR_S, 10)
    seen = await look(tmp_path, files="*.dump")
    assert (seen.outcome, seen.evidence) == (
        Outcome.UNKNOWN,
        "2.dump is dated 5h in the future",
    )


def ago(age_s: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=age_s)).isoformat()


def timed(text: str) -> str:
    """Write each `AGO 2h` as that instant, and each `STAMP 2h` in Unix seconds, as of now."""
    text = re.sub(r"AGO ([\d.]+)h", lambda found: ago(float(found[1]) * HOUR_S), text)
    return re.sub(
        r"STAMP ([\d.]+)h", lambda found: f"{time.time() - float(found[1]) * HOUR_S}", text
    )


@pytest.mark.parametrize(
    ("printed", "options", "outcome", "said"),
    [
        ("AGO 1.01h\n", {}, Outcome.PASSED, "is 1h old, limit 26h"),
        ("STAMP 2.01h\n", {}, Outcome.PASSED, "is 2h old"),
        ("AGO 27.51h\n", {}, Outcome.FAILED, "is 27h30m old, limit 26h"),
        ("AGO 30h 100\nAGO 1h 90\n", {"at_least": "50%"}, Outcome.PASSED,
         "90 % of the one before"),
        ("AGO 1h 9\nAGO 30h 100\n", {"at_least": "50%"}, Outcome.FAILED,
         "9 % of the one before"),
        ("AGO 1h\n", {"at_least": "50%"}, Outcome.UNKNOWN, "the sizes of it"),
        ("", {}, Outcome.UNKNOWN, "prints nothing"),
        ("yesterday\n", {}, Outcome.UNKNOWN, "prints no instant: yesterday"),
        ("2026-01-01T00:00:00\n", {}, Outcome.UNKNOWN, "prints no instant"),
        ("AGO 1h NaN\n", {}, Outcome.UNKNOWN, "prints no instant"),
        ("AGO 1h -5\n", {}, Outcome.UNKNOWN, "prints no instant"),
        ("AGO 1h " + "9" * 400 + "\n", {}, Outcome.UNKNOWN, "prints no instant"),
        ("NaN\n", {}, Outcome.UNKNOWN, "prints no instant"),
        ("9" * 400 + "\n", {}, Outcome.UNKNOWN, "prints no instant"),
        ("999999999999999\n", {}, Outcome.UNKNOWN, "prints no instant"),
        ("9999-12-31T23:59:59-12:00\n", {}, Outcome.UNKNOWN, "prints no instant"),
        ("\udcff\udcfe\n", {}, Outcome.UNKNOWN, "prints no instant"),
        ("x" * 2_000_000, {}, Outcome.UNKNOWN, "more than 1 MiB"),
    ],
)  # fmt: skip
async def test_a_command(
    tmp_path: Path, printed: str, options: Any, outcome: Outcome, said: str
) -> None:
    (tmp_path / "out").write_bytes(timed(printed).encode("utf-8", "surrogateescape"))
    seen = await look(tmp_path, run="cat out", **options)
    assert (seen.outcome, said in seen.evidence) == (outcome, True), seen
    assert len(seen.evidence) < 300


@pytest.mark.law(1)
async def test_law_1_a_command_that_fails_or_never_ends_is_unknown(tmp_path: Path) -> None:
    wrong = await look(tmp_path, run="sh -c 'echo access denied; exit 3'")
    said = "the newest backup is not known: the command ended with status 3: access denied"
    assert wrong == Result(Outcome.UNKNOWN, said)
    gone = await look(tmp_path, run="no-such-program")
    assert gone.outcome is Outcome.UNKNOWN
    endless = read(BackupAge, check="backup", run="yes")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(endless.run(tools(tmp_path)), 0.2)


@contextlib.asynccontextmanager
async def serving(body: bytes = b"", status: int = 200, headers: Any = None) -> AsyncIterator[str]:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, status=status, headers=headers)

    app = web.Application()
    app.router.add_get("/latest", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    try:
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/latest"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("age_s_or_headers", "status", "outcome", "said"),
    [
        (1.003 * HOUR_S, 200, Outcome.PASSED, "Last-Modified is 1h old, limit 26h"),
        (90.003 * HOUR_S, 200, Outcome.FAILED, "Last-Modified is 90h old"),
        (-9 * HOUR_S, 200, Outcome.UNKNOWN, "in the future"),
        ({}, 200, Outcome.UNKNOWN, "gives no Last-Modified"),
        ({"Last-Modified": "Tuesday"}, 200, Outcome.UNKNOWN, "is no date"),
        ({"Last-Modified": "Sun, 01 Mar 2026 02:00:00"}, 200, Outcome.UNKNOWN, "is no date"),
        ({"Last-Modified": "Sun, 01 Mar 2026 02:00:00 -0000"}, 200, Outcome.UNKNOWN, "no date"),
        ({"Last-Modified": "Fri, 31 Dec 9999 23:59:59 -1200"}, 200, Outcome.UNKNOWN, "is no date"),
        ({}, 404, Outcome.FAILED, "there is no backup: its address answered 404"),
        ({}, 500, Outcome.UNKNOWN, "answered 500, 200 expected"),
        ({"Location": "/latest"}, 302, Outcome.UNKNOWN, "answered 302, 200 expected"),
    ],
)
async def test_an_address(
    tmp_path: Path, age_s_or_headers: Any, status: int, outcome: Outcome, said: str
) -> None:
    headers = age_s_or_headers
    if isinstance(headers, float | int):
        at = datetime.now(UTC) - timedelta(seconds=headers)
        headers = {"Last-Modified": format_datetime(at, usegmt=True)}
    async with serving(b"dump", status, headers) as url:
        seen = await look(tmp_path, url=url)
    assert (seen.outcome, said in seen.evidence) == (outcome, True), seen


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        ('{"runs": [{"ended": "AGO 1.01h"}]}', Outcome.PASSED, "is 1h old"),
        ('{"runs": [{"ended": "soon"}]}', Outcome.UNKNOWN, "soon is no instant"),
        ('{"runs": [{"ended": null}]}', Outcome.UNKNOWN, "None is no instant"),
        ('{"runs": [{"ended": true}]}', Outcome.UNKNOWN, "True is no instant"),
        ('{"runs": [{"ended": NaN}]}', Outcome.UNKNOWN, "is no JSON"),
        ('{"runs": [{"ended": 1e300}]}', Outcome.UNKNOWN, "is no instant"),
        ('{"runs": []}', Outcome.UNKNOWN, "has no runs.0.ended"),
        ("7", Outcome.UNKNOWN, "has no runs.0.ended"),
        ('{"runs": {"x": 1}}', Outcome.UNKNOWN, "has no runs.0.ended"),
        ('{"runs": [{"ended": {}}]}', Outcome.UNKNOWN, "{} is no instant"),
        ("[" * 100_000, Outcome.UNKNOWN, "is no JSON"),
        ("\udcff", Outcome.UNKNOWN, "is no JSON"),
        (" " * 2_000_000, Outcome.UNKNOWN, "larger than 1 MiB"),
    ],
)
async def test_a_key_of_an_answer(tmp_path: Path, body: str, outcome: Outcome, said: str) -> None:
    body = timed(body)
    async with serving(body.encode("utf-8", "surrogateescape")) as url:
        seen = await look(tmp_path, url=url, key="runs.0.ended")
    assert (seen.outcome, said in seen.evidence) == (outcome, True), seen


@pytest.mark.law(1)
async def test_law_1_an_address_that_does_not_answer_is_unknown(
    tmp_path: Path, free_port: int
) -> None:
    async with talking(silent) as port:
        seen = await look(tmp_path, url=f"http://127.0.0.1:{port}/", timeout="100ms")
        assert seen.outcome is Outcome.UNKNOWN
    async with talking(saying(b"\xff\xff\r\n\r\n")) as port:
        seen = await look(tmp_path, url=f"http://127.0.0.1:{port}/")
        assert seen.outcome is Outcome.UNKNOWN
    for url in (f"http://127.0.0.1:{free_port}/", "ftp://u:s3cr3t@x/", "http://u:s3cr3t@[::1/"):
        seen = await look(tmp_path, url=url)
        assert seen.outcome is Outcome.UNKNOWN
        assert "s3cr3t" not in str(seen)


def test_a_wrong_card_says_what_is_wrong() -> None:
    for wrong, said in (
        ({}, "exactly one of `files`, `run` and `url` is needed"),
        ({"files": "*", "url": "http://x"}, "exactly one of"),
        ({"files": "*", "key": "a"}, "name the `url`"),
        ({"url": "http://x", "at_least": "50%"}, "leave out `at_least`"),
        ({"run": "a 'b"}, "cannot be split"),
    ):
        with pytest.raises(WrongError, match=said):
            read(BackupAge, check="backup", **wrong)
