"""The events of a journal, as a union of frozen structs, and their codec.

An event is an intent, written before the action, or a fact; its values are in base units (seconds,
ratios 0..1). Its entry adds when it was recorded (an instant for people, monotonic seconds for
durations) and by whom.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Self, get_args

import msgspec
from msgspec import Struct, field

from checks.core.base import Outcome
from cockpit.card.model.steps import Part
from cockpit.foundation.errors import JournalError
from cockpit.journal.chain import JournalLine

CARD = "the card"
COCKPIT = "the cockpit"
"""Who caused an entry where no person did: a rule of the card, or the cockpit itself."""


class _Event(Struct, frozen=True, tag_field="kind"):
    """The base of all events."""

    @property
    def kind(self) -> str:
        """The tag of the event in the journal."""
        return str(self.__struct_config__.tag)


class RunStarted(_Event, frozen=True, kw_only=True, tag="run-started"):
    """A run of a card began. `opens` and `closes` bound its window, as ISO instants in UTC.

    `folder` is the path of the run's folder, empty in a journal of an earlier version.
    """

    run: str
    card: str
    card_sha256: str
    service: str
    environment: str
    stable: str
    canary: str
    opens: str
    closes: str
    rehearsal: bool = False
    scenario: str | None = None
    speed: float = 1.0
    folder: str = ""


class SessionOpened(_Event, frozen=True, kw_only=True, tag="session-opened"):
    """A cockpit took control of the run.

    `boot` identifies the boot of the machine: under another one, monotonic seconds started again.
    """

    operator: str
    host: str
    boot: str
    resumed: bool = False


class SessionClosed(_Event, frozen=True, kw_only=True, tag="session-closed"):
    """A cockpit gave up control and ended normally."""

    reason: str


class SectionStarted(_Event, frozen=True, kw_only=True, tag="section-started"):
    """The preflight, a phase or a group of the Done list began."""

    section: str


class SectionEnded(_Event, frozen=True, kw_only=True, tag="section-ended"):
    """Every step of a section was passed or waived."""

    section: str


class StepStarted(_Event, frozen=True, kw_only=True, tag="step-started"):
    """Intent: a step is about to begin.

    `action` is true if it changes something outside the cockpit, `changes` is the part that it
    changes. `folder` names the attempt's folder: no other attempt ever has the same. `watches` are
    the monitors of a hold, each with its period in seconds.
    """

    step: str
    attempt: int
    action: bool
    command: str = ""
    changes: Part | None = None
    folder: str = ""
    watches: Mapping[str, float] = field(default_factory=dict)


class StepEnded(_Event, frozen=True, kw_only=True, tag="step-ended"):
    """A step ended with an outcome, and its evidence in one line."""

    step: str
    attempt: int
    outcome: Outcome
    evidence: str
    details: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    """What the step measured, by name, in base units."""


class StepProgressed(_Event, frozen=True, kw_only=True, tag="step-said"):
    """A running step reported its progress; recorded at most once a second."""

    step: str
    attempt: int
    text: str


class StepDoubted(_Event, frozen=True, kw_only=True, tag="step-doubted"):
    """An action was started and its outcome is unknown: it may have happened, or a part of it."""

    step: str
    attempt: int
    evidence: str


class Waived(_Event, frozen=True, kw_only=True, tag="waived"):
    """A named person let the cutover go on without a passed step, for the reason given."""

    step: str
    name: str
    reason: str


class MarkedDone(_Event, frozen=True, kw_only=True, tag="marked-done"):
    """A named person confirmed that a step in doubt was done, for the reason given."""

    step: str
    name: str
    reason: str


class CardAccepted(_Event, frozen=True, kw_only=True, tag="card-accepted"):
    """A named person let the run go on with a card that was edited after it began.

    `edits` says what differs from the card before; the run's card is now the one with this digest.
    """

    name: str
    card_sha256: str
    edits: tuple[str, ...] = ()


class WindowWaived(_Event, frozen=True, kw_only=True, tag="window-waived"):
    """A named person let steps act outside the window, for the reason given.

    `closed` is true if that was after the window closed, and false if before it opened: the word
    holds for that side alone.
    """

    name: str
    reason: str
    closed: bool


class Held(_Event, frozen=True, kw_only=True, tag="held"):
    """The operator held the cutover: no further step begins until it is released."""

    reason: str = ""


class Released(_Event, frozen=True, kw_only=True, tag="released"):
    """The operator released the cutover from a hold."""


class TrafficOrdered(_Event, frozen=True, kw_only=True, tag="traffic-ordered"):
    """Intent: `share` (0..1) of the traffic is to go to the canary, by the step of that id."""

    share: float
    step: str


class TrafficObserved(_Event, frozen=True, kw_only=True, tag="traffic-seen"):
    """The router's counters were read: `canary` of `total` requests went to the canary.

    `share` is their ratio (0..1), `margin` half the width of its 95 % confidence interval.
    """

    canary: int
    total: int
    share: float
    margin: float


class MonitorStatus(StrEnum):
    """What a monitor shows.

    A journal of a later version may hold another word. It is read as a value of its own, equal to
    none of these, so that such a journal can still be opened, verified and displayed.
    """

    OK = "ok"
    BREACHING = "breaching"
    TRIPPED = "tripped"
    BLIND = "blind"
    NOT_MEASURED = "not measured"
    """Before a monitor's first sample: only ever the `before` of a `MonitorChanged`."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        status = str.__new__(cls, value)
        status._name_, status._value_ = "OTHER", value
        return status


