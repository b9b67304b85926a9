"""A snapshot of a run, from which every view is derived, and the situation it is in."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from checks.core.base import Outcome
from cockpit.card.model.card import Card
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.plan import Plan, Planned, Section, SectionKind
from cockpit.card.model.steps import Confirm, Hold, OnTrip
from cockpit.projections.decision import Decision, Word, decide
from cockpit.projections.forecast import Forecast, forecast
from cockpit.projections.monitor_status import stale_age_s
from cockpit.projections.t_clock import is_rolling_back
from cockpit.state import MonitorStatus, MonitorView, State, StepStatus


class Situation(StrEnum):
    """The situations that set the banner's style, the gravest first."""

    ROLLING_BACK = "rolling back"
    ROLLED_BACK = "rolled back"
    BACK_FAILED = "rollback stopped"
    DONE = "done"
    TRIPPED = "tripped"
    FAILED = "failed"
    DOUBT = "in doubt"
    UNKNOWN = "unknown"
    STALE = "stale"
    BLIND = "blind"
    BREACHING = "breaching"
    HELD = "held"
    ASKED = "asked"
    PLANNED_HOLD = "planned hold"
    RUNNING = "running"
    WAITS = "waits"


class Snapshot(Struct, frozen=True):
    """A run at one instant; `observer` names who is in control, where this screen only observes."""

    card: Card
    plan: Plan
    state: State
    decision: Decision
    forecast: Forecast
    now_s: float
    utc: datetime
    observer: str | None = None

    @property
    def stable(self) -> str:
        """The version that a rollback returns to."""
        return self.state.run.stable if self.state.run else self.card.versions.stable

    @property
    def canary(self) -> str:
        """The version that goes live."""
        return self.state.run.canary if self.state.run else self.card.versions.canary

    def at(self, run_s: float) -> datetime:
        """Return the instant of a run second."""
        return self.utc + timedelta(seconds=run_s - self.now_s)

    def running(self) -> tuple[Planned, ...]:
        """Return the steps that run now."""
        return tuple(item for item in self.plan.all() if self.state.status(item.id) is RUNS)

    def stale(self) -> tuple[Planned, ...]:
        """Return the Done lines whose result is too old to count."""
        gating = self.plan.gating()
        return tuple(i for i in gating if stale_age_s(i, self.state, self.now_s) is not None)

    def monitors(self, status: MonitorStatus) -> tuple[tuple[AnyMonitor, MonitorView], ...]:
        """Return the monitors of a status, without those that are still learning."""
        return tuple(
            (monitor, view)
            for monitor, view in self._measured()
            if view.state is status and not view.learning
        )

    def learning(self) -> tuple[tuple[AnyMonitor, MonitorView], ...]:
        """Return the monitors that have too few samples so far to be judged."""
        return tuple((monitor, view) for monitor, view in self._measured() if view.learning)

    def _measured(self) -> Iterator[tuple[AnyMonitor, MonitorView]]:
        for monitor in self.plan.monitors:
            if (view := self.state.monitors.get(monitor.monitor)) is not None:
                yield monitor, view


RUNS = StepStatus.RUNNING


def take_snapshot(  # noqa: PLR0913  (all that a snapshot holds)
    card: Card,
    plan: Plan,
    state: State,
    *,
    now_s: float,
    utc: datetime,
    observer: str | None = None,
) -> Snapshot:
    """Derive decision and forecast from one state at one instant."""
    return Snapshot(
        card=card,
        plan=plan,
        state=state,
        decision=decide(plan, state, now_s),
        forecast=forecast(plan, state, now_s, utc),
        now_s=now_s,
        utc=utc,
        observer=observer,
    )


def situation(snapshot: Snapshot) -> Situation:
    """Return the gravest situation that applies."""
    state = snapshot.state
    if state.rollback is not None:
        if is_rolling_back(state):
            return Situation.ROLLING_BACK
        well = state.rollback.outcome is Outcome.PASSED
        return Situation.ROLLED_BACK if well else Situation.BACK_FAILED
    if state.ended is not None and state.ended.word == Word.GO:
        return Situation.DONE
    return _ahead(snapshot)


def _ahead(snapshot: Snapshot) -> Situation:
    statuses = {snapshot.state.status(item.id) for item in snapshot.plan.gating()}
    running = snapshot.running()
    holds = (
        (bool(snapshot.monitors(MonitorStatus.TRIPPED)), Situation.TRIPPED),
        (StepStatus.FAILED in statuses, Situation.FAILED),
        (StepStatus.DOUBT in statuses, Situation.DOUBT),
        (StepStatus.UNKNOWN in statuses, Situation.UNKNOWN),
        (bool(snapshot.monitors(MonitorStatus.BLIND)), Situation.BLIND),
        (bool(snapshot.monitors(MonitorStatus.BREACHING)), Situation.BREACHING),
        (bool(snapshot.stale()), Situation.STALE),
        (snapshot.state.held is not None, Situation.HELD),
        (any(isinstance(item.step, Confirm) for item in running), Situation.ASKED),
        (any(isinstance(item.step, Hold) for item in running), Situation.PLANNED_HOLD),
        (bool(running), Situation.RUNNING),
    )
    return next((situation for holds_now, situation in holds if holds_now), Situation.WAITS)


def running_hold(snapshot: Snapshot) -> tuple[Planned, Hold] | None:
    """Return the planned hold that runs; None without one."""
    for item in snapshot.running():
        if isinstance(item.step, Hold):
            return item, item.step
    return None


def rolls_back(snapshot: Snapshot, monitor: str) -> bool:
    """Whether a trip of this monitor would begin a rollback by itself now."""
    running = running_hold(snapshot)
    if running is None:
        return False
    _, hold = running
    return hold.on_trip is not OnTrip.ASK and (not hold.watch or monitor in hold.watch)


def went_back(state: State) -> bool:
    """Whether a rollback has ended: what was open before it does not continue."""
    return state.rollback is not None and not is_rolling_back(state)


def label(section: Section) -> str:
    """Return the name of a section: a phase with its T-point.

    >>> label(Section("t-0", "canary", (), SectionKind.PHASE))
    'T-0 canary'
    >>> label(Section("preflight", "preflight", (), SectionKind.PREFLIGHT))
    'Preflight'
    """
    if section.kind is SectionKind.PHASE:
        return f"{section.id.upper()} {section.title}"
    return section.title.capitalize()


def name_of(monitor: AnyMonitor) -> str:
    """Return a monitor's name on the screen."""
    return monitor.title or monitor.monitor
