"""The stand-in for npm: `npm run [-s|--silent] NAME [--] [ARGUMENT...]` and nothing else.

The machine of a rehearsal need not have npm. The stand-in runs a script of the nearest package.json
by `sh -c`, with the arguments quoted and appended, as npm does.
"""

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

_SILENT = {"-s", "--silent"}


def _package() -> tuple[Path, dict[str, Any]]:
    for folder in (Path.cwd(), *Path.cwd().parents):
        file = folder / "package.json"
        if file.is_file():
            package: dict[str, Any] = json.loads(file.read_text())
            return folder, package
    raise SystemExit("npm error enoent: there is no package.json here or above")


def main(argv: list[str]) -> int:
    """Run the script that the arguments name; return its exit status."""
    silent = bool(_SILENT & set(argv[:2]))
    words = [w for i, w in enumerate(argv) if not (i < 2 and w in _SILENT)]
    if len(words) < 2 or words[0] not in {"run", "run-script"}:
        raise SystemExit(f"npm: this stand-in of a rehearsal only knows `npm run NAME`, not {argv}")
    name, arguments = words[1], words[2:]
    if name in _SILENT and arguments:
        silent, name, arguments = True, arguments[0], arguments[1:]
    if arguments[:1] == ["--"]:
        arguments = arguments[1:]
    folder, package = _package()
    script = package.get("scripts", {}).get(name)
    if script is None:
        raise SystemExit(f'npm error Missing script: "{name}"')
    line = f"{script} {shlex.join(arguments)}".strip()
    if not silent:
        print(f"\n> {package['name']}@{package['version']} {name}\n> {line}\n", flush=True)  # noqa: T201
    # no timeout here: the step has one, and it ends the whole process tree
    status = subprocess.run(["/bin/sh", "-c", line], cwd=folder, check=False).returncode  # noqa: S603
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
