"""Everything that can be said in a journal: a union of frozen events and its codec.

An event says what was intended or what happened, in base units (seconds, ratios 0..1). Its entry
says when (an instant for people, monotonic seconds for durations) and who.
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


class _Said(Struct, frozen=True, tag_field="kind"):
    """What every event has."""

    @property
    def kind(self) -> str:
        """The name of its kind, by which a journal knows it."""
        return str(self.__struct_config__.tag)


class RunStarted(_Said, frozen=True, kw_only=True, tag="run-started"):
    """A run of a card begins. `opens` and `closes` are ISO instants in UTC."""

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


class SessionOpened(_Said, frozen=True, kw_only=True, tag="session-opened"):
    """A cockpit took control; `boot` tells whether monotonic seconds go on from those before."""

    operator: str
    host: str
    boot: str
    resumed: bool = False


class SessionClosed(_Said, frozen=True, kw_only=True, tag="session-closed"):
    """A cockpit gave up control in good order."""

    reason: str


class SectionStarted(_Said, frozen=True, kw_only=True, tag="section-started"):
    """The preflight, a phase or a group of the Done list was ordered to begin."""

    section: str


class SectionEnded(_Said, frozen=True, kw_only=True, tag="section-ended"):
    """Every step of a section is passed or waived."""

    section: str


class StepStarted(_Said, frozen=True, kw_only=True, tag="step-started"):
    """The intent: written before the step begins. `action` says that it acts, `changes` on what."""

    step: str
    attempt: int
    action: bool
    command: str = ""
    changes: Part | None = None


class StepEnded(_Said, frozen=True, kw_only=True, tag="step-ended"):
    """What came of a step, with its evidence in one line."""

    step: str
    attempt: int
    outcome: Outcome
    evidence: str
    details: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was measured, by name, in base units."""


class StepSaid(_Said, frozen=True, kw_only=True, tag="step-said"):
    """How a step stands that still runs, at most once a second."""

    step: str
    attempt: int
    text: str


class StepDoubted(_Said, frozen=True, kw_only=True, tag="step-doubted"):
    """A started action has no outcome: it may have happened, wholly or in part."""

    step: str
    attempt: int
    evidence: str


class Waived(_Said, frozen=True, kw_only=True, tag="waived"):
    """A named person goes on without a passed check, and says why."""

    step: str
    name: str
    reason: str


class MarkedDone(_Said, frozen=True, kw_only=True, tag="marked-done"):
    """A named person says that a step in doubt has happened."""

    step: str
    name: str
    reason: str


class Held(_Said, frozen=True, kw_only=True, tag="held"):
    """The operator holds: no further step begins."""

    reason: str = ""


class Released(_Said, frozen=True, kw_only=True, tag="released"):
    """The operator's hold is over."""


class TrafficOrdered(_Said, frozen=True, kw_only=True, tag="traffic-ordered"):
    """The canary is to get `share` (0..1) of the traffic."""

    share: float
    step: str


class TrafficSeen(_Said, frozen=True, kw_only=True, tag="traffic-seen"):
    """The canary got `canary` of `total` requests; `margin` is half the 95 % interval."""

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

    `age_s` is the age in seconds of the data behind it; it grows while a measurement hangs.
    """

    state: MonitorStatus
    value: float | None
    samples: int
    note: str = ""
    since_s: float | None = None
    trips_at_s: float | None = None
    learning: bool = False
    age_s: float = 0.0


class Sampled(_Said, frozen=True, kw_only=True, tag="sampled"):
    """One tick of all monitors; times in it are monotonic seconds of this boot."""

    monitors: Mapping[str, MonitorSample]


class MonitorChanged(_Said, frozen=True, kw_only=True, tag="monitor-changed"):
    """A monitor went from one state to another; `text` says value, limit and window."""

    monitor: str
    before: MonitorStatus
    after: MonitorStatus
    text: str


class BreakerArmed(_Said, frozen=True, kw_only=True, tag="breaker-armed"):
    """A breaker is armed for `lasts_s` seconds. Nothing was sent."""

    breaker: str
    argument: str = ""
    command: str
    lasts_s: float


class BreakerDisarmed(_Said, frozen=True, kw_only=True, tag="breaker-disarmed"):
    """An armed breaker was put back."""

    breaker: str
    reason: str


class BreakerFired(_Said, frozen=True, kw_only=True, tag="breaker-fired"):
    """The intent: written before the breaker's command is sent."""

    breaker: str
    attempt: int
    argument: str = ""
    command: str


class BreakerActed(_Said, frozen=True, kw_only=True, tag="breaker-acted"):
    """The breaker's command returned; its effect is now looked for."""

    breaker: str
    attempt: int
    evidence: str


class BreakerEnded(_Said, frozen=True, kw_only=True, tag="breaker-ended"):
    """The breaker's effect was seen (passed), or was not (failed, unknown)."""

    breaker: str
    attempt: int
    outcome: Outcome
    evidence: str


class RollbackStarted(_Said, frozen=True, kw_only=True, tag="rollback-started"):
    """A rollback of these parts begins, with these steps in this order."""

    parts: tuple[Part, ...]
    steps: tuple[str, ...]
    reason: str
    automatic: bool


class RollbackEnded(_Said, frozen=True, kw_only=True, tag="rollback-ended"):
    """A rollback's effect was observed (passed), or it stopped (failed, unknown)."""

    outcome: Outcome
    evidence: str


class Decided(_Said, frozen=True, kw_only=True, tag="decided"):
    """The decision changed: GO, NO-GO or HOLD, with every reason."""

    word: str
    reasons: tuple[str, ...]


class ReportWritten(_Said, frozen=True, kw_only=True, tag="report-written"):
    """A report was written from the journal as it stood."""

    path: str
    sha256: str


class Noted(_Said, frozen=True, kw_only=True, tag="noted"):
    """Something that the record should say and no state depends on."""

    text: str


class RunEnded(_Said, frozen=True, kw_only=True, tag="run-ended"):
    """The run is over: its decision and the exit status that says it."""

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
    | StepSaid
    | StepDoubted
    | Waived
    | MarkedDone
    | Held
    | Released
    | TrafficOrdered
    | TrafficSeen
    | Sampled
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
    | Noted
    | RunEnded
)
Frequent = Sampled | TrafficSeen | StepSaid
"""What comes every second and is old a second later: it waits for no disk, and is no news."""

KINDS: tuple[type[Event], ...] = get_args(Event)


class JournalEntry(Struct, frozen=True):
    """An event with its place in the record: `at` is an ISO instant in UTC."""

    seq: int
    at: str
    mono_s: float
    by: str
    event: Event


def encode(entry: JournalEntry) -> dict[str, Any]:
    """Give the fields of a journal line; the journal adds the sequence number and the hashes."""
    fields: dict[str, Any] = msgspec.to_builtins(entry)
    del fields["seq"]
    return fields


def decode(line: JournalLine) -> JournalEntry:
    """Read a journal line back; raises JournalError for one that this program did not write."""
    try:
        return msgspec.convert({**line.fields, "seq": line.seq}, JournalEntry)
    except msgspec.ValidationError as error:
        raise JournalError(f"line {line.seq} of the journal says nothing known: {error}") from error
