"""The stand-in for node: `node FILE.mjs [ARGUMENT...]` for the files of a rehearsal's workspace.

It runs no JavaScript: the line `const argv = [...]` of such a file is the command that the file
would run, and the stand-in runs that command. With a real node the file does the same.
"""

import json
import subprocess
import sys
from pathlib import Path

_LINE = "const argv = "


def main(argv: list[str]) -> int:
    """Run the command that the file names; return its exit status."""
    if not argv or argv[0].startswith("-"):
        raise SystemExit(f"node: this stand-in of a rehearsal only runs a file, not {argv}")
    try:
        lines = Path(argv[0]).read_text().splitlines()
    except OSError as error:
        raise SystemExit(f"node: cannot find module: {error}") from None
    command_line = next((line for line in lines if line.startswith(_LINE)), None)
    if command_line is None:
        raise SystemExit(f"node: {argv[0]} is JavaScript, which this stand-in does not run")
    command: list[str] = json.loads(command_line.removeprefix(_LINE).rstrip(";"))
    # no timeout here: the step has one, and it ends the whole process tree
    status = subprocess.run([*command, *argv[1:]], check=False).returncode  # noqa: S603
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
