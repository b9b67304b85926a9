import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

UNSHARE = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--user", "--map-root-user"])]

# Mounts a disk of 2 MB, seen by this process and its children alone.
PREAMBLE = """
import os, select, subprocess, sys
from pathlib import Path
from cockpit.process import step

subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", sys.argv[1]], check=True)
disk = Path(sys.argv[1])
folder = disk / "attempt"
env = {"PATH": os.environ["PATH"]}

def settled():
    for _ in range(2000):
        if not isinstance(state := step.state(folder), step.RunningStep):
            return state
        select.select([], [], [], 0.005)
    raise SystemExit("the step did not end")

def fill():
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
"""


def run_on_a_small_disk(tmp_path: Path, script: str) -> None:
    """Run `script` in a mount namespace of its own; it asserts by itself."""
    probe = [*UNSHARE, "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if (
        not shutil.which("unshare")
        or subprocess.run(probe, check=False, stderr=subprocess.DEVNULL).returncode
    ):
        pytest.skip("this system lets nobody mount a small disk in a namespace")
    argv = [*UNSHARE, sys.executable, "-c", PREAMBLE + script, str(tmp_path)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.law(4)
def test_the_outcome_fits_on_a_full_disk_and_says_so(tmp_path: Path) -> None:
    """Law 4: a full disk stops no outcome. An exit code 0 proves nothing about the output."""
    run_on_a_small_disk(
        tmp_path,
        """
step.prepare(folder, step.Spec(("sh", "-c", "head -c 9M /dev/zero; exit 0"), "/", 20, 1))
assert step.start(folder, env)
ended = settled()
assert isinstance(ended, step.Ended), ended
assert (ended.exit_code, ended.disk_was_full) == (0, True), ended
assert os.statvfs(disk).f_bavail == 0
""",
    )


@pytest.mark.law(4)
def test_what_is_prepared_starts_and_ends_on_a_full_disk(tmp_path: Path) -> None:
    """Law 4: a breaker fires with a full disk; only its output is lost."""
    (elsewhere := tmp_path / "disk").mkdir()
    run_on_a_small_disk(
        elsewhere,
        """
truth = disk.parent / "truth"
step.prepare(folder, step.Spec(("sh", "-c", "echo ran >> $TRUTH; exit 7"), "/", 20, 1))
fill()
assert step.start(folder, {**env, "TRUTH": str(truth)})
ended = settled()
assert (ended.exit_code, ended.disk_was_full) == (7, True), ended
assert truth.read_text() == "ran\\n"
assert not step.start(folder, env)
""",
    )


@pytest.mark.law(3)
def test_what_cannot_be_prepared_is_never(tmp_path: Path) -> None:
    """Law 3: what could not be written down was not executed, and may be prepared again."""
    run_on_a_small_disk(
        tmp_path,
        """
folder.mkdir()
fill()
spec = step.Spec(("sh", "-c", "echo run"), "/", 20, 1)
try:
    step.prepare(folder, spec)
except OSError as error:
    assert error.errno == 28
else:
    raise SystemExit("prepared on a full disk")
assert step.state(folder) == step.Never()
(disk / "filler").unlink()
step.prepare(folder, spec)
step.prepare(folder, spec)
assert step.start(folder, env)
assert settled().exit_code == 0
assert (folder / "out").read_text() == "run\\n"
""",
    )
