"""The states that matter, each told by a function: what the pictures show and the tests fold."""

from collections.abc import Callable

from msgspec.structs import replace

from checks.core.base import Outcome
from cockpit.card import packaged
from cockpit.card.model.card import Card
from cockpit.card.model.plan import HEALTHY_STEP
from cockpit.card.model.steps import Confirm, Part
from cockpit.engine import announced
from cockpit.journal import events as ev
from cockpit.journal.events import MonitorStatus
from screenshots.story import ERRORS, P95, Story


def _before(story: Story) -> Story:
    story.begin()
    story.wait(60)
    return story


def _to_canary(story: Story) -> Story:
    """Build the story up to the running canary hold."""
    _before(story)
    story.do(story.plan.preflight, 4)
    story.at_s = max(story.at_s, 0.0)
    story.do(story.plan.phases[0], 18)
    story.wait(40)
    story.do(story.plan.phases[1], 24)
    story.wait(25)
    canary = story.plan.phases[2]
    story.tell(ev.SectionStarted(section=canary.id))
    story.step(canary.items[0].id, 40)
    story.step(canary.items[1].id, 31)
    story.step("canary-hold", None)
    return story


def waiting() -> Story:
    """Build the story: nothing was begun."""
    return _before(Story())


def preflight() -> Story:
    """Build the story: the preflight stopped at two checks."""
    story = _before(Story(at_s=-340.0))
    first = story.plan.preflight
    story.tell(ev.SectionStarted(section=first.id))
    for item in first.items:
        story.step(item.id, None)
    story.wait(20)
    details = ("schema-compat: GET /orders.total was removed",)
    story.ended("gate", Outcome.FAILED, "2 passed, 1 critical failure", *details)
    for item in first.items:
        if item.id != "gate" and item.title != "ghost routes":
            story.ended(item.id, Outcome.PASSED, "as expected")
    routes = next(item.id for item in first.items if item.title == "ghost routes")
    words = "audit/spec_routes_full.txt: no such file"
    story.ended(routes, Outcome.UNKNOWN, "spec list not found", words)
    story.wait(3)
    return story


def calm() -> Story:
    """Build the story: the canary hold runs, all is well."""
    story = _to_canary(Story())
    story.wait(228)
    return story


def breach() -> Story:
    """Build the story: the p95 is over its limit for a while."""
    story = _to_canary(Story())
    story.wait(89)
    story.values[P95] = 0.268
    text = "p95 breaching: 268 ms over 250ms, trips after 5m"
    _changed(story, P95, MonitorStatus.BREACHING, text)
    story.wait(139)
    return story


def _changed(story: Story, name: str, after: MonitorStatus, text: str) -> None:
    """Record that a monitor that was ok has another status."""
    story.sample()
    before = MonitorStatus.OK
    story.tell(ev.MonitorChanged(monitor=name, before=before, after=after, text=text), "monitors")


def armed() -> Story:
    """Build the story: a breaker is armed while the p95 is over its limit."""
    story = breach()
    breaker = next(each for each in story.plan.breakers if each.breaker == "traffic")
    command = announced.format_commands(story.card, story.plan, story.state(), breaker, "")
    story.tell(ev.BreakerArmed(breaker="traffic", command=command, lasts_s=10.0))
    story.wait(3, 1)
    return story


def trip() -> Story:
    """Build the story: the p95 tripped, traffic goes back by itself."""
    story = breach()
    story.wait(162)
    story.sample()
    text = "p95 tripped: 268 ms over 250ms for 5m (600 samples)"
    story.tell(
        ev.MonitorChanged(
            monitor=P95,
            before=MonitorStatus.BREACHING,
            after=MonitorStatus.TRIPPED,
            text=text,
        )
    )
    story.ended("canary-hold", Outcome.FAILED, text)
    back = story.plan.rollback[Part.TRAFFIC]
    ids = tuple(item.id for item in back.items)
    story.tell(
        ev.RollbackStarted(parts=(Part.TRAFFIC,), steps=ids, reason=text, automatic=True), "card"
    )
    story.tell(ev.StepStarted(step=HEALTHY_STEP, attempt=1, action=False))
    story.at_s += 2
    story.ended(HEALTHY_STEP, Outcome.PASSED, "200 in 131 ms")
    story.step(ids[0], None)
    story.wait(12)
    story.tell(ev.TrafficObserved(canary=5, total=395, share=0.013, margin=0.006))
    story.wait(3, 1)
    return story


