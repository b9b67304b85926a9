"""The command line: parsing and exit statuses alone; every command stands in a file of its own.

Nothing heavy is imported before the command is known, so that `--help` and `validate` are quick.
"""

import sys
from collections.abc import Sequence

from cockpit.cli.parser import parse
from cockpit.errors import CockpitError

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        _refuse_strangers()
        options = parse(arguments)
        status: int = options.command(options)
    except CockpitError as error:
        print(f"cockpit: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("cockpit: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return INTERRUPTED
    return status


def _refuse_strangers() -> None:
    """Refuse to run beside other people's `widgets` or `checks`: three import names are ours."""
    from importlib.util import find_spec  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from cockpit.errors import UsageError  # noqa: PLC0415

    home = Path(__file__).resolve().parents[2]
    for name in ("widgets", "checks"):
        spec = find_spec(name)
        found = Path(spec.origin).resolve() if spec and spec.origin else None
        if found is None or found.parents[1] != home:
            raise UsageError(
                f"the package {name!r} is taken from {found or 'nowhere'}, and not from {home}:"
                " install cockpit in an environment of its own, and start it by its script"
            )
