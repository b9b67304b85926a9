"""The breakers' keys: a key arms, Enter fires, Esc disarms; they work over everything."""

from typing import TYPE_CHECKING, assert_never

from cockpit.screens.keys.keyed_app import KeyedApp
from cockpit.screens.pages.question import Purpose, Question, QuestionLine
from widgets.breakers import BreakerBar
from widgets.picker import Option, Picker, PickerView

if TYPE_CHECKING:
    from cockpit.card.model.breakers import Breaker, CommandBreaker
    from cockpit.screens.model.presenter import Presenter

ENTER_GAP_S = 1.0
"""Seconds without Enter before Enter fires what Enter armed: a held key must not do both."""


class BreakerKeys(KeyedApp):
    """Arming, firing and disarming breakers."""

    def action_prefix(self) -> None:
        """Take the next digit as a function key."""
        self._prefixed = True

    def action_digit(self, key: str) -> None:
        """Arm the breaker on a digit after `b`."""
        self._prefixed = False
        self.action_breaker(key)

    def action_breaker(self, key: str) -> None:
        """Arm the breaker on a key; for one that takes an endpoint, ask for it first."""
        self._prefixed = False
        live = self.live
        breaker = live.breaker(key) if live is not None else None
        if live is None or breaker is None:
            self.notify(f"no breaker lies on {key.upper()}", markup=False)
        elif live.observes:
            self.notify("this screen watches: nothing was sent", severity="warning", markup=False)
        else:
            self._arm_or_pick(live, breaker)

    def _arm_or_pick(self, live: "Presenter", breaker: "Breaker") -> None:
        from cockpit.card.model.breakers import CommandBreaker, RollbackBreaker  # noqa: PLC0415  (after the first paint)

        match breaker:
            case CommandBreaker() if breaker.takes:
                self.order_work(self._pick(live, breaker))
            case CommandBreaker() | RollbackBreaker():
                self.arm(breaker.breaker, "", by_enter=False)
            case _:
                assert_never(breaker)

    async def _pick(self, live: "Presenter", breaker: "CommandBreaker") -> None:
        from cockpit.screens.model.endpoints import endpoints  # noqa: PLC0415

        title = f"{breaker.key.upper()} {breaker.title or breaker.breaker}"
        paths = await endpoints(live.source)
        if not paths:
            hint = "No list of endpoints can be read; type its path, as /api/analytics."
            lines = (QuestionLine(breaker.takes or "endpoint"),)
            self._ask(Question(Purpose.ENDPOINT, breaker.breaker, title, hint, lines))
            return
        meaning = (("would run", breaker.run), ("changes", breaker.changes))
        options = tuple(
            Option(path, (), tuple((k, w.replace("{endpoint}", path)) for k, w in meaning))
            for path in paths
        )
        enter = f"arms {breaker.key.upper()}, fires nothing"
        view = PickerView(title, "which endpoint?", ("endpoint",), options, enter=enter)
        self._ask(Picker(view, ascii_only=self._ascii, id=f"pick-{breaker.breaker}"))

    def on_picker_picked(self, message: Picker.Picked) -> None:
        """Arm the breaker with the picked endpoint."""
        name = str(message.control.id).removeprefix("pick-") if message.control else ""
        self._put_back()
        self.arm(name, message.value, by_enter=True)

    def on_picker_cancelled(self) -> None:
        """Show the cutover again."""
        self._put_back()

    def on_breaker_bar_pressed(self, message: BreakerBar.Pressed) -> None:
        """Arm the clicked breaker, as its key does."""
        self.action_breaker(message.key.lower())

    def arm(self, breaker: str, argument: str, *, by_enter: bool) -> None:
        """Arm a breaker in place of anything else; `by_enter` when Enter ended the question."""
        from cockpit.engine import orders  # noqa: PLC0415

        self._enter_s = self.ticks_s() if by_enter else None
        if self.live is not None:
            self.live.pending = None
            keys = [b.key.upper() for b in self.live.source.plan.breakers if b.breaker == breaker]
            self.acknowledge("", *keys)
        self.order(orders.Arm(breaker, argument))

    def action_fire(self) -> None:
        """Fire what is armed; an Enter still held down since it armed does not count."""
        now_s = self.ticks_s()
        held = self._enter_s is not None and now_s - self._enter_s < ENTER_GAP_S
        if held:
            self._enter_s = now_s
        elif self.live is not None:
            self._enter_s = None
            self.acknowledge("Enter")
            self.order_work(self.live.fire())

    def action_disarm(self) -> None:
        """Disarm what is armed."""
        if self.live is not None:
            self.acknowledge("Esc")
            self.order_work(self._disarm(self.live))

    async def _disarm(self, live: "Presenter") -> None:
        only_here = live.pending is not None
        await live.disarm()
        if only_here:  # no journal entry follows, so nothing else redraws
            self.draw()
