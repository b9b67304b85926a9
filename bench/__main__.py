"""`python -m bench`: all figures in one run, as a table and, if wanted, as JSON."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from bench import auth, clone, disk, gaps, idle, keys, load, shares, start, words
from bench.figure import Figure, MeasureError, table
from bench.ground import Ground, prepared

Measure = Callable[[Ground], Iterator[Figure]]
MEASURES: dict[str, Measure] = {
    "start": start.measure,
    "key": keys.measure,
    "idle": idle.measure,
    "cli": words.measure,
    "journal": disk.measure,
    "load": load.measure,
    "auth": auth.measure,
    "clone": clone.measure,
    "gaps": gaps.measure,
    "share": shares.measure,
}


def main() -> int:
    """Measure what is wanted; 1 when something could not be measured, else 0."""
    options = _options()
    figures: list[Figure] = []
    failed: list[str] = []
    loads = [os.getloadavg()[0]]
    with prepared() as ground:
        for name in options.only or MEASURES:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            try:
                figures += MEASURES[name](ground)
            except (MeasureError, OSError) as error:
                failed.append(f"{name} could not be measured: {error}")
            loads.append(os.getloadavg()[0])
    print(table(figures))
    cores = os.cpu_count() or 1
    told = " ".join(f"{load:.1f}" for load in loads)
    print(f"\nload of {cores} cores before and after each: {told}")
    if max(loads) > cores:
        print("the machine was busy: trust the ratios, and measure again")
    for line in failed:
        print(line, file=sys.stderr)
    if options.json:
        _write(options.json, figures, loads, failed)
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--only", action="append", choices=MEASURES, help="this alone; may be given again"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    return parser.parse_args()


def _write(path: Path, figures: list[Figure], loads: list[float], failed: list[str]) -> None:
    document = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "load": loads,
        "figures": [
            asdict(figure) | {"ratio": figure.ratio, "verdict": figure.verdict}
            for figure in figures
        ],
        "failed": failed,
    }
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
