"""The command line: parsing and exit statuses alone; every command stands in a file of its own.

Nothing heavy is imported before the command is known, so that `--help` and `validate` are quick.
"""

import gc
import os
import sys
import traceback
from collections.abc import Sequence

from cockpit.cli.parser import parse
from cockpit.foundation.errors import CockpitError, UnmeasuredError, UsageError

INTERRUPTED = 130
_GC_THRESHOLDS = (50_000, 20, 50)
"""Imports and frozen states make little garbage: collect seldom, so that no key waits for it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit status."""
    gc.set_threshold(*_GC_THRESHOLDS)
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that knows no ✓ still shows the rest
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run(arguments)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        return _unheard()
    return status


def _run(arguments: list[str]) -> int:
    as_json = False
    try:
        _refuse_strangers()
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
        words = f"{place}{(error.strerror or str(error)).lower()}"
        return _failed(words, UnmeasuredError.exit_status, as_json=as_json)
    except Exception:  # the outermost boundary: whatever broke, nothing was measured
        traceback.print_exc()
        words = "this is a fault of the cockpit itself; the journal of the run holds what was done"
        return _failed(words, UnmeasuredError.exit_status, as_json=as_json)
    return status


def _failed(words: str, status: int, *, as_json: bool) -> int:
    """Say what ended the command, as text and, where it was asked for, as the one document."""
    from cockpit.foundation.redaction import clean  # noqa: PLC0415

    said = clean(words, multiline=True, limit=100_000)
    if as_json:
        from cockpit.cli.printing import say_json  # noqa: PLC0415

        say_json({"error": said, "exit_status": status})
    print(f"cockpit: {said}", file=sys.stderr)
    return status


def _unheard() -> int:
    """Nobody reads the output any more: end, and keep Python from saying so at its own end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    return INTERRUPTED


def _refuse_strangers() -> None:
    """Refuse to run beside other people's `widgets` or `checks`: three import names are ours."""
    from importlib.util import find_spec  # noqa: PLC0415

    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))  # noqa: PTH120 - quick
    for name in ("widgets", "checks"):
        spec = find_spec(name)
        found = os.path.realpath(spec.origin) if spec and spec.origin else "nowhere"
        if found != os.path.join(home, name, "__init__.py"):  # noqa: PTH118 - pathlib costs 5 ms
            raise UsageError(
                f"the package {name!r} is taken from {found}, and not from {home}:"
                " install cockpit in an environment of its own, and start it by its script"
            )