def rolled_back() -> Story:
    """Build the story: the way back was gone to its end."""
    story = trip()
    ids = [item.id for item in story.plan.rollback[Part.TRAFFIC].items]
    story.tell(ev.TrafficObserved(canary=0, total=400, share=0.0, margin=0.002))
    story.ended(ids[0], Outcome.PASSED, "0 of 400 requests")
    story.values[P95], story.since = 0.131, {}
    story.tripped.clear()
    story.step(ids[1], 600, "2 of 2 monitors ok")
    story.tell(ev.RollbackEnded(outcome=Outcome.PASSED, evidence="0 of 400 requests"))
    return story


def blind() -> Story:
    """Build the story: the errors cannot be measured."""
    story = _to_canary(Story())
    story.wait(168)
    story.values[ERRORS] = None
    _changed(story, ERRORS, MonitorStatus.BLIND, "5xx is blind: metrics: no answer within 5s")
    story.wait(250)
    return story


def doubt() -> Story:
    """Build the story: the cockpit died in the migration."""
    story = _before(Story())
    story.do(story.plan.preflight, 4)
    story.at_s = max(story.at_s, 0.0)
    story.do(story.plan.phases[0], 18)
    database = story.plan.phases[1]
    story.tell(ev.SectionStarted(section=database.id))
    story.step(database.items[0].id, None)
    story.wait(24)
    story.at_s += 91
    story.tell(ev.SessionOpened(operator="alice", host="ops1", boot="b1", resumed=True))
    words = "process 41877 is gone, 38 lines of output kept"
    story.tell(ev.StepDoubted(step=database.items[0].id, attempt=1, evidence=words))
    story.wait(7, 1)
    return story


def _with_a_word(card: Card) -> Card:
    """Let a card ask for a person's word after the canary's hold."""
    word = Confirm(
        confirm="everyone in the war room agrees to all of the traffic",
        id="agreed",
        title="all agree",
    )
    canary = card.phases[2]
    after = [step.id for step in canary.steps].index("canary-hold") + 1
    steps = (*canary.steps[:after], word, *canary.steps[after:])
    phases = (*card.phases[:2], replace(canary, steps=steps), *card.phases[3:])
    return replace(card, phases=phases)


def asked() -> Story:
    """Build the story: a person's word is asked for."""
    story = _to_canary(Story(card=_with_a_word(packaged.card())))
    story.wait(600)
    story.ended("canary-hold", Outcome.PASSED, "6 of 6 monitors ok, 600 samples")
    story.step("agreed", None)
    story.wait(20)
    return story


def to_finalization() -> Story:
    """Build the story up to the Done list."""
    story = _to_canary(Story())
    story.wait(600)
    story.ended("canary-hold", Outcome.PASSED, "6 of 6 monitors ok, 600 samples")
    canary, last = story.plan.phases[2], story.plan.phases[3]
    begun = [item.id for item in canary.items].index("canary-hold")
    for item in canary.items[begun + 1 :]:
        story.step(item.id, 15)
    story.tell(ev.SectionEnded(section=canary.id))
    story.do(last, 60)
    return story


def done() -> Story:
    """Build the story: all of it went well, and has ended."""
    story = to_finalization()
    for group in story.plan.done:
        story.do(group, 3)
    story.tell(ev.Decided(word="GO", reasons=()))
    story.tell(ev.RunEnded(word="GO", reasons=(), exit_status=0))
    story.tell(ev.ReportWritten(path="report.md", sha256="0" * 64))
    story.wait(5, 1)
    return story


STORIES: dict[str, Callable[[], Story]] = {
    "waiting": waiting,
    "preflight": preflight,
    "calm": calm,
    "breach": breach,
    "armed": armed,
    "trip": trip,
    "rolled-back": rolled_back,
    "blind": blind,
    "doubt": doubt,
    "asked": asked,
    "done": done,
}
