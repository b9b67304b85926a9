"""How long the commands without a screen take, beside a Python that does nothing."""

import subprocess
import time
from collections.abc import Iterator, Sequence

from bench.figure import Figure, MeasureError
from bench.ground import Ground
from bench.stats import Spread

TIMES = 15
_TIMEOUT_S = 60.0
_HEAVY = ("textual", "asyncpg", "locust")
_IMPORTED = """\
import sys
from cockpit.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print("imported:", *[name for name in {heavy!r} if name in sys.modules])
"""


def measure(ground: Ground) -> Iterator[Figure]:
    """Return the wall time of `--help` and `validate`, and what they import that they must not."""
    commands = {"--help": ["--help"], "validate": ["validate", str(ground.card)]}
    argvs = {"": [ground.python, "-c", "pass"]}
    argvs |= {name: [ground.cockpit, *rest] for name, rest in commands.items()}
    took_ms: dict[str, list[float]] = {name: [] for name in argvs}
    for turn in range(TIMES + 1):
        for name, argv in argvs.items():
            lasted_ms = _took_ms(ground, argv)
            if turn:  # the first warms
                took_ms[name].append(lasted_ms)
    floor = Spread.of(took_ms[""]).median
    for name, most_ratio in (("--help", 8.0), ("validate", 20.0)):
        median = Spread.of(took_ms[name]).median
        label = f"cockpit {name}"
        yield Figure(label, "ms", median, floor, "python -c pass", most_ratio=most_ratio)
    for name, rest in commands.items():
        found = _imported(ground, rest)
        label = f"cockpit {name}: heavy imports"
        yield Figure(label, "packages", len(found), most=0, note=" ".join(found))


def _took_ms(ground: Ground, argv: Sequence[str]) -> float:
    began_s = time.perf_counter()
    _run(ground, argv)
    return 1000 * (time.perf_counter() - began_s)


def _imported(ground: Ground, rest: Sequence[str]) -> list[str]:
    """Name the packages that a command imports though it must not."""
    said = _run(ground, [ground.python, "-P", "-c", _IMPORTED.format(heavy=_HEAVY), *rest])
    return said.rsplit("imported:", 1)[1].split()


def _run(ground: Ground, argv: Sequence[str]) -> str:
    """Run a command that must succeed; gives what it said."""
    done = subprocess.run(
        argv,
        env=ground.env,
        cwd=ground.folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if done.returncode:
        raise MeasureError(f"{' '.join(argv)} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout
