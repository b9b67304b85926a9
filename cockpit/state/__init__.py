"""The state of a run, and the fold of its journal that computes it."""

from cockpit.journal.events import MonitorStatus
from cockpit.state.reducer import apply, fold
from cockpit.state.run_state import (
    SETTLED,
    STOPPED,
    BreakerState,
    BreakerStatus,
    MonitorView,
    RollbackState,
    SectionState,
    State,
    StepState,
    StepStatus,
    TrafficState,
    attempt_name,
)

__all__ = [
    "SETTLED",
    "STOPPED",
    "BreakerState",
    "BreakerStatus",
    "MonitorStatus",
    "MonitorView",
    "RollbackState",
    "SectionState",
    "State",
    "StepState",
    "StepStatus",
    "TrafficState",
    "apply",
    "attempt_name",
    "fold",
]
