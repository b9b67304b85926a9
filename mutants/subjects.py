"""The modules that decide, each with the tests that hold it."""

from collections.abc import Mapping

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "cockpit/projections/decision.py": ("tests/projections/test_decision.py",),
    "cockpit/projections/forecast.py": ("tests/projections/test_forecast.py",),
    "cockpit/engine/hold.py": ("tests/engine/test_hold.py",),
    "cockpit/engine/rollback.py": ("tests/engine/test_rollback.py",),
    "cockpit/engine/rollback_task.py": (
        "tests/engine/test_rollback.py",
        "tests/engine/test_breakers.py",
    ),
    "cockpit/engine/arming.py": ("tests/engine/test_breakers.py", "tests/engine/test_rollback.py"),
    "cockpit/monitors/judge.py": (
        "tests/monitors/test_judge.py",
        "tests/monitors/test_coarse_buckets.py",
    ),
    "cockpit/monitors/window.py": ("tests/monitors/test_window.py",),
    "cockpit/monitors/window_query.py": (
        "tests/monitors/test_window_query.py",
        "tests/monitors/test_window.py",
    ),
    "cockpit/monitors/counters.py": (
        "tests/monitors/test_counters.py",
        "tests/monitors/test_window.py",
    ),
    "cockpit/routers/observe.py": (
        "tests/routers/test_observe.py",
        "tests/routers/test_shift_result.py",
    ),
    "cockpit/routers/shift_result.py": ("tests/routers/test_shift_result.py",),
    "cockpit/routers/likelihood.py": (
        "tests/routers/test_observe.py",
        "tests/routers/test_likelihood.py",
    ),
    "cockpit/state/transitions.py": ("tests/state/test_transitions.py",),
    "cockpit/journal/chain.py": ("tests/journal/test_chain.py",),
}
