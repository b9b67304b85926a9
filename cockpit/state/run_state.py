"""The state of a run, as frozen values.

All times are run seconds: monotonic seconds made continuous over restarts and reboots, so that a
stepped wall clock changes no duration. Instants are only where people read them.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from checks.core.base import Outcome
from cockpit.card.model.steps import Part
from cockpit.journal import events as ev
from cockpit.state.budget_history import BudgetHistory
from cockpit.state.hold_watch import HoldWatch
from cockpit.state.restore_estimate import RestoreEstimate


class StepStatus(StrEnum):
    """The status of a step; a step that has never begun is not in the state."""

    RUNNING = "running"
    DOUBT = "in doubt"
    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    WAIVED = "waived"


SETTLED = frozenset({StepStatus.PASSED, StepStatus.WAIVED})
STOPPED = frozenset({StepStatus.FAILED, StepStatus.UNKNOWN, StepStatus.DOUBT})


class BreakerStatus(StrEnum):
    """The status of a breaker."""

    READY = "ready"
    ARMED = "armed"
    FIRING = "firing"
    FIRED = "fired"
    VERIFIED = "verified"
    FAILED = "failed"
    TAKEN_OVER = "taken over"
    """A wider rollback does what this one had begun."""


def attempt_name(name: str, attempt: int) -> str:
    """Return the name of an attempt of a step or, as `breaker.NAME`, of a breaker."""
    return f"{name}.{attempt}"


class StepState(Struct, frozen=True):
    """A step that has begun; while it runs, `evidence` is its newest progress message.

    `unwatched_s` is the time without a cockpit, which no hold counts; `watch` is what a hold has
    counted of its time, None if it watches nothing or began under an earlier version. `figures` are
    what the newest try measured, by name, in base units. Over all tries: `passed_s` holds the run
    seconds at which it passed, `restore` how long a restore takes, `budget` what was left of an
    error budget. So a forecast does not jump while a check runs again.
    """

    status: StepStatus
    attempt: int
    started_s: float
    action: bool = False
    command: str = ""
    ended_s: float | None = None
    evidence: str = ""
    details: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    by: str = ""
    unwatched_s: float = 0.0
    watch: HoldWatch | None = None
    passed_s: tuple[float, ...] = ()
    restore: RestoreEstimate = RestoreEstimate()
    budget: BudgetHistory = ()


class SectionState(Struct, frozen=True):
    """A section that has begun."""

    started_s: float
    ended_s: float | None = None
    by: str = ""


class MonitorView(Struct, frozen=True):
    """A monitor at its last sample; `series` holds (run second, value or None), newest last.

    `seen_s` is when the data behind it was read.
    """

    state: ev.MonitorStatus
    value: float | None
    samples: int
    note: str
    seen_s: float
    since_s: float | None = None
    trips_at_s: float | None = None
    learning: bool = False
    tripped_s: float | None = None
    series: tuple[tuple[float, float | None], ...] = ()


class BreakerState(Struct, frozen=True):
    """A breaker that was armed or fired at least once.

    `anyway`: it is armed to roll back though the run has changed nothing of it.
    """

    status: BreakerStatus
    at_s: float
    argument: str = ""
    command: str = ""
    anyway: bool = False
    evidence: str = ""
    attempt: int = 0
    lasts_s: float = 0.0
    by: str = ""


class TrafficState(Struct, frozen=True):
    """The canary's share of the traffic as ordered and as observed, in ratios 0..1."""

    ordered: float = 0.0
    ordered_s: float | None = None
    highest: float = 0.0
    seen: float | None = None
    margin: float | None = None
    canary: int = 0
    total: int = 0
    seen_s: float | None = None


class RollbackState(Struct, frozen=True):
    """A rollback: the parts that it restores, its steps, and its outcome once it has ended."""

    parts: tuple[Part, ...]
    steps: tuple[str, ...]
    reason: str
    automatic: bool
    started_s: float
    ended_s: float | None = None
    outcome: Outcome | None = None
    evidence: str = ""


class State(Struct, frozen=True):
    """The state of a run after all entries of its journal; `seq` is the number of the last one.

    `folders` holds the name of the folder of each attempt that has one of its own name.
    `card_sha256` is the digest of the card that was begun or, edited later, accepted by name.
    `end_reported` is true once a report was written after the end.
    `window_waivers` are the words of those who let steps act outside the window.
    """

    seq: int = 0
    run: ev.RunStarted | None = None
    card_sha256: str = ""
    window_waivers: tuple[ev.WindowWaived, ...] = ()
    started_at: str = ""
    operator: str = ""
    host: str = ""
    boot: str = ""
    offset_s: float = 0.0
    now_s: float = 0.0
    last_at: str = ""
    open: bool = False
    resumes: int = 0
    sections: Mapping[str, SectionState] = field(default_factory=dict)
    steps: Mapping[str, StepState] = field(default_factory=dict)
    monitors: Mapping[str, MonitorView] = field(default_factory=dict)
    breakers: Mapping[str, BreakerState] = field(default_factory=dict)
    folders: Mapping[str, str] = field(default_factory=dict)
    traffic: TrafficState = TrafficState()
    changed: tuple[Part, ...] = ()
    rollback: RollbackState | None = None
    held: str | None = None
    held_s: float | None = None
    decision: ev.Decided | None = None
    report: ev.ReportWritten | None = None
    ended: ev.RunEnded | None = None
    end_reported: bool = False
    ended_s: float | None = None
    feed: tuple[ev.JournalEntry, ...] = ()
    journal_fault: str = ""

    def status(self, step: str) -> StepStatus | None:
        """Return the status of a step; None if it has never begun."""
        begun = self.steps.get(step)
        return begun.status if begun else None

    def folder(self, name: str, attempt: int) -> str:
        """Return the name of the folder of an attempt; `name` is as in `attempt_name`."""
        plain = attempt_name(name, attempt)
        return self.folders.get(plain, plain)

    def settled(self, step: str) -> bool:
        """Whether a step is passed or waived."""
        return self.status(step) in SETTLED

    def of(self, status: StepStatus) -> tuple[str, ...]:
        """Return the ids of the steps with a status, in the order in which they first began."""
        return tuple(name for name, step in self.steps.items() if step.status is status)
