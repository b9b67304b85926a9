"""The base of the app's keys: which actions are possible, and how an action becomes an order."""

from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Final

from textual.app import App
from textual.binding import Binding

from cockpit.foundation.errors import CockpitError
from cockpit.screens.pages.bridge import Bridge
from cockpit.screens.pages.question import Question
from cockpit.screens.view.bindings import KEY_NAMES
from widgets.picker import Picker

if TYPE_CHECKING:
    from cockpit.engine.orders import Order
    from cockpit.screens.model.presenter import Presenter
    from cockpit.screens.view.offers import Available

_NEEDS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "again": lambda offered: bool(offered.again),
    "verify": lambda offered: offered.doubt is not None,
    "mark": lambda offered: offered.doubt is not None,
    "answer": lambda offered: offered.answer is not None,
    "waive": lambda offered: offered.waive is not None,
    "outside": lambda offered: bool(offered.outside),
    "hold": lambda offered: offered.hold or offered.release,
}


class KeyedApp(App[None]):
    """The app, as far as its keys need it: CutoverKeys, BreakerKeys and the others build on it.

    `live` is the run on the screen, None before it is open; `ticks_s` is a monotonic clock.
    """

    live: "Presenter | None"
    ticks_s: Callable[[], float]
    _ascii: bool
    _prefixed = False
    _enter_s: float | None = None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Return whether an action is possible (True), shown dimmed (None) or hidden (False)."""
        if action != "next" and action not in _NEEDS:
            return self._works(action)
        return False if self.live is None else self._possible(action, self.live.offers())

    def _works(self, action: str) -> bool:
        match action:
            case "fire" | "disarm":
                works = self._armed
            case "scroll_help":
                works = self.helping
            case "hide_help_panel":  # Esc disarms first
                works = self.helping and not self._armed
            case "output" | "journal" | "done" | "day_one":
                works = self.live is not None and len(self.screen_stack) == 1
            case "digit":
                works = self._prefixed
            case _:
                works = True
        return works

    @property
    def _armed(self) -> bool:
        return self.live is not None and self.live.armed() is not None

    @property
    def helping(self) -> bool:
        """Whether the help lies over the screen on top."""
        return bool(self.screen_stack and self.screen.query_children("HelpPanel"))

    def get_key_display(self, binding: Binding) -> str:
        """Return a key's name as on the banner and the keyboard."""
        named = binding.key_display or KEY_NAMES.get(binding.key)
        return named or super().get_key_display(binding)

    @staticmethod
    def _possible(action: str, offered: "Available") -> bool | None:
        if action == "next":
            return False if not offered.next_label else None if offered.next_not else True
        return _NEEDS[action](offered)

    def order_work(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` in a worker; a CockpitError that it raises is shown as a notification."""

        async def reported() -> None:
            try:
                await work
            except CockpitError as error:
                self.draw()  # replaces the acknowledgement of the key
                self.notify(str(error), severity="error", markup=False, timeout=10)

        self.run_worker(reported(), name="order", exit_on_error=False)

    def acknowledge(self, key: str, breaker: str = "") -> None:
        """Show at once that a key was pressed, before its order is done."""
        bridge = self.screen_stack[0]
        if isinstance(bridge, Bridge):
            bridge.acknowledge(key, breaker)

    def order(self, order: "Order") -> None:
        """Pass an order to the run, in a worker."""
        if self.live is not None:
            self.order_work(self.live.source.order(order))

    def _offered(self) -> "Available | None":
        return self.live.offers() if self.live is not None else None

    def _ask(self, panel: Question | Picker) -> None:
        bridge = self.screen_stack[0]
        if isinstance(bridge, Bridge):
            self.order_work(self._show_panel(bridge, panel))

    async def _show_panel(self, bridge: Bridge, panel: Question | Picker) -> None:
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        await bridge.ask(panel)
        if isinstance(panel, Picker):
            panel.focus()

    def _put_back(self) -> None:
        bridge = self.screen_stack[0]
        if isinstance(bridge, Bridge):
            self.order_work(bridge.put_back())

    def arm(self, breaker: str, argument: str, *, by_enter: bool) -> None:
        """Arm a breaker; `by_enter` when Enter ended the question."""
        raise NotImplementedError

    def draw(self) -> None:
        """Draw the present instant."""
        raise NotImplementedError
