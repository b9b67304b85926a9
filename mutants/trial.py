"""Run the tests on a changed module, in a copy of the project."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path

from msgspec import Struct

from mutants.mutation import Mutation
from mutants.subjects import SUBJECTS

_PASSED, _NO_TESTS = 0, 5
_SECONDS = 120.0
"""A mutant may loop for ever; the tests themselves take a few seconds."""


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    STALLED = "stalled"
    SURVIVED = "survived"


class Trial(Struct, frozen=True):
    """A mutant's fate, and the lines that it changed, before and after."""

    mutation: Mutation
    fate: Fate
    before: str
    after: str


def copy_of(root: Path, folder: Path) -> Path:
    """Copy what git knows of the project, as it is in the working tree, into `folder`."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True,
    ).stdout  # fmt: skip
    for name in filter(None, map(os.fsdecode, names.split(b"\0"))):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)
    return folder


def tried(mutation: Mutation, copy: Path) -> Trial:
    """Change the module in `copy`, run the tests that hold it, and undo the change."""
    path = copy / mutation.subject
    text = path.read_text(encoding="utf-8")
    before, after = mutation.lines(text)
    path.write_text(mutation.code(text), encoding="utf-8")
    try:
        return Trial(mutation, fate_of(SUBJECTS[mutation.subject], copy), before, after)
    finally:
        path.write_text(text, encoding="utf-8")


def fate_of(tests: Sequence[str], copy: Path) -> Fate:
    """Run tests in `copy` until the first failure.

    A module that cannot be imported any more is killed, too. Raises RuntimeError if there is no
    test: what was not looked at is not killed.
    """
    argv = [sys.executable, "-B", "-m", "pytest", "-x", "-n0", "-p", "no:cacheprovider", *tests]
    env = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    with subprocess.Popen(
        argv, cwd=copy, env=env, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            return Fate.STALLED
    if process.returncode == _NO_TESTS:
        raise RuntimeError(f"pytest found no test in {', '.join(tests)}")
    return Fate.SURVIVED if process.returncode == _PASSED else Fate.KILLED