class MonitorSample(Struct, frozen=True, kw_only=True):
    """What a monitor showed at one tick.

    `value` is in the unit of the monitor's limit, `samples` the number of events behind it. The
    status began at `since_s`; a breach trips at `trips_at_s`. With `learning`, too few samples have
    come so far. `age_s` is the age of the data in seconds; it grows while a measurement hangs.
    """

    state: MonitorStatus
    value: float | None
    samples: int
    note: str = ""
    since_s: float | None = None
    trips_at_s: float | None = None
    learning: bool = False
    age_s: float = 0.0


class MonitorsSampled(_Event, frozen=True, kw_only=True, tag="sampled"):
    """All monitors at one tick; times in it are monotonic seconds of this boot."""

    monitors: Mapping[str, MonitorSample]


class MonitorChanged(_Event, frozen=True, kw_only=True, tag="monitor-changed"):
    """A monitor's status changed; `text` has its value, limit and window."""

    monitor: str
    before: MonitorStatus
    after: MonitorStatus
    text: str


class BreakerArmed(_Event, frozen=True, kw_only=True, tag="breaker-armed"):
    """A breaker was armed for `lasts_s` seconds; `command` was not sent yet.

    `anyway`: it is a rollback, and rolls back though the run has changed nothing of it.
    """

    breaker: str
    argument: str = ""
    command: str
    lasts_s: float
    anyway: bool = False


class BreakerDisarmed(_Event, frozen=True, kw_only=True, tag="breaker-disarmed"):
    """An armed breaker was disarmed without being fired."""

    breaker: str
    reason: str


class BreakerFired(_Event, frozen=True, kw_only=True, tag="breaker-fired"):
    """Intent: a breaker's command is about to be sent.

    `folder` names the attempt's folder: no other attempt ever has the same.
    """

    breaker: str
    attempt: int
    argument: str = ""
    command: str
    folder: str = ""


class BreakerActed(_Event, frozen=True, kw_only=True, tag="breaker-acted"):
    """A breaker's command returned; whether it took effect is checked next."""

    breaker: str
    attempt: int
    evidence: str


class BreakerEnded(_Event, frozen=True, kw_only=True, tag="breaker-ended"):
    """A breaker's effect was observed (passed), was not (failed), or is not known (unknown).

    Skipped: a wider rollback took over what it had begun.
    """

    breaker: str
    attempt: int
    outcome: Outcome
    evidence: str


