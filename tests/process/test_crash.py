"""SIGKILL at every point of a start and of a supervisor's life; the truth is the step's own."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.process import step, supervisor
from tests.process.conftest import LINUX, Attempt, until

Make = Callable[..., Attempt]
pytestmark = LINUX

SCRIPT = 'echo begin >> "$TRUTH"; echo end >> "$TRUTH"'
CALLS = "open write fsync rename close chdir posix_spawnp waitpid statvfs mkdir"

# Runs the real supervisor, which kills itself right before its n-th system call of note.
CRASHING = f"""
import os, runpy, signal, sys
point = int(os.environ["POINT"])
count = 0
def wrapped(real):
    def call(*args, **options):
        global count
        count += 1
        if count == point:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **options)
    return call
for name in {CALLS!r}.split():
    setattr(os, name, wrapped(getattr(os, name)))
runpy.run_path({supervisor.__file__!r}, run_name="__main__")
"""


@pytest.fixture
def truth(tmp_path: Path) -> Callable[[], list[str]]:
    (tmp_path / "truth").touch()
    return lambda: (tmp_path / "truth").read_text().split()


def settled(it: Attempt) -> step.State:
    """The state once neither the supervisor nor the step runs any more."""
    until(lambda: not isinstance(it.state, step.RunningStep))
    until(lambda: not getattr(it.state, "survivors", ()))
    return it.state


@pytest.mark.law(2)
@pytest.mark.law(3)
def test_supervisor_killed_at_each_call(
    attempt: Make,
    tmp_path: Path,
    truth: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Laws 2 and 3: never twice, and `Never` only when nothing ran."""
    real = supervisor.__file__
    crashing = tmp_path / "crashing.py"
    crashing.write_text(CRASHING)
    seen = []
    for point in range(1, 60):
        monkeypatch.setattr(supervisor, "__file__", str(crashing))
        it = attempt(SCRIPT)
        before = len(truth())
        env = {"TRUTH": str(tmp_path / "truth"), "POINT": str(point)}
        assert it.start(**env)
        state = settled(it)
        seen.append(type(state))
        ran = truth()[before:]
        assert ran in ([], ["begin", "end"])
        if isinstance(state, step.Ended):
            assert ran
            assert state.exit_code == 0
        monkeypatch.setattr(supervisor, "__file__", real)
        assert it.start(**env) == isinstance(state, step.Never)
        if isinstance(state, step.Never):
            assert not ran
            assert it.ended().exit_code == 0
            assert truth()[before:] == ["begin", "end"]
        log = (it.folder / "supervisor.log").read_text()
        assert not log
        if isinstance(state, step.Ended) and seen[-2:] == [step.Ended] * 2:
            break
    assert {step.Never, step.InDoubt, step.Ended} == set(seen)


@pytest.mark.law(3)
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_starter_killed_at_each_call(
    attempt: Make, tmp_path: Path, truth: Callable[[], list[str]]
) -> None:
    """Law 3: a cockpit that dies while it starts a step leaves it started once, or not at all."""
    codes = []
    for point in range(1, 20):
        it = attempt(SCRIPT)
        before = len(truth())
        if not (pid := os.fork()):
            _start_and_die(it, tmp_path / "truth", point)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        state = settled(it)
        assert it.start(TRUTH=str(tmp_path / "truth")) == isinstance(state, step.Never)
        assert it.ended().exit_code == 0
        assert truth()[before:] == ["begin", "end"]
        if codes[-1] == 0:
            break
    assert codes == [-signal.SIGKILL] * (len(codes) - 1) + [0]


def _start_and_die(it: Attempt, truth: Path, point: int) -> None:
    count = 0

    def wrapped(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            nonlocal count
            count += 1
            if count == point:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*args, **options)
            count += 1
            if count == point:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for module, name in ((os, "open"), (os, "close"), (os, "posix_spawn"), (step.fcntl, "flock")):
        setattr(module, name, wrapped(getattr(module, name)))
    it.start(TRUTH=str(truth))
    os._exit(0)
