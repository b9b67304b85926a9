"""The JSON document in which a headless command reports a run."""

from typing import Any

from cockpit.card.model.plan import Plan
from cockpit.projections.decision import Decision, Word, caveats
from cockpit.state import State


def document(plan: Plan, state: State, decision: Decision) -> dict[str, Any]:
    """Return the result of a run; a rollback after its end overrides the recorded decision."""
    run, ended = state.run, state.ended
    word, reasons = decision.word.value, tuple(reason.text for reason in decision.reasons)
    if ended and (state.rollback is None or ended.word == Word.NO_GO):
        word, reasons = ended.word, ended.reasons
    return {
        "decision": word,
        "exit_status": Word(word).exit_status,
        "reasons": list(reasons),
        "caveats": list(caveats(plan, state)),
        "run": run.run if run else None,
        "service": run.service if run else None,
        "environment": run.environment if run else None,
        "scenario": run.scenario if run else None,
        "ended": state.ended is not None,
        "report": state.report.path if state.report else None,
        "traffic": {"ordered": state.traffic.ordered, "seen": state.traffic.seen},
        "steps": {
            item.id: {
                "title": item.title,
                "status": step.status.value,
                "attempt": step.attempt,
                "evidence": step.evidence,
                "by": step.by,
            }
            for item in plan.all()
            if (step := state.steps.get(item.id))
        },
        "monitors": {
            name: {
                "state": view.state,
                "value": view.value,
                "samples": view.samples,
                "note": view.note,
            }
            for name, view in state.monitors.items()
        },
    }
