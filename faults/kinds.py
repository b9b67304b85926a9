"""The kinds of fault that a campaign tries, in the order of its table."""

from collections.abc import Callable, Mapping

from faults import disks, kills
from faults.oracle import Ending
from faults.stage import Stage

Kind = Callable[[Stage], Ending]

KINDS: Mapping[str, Kind] = {
    "killed in a run": kills.forward,
    "killed going back by itself": kills.in_a_rollback,
    "killed in an ordered rollback": kills.in_an_ordered_rollback,
    "killed in a breaker": kills.in_a_breaker,
    "disk full, then freed": disks.full,
    "disk read-only, then writable": disks.read_only,
}
