"""The real program as a child process, and waiting for what it says."""

import json
import os
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-P", "-c", "import sys; from cockpit.cli import main; sys.exit(main())")
PATIENCE_S = 90.0


@dataclass(frozen=True)
class Said:
    """What a program that has ended has said."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on standard output: anything beside it is an error here."""
        return json.loads(self.out)


@dataclass
class Program:
    """A running `cockpit`; its standard error is read line by line, to act on what it says."""

    process: "subprocess.Popen[bytes]"
    err: str = ""
    out_path: Path | None = None
    _begun: bytes = field(default=b"", repr=False)

    def until(self, words: str, patience_s: float = PATIENCE_S) -> str:
        """Read standard error up to a line that holds `words`, and give that line."""
        deadline_s = time.monotonic() + patience_s
        while (line := self._line(deadline_s)) is not None:
            if words in line:
                return line
        raise AssertionError(f"no line with {words!r} before its end; it said:\n{self.err}")

    def until_it_holds(self, what: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        """Read standard error until `what` holds: it is asked at each line and every 20 ms."""
        deadline_s = time.monotonic() + patience_s
        while not what():
            assert time.monotonic() < deadline_s, f"it never held; it said:\n{self.err}"
            assert self.process.stderr is not None
            if select.select([self.process.stderr], [], [], 0.02)[0]:
                assert self._line(deadline_s) is not None, f"it ended; it said:\n{self.err}"

    def said(self, lines: int, patience_s: float = PATIENCE_S) -> bool:
        """Read standard error until it has so many lines; whether they came before its end."""
        deadline_s = time.monotonic() + patience_s
        while self.err.count("\n") < lines:
            if self._line(deadline_s) is None:
                return False
        return True

    def kill(self) -> None:
        """End it as a power cut would; its children are not told."""
        self.process.kill()
        self._close()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self, patience_s: float = PATIENCE_S) -> Said:
        """Wait for its end."""
        deadline_s = time.monotonic() + patience_s
        while self._line(deadline_s) is not None:
            pass
        status = self._close()
        out = self.out_path.read_text(encoding="utf-8") if self.out_path else ""
        return Said(status, out, self.err)

    def _close(self) -> int:
        assert self.process.stderr is not None
        self.process.stderr.close()
        return self.process.wait(PATIENCE_S)

    def _line(self, deadline_s: float) -> str | None:
        """Return the next line, None at the end of standard error."""
        pipe = self.process.stderr
        assert pipe is not None
        while b"\n" not in self._begun:
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline_s - time.monotonic()))
            assert ready, f"nothing more in time; it said:\n{self.err}"
            if not (piece := os.read(pipe.fileno(), 65536)):
                return None
            self._begun += piece
        line, _, self._begun = self._begun.partition(b"\n")
        text = line.decode("utf-8")
        self.err += text + "\n"
        return text


@dataclass(frozen=True)
class Cockpit:
    """Starts the program in `folder`, with an environment that holds nothing of the tester's."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    command: Sequence[str] = COMMAND

    def whole_env(self) -> dict[str, str]:
        kept = {
            name: os.environ[name]
            for name in ("PATH", "LANG", "TMPDIR", "PYTHONPATH")
            if name in os.environ
        }
        own = {"HOME": str(self.folder), "XDG_STATE_HOME": str(self.folder / "state")}
        return {**kept, "PYTHONUTF8": "1", **own, **self.env}

    def start(self, *words: str) -> Program:
        """Start `cockpit WORDS`; standard output goes to a file of its own."""
        out_path = self.folder / f"out-{time.monotonic_ns()}"
        with out_path.open("wb") as out:
            process = subprocess.Popen(
                [*self.command, *words],
                cwd=self.folder,
                env=self.whole_env(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.PIPE,
            )
        return Program(process, out_path=out_path)

    def run(self, *words: str, patience_s: float = PATIENCE_S) -> Said:
        """Run `cockpit WORDS` to its end."""
        done = subprocess.run(
            [*self.command, *words],
            cwd=self.folder,
            env=self.whole_env(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience_s,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())

    def shell(self, line: str) -> Said:
        """Run a line of bash in which `cockpit` is the program; for pipes that are closed early."""
        function = f'cockpit() {{ {shlex.join(self.command)} "$@"; }}\n'
        done = subprocess.run(
            ["/bin/bash", "-c", function + line],
            cwd=self.folder,
            env=self.whole_env(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Said(done.returncode, done.stdout.decode(), done.stderr.decode())