class RollbackStarted(_Event, frozen=True, kw_only=True, tag="rollback-started"):
    """A rollback of `parts` began, with these steps in this order.

    `automatic` is true if the card's `on_trip` ordered it, and not a person.
    """

    parts: tuple[Part, ...]
    steps: tuple[str, ...]
    reason: str
    automatic: bool


class RollbackEnded(_Event, frozen=True, kw_only=True, tag="rollback-ended"):
    """A rollback ended: its effect was observed (passed), or it stopped (failed, unknown).

    Skipped: a wider one took over.
    """

    outcome: Outcome
    evidence: str


class Decided(_Event, frozen=True, kw_only=True, tag="decided"):
    """The decision changed to `word` (GO, NO-GO or HOLD), with every reason for it."""

    word: str
    reasons: tuple[str, ...]


class ReportWritten(_Event, frozen=True, kw_only=True, tag="report-written"):
    """A report was written from the journal up to this entry."""

    path: str
    sha256: str


class FaultInjected(_Event, frozen=True, kw_only=True, tag="fault-injected"):
    """A rehearsal's fault is injected or, if not `on`, taken away."""

    fault: str
    on: bool = True


class Noted(_Event, frozen=True, kw_only=True, tag="noted"):
    """A remark for the record, on which no state depends."""

    text: str


class RunEnded(_Event, frozen=True, kw_only=True, tag="run-ended"):
    """The run ended, with its last decision and the exit status that stands for it."""

    word: str
    reasons: tuple[str, ...]
    exit_status: int


Event = (
    RunStarted
    | SessionOpened
    | SessionClosed
    | SectionStarted
    | SectionEnded
    | StepStarted
    | StepEnded
    | StepProgressed
    | StepDoubted
    | Waived
    | MarkedDone
    | CardAccepted
    | WindowWaived
    | Held
    | Released
    | TrafficOrdered
    | TrafficObserved
    | MonitorsSampled
    | MonitorChanged
    | BreakerArmed
    | BreakerDisarmed
    | BreakerFired
    | BreakerActed
    | BreakerEnded
    | RollbackStarted
    | RollbackEnded
    | Decided
    | ReportWritten
    | FaultInjected
    | Noted
    | RunEnded
)
Frequent = MonitorsSampled | TrafficObserved | StepProgressed
"""Events that come every second: they are not synced one by one, and are not news."""

Observed = (
    MonitorsSampled
    | MonitorChanged
    | TrafficObserved
    | SectionEnded
    | StepEnded
    | StepProgressed
    | StepDoubted
    | BreakerActed
    | BreakerEnded
    | RollbackEnded
    | Decided
    | ReportWritten
    | Noted
    | RunEnded
)
"""Events that the cockpit causes by itself, unless somebody is named who did."""


def author(event: Event, operator: str) -> str:
    """Return who causes an event if nobody else is named: a rule, the cockpit or the operator.

    >>> author(Released(), "alice"), author(Noted(text="so"), "alice")
    ('alice', 'the cockpit')
    """
    if isinstance(event, RollbackStarted) and event.automatic:
        return CARD
    return COCKPIT if isinstance(event, Observed) else operator


KINDS: tuple[type[Event], ...] = get_args(Event)


class JournalEntry(Struct, frozen=True):
    """An event in its place in the journal: `at` is an ISO instant in UTC, `by` who caused it."""

    seq: int
    at: str
    mono_s: float
    by: str
    event: Event


def encode(entry: JournalEntry) -> dict[str, Any]:
    """Return the fields of a journal line; the journal adds the sequence number and the hashes."""
    fields: dict[str, Any] = msgspec.to_builtins(entry)
    del fields["seq"]
    return fields


def decode(line: JournalLine) -> JournalEntry:
    """Return the entry of a journal line; raises JournalError for one of an unknown form."""
    try:
        return msgspec.convert({**line.fields, "seq": line.seq}, JournalEntry)
    except msgspec.ValidationError as error:
        raise JournalError(f"line {line.seq} of the journal says nothing known: {error}") from error
