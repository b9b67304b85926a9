"""The kinds of fault that a campaign tries, in the order of its table."""

from collections.abc import Callable, Mapping

from faults import disks, hostile, kills, metrics_pages, parts, screens, stops, worlds
from faults.oracle import Ending
from faults.stage import Stage

Kind = Callable[[Stage], Ending]

KINDS: Mapping[str, Kind] = {
    "killed in a run": kills.forward,
    "killed going back by itself": kills.in_a_rollback,
    "killed in an ordered rollback": kills.in_an_ordered_rollback,
    "killed in a breaker": kills.in_a_breaker,
    "screen killed in a run": screens.forward,
    "screen killed in a breaker": screens.in_a_breaker,
    "step killed": parts.step,
    "supervisor killed": parts.supervisor,
    "load generator killed": worlds.killing("traffic"),
    "PostgreSQL killed": worlds.killing("postgres"),
    "router killed": worlds.killing("router"),
    "disk full, then freed": disks.full,
    "disk read-only, then writable": disks.read_only,
    "wall clock stepped": stops.clock_stepped,
    "suspended": stops.suspended,
    "metrics page away": stops.page_away,
    "hostile target": hostile.target,
    "metrics pages of common stacks": metrics_pages.pages,
}

OFTEN: Mapping[str, int] = {"metrics pages of common stacks": 2}
"""Kinds with several trials a round, so that a campaign comes to all of their forms."""

UNTRIED: Mapping[str, str] = {
    "the machine's clock stepped": "the cockpit's own is, where it reads it",
}
"""What no campaign tries, and why or what instead."""

SHORT = (
    "killed in a run",
    "killed in a breaker",
    "screen killed in a run",
    "disk full, then freed",
    "suspended",
    "metrics pages of common stacks",
)
"""Those of which `make test` plays one trial each."""
