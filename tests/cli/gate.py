"""A command of a card that says when it is inside, and ends when it is let go: two named pipes."""

import os
import select
import time
from dataclasses import dataclass
from pathlib import Path

SCRIPT = """\
#!/bin/sh
echo "$1" >> effects.log
echo inside > inside.pipe
read word < go.pipe
echo "$1 $word"
"""


@dataclass(frozen=True)
class Gate:
    """The pipes in `folder`; the command is `./gated.sh NAME`."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> "Gate":
        for name in ("inside.pipe", "go.pipe"):
            os.mkfifo(folder / name)
        (folder / "gated.sh").write_text(SCRIPT)
        (folder / "gated.sh").chmod(0o755)
        return cls(folder)

    def wait_inside(self, patience_s: float = 60.0) -> None:
        """Wait until the command has begun; it waits for this, too."""
        pipe = os.open(self.folder / "inside.pipe", os.O_RDONLY | os.O_NONBLOCK)
        deadline_s = time.monotonic() + patience_s
        try:
            poll = select.poll()
            poll.register(pipe, select.POLLIN)
            assert poll.poll(max(0.0, deadline_s - time.monotonic()) * 1000), "nothing has begun"
            assert os.read(pipe, 64) == b"inside\n"
        finally:
            os.close(pipe)

    def let_go(self) -> None:
        """Let the command end; it stands at the pipe, or soon will."""
        with (self.folder / "go.pipe").open("w") as pipe:
            pipe.write("went\n")
