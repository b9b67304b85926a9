import asyncio
import json
import os
import shutil
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest

from checks.command import Command
from checks.core.base import Outcome, Result
from checks.core.errors import UnsetVariableError
from tests.checks.kit import WrongError, read, tools

EXPECTED = "3 passed, 0 critical failures"
LIMIT_S = 10.0


def command(run: str, **options: Any) -> Command:
    return read(Command, check="command", run=run, **options)


async def result(
    folder: Path, run: str, env: dict[str, str] | None = None, **options: Any
) -> Result:
    return await asyncio.wait_for(command(run, **options).run(tools(folder, env)), LIMIT_S)


def script(folder: Path, text: str) -> str:
    path = folder / "gate.sh"
    path.write_text(text)
    path.chmod(0o755)
    return "./gate.sh"


async def test_passes_with_the_line_that_matched(tmp_path: Path) -> None:
    run = script(tmp_path, f"#!/bin/sh\necho start\necho 'gate: {EXPECTED}' >&2\necho end\n")
    seen = await result(tmp_path, run, expect=EXPECTED)
    assert seen == Result(
        Outcome.PASSED, f"gate: {EXPECTED}", ("start", f"gate: {EXPECTED}", "end")
    )


async def test_without_an_expected_text_the_last_line_is_the_evidence(tmp_path: Path) -> None:
    assert (await result(tmp_path, "echo all good")).evidence == "all good"
    assert await result(tmp_path, "true") == Result(Outcome.PASSED, "no output")


async def test_fails_by_its_status(tmp_path: Path) -> None:
    seen = await result(tmp_path, "echo auth is down; exit 3", shell=True)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == "exit status 3, 0 expected: auth is down"
    assert (await result(tmp_path, "exit 3", shell=True, status=3)).outcome is Outcome.PASSED
    assert (await result(tmp_path, "true", status=3)).outcome is Outcome.FAILED


async def test_the_expected_text_does_not_excuse_the_status(tmp_path: Path) -> None:
    seen = await result(tmp_path, f"echo {EXPECTED}; exit 1", shell=True, expect=EXPECTED)
    assert seen.outcome is Outcome.FAILED


@pytest.mark.outcome("command", "failed")
async def test_fails_without_the_expected_text(tmp_path: Path) -> None:
    seen = await result(tmp_path, "echo 13 passed, 0 critical failures", expect=EXPECTED)
    assert seen.outcome is Outcome.FAILED
    assert seen.evidence == (
        f"no line with “{EXPECTED}”; the last one: 13 passed, 0 critical failures"
    )


@pytest.mark.law(1)
@pytest.mark.parametrize(
    "run", ["no-such-program --x", "./no-such-script", "./plain.txt", "./no-interpreter"]
)
async def test_law_1_what_cannot_be_started_measured_nothing(tmp_path: Path, run: str) -> None:
    (tmp_path / "plain.txt").write_text("not executable")
    interpreted = tmp_path / "no-interpreter"
    interpreted.write_text("#!/no/such/interpreter\n")
    interpreted.chmod(0o755)
    seen = await result(tmp_path, run)
    assert seen.outcome is Outcome.UNKNOWN
    assert run.removesuffix(" --x") in seen.evidence


@pytest.mark.law(1)
async def test_law_1_a_shell_that_finds_no_command_measured_nothing(tmp_path: Path) -> None:
    seen = await result(tmp_path, "no-such-program", shell=True)
    assert seen.outcome is Outcome.UNKNOWN
    assert "127" in seen.evidence


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    seen = await result(tmp_path / "gone", "true")
    assert seen.outcome is Outcome.UNKNOWN
    assert "gone" in seen.evidence


@pytest.mark.outcome("command", "unknown")
async def test_a_command_that_a_signal_ended_measured_nothing(tmp_path: Path) -> None:
    seen = await result(tmp_path, "kill -KILL $$", shell=True)
    assert seen.outcome is Outcome.UNKNOWN
    assert seen.evidence.startswith("ended by SIGKILL")


async def test_a_value_stays_one_argument(tmp_path: Path) -> None:
    env = {"TITLE": "two words; $(touch pwned)"}
    seen = await result(tmp_path, "printf '[%s]' ${TITLE} x", env)
    assert seen.evidence == "[two words; $(touch pwned)][x]"
    assert not (tmp_path / "pwned").exists()


async def test_a_shell_replaces_by_its_own_rules(tmp_path: Path) -> None:
    seen = await result(tmp_path, 'echo "${TITLE}" ${NONE:-none}', {"TITLE": "a  b"}, shell=True)
    assert seen.details == ("a  b none",)


async def test_an_unset_variable_is_the_callers(tmp_path: Path) -> None:
    with pytest.raises(UnsetVariableError, match="RELEASE"):
        await result(tmp_path, "echo ${RELEASE}")
    with pytest.raises(UnsetVariableError, match="RELEASE"):
        await result(tmp_path, "echo", expect="${RELEASE}")


