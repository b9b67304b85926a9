import asyncio
import os
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.process import step, supervisor
from tests.process.conftest import ENV, LINUX, Attempt, kill, until

Make = Callable[..., Attempt]


@pytest.mark.parametrize(
    ("script", "code"),
    [("true", 0), ("exit 1", 1), ("exit 127", 127), ("kill -9 $$", -9), ("kill -15 $$", -15)],
)
def test_exit_status(attempt: Make, script: str, code: int) -> None:
    it = attempt(script)
    assert it.state == step.Never()
    assert it.start()
    ended = it.ended()
    assert (ended.exit_code, ended.reason, ended.error, ended.left) == (code, None, None, ())
    assert 0 <= ended.duration_s < 10


@pytest.mark.parametrize(
    ("argv", "cwd", "error"),
    [
        (("no-such-command",), "/", "'no-such-command' cannot be started in '/': No such file"),
        (("true",), "/no/such/folder", "in '/no/such/folder': No such file"),
        (("/etc",), "/", "'/etc' cannot be started in '/': Permission denied"),
    ],
)
def test_a_command_that_cannot_start(
    tmp_path: Path, argv: tuple[str], cwd: str, error: str
) -> None:
    step.prepare(tmp_path / "a", step.Spec(argv, cwd, 5, 1))
    step.start(tmp_path / "a", ENV)
    until(lambda: isinstance(step.state(tmp_path / "a"), step.Ended))
    ended = step.state(tmp_path / "a")
    assert isinstance(ended, step.Ended)
    assert ended.exit_code == 127
    assert error in (ended.error or "")


