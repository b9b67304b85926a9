"""The program with its runs on a small disk of their own, which is filled or made read-only.

The disk is mounted in a namespace: nobody else sees it, and it is gone with the last process.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import COMMAND, PATIENCE_S, Cockpit, Said
from tests.process.test_disk_full import UNSHARE

DRIVER = """
import json, os, select, shutil, signal, subprocess, sys
from pathlib import Path

folder, command, plan = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
disk = folder / "state"
disk.mkdir(exist_ok=True)
mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "none", str(disk)]
subprocess.run(mount, check=True)

def fill(left=0):
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(file.tell() - 4096 * left)

def remount(mode):
    subprocess.run(["mount", "-o", f"remount,{mode}", str(disk)], check=True)

def until(path):
    for _ in range(20_000):
        if path.exists():
            return
        select.select([], [], [], 0.005)
    raise SystemExit(f"{path} never came")

said = []
for word, *rest in plan:
    if word == "cockpit":
        argv = [*command, *rest]
        done = subprocess.run(argv, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True)
        said.append([done.returncode, done.stdout.decode(), done.stderr.decode()])
    elif word == "killed":
        path, *words = rest
        begun = subprocess.Popen([*command, *words], cwd=folder, stdin=subprocess.DEVNULL)
        until(folder / path)
        begun.kill()
        begun.wait()
    elif word == "touch":
        (folder / rest[0]).touch()
    elif word == "keep":
        shutil.copytree(disk, folder / rest[0])
    elif word == "fill":
        fill(*map(int, rest))
    elif word == "free":
        (disk / "filler").unlink()
    else:
        remount(word)
print(json.dumps(said))
"""


def on_a_small_disk(cockpit: Cockpit, *plan: tuple[str, ...], **env: str) -> list[Said]:
    """Carry out a plan, and return what each `("cockpit", WORD, ...)` in it has said.

    The other steps: `("fill",)` and `("free",)` the disk, `("fill", "N")` leaves N blocks,
    `("ro",)` and `("rw",)` remount it, `("touch", PATH)`, `("keep", NAME)` copies the disk into
    that folder, and `("killed", PATH, WORD, ...)` kills the program once PATH exists.
    """
    _skip_where_nobody_mounts(cockpit.folder)
    (runtime := cockpit.folder / "runtime").mkdir(mode=0o700, exist_ok=True)
    whole: Mapping[str, Any] = {**cockpit.whole_env(), "XDG_RUNTIME_DIR": str(runtime), **env}
    argv = [*UNSHARE, sys.executable, "-c", DRIVER, str(cockpit.folder)]
    argv += [json.dumps(COMMAND), json.dumps(plan)]
    done = subprocess.run(argv, env=whole, capture_output=True, timeout=4 * PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return [Said(*row) for row in json.loads(done.stdout)]


def _skip_where_nobody_mounts(folder: Path) -> None:
    (place := folder / "probe").mkdir(exist_ok=True)
    probe = [*UNSHARE, "mount", "-t", "tmpfs", "none", str(place)]
    may = shutil.which("unshare") and os.name == "posix"
    if not may or subprocess.run(probe, check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("this system lets nobody mount a small disk in a namespace")
