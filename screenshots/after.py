"""The Done list and the day after, told: what the pictures of those two screens show."""

from checks.core.base import Outcome
from cockpit.journal import events as ev
from screenshots.stories import to_finalization
from screenshots.story import Story

SEEN = {
    "done-gate": "3 passed, 0 critical failures",
    "done-surface": "9 of 9 public",
    "done-routes": "13 of 13 in both",
    "done-compatible": "nothing breaks in 13 operations of docs/api/openapi-previous.json",
    "done-soak": "60/s of 60/s offered for 30 m, p95 88 ms (limit 250 ms), 0 of 108,000 failed",
    "done-no-5xx": "0 %, limit 0 %; measured 2 s ago by done-soak",
    "done-p95": "88 ms, limit 250ms; measured 2 s ago by done-soak",
    "done-database": "38 ms, limit 500ms; measured 2 s ago by done-soak",
    "done-sentry": "test event 37319f79 readable after 480 ms",
    "done-dashboards": "4 of 4 panels show data",
    "done-alerts": "3 of 3 rules healthy; a test alert arrived",
    "done-backup": "backup: acme-20270301.dump is 41m old; restore: 6 tables are the same",
    "done-auth": "9 operations refuse 5 of 5 kinds of wrong token, 8 take the good one",
    "done-cors": "2 allowed origins echoed, 14 others and look-alikes not",
    "done-rate-limit": "GET /api/stock refused request 49 of 400, and took one again after 1 s",
    "done-pii": "nothing found in 7,788 lines of access-2.5.0.log, access-2.4.0.log",
}
LEFT = (1.0, 0.99, 0.97, 0.96, 0.95, 0.86, 0.85, 0.84, 0.83, 0.81, 0.80, 0.79)
BUDGET = {
    "requests": 338_400.0,
    "failures": 307.0,
    "budget": 1_462.0,
    "burn_5m": 1.0,
    "burn_30m": 0.5,
    "burn_2h": 0.4,
    "factor_5m": 5.76,
    "factor_30m": 4.8,
    "factor_2h": 3.0,
    "gone_in_s": 162_000.0,
}


def done_list() -> Story:
    """Build the story: the Done list runs; one line failed, one is unknown, the load runs."""
    story = to_finalization()
    for group in story.plan.done:
        story.tell(ev.SectionStarted(section=group.id))
    for name, seen in SEEN.items():
        if not story.plan.find(name).section.endswith("performance"):
            story.step(name, 1, seen)
    found = (
        "3 e-mail addresses in 7,788 lines; access-2.5.0.log line 62: e-mail address a•••@e•••.org"
    )
    story.step("done-pii", None)
    story.ended("done-pii", Outcome.FAILED, found)
    story.step("done-sentry", None)
    story.ended("done-sentry", Outcome.UNKNOWN, "accepted, and not readable within 60 s")
    story.step("done-soak", None)
    story.wait(312, 60)
    return story


def day_1() -> Story:
    """Build the story: six hours after a GO; the budget was looked at each half hour."""
    story = to_finalization()
    for group in story.plan.done:
        story.tell(ev.SectionStarted(section=group.id))
        for item in group.items:
            story.step(item.id, 1, SEEN[item.id])
        story.tell(ev.SectionEnded(section=group.id))
    story.tell(ev.Decided(word="GO", reasons=()))
    story.tell(ev.RunEnded(word="GO", reasons=(), exit_status=0))
    for number, left in enumerate(LEFT, 1):
        story.at_s += 1800.0
        covered_s = number * 1800.0
        _looked(story, "success-errors", BUDGET | {"left": left, "covered_s": covered_s})
    quick = {"p95_s": 0.153, "p99_s": 0.312, "covered_s": covered_s}
    _looked(story, "success-latency", quick)
    _looked(story, "success-availability", {"down_s": 42.0, "covered_s": covered_s})
    _looked(story, "success-security", {"bypasses": 0.0, "covered_s": covered_s})
    for name in ("hour-sentry", "hour-pool", "hour-latency"):
        story.step(name, 0.0)
    return story


def _looked(story: Story, name: str, figures: dict[str, float]) -> None:
    covers = f"covers {figures['covered_s'] / 3600:g}h of 24h, within so far"
    story.tell(ev.StepStarted(step=name, attempt=1, action=False))
    story.ended(name, Outcome.UNKNOWN, covers, **figures)