def test_both_outputs_and_whole_arguments(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    script = 'printf "%s|" "$@"; echo err >&2; pwd; read x || echo no input'
    step.prepare(
        folder, step.Spec(("sh", "-c", script, "sh", "a b", "$(x)", "é"), str(tmp_path), 5, 1)
    )
    step.start(folder, ENV)
    until(lambda: isinstance(step.state(folder), step.Ended))
    assert (folder / "out").read_text() == f"a b|$(x)|é|err\n{tmp_path}\nno input\n"


@pytest.mark.parametrize(
    ("argv", "cwd", "timeout_s", "what"),
    [
        ((), "/", 1, "argv is empty"),
        (("a\0b",), "/", 1, "NUL"),
        (("a",), "here", 1, "absolute folder"),
        (("a",), "/", float("nan"), "timeout_s is nan"),
        (("a",), "/", -1, "timeout_s is -1"),
    ],
)
def test_a_spec_that_makes_no_sense(
    argv: tuple[str], cwd: str, timeout_s: float, what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        step.Spec(argv, cwd, timeout_s, 1)


def test_starting_what_was_not_prepared(tmp_path: Path) -> None:
    assert step.state(tmp_path / "nowhere") == step.Never()
    with pytest.raises(FileNotFoundError):
        step.start(tmp_path / "nowhere", ENV)


def test_what_was_started_is_not_prepared_again(attempt: Make) -> None:
    it = attempt("exit 5")
    it.start()
    it.ended()
    with pytest.raises(FileExistsError, match="was started before"):
        step.prepare(it.folder, step.Spec(("true",), "/", 1, 1))
    assert it.ended().exit_code == 5


@pytest.mark.law(3)
def test_started_at_most_once(attempt: Make) -> None:
    """Law 3: at most once."""
    it = attempt("echo run; read x < $GATE")
    os.mkfifo(gate := it.folder / "gate")
    assert it.start(GATE=str(gate))
    assert not it.start()
    until(lambda: (it.folder / "out").exists() and it.out)
    assert isinstance(it.state, step.RunningStep)
    assert not it.start()
    gate.write_text("go\n")
    it.ended()
    assert not it.start()
    assert it.out == "run\n"


@pytest.mark.law(3)
@LINUX
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_started_once_by_five_at_once(attempt: Make) -> None:
    """Law 3: whoever asks, the step runs once."""
    for _ in range(5):
        it = attempt("echo run")
        gate_out, gate_in = os.pipe()
        starters = []
        for _ in range(5):
            if not (pid := os.fork()):
                os.close(gate_in)
                os.read(gate_out, 1)  # until the parent closes its end
                os._exit(0 if it.start() else 1)
            starters.append(pid)
        os.close(gate_in)
        os.close(gate_out)
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in starters]
        it.ended()
        assert sorted(codes) == [0, 1, 1, 1, 1]
        assert it.out == "run\n"


def test_no_zombie_is_left(attempt: Make) -> None:
    it = attempt("true")
    it.start()
    it.ended()
    until(lambda: it.state and not step._children)


@LINUX
def test_stop_reaches_a_whole_tree_that_ignores_it(attempt: Make) -> None:
    it = attempt(
        "trap '' TERM; (setsid sh -c 'trap \"\" TERM; echo up; sleep 60 & wait; sleep 60' &) ;"
        "(env -i sh -c 'trap \"\" TERM; echo up; sleep 60; sleep 60' &);"
        "echo up; sleep 60; sleep 60"
    )
    it.start()
    until(lambda: (it.folder / "out").exists() and it.out.count("up") == 3)
    step.request_stop(it.folder)
    step.request_stop(it.folder)
    ended = it.ended()
    assert (ended.exit_code, ended.reason, ended.left) == (-9, "stopped", ())
    until(lambda: not step._survivors(it.folder))


def test_a_step_may_clean_up_when_stopped(attempt: Make) -> None:
    it = attempt(
        "trap 'echo cleaned; exit 3' TERM; echo up; while :; do read x < $GATE; done", grace_s=20
    )
    os.mkfifo(gate := it.folder / "gate")
    it.start(GATE=str(gate))
    until(lambda: (it.folder / "out").exists() and it.out)
    step.request_stop(it.folder)
    ended = it.ended()
    assert (ended.exit_code, ended.reason) == (3, "stopped")
    assert it.out.endswith("cleaned\n")


def test_stop_before_the_start(attempt: Make) -> None:
    it = attempt("exec sleep 60")
    step.request_stop(it.folder)
    assert it.state == step.Never()
    it.start()
    assert it.ended().reason == "stopped"


def test_timeout(attempt: Make) -> None:
    it = attempt("exec sleep 60", timeout_s=0.2)
    it.start()
    ended = it.ended()
    assert (ended.exit_code, ended.reason) == (-15, "timed out")
    assert ended.duration_s >= 0.2


@LINUX
def test_daemons_that_are_left_are_named(attempt: Make) -> None:
    it = attempt("setsid sleep 60 & exit 0")
    it.start()
    ended = it.ended()
    assert ended.exit_code == 0
    assert [process.name for process in ended.left] in (["sleep"], ["setsid"], ["sh"])
    kill(ended.left[0].pid)


def test_signals_to_the_supervisor(attempt: Make) -> None:
    it = attempt("exec sleep 60")
    it.start()
    pid = it.supervisor_pid
    for ignored in (signal.SIGHUP, signal.SIGINT):
        os.kill(pid, ignored)
    assert isinstance(it.state, step.RunningStep)
    os.kill(pid, signal.SIGTERM)
    assert it.ended().reason == "stopped"


@pytest.mark.law(2)
@LINUX
def test_a_killed_supervisor_leaves_a_doubt(attempt: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Law 2: a started action without an outcome is in doubt, and never run again."""
    it = attempt("echo run; exec sleep 60")
    it.start()
    until(lambda: (it.folder / "out").exists() and it.out)
    kill(it.supervisor_pid)
    doubt = it.in_doubt()
    assert [process.name for process in doubt.survivors] == ["sleep"]
    assert not doubt.rebooted
    assert not it.start()
    monkeypatch.setattr(supervisor, "boot_id", lambda: "another")
    assert it.in_doubt().rebooted
    (it.folder / "started").write_bytes(b"")
    assert it.in_doubt().started_at > 0
    assert not it.start()


@pytest.mark.law(8)
@LINUX
def test_secrets_are_in_the_environment_only(attempt: Make) -> None:
    """Law 8: neither a file nor a command line shows what the step was given."""
    it = attempt('test -n "$TOKEN" && echo up; exec sleep 60')
    it.start(TOKEN="hunter2hunter2")
    until(lambda: (it.folder / "out").exists() and it.out)
    for file in it.folder.iterdir():
        assert b"hunter2" not in file.read_bytes()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for pid in (it.supervisor_pid, *(process.pid for process in step._survivors(it.folder))):
        assert b"hunter2" not in Path(f"/proc/{pid}/cmdline").read_bytes()


@LINUX
def test_a_step_inherits_no_descriptor(attempt: Make) -> None:
    reader, writer = os.pipe()
    os.set_inheritable(writer, True)
    it = attempt("ls /proc/self/fd | tr '\\n' ' '; readlink /proc/self/fd/0")
    it.start()
    it.ended()
    os.close(reader)
    os.close(writer)
    assert it.out == "0 1 2 3 /dev/null\n"  # 3 is the folder that ls reads


@LINUX
async def test_wait_polls_on_the_clock_it_is_given(attempt: Make) -> None:
    it = attempt("exit 4")
    assert await step.wait(it.folder, clock_sleep=asyncio.sleep) == step.Never()
    it.start()
    asked: list[float] = []
    pid = os.pidfd_open(it.supervisor_pid)

    async def until_the_supervisor_ends(seconds: float) -> None:
        asked.append(seconds)
        over = asyncio.Event()
        asyncio.get_running_loop().add_reader(pid, over.set)
        await asyncio.wait_for(over.wait(), 10)
        asyncio.get_running_loop().remove_reader(pid)

    ended = await step.wait(it.folder, until_the_supervisor_ends)
    os.close(pid)
    assert isinstance(ended, step.Ended)
    assert ended.exit_code == 4
    assert all(0.05 <= seconds <= 0.1 for seconds in asked)
