"""What a run's journal adds up to: the model, and the fold that makes it."""

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
    "fold",
]
