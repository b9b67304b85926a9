"""The stand-in for node: `node FILE.mjs [ARGUMENT...]` for the files of a rehearsal's workspace.

It runs no JavaScript: such a file names, in its line `const argv = [...]`, the command that it
would run, and the stand-in runs that. With a real node the file does the same itself.
"""

import json
import subprocess
import sys
from pathlib import Path

_LINE = "const argv = "


def main(argv: list[str]) -> int:
    """Run the command that the file names and give its exit status."""
    if not argv or argv[0].startswith("-"):
        raise SystemExit(f"node: this stand-in of a rehearsal runs a file alone, not {argv}")
    try:
        lines = Path(argv[0]).read_text().splitlines()
    except OSError as error:
        raise SystemExit(f"node: cannot find module: {error}") from None
    named = next((line for line in lines if line.startswith(_LINE)), None)
    if named is None:
        raise SystemExit(f"node: {argv[0]} is JavaScript, which this stand-in does not run")
    command: list[str] = json.loads(named.removeprefix(_LINE).rstrip(";"))
    # no timeout of its own: the step that runs this has one, and ends the whole tree
    status = subprocess.run([*command, *argv[1:]], check=False).returncode  # noqa: S603
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