async def test_only_the_given_environment_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEAKED", "yes")
    assert (await result(tmp_path, "echo ${LEAKED:-no}", shell=True)).evidence == "no"


async def test_nothing_is_read_from_the_terminal(tmp_path: Path) -> None:
    assert (await result(tmp_path, "cat; echo over", shell=True)).evidence == "over"


@pytest.mark.outcome("command", "passed")
@pytest.mark.law(9)
async def test_law_9_hostile_output(tmp_path: Path) -> None:
    run = "printf '\\377\\376\\033[31mred\\033[0m\\n'; head -c 30000000 /dev/zero; echo; echo end"
    seen = await result(tmp_path, run, shell=True)
    assert seen.outcome is Outcome.PASSED
    assert seen.evidence == "end"
    assert seen.details[0] == "��red"
    assert sum(map(len, seen.details)) < 20_000


class Lifeline:
    """A pipe on which each process of a tree holds an end: it is over when the last one is gone."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self._read = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._own = os.open(path, os.O_WRONLY)
        self.reader = asyncio.StreamReader()

    async def __aenter__(self) -> "Lifeline":
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self.reader), os.fdopen(self._read, "rb", 0)
        )
        return self

    async def up(self) -> None:
        """Wait until a process has said that it is there."""
        assert await asyncio.wait_for(self.reader.readline(), LIMIT_S) == b"up\n"
        os.close(self._own)

    async def over(self) -> None:
        """Wait until no process holds an end."""
        assert await asyncio.wait_for(self.reader.read(), LIMIT_S) == b""

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()


HANG = """exec 3>alive; (trap "" TERM INT HUP; echo up >&3; sleep 600; true) & """


async def test_no_process_is_left_after_a_cancellation(tmp_path: Path) -> None:
    run = script(tmp_path, f"#!/bin/sh\nsh -c '{HANG} wait'\nexit 1\n")
    async with Lifeline(tmp_path / "alive") as line:
        task = asyncio.create_task(command(run).run(tools(tmp_path)))
        await line.up()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await line.over()


async def within_no_time(run: Coroutine[Any, Any, Result], up: Coroutine[Any, Any, None]) -> None:
    """Run with a timeout that is over as soon as `up` is."""
    async with asyncio.timeout(None) as timeout:
        started = asyncio.create_task(up)
        started.add_done_callback(lambda _: timeout.reschedule(0))
        await run


async def test_no_process_is_left_after_a_timeout(tmp_path: Path) -> None:
    run = script(tmp_path, f"#!/bin/sh\nsh -c '{HANG} wait'\nexit 1\n")
    async with Lifeline(tmp_path / "alive") as line:
        task = asyncio.create_task(within_no_time(command(run).run(tools(tmp_path)), line.up()))
        with pytest.raises(TimeoutError):
            await task
        await line.over()


async def test_a_child_left_in_the_background_neither_delays_nor_survives(tmp_path: Path) -> None:
    async with Lifeline(tmp_path / "alive") as line:
        task = asyncio.create_task(
            result(tmp_path, f"mkfifo go; {HANG} cat go; echo over", shell=True)
        )
        await line.up()
        await asyncio.to_thread((tmp_path / "go").write_text, "")
        assert (await task).evidence == "over"
        await line.over()


@pytest.mark.skipif(shutil.which("npm") is None, reason="npm is not installed")
async def test_npm_and_what_it_starts(tmp_path: Path) -> None:
    gate = "echo 3 passed, 0 critical failures"
    (tmp_path / "package.json").write_text(
        json.dumps({"name": "x", "scripts": {"gate": gate, "hang": f"sh -c '{HANG} wait'"}})
    )
    env = {"HOME": str(tmp_path), "npm_config_update_notifier": "false"}
    seen = await result(tmp_path, "npm run -s gate", env, expect=EXPECTED)
    assert seen == Result(Outcome.PASSED, EXPECTED, (EXPECTED,))
    missing = await result(tmp_path, "npm run gone", env)
    assert missing.outcome is Outcome.FAILED
    assert "Missing script" in missing.evidence
    async with Lifeline(tmp_path / "alive") as line:
        task = asyncio.create_task(command("npm run -s hang").run(tools(tmp_path, env)))
        await line.up()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await line.over()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"run": "echo 'open"}, "No closing quotation"),
        ({"run": ""}, "this is empty"),
        ({"run": "true", "expect": " "}, "a text that is not empty"),
        ({"run": "true", "status": 256}, "write at most 255"),
        ({"run": "true", "colour": "red"}, "there is no key `colour`"),
    ],
)
def test_a_wrong_card_says_what_is_wrong(options: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongError, match=said):
        read(Command, check="command", **options)


def test_label() -> None:
    assert command("npm run -s gate:production").label() == "npm run -s gate:production"
