"""`python -m mutants`: a seeded sample of changes; exits with 1 if one survives that matters."""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue

from mutants.equal import EQUAL
from mutants.mutation import Mutation, sample
from mutants.subjects import SUBJECTS
from mutants.trial import Fate, Trial, copy_of, fate_of, tried

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 2


def trials(mutations: Sequence[Mutation], folder: Path) -> Iterator[Trial]:
    """Try every mutation, two at a time, each in a copy of the project of its own."""
    free: SimpleQueue[Path] = SimpleQueue()
    for number in range(AT_ONCE):
        free.put(copy_of(ROOT, folder / f"copy-{number}"))

    def one(mutation: Mutation) -> Trial:
        copy = free.get()
        try:
            return tried(mutation, copy)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from pool.map(one, mutations)


def survivors_of(mutations: Sequence[Mutation], folder: Path) -> list[Trial]:
    """Try every mutation, print what becomes of them, and return the survivors that matter."""
    fates: Counter[tuple[str, Fate]] = Counter()
    missed = []
    for trial in trials(mutations, folder):
        subject, fate = trial.mutation.subject, trial.fate
        fates[subject, fate] += 1
        reason = EQUAL.get((subject, trial.before, trial.after))
        if fate is Fate.SURVIVED and reason is None:
            missed.append(trial)
            print(f"{subject}: survived\n  - {trial.before}\n  + {trial.after}", flush=True)
    _print_table(fates)
    return missed


def _print_table(fates: Counter[tuple[str, Fate]]) -> None:
    print(f"{'module':44}" + "".join(f"{fate.value:>10}" for fate in Fate))
    for subject in SUBJECTS:
        print(f"{subject:44}" + "".join(f"{fates[subject, fate]:>10}" for fate in Fate))


def main() -> int:
    """Return 1 if a survivor changes a verdict, 2 if the tests fail without any change."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20, help="changes of each module")
    parser.add_argument("--only", action="append", choices=SUBJECTS, help="this module alone")
    options = parser.parse_args()
    subjects = options.only or list(SUBJECTS)
    with tempfile.TemporaryDirectory(prefix="mutants-") as temporary:
        whole = copy_of(ROOT, Path(temporary) / "whole")
        tests = sorted({test for subject in subjects for test in SUBJECTS[subject]})
        if fate_of(tests, whole) is not Fate.SURVIVED:
            print("the tests fail without any change: run `make test` first")
            return 2
        found = [
            one for each in subjects for one in sample(each, ROOT, options.count, options.seed)
        ]
        missed = survivors_of(found, Path(temporary))
    print(f"seed {options.seed}: {len(found)} changes, {len(missed)} survived that are not equal")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
