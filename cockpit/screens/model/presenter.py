"""A run on the screen: the values to draw now, and the orders that its keys give.

Imported after the first paint: everything heavy comes with it.
"""

from collections.abc import Callable

from cockpit.card.model.breakers import Breaker
from cockpit.engine import cutover, orders
from cockpit.foundation.errors import UsageError
from cockpit.foundation.formatting import instant
from cockpit.journal import events as ev
from cockpit.journal.chain import Link
from cockpit.projections.cutover_window import reason_not_to_act
from cockpit.projections.hanging_lines import describe_hanging
from cockpit.projections.narration import describe_event
from cockpit.screens.model.memo import Memo
from cockpit.screens.model.pending_order import LASTS_S, PendingOrder
from cockpit.screens.model.source import Controlled, RunSource
from cockpit.screens.model.step_output import StepOutput, page
from cockpit.screens.view import bars
from cockpit.screens.view.banner import banner
from cockpit.screens.view.cutover import cutover as cutover_view
from cockpit.screens.view.footer import footer
from cockpit.screens.view.offers import Available, offers
from cockpit.screens.view.screenful import Screenful
from cockpit.screens.view.slo import panel
from cockpit.screens.view.snapshot import Snapshot, take_snapshot
from cockpit.screens.view.strip import ruler, strip
from cockpit.state import BreakerStatus, StepStatus
from widgets.glyphs import glyph
from widgets.hints import FooterView
from widgets.slo import SloPanelView


