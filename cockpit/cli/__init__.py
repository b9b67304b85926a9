"""The command line: `main` runs one command and returns its exit status.

Nothing heavy is imported before the command is known, so that `--help` and `validate` are quick.
"""

import gc
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.util import find_spec

from cockpit.cli.parser import asks_for_json, parse
from cockpit.foundation.errors import CockpitError, UnmeasuredError, UsageError

INTERRUPTED = 130
_GC_THRESHOLDS = (50_000, 20, 50)
"""Imports and frozen states make little garbage: collect seldom, so that no key waits for it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command (default: the one in `sys.argv`), and return its exit status."""
    gc.set_threshold(*_GC_THRESHOLDS)
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without ✓ in its encoding shows an escape
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        return _end_without_readers()
    return status


def _run(arguments: list[str]) -> int:
    as_json = asks_for_json(arguments)
    try:
        _refuse_foreign_packages()
        options = parse(arguments)
        as_json = getattr(options, "json", False)
        status: int = options.command(options)
    except CockpitError as error:
        return _failed(str(error), error.exit_status, as_json=as_json)
    except KeyboardInterrupt:
        return _failed("interrupted", INTERRUPTED, as_json=as_json)
    except BrokenPipeError:
        raise
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        message = f"{place}{(error.strerror or str(error)).lower()}"
        return _failed(message, UnmeasuredError.exit_status, as_json=as_json)
    except Exception:  # the outermost boundary: whatever broke, nothing was measured
        traceback.print_exc()
        message = "this is a bug in cockpit itself; the run's journal holds what was done"
        return _failed(message, UnmeasuredError.exit_status, as_json=as_json)
    return status


def _failed(message: str, status: int, *, as_json: bool) -> int:
    """Print why the command ended, as text and, if `as_json`, as its one JSON document."""
    from cockpit.foundation.redaction import clean  # noqa: PLC0415

    shown = clean(message, multiline=True, limit=100_000)
    if as_json:
        from cockpit.cli.printing import print_json  # noqa: PLC0415

        print_json({"error": shown, "exit_status": status})
    print(f"cockpit: {shown}", file=sys.stderr)
    return status


def _end_without_readers() -> int:
    """Send the rest of the output nowhere, so that Python does not complain about it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    return INTERRUPTED


def _refuse_foreign_packages() -> None:
    """Raise UsageError if `checks` or `widgets` would be imported from other people's code."""
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))  # noqa: PTH120 - quick
    for name in ("widgets", "checks"):
        spec = find_spec(name)
        place = os.path.realpath(spec.origin) if spec and spec.origin else "nowhere"
        if place != os.path.join(home, name, "__init__.py"):  # noqa: PTH118 - pathlib costs 5 ms
            raise UsageError(
                f"Python takes the package {name!r} from {place}, and not from {home}: start"
                " cockpit as `cockpit` or `python -P -m cockpit`, installed in an environment of"
                " its own"
            )
