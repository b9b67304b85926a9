"""A cutover told entry by entry: the packaged card, seen in the states that matter.

Every picture and the tests of the view are folded from these entries, so that all numbers of a
screen come from one state at one instant.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.card import packaged
from cockpit.card.model.card import Card
from cockpit.card.model.plan import Plan, Section, SectionKind, plan
from cockpit.card.model.steps import Hold, Run, Traffic
from cockpit.journal import events as ev
from cockpit.screens.view.snapshot import Snapshot, take_snapshot
from cockpit.state import State, fold

OPENS = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(hours=2)
P95, ERRORS, AUTH = "p95", "errors", "auth-failures"
_SILENT = "metrics: no answer within 5s"
CALM = {P95: 0.148, ERRORS: 0.0002, AUTH: 3.0}
CALM |= {"bypass": 0.0, "pool": 0.32, "queries": 0.02, "backup": 0.0}


class Story(Struct):
    """Entries so far; `at_s` is seconds since the opening of the window, negative before."""

    at_s: float = -620.0
    rehearsal: bool = False
    entries: list[ev.JournalEntry] = field(default_factory=list)
    card: Card = field(default_factory=packaged.card)
    values: dict[str, float | None] = field(default_factory=lambda: dict(CALM))
    since: dict[str, float] = field(default_factory=dict)
    tripped: set[str] = field(default_factory=set)

    @property
    def plan(self) -> Plan:
        """The card as a plan."""
        return plan(self.card)

    def tell(self, event: ev.Event, by: str = "alice") -> None:
        """Add an entry at the present second."""
        at = (OPENS + timedelta(seconds=self.at_s)).isoformat()
        self.entries.append(
            ev.JournalEntry(len(self.entries) + 1, at, self.at_s + 5000.0, by, event)
        )

    def begin(self) -> None:
        """Begin the run."""
        name = "R0301-020000" if self.rehearsal else "0301-020000"
        versions = self.card.versions
        self.tell(
            ev.RunStarted(
                run=name,
                card="golive.yaml",
                card_sha256="0" * 64,
                service=self.card.service,
                environment="rehearsal" if self.rehearsal else "production",
                stable=versions.stable,
                canary=versions.canary,
                opens=OPENS.isoformat(),
                closes=CLOSES.isoformat(),
                rehearsal=self.rehearsal,
            )
        )
        self.tell(ev.SessionOpened(operator="alice", host="ops1", boot="b1"))

    def wait(self, seconds: float, every_s: float = 5.0) -> None:
        """Let time pass, with a sample of all monitors every few seconds."""
        end_s = self.at_s + seconds
        while self.at_s + every_s <= end_s:
            self.at_s += every_s
            self.sample()
        self.at_s = end_s

    def sample(self) -> None:
        """Measure all monitors as they are now."""
        self.tell(
            ev.MonitorsSampled(
                monitors={m.monitor: self._sample(m.monitor) for m in self.plan.monitors}
            )
        )

    def _sample(self, name: str) -> ev.MonitorSample:
        monitor = next(item for item in self.plan.monitors if item.monitor == name)
        value = self.values[name]
        mono_s = self.at_s + 5000.0
        wobble = 1 + ((int(self.at_s) * 7) % 11 - 5) / 120
        if value is None:
            since_s = self.since.setdefault(name, mono_s)
            return ev.MonitorSample(
                state=ev.MonitorStatus.BLIND,
                value=None,
                samples=0,
                note=_SILENT,
                since_s=since_s,
            )
        if value <= float(monitor.above):
            self.since.pop(name, None)
            return ev.MonitorSample(state=ev.MonitorStatus.OK, value=value * wobble, samples=600)
        since_s = self.since.setdefault(name, mono_s)
        trips_s = since_s + monitor.sustained
        if name in self.tripped or mono_s >= trips_s:
            self.tripped.add(name)
            return ev.MonitorSample(
                state=ev.MonitorStatus.TRIPPED, value=value, samples=600, since_s=since_s
            )
        return ev.MonitorSample(
            state=ev.MonitorStatus.BREACHING,
            value=value,
            samples=600,
            since_s=since_s,
            trips_at_s=trips_s,
        )

    def do(self, section: Section, seconds: float = 20.0) -> None:
        """Do a whole section, each step in about `seconds`."""
        self.tell(ev.SectionStarted(section=section.id))
        for item in section.items:
            self.step(item.id, seconds)
        self.tell(ev.SectionEnded(section=section.id))

    def step(self, name: str, seconds: float | None, evidence: str = "as expected") -> None:
        """Begin a step; end it after `seconds`, or leave it running for None."""
        item = self.plan.find(name)
        step = item.step
        acts = isinstance(step, Run | Traffic)
        forward = item.section_kind is not SectionKind.ROLLBACK
        changes = step.changes if isinstance(step, Run) and forward else None
        command = step.run if isinstance(step, Run) else "scripts/traffic.sh" if acts else ""
        self.tell(
            ev.StepStarted(step=name, attempt=1, action=acts, command=command, changes=changes)
        )
        if isinstance(step, Traffic):
            self.tell(ev.TrafficOrdered(share=step.traffic, step=name))
        if seconds is None:
            return
        if isinstance(step, Hold):
            seconds = step.hold
        self.wait(seconds)
        if isinstance(step, Traffic):
            canary = round(1270 * step.traffic * (0.96 if step.traffic < 1 else 1))
            self.tell(
                ev.TrafficObserved(canary=canary, total=1270, share=canary / 1270, margin=0.006)
            )
            evidence = f"{canary} of 1,270 requests"
        self.ended(name, Outcome.PASSED, evidence)

    def ended(
        self, name: str, outcome: Outcome, evidence: str, *details: str, **figures: float
    ) -> None:
        """End a step."""
        self.tell(
            ev.StepEnded(
                step=name,
                attempt=1,
                outcome=outcome,
                evidence=evidence,
                details=details,
                figures=figures,
            )
        )

    def state(self) -> State:
        """Return what it adds up to."""
        return fold(self.entries)

    def seen(self, observer: str | None = None) -> Snapshot:
        """Return what a screen would be derived from now."""
        now_s = self.at_s + 5000.0 + self.state().offset_s
        utc = OPENS + timedelta(seconds=self.at_s)
        return take_snapshot(
            self.card, self.plan, self.state(), now_s=now_s, utc=utc, observer=observer
        )


def as_rehearsal(story: Story) -> Story:
    """Build the same story as a rehearsal."""
    entries = list(_rehearsed(story.entries))
    return replace(story, rehearsal=True, entries=entries)


def _rehearsed(entries: list[ev.JournalEntry]) -> Iterator[ev.JournalEntry]:
    for entry in entries:
        if isinstance(entry.event, ev.RunStarted):
            event = replace(entry.event, rehearsal=True, run=f"R{entry.event.run}")
            yield replace(entry, event=event)
        else:
            yield entry