class Presenter:
    """One run, as one screen shows it."""

    def __init__(self, source: RunSource) -> None:
        self.source = source
        self.pending: PendingOrder | None = None
        self.output = StepOutput(source.folder, source.redactor)
        self._concluding = False
        self._offered: Memo[Available] = Memo()
        self._panel: Memo[SloPanelView] = Memo()

    @property
    def observes(self) -> bool:
        """Whether this screen only observes."""
        return self.source.holder() is not None

    def snapshot(self) -> Snapshot:
        """Return a snapshot of the present instant."""
        source = self.source
        state, observer = source.state, source.holder()
        now_s, utc = source.now_s(), source.utc()
        return take_snapshot(
            source.card, source.plan, state, now_s=now_s, utc=utc, observer=observer
        )

    def screenful(self, cells: int) -> Screenful:
        """Return one screenful for charts of `cells` cells."""
        snapshot = self.snapshot()
        self._offers_of(lambda: snapshot)
        armed = bars.armed(snapshot)
        if armed is None and self._waiting(snapshot.now_s):
            assert self.pending is not None
            armed = self.pending.view(snapshot.now_s)
        return Screenful(
            topbar=bars.topbar(snapshot),
            banner=banner(snapshot, armed),
            strip=strip(snapshot),
            ruler=ruler(snapshot),
            cutover=cutover_view(snapshot, self.output.title, self.output.lines[-6:]),
            slo=self._panel_of(snapshot, cells),
            feed=bars.feed(snapshot.plan, snapshot.state.feed),
            breakers=bars.breakers(snapshot),
        )

    def monitors(self) -> int:
        """Return how many monitors the panel shows."""
        return len(self.source.plan.monitors)

    def pages(self, event: ev.Event) -> bool:
        """Whether an event must call a person by the bell: a monitor with `page` tripped."""
        if not isinstance(event, ev.MonitorChanged) or event.after is not ev.MonitorStatus.TRIPPED:
            return False
        return any(
            monitor.page
            for monitor in self.source.plan.monitors
            if monitor.monitor == event.monitor
        )

    def offers(self) -> Available:
        """Return the possible orders; memoized by state, since every key binding asks for them."""
        return self._offers_of(self.snapshot)

    def footer(self, shown: Screenful, *, elsewhere: bool) -> FooterView:
        """Return the footer of a screenful; `elsewhere` where the cutover is hidden."""
        return footer(shown, self.offers(), elsewhere=elsewhere)

    def _offers_of(self, take: Callable[[], Snapshot]) -> Available:
        state, utc = self.source.state, self.source.utc()
        on = (state,), (self.observes, reason_not_to_act(state, utc) is None)
        return self._offered.get(*on, lambda: offers(take()))

    def _panel_of(self, snapshot: Snapshot, cells: int) -> SloPanelView:
        """Return the charts, memoized by what they show: most orders change none of it."""
        state = snapshot.state
        parts = (state.run, state.monitors, state.sections, state.steps, state.ended)
        numbers = int(snapshot.now_s), int(snapshot.utc.timestamp()), cells
        return self._panel.get(parts, numbers, lambda: panel(snapshot, cells))

    def hanging_on(self, step: str) -> str:
        """Describe the lines that hang on what a step measures; empty for none."""
        return describe_hanging(self.source.plan, step)

    def runs(self) -> str:
        """Return the titles of at most three running steps; empty when nothing runs."""
        running = [
            i.title for i in self.source.plan.all() if self._status(i.id) is StepStatus.RUNNING
        ]
        return ", ".join(running[:3])

    def breaker(self, key: str) -> Breaker | None:
        """Return the breaker on a key; None without one."""
        matching = (item for item in self.source.plan.breakers if item.key == key)
        return next(matching, None)

    def armed(self) -> str | None:
        """Return the breaker that Enter would fire; empty for an order armed here, else None."""
        if self.observes:
            return None
        for name, breaker_state in self.source.state.breakers.items():
            if breaker_state.status is BreakerStatus.ARMED:
                return name
        return "" if self._waiting(self.source.now_s()) else None

    def arm(self, order: orders.Order, key: str, what: str, consequence: str) -> None:
        """Arm an order on this screen, in place of any other."""
        until_s = self.source.now_s() + LASTS_S
        self.pending = PendingOrder(order, key, what, consequence, until_s)

    async def fire(self) -> None:
        """Fire the armed order; raises UsageError when nothing is armed."""
        name = self.armed()
        if name:
            await self.source.order(orders.Fire(name))
            return
        pending, self.pending = self.pending, None
        if name is None or pending is None:
            raise UsageError("nothing is armed: nothing was sent")
        await self.source.order(pending.order)

    async def disarm(self) -> None:
        """Disarm what is armed."""
        name, self.pending = self.armed(), None
        if name:
            await self.source.order(orders.Disarm(name))

    @property
    def concludes(self) -> bool:
        """Whether the run has finished and its end is not recorded yet."""
        source, state = self.source, self.source.state
        if not isinstance(source, Controlled) or state.ended or self._concluding:
            return False
        back = state.rollback is not None and state.rollback.outcome is not None
        return not source.running.engine.busy and (back or self._is_complete())

    async def conclude(self) -> None:
        """Record the end of a run that has finished, once."""
        source = self.source
        if not isinstance(source, Controlled) or not self.concludes:
            return
        self._concluding = True
        try:
            await source.running.conclude()
        finally:
            self._concluding = False

    def _is_complete(self) -> bool:
        return cutover.next_stage(self.source.plan, self.source.state) is None

    def journal(self, *, ascii_only: bool = False) -> tuple[str, ...]:
        """Return the journal as lines, newest last."""
        marks = {tone: glyph(status, ascii_only=ascii_only) for tone, status in bars.TONES.items()}
        return tuple(
            f"{instant(entry.at)}  {marks[news.tone]} {entry.by:<11} {news.text}"
            for entry in self.source.state.feed
            if (news := describe_event(entry, self.source.plan))
        )

    def output_page(self) -> tuple[str, tuple[str, ...]]:
        """Return title and lines of the output page."""
        return page(self.source.plan, self.source.state, self.output)

    def head(self) -> Link | None:
        """Return the newest line that this screen's session wrote; None for an observer."""
        source = self.source
        return source.running.session.head if isinstance(source, Controlled) else None

    def exit_status(self) -> int:
        """Return the exit status of the decision."""
        ended = self.source.state.ended
        return ended.exit_status if ended else self.snapshot().decision.word.exit_status

    def _waiting(self, now_s: float) -> bool:
        return self.pending is not None and now_s < self.pending.until_s

    def _status(self, step: str) -> StepStatus | None:
        return self.source.state.status(step)
