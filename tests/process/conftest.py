import os
import select
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cockpit.process import step, supervisor

ENV = {"PATH": os.environ["PATH"]}
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc and pidfds")


def until(holds: Callable[[], object], timeout_s: float = 10) -> None:
    """Look again and again, waiting in `select`, until `holds` does."""
    for _ in range(int(timeout_s / 0.005)):
        if holds():
            return
        select.select([], [], [], 0.005)
    raise AssertionError(f"still not so after {timeout_s} s: {holds}")


class Attempt:
    """One attempt at a shell script, in its own folder."""

    def __init__(
        self, folder: Path, script: str, timeout_s: float = 20, grace_s: float = 0.2
    ) -> None:
        self.folder = folder
        step.prepare(folder, step.Spec(("sh", "-c", script), "/", timeout_s, grace_s))

    def start(self, **env: str) -> bool:
        return step.start(self.folder, {**ENV, **env})

    @property
    def state(self) -> step.State:
        return step.state(self.folder)

    @property
    def out(self) -> str:
        return (self.folder / "out").read_text()

    @property
    def supervisor_pid(self) -> int:
        until(lambda: supervisor.read_record(str(self.folder), "started"))
        record = supervisor.read_record(str(self.folder), "started")
        assert record is not None
        return int(record["pid"])

    def ended(self) -> step.Ended:
        until(lambda: not isinstance(self.state, step.RunningStep))
        state = self.state
        assert isinstance(state, step.Ended), (state, (self.folder / "supervisor.log").read_text())
        return state

    def in_doubt(self) -> step.InDoubt:
        until(lambda: isinstance(self.state, step.InDoubt))
        state = self.state
        assert isinstance(state, step.InDoubt)
        return state


def kill(pid: int) -> None:
    """End a process that this test has started."""
    os.kill(pid, signal.SIGKILL)


@pytest.fixture
def attempt(tmp_path: Path) -> Iterator[Callable[..., Attempt]]:
    """Prepares attempts, and ends what is left of them after the test."""
    made: list[Attempt] = []

    def make(script: str, **options: float) -> Attempt:
        made.append(Attempt(tmp_path / f"attempt-{len(made)}", script, **options))
        return made[-1]

    yield make
    for each in made:
        step.request_stop(each.folder)
        until(lambda each=each: not isinstance(each.state, step.RunningStep))
        if isinstance(state := each.state, step.InDoubt):
            for survivor in state.survivors:
                kill(survivor.pid)
