"""The app: opens a run after the first paint and draws it; the keys are mixed in."""

import asyncio
import gc
import time
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from cockpit.foundation.errors import CockpitError
from cockpit.screens.keys.breakers import BreakerKeys
from cockpit.screens.keys.cutover import CutoverKeys
from cockpit.screens.keys.fault_palette import FaultCommands, SwitchFault
from cockpit.screens.keys.navigation import NavigationKeys
from cockpit.screens.pages.bridge import Bridge
from cockpit.screens.themes import DARK, PALETTES, themes
from cockpit.screens.view.bindings import BINDINGS
from cockpit.screens.view.first_paint import FirstPaint
from widgets.banner import Banner
from widgets.footer import KeyFooter
from widgets.topbar import TopBar

if TYPE_CHECKING:
    from cockpit.screens.model.attach import OpenControlled, OpenObserver
    from cockpit.screens.model.presenter import Presenter
    from cockpit.screens.model.source import RunSource
    from cockpit.screens.view.screenful import Screenful

LEAVE_AGAIN_S = 10.0
_BROKEN = 1


class StateChanged(Message):
    """The run's state has changed; any number that wait are drawn as one repaint."""

    def can_replace(self, message: Message) -> bool:
        """Replace any earlier one that is still queued."""
        return isinstance(message, StateChanged)


