"""`python -m faults`: break the cockpit on purpose; exits with 1 if anything is lost."""

import argparse
import sys
import time
from itertools import islice

from faults.campaign import one_round, results, table, trials
from faults.kinds import KINDS
from faults.oracle import Fate


def main() -> int:
    """Return 1 if anything was lost or a GO was false."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=12.0, help="begin no trial after these")
    parser.add_argument("--rounds", type=int, help="try each kind so often, and no more")
    parser.add_argument("--only", action="append", choices=KINDS, help="this kind alone")
    options = parser.parse_args()
    kinds = options.only or list(KINDS)
    some = trials(kinds, options.seed)
    if options.rounds:
        some = islice(some, options.rounds * one_round(kinds))
    found = list(results(some, time.monotonic() + options.minutes * 60))
    print(table(found, kinds))
    wrong = [one for one in found if one.finding and one.finding.fate is not Fate.SURVIVED]
    print(f"seed {options.seed}: {len(found)} trials, {len(wrong)} lost or false")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
