"""Everything that can be said in a journal: a union of frozen events and its codec.

An event says what was intended or what happened, in base units (seconds, ratios 0..1). Its entry
says when (an instant for people, monotonic seconds for durations) and who.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, TypeAdapter, ValidationError

from checks.base import Outcome
from cockpit.card.steps import Part
from cockpit.errors import JournalError
from cockpit.journal.chain import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run of a card begins. `opens` and `closes` are ISO instants in UTC."""

    kind: Literal["run-started"] = "run-started"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """A cockpit took control; `boot` tells whether monotonic seconds go on from those before."""

    kind: Literal["session-opened"] = "session-opened"
    operator: str
    host: str
    boot: str
    resumed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed:
    """A cockpit gave up control in good order."""

    kind: Literal["session-closed"] = "session-closed"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionStarted:
    """The preflight, a phase or a group of the Done list was ordered to begin."""

    kind: Literal["section-started"] = "section-started"
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionEnded:
    """Every step of a section is passed or waived."""

    kind: Literal["section-ended"] = "section-ended"
    section: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """The intent: written before the step begins. `action` says that it acts, `changes` on what."""

    kind: Literal["step-started"] = "step-started"
    step: str
    attempt: int
    action: bool
    command: str = ""
    changes: Part | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEnded:
    """What came of a step, with its evidence in one line."""

    kind: Literal["step-ended"] = "step-ended"
    step: str
    attempt: int
    outcome: Outcome
    evidence: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDoubted:
    """A started action has no outcome: it may have happened, wholly or in part."""

    kind: Literal["step-doubted"] = "step-doubted"
    step: str
    attempt: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A named person goes on without a passed check, and says why."""

    kind: Literal["waived"] = "waived"
    step: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedDone:
    """A named person says that a step in doubt has happened."""

    kind: Literal["marked-done"] = "marked-done"
    step: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The operator holds: no further step begins."""

    kind: Literal["held"] = "held"
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The operator's hold is over."""

    kind: Literal["released"] = "released"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficOrdered:
    """The canary is to get `share` (0..1) of the traffic."""

    kind: Literal["traffic-ordered"] = "traffic-ordered"
    share: float
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficSeen:
    """The canary got `canary` of `total` requests; `margin` is half the 95 % interval."""

    kind: Literal["traffic-seen"] = "traffic-seen"
    canary: int
    total: int
    share: float
    margin: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a monitor showed at one tick; `state` is ok, breaching, tripped or blind.

    `age_s` is the age of the data behind it: a measurement that hangs makes it grow.
    """

    state: str
    value: float | None
    samples: int
    note: str = ""
    since_s: float | None = None
    trips_at_s: float | None = None
    learning: bool = False
    age_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """One tick of all monitors; times in it are monotonic seconds of this boot."""

    kind: Literal["sampled"] = "sampled"
    monitors: Mapping[str, Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorChanged:
    """A monitor went from one state to another; `text` says value, limit and window."""

    kind: Literal["monitor-changed"] = "monitor-changed"
    monitor: str
    before: str
    after: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerArmed:
    """A breaker is armed for `lasts_s` seconds. Nothing was sent."""

    kind: Literal["breaker-armed"] = "breaker-armed"
    breaker: str
    argument: str = ""
    command: str
    lasts_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerDisarmed:
    """An armed breaker was put back."""

    kind: Literal["breaker-disarmed"] = "breaker-disarmed"
    breaker: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerFired:
    """The intent: written before the breaker's command is sent."""

    kind: Literal["breaker-fired"] = "breaker-fired"
    breaker: str
    attempt: int
    argument: str = ""
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerActed:
    """The breaker's command returned; its effect is now looked for."""

    kind: Literal["breaker-acted"] = "breaker-acted"
    breaker: str
    attempt: int
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerEnded:
    """The breaker's effect was seen (passed), or was not (failed, unknown)."""

    kind: Literal["breaker-ended"] = "breaker-ended"
    breaker: str
    attempt: int
    outcome: Outcome
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackStarted:
    """A rollback of these parts begins, with these steps in this order."""

    kind: Literal["rollback-started"] = "rollback-started"
    parts: tuple[Part, ...]
    steps: tuple[str, ...]
    reason: str
    automatic: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackEnded:
    """A rollback's effect was observed (passed), or it stopped (failed, unknown)."""

    kind: Literal["rollback-ended"] = "rollback-ended"
    outcome: Outcome
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The decision changed: GO, NO-GO or HOLD, with every reason."""

    kind: Literal["decided"] = "decided"
    word: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWritten:
    """A report was written from the journal as it stood."""

    kind: Literal["report-written"] = "report-written"
    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """Something that the record should say and no state depends on."""

    kind: Literal["noted"] = "noted"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """The run is over: its decision and the exit status that says it."""

    kind: Literal["run-ended"] = "run-ended"
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
KINDS: tuple[type[Event], ...] = get_args(Event)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event with its place in the record: `at` is an ISO instant in UTC."""

    seq: int
    at: str
    mono_s: float
    by: str
    event: Event


@cache
def _adapter() -> TypeAdapter[Event]:
    """Make what reads events when there is a first one to read: a new run never needs it."""
    return TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def encode(entry: Entry) -> dict[str, Any]:
    """Give the fields of a journal line; the journal adds the sequence number and the hashes."""
    return {"at": entry.at, "mono_s": entry.mono_s, "by": entry.by, "event": asdict(entry.event)}


def decode(line: Line) -> Entry:
    """Read a journal line back; raises JournalError for one that this program did not write."""
    fields: Mapping[str, Any] = line.fields
    try:
        event = _adapter().validate_python(fields["event"])
        return Entry(line.seq, fields["at"], fields["mono_s"], fields["by"], event)
    except (KeyError, ValidationError) as error:
        raise JournalError(f"line {line.seq} of the journal says nothing known: {error}") from error