class CockpitApp(CutoverKeys, BreakerKeys, NavigationKeys, FaultCommands, inherit_bindings=False):
    """The cockpit on one run.

    `opening` opens the run in control of it, after the first paint; None only observes. `watching`
    opens the observer that is shown when there is no `opening`, or when another operator is in
    control (ControlError); without it that error ends the app with its exit status.
    `faults(name, on)` injects or removes a rehearsal's fault, offered in the palette. The exit
    status is `return_code`; `failure` is a sentence to print once the screen is closed.
    """

    CSS_PATH = "cockpit.tcss"
    TITLE = "cockpit"
    BINDINGS: ClassVar = BINDINGS
    BINDING_GROUP_TITLE = "Everywhere"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(  # noqa: PLR0913  (all but the first by keyword)
        self,
        opening: "OpenControlled | None",
        *,
        first: FirstPaint | None = None,
        watching: "OpenObserver | None" = None,
        faults: SwitchFault | None = None,
        ascii_only: bool = False,
        theme: str = DARK,
    ) -> None:
        super().__init__()
        self.failure = ""
        self.live: Presenter | None = None
        self.ticks_s: Callable[[], float] = time.monotonic
        self._opening, self._watching, self._switch_fault = opening, watching, faults
        self._first = first or FirstPaint()
        self._ascii = ascii_only
        for ours in themes():
            self.register_theme(ours)
        # Set without a change of theme: a change would parse every style a second time.
        self.set_reactive(CockpitApp.theme, DARK)
        self.stylesheet.set_variables(self.get_css_variables())
        self.theme = theme
        self._leave = asyncio.Event()
        self._warned_s: float | None = None
        self._drawing_error = ""
        self._still = False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return our colours, so that Textual's own themes have every name we use."""
        return dict(PALETTES[DARK])

    def get_default_screen(self) -> Screen[None]:
        """Return the bridge, with what is known before the run is open."""
        return Bridge(self._first, ascii_only=self._ascii)

    def on_mount(self) -> None:
        """Paint first, then open the run and import what it needs."""
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._begin)

    def hold_still(self) -> None:
        """Open no run: pictures and tests set what is shown."""
        self._still = True

    def _begin(self) -> None:
        if self._still:
            return
        self.run_worker(self._fly(), name="flight", exit_on_error=False)

    async def _fly(self) -> None:
        """Hold the run open until the operator leaves; every exit sets an exit status."""
        await asyncio.to_thread(_import_heavy_modules)
        from cockpit.screens.model.attach import attach  # noqa: PLC0415  (after the first paint)

        try:
            status = await attach(self._opening, self._watching, self._show_until_left)
        except CockpitError as error:
            self.failure, status = str(error), error.exit_status
        self.exit(return_code=status)

    async def _show_until_left(self, source: "RunSource") -> int:
        """Show the run until the operator leaves; return the exit status of its decision."""
        from cockpit.journal.events import Frequent, JournalEntry  # noqa: PLC0415
        from cockpit.screens.model.presenter import Presenter  # noqa: PLC0415

        def changed(_: object, entry: JournalEntry) -> None:
            # Samples wait for the next tick: at most one redraw a second for them.
            if not isinstance(entry.event, Frequent):
                self.post_message(StateChanged())
            if live.pages(entry.event):
                self.bell()

        self.live = live = Presenter(source)
        gc.freeze()  # no collection scans what lives as long as the app while a key waits
        source.subscribe(changed)
        self.draw()
        await self._leave.wait()
        return self.live.exit_status()

    async def on_state_changed(self) -> None:
        """Draw at once, and record the end of a run that has finished."""
        self.draw()
        self._conclude()

    def _conclude(self) -> None:
        if self.live is not None and self.live.concludes:
            self.run_worker(self.live.conclude(), name="conclude", exit_on_error=False)

    async def _tick(self) -> None:
        self.draw()
        if self.live is not None:
            live = self.live
            if live.source.state.steps:
                poll = live.output.poll(live.source.plan, live.source.state)
                self.run_worker(poll, name="output", exit_on_error=False)
            # A run's last entry comes before its task has ended: try again each second.
            self._conclude()

    def draw(self) -> None:
        """Draw the present instant on all open screens.

        This is a boundary: an error in drawing must not take the breakers from the operator.
        """
        if self.live is None or not self.screen_stack:
            return
        try:
            self._draw(self.live)
            self._drawing_error = ""
        except Exception as error:
            message = f"the screen cannot be drawn: {type(error).__name__}; keys still work"
            if message != self._drawing_error:
                self._drawing_error = message
                self.notify(message, severity="error", markup=False)

    def _draw(self, live: "Presenter") -> None:
        bridge = self.screen_stack[0]
        assert isinstance(bridge, Bridge)
        shown = live.screenful(bridge.cells(live.monitors()))
        for screen in self.screen_stack[1:]:
            for banner in screen.query(Banner):
                banner.value = shown.banner
            for topbar in screen.query(TopBar):
                topbar.value = shown.topbar
        self.draw_lines(live)
        bridge.show(shown)
        self._draw_keys(live, shown)

    def _draw_keys(self, live: "Presenter", shown: "Screenful") -> None:
        """Show which keys work now; refresh Textual's help only where that has changed."""
        for screen in self.screen_stack:
            elsewhere = screen is not self.screen_stack[0] or screen.has_class("asking")
            view = live.footer(shown, elsewhere=elsewhere)
            for footer in screen.query(KeyFooter):
                if footer.show(view):
                    screen.refresh_bindings()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """Report a worker's error in a sentence: a traceback would show local variables."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        reason = str(error) if isinstance(error, CockpitError) else _error_place(error)
        if event.worker.name == "flight":
            self.failure = f"the cockpit stopped ({reason}); what it began still runs: reopen it"
            self.exit(return_code=getattr(error, "exit_status", _BROKEN))
        else:
            self.notify(f"{event.worker.name}: {reason}", severity="error", markup=False)

    def _fatal_error(self) -> None:
        """End with a sentence: Textual would print a traceback with local variables."""
        self.failure = (
            f"the screen broke ({_error_place(self._exception)}); what it began still runs"
        )
        self._close_messages_no_wait()

    async def action_quit(self) -> None:
        """Leave; while something runs, only when pressed a second time within ten seconds."""
        runs = self.live.runs() if self.live is not None and not self.live.observes else ""
        now_s = self.ticks_s()
        warned = self._warned_s is not None and now_s - self._warned_s < LEAVE_AGAIN_S
        if runs and not warned:
            self._warned_s = now_s
            again = "ctrl+q again leaves"
            text = f"{runs} runs, and its process continues without the cockpit; {again}"
            self.notify(text, severity="warning", markup=False)
            return
        if self.live is None:
            self.exit(return_code=130)
        self.notify("leaving: what is open is closed in good order", markup=False)
        self._leave.set()


def _import_heavy_modules() -> None:
    """Import what an open run needs."""
    import_module("cockpit.screens.model.attach")
    import_module("cockpit.screens.model.presenter")
    import_module("cockpit.screens.pages.done")
    import_module("cockpit.screens.pages.day1")


def _error_place(error: BaseException | None) -> str:
    """Return the type and place of an unforeseen error; its text might hold a secret."""
    trace = error.__traceback__ if error is not None else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
    return f"{type(error).__name__} at {file}:{trace.tb_lineno}"
