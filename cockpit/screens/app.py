"""The app: opens a run after the first paint, shows it, and turns keys into orders."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, ClassVar

from textual.app import SystemCommand
from textual.message import Message
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from cockpit.foundation.errors import CockpitError, ControlError
from cockpit.screens.keys.breakers import BreakerKeys
from cockpit.screens.keys.cutover import CutoverKeys
from cockpit.screens.keys.navigation import NavigationKeys
from cockpit.screens.pages.bridge import Bridge
from cockpit.screens.themes import DARK, PALETTES, themes
from cockpit.screens.view.bindings import BINDINGS
from cockpit.screens.view.first_paint import FirstPaint
from widgets.banner import Banner
from widgets.footer import KeyFooter
from widgets.topbar import TopBar

if TYPE_CHECKING:
    from cockpit.control.observer import Observer
    from cockpit.control.open_run import OpenRun
    from cockpit.screens.model.presenter import Presenter
    from cockpit.screens.model.source import RunSource
    from cockpit.screens.view.screenful import Screenful

Opened = Callable[[], "AbstractAsyncContextManager[OpenRun]"]
Watched = Callable[[], "Observer"]
Faults = Callable[[str, bool], Awaitable[None]]
LEAVE_AGAIN_S = 10.0
_BROKEN = 1


class StateChanged(Message):
    """The run is in another state; many of these are one repaint."""

    def can_replace(self, message: Message) -> bool:
        """Take the place of any earlier one that still waits."""
        return isinstance(message, StateChanged)


class CockpitApp(CutoverKeys, BreakerKeys, NavigationKeys, inherit_bindings=False):
    """The cockpit on one run.

    `opening` gives the run in control and is entered after the first paint; None only watches.
    `watching` makes the observer that is shown instead when there is no `opening`, or when another
    operator is in control (ControlError); without it that error ends the app with its exit status.
    `faults(name, on)` injects a rehearsal's fault, offered in the palette. The exit status is
    `return_code`; what went wrong is `failure`, a sentence to print once the screen is gone.
    """

    CSS_PATH = "cockpit.tcss"
    TITLE = "cockpit"
    BINDINGS: ClassVar = BINDINGS
    BINDING_GROUP_TITLE = "Everywhere"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"

    def __init__(  # noqa: PLR0913  (what an app is made of, by keyword)
        self,
        opening: Opened | None,
        *,
        first: FirstPaint | None = None,
        watching: Watched | None = None,
        faults: Faults | None = None,
        ascii_only: bool = False,
        theme: str = DARK,
    ) -> None:
        super().__init__()
        self.failure = ""
        self.live: Presenter | None = None
        self.ticks_s: Callable[[], float] = time.monotonic
        self._opening, self._watching, self._faults = opening, watching, faults
        self._first = first or FirstPaint()
        self._ascii = ascii_only
        for ours in themes():
            self.register_theme(ours)
        # Begun in a theme, and not changed to one: a change parses every style a second time.
        self.set_reactive(CockpitApp.theme, DARK)
        self.stylesheet.set_variables(self.get_css_variables())
        self.theme = theme
        self._leave = asyncio.Event()
        self._asked_s: float | None = None
        self._drawing_failed = ""
        self._still = False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give every name of ours a colour in themes that are not ours, too."""
        return dict(PALETTES[DARK])

    def get_default_screen(self) -> Screen[None]:
        """Begin on the bridge, with what is known before anything is open."""
        return Bridge(self._first, ascii_only=self._ascii)

    def on_mount(self) -> None:
        """Paint first; open the run, and all that it imports, afterwards."""
        self.set_interval(1.0, self._tick)
        self.call_after_refresh(self._begin)

    def hold_still(self) -> None:
        """Open nothing: the app shows what it is given, for pictures and tests."""
        self._still = True

    def _begin(self) -> None:
        if self._still:
            return
        self.run_worker(self._fly(), name="flight", exit_on_error=False)

    async def _fly(self) -> None:
        """Hold the run open until the cockpit is left; every way out gives an exit status."""
        await asyncio.to_thread(_load)
        try:
            status = await self._flown()
        except CockpitError as error:
            self.failure, status = str(error), error.exit_status
        self.exit(return_code=status)

    async def _flown(self) -> int:
        from cockpit.screens.model.source import Controlled  # noqa: PLC0415  (after the first paint)

        if self._opening is not None:
            try:
                async with self._opening() as running:
                    return await self._stay(Controlled(running))
            except ControlError:
                if self._watching is None:
                    raise
        if self._watching is None:
            raise CockpitError("there is no run to open and none to watch")
        return await self._observe(self._watching)

    async def _observe(self, watching: Watched) -> int:
        observer = await asyncio.to_thread(watching)
        await observer.catch_up()
        following = asyncio.ensure_future(observer.follow())
        staying = asyncio.ensure_future(self._stay(observer))
        try:
            await asyncio.wait({following, staying}, return_when=asyncio.FIRST_COMPLETED)
            if following.done():
                following.result()
            return await staying
        finally:
            following.cancel()
            staying.cancel()

    async def _stay(self, source: "RunSource") -> int:
        from cockpit.journal.events import Frequent, JournalEntry  # noqa: PLC0415
        from cockpit.screens.model.presenter import Presenter  # noqa: PLC0415

        def changed(_: object, entry: JournalEntry) -> None:
            # Samples wait for the next second: at most one redraw a second for what only counts.
            if not isinstance(entry.event, Frequent):
                self.post_message(StateChanged())
            if live.pages(entry.event):
                self.bell()

        self.live = live = Presenter(source)
        gc.freeze()  # what lives as long as the app is not looked through while a key waits
        source.subscribe(changed)
        self.draw()
        await self._leave.wait()
        return self.live.exit_status()

    async def on_state_changed(self) -> None:
        """Draw at once, and end a run that has come to its end."""
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
            # The last entry of a run comes before its task has ended: look again each second.
            self._conclude()

    def draw(self) -> None:
        """Show one instant on whatever screen is on top.

        This is a boundary: a fault in what is shown must not take the breakers from the operator.
        """
        if self.live is None or not self.screen_stack:
            return
        try:
            self._draw(self.live)
            self._drawing_failed = ""
        except Exception as error:
            words = f"the screen cannot be drawn: {type(error).__name__}; keys still work"
            if words != self._drawing_failed:
                self._drawing_failed = words
                self.notify(words, severity="error", markup=False)

    def _draw(self, live: "Presenter") -> None:
        bridge = self.screen_stack[0]
        assert isinstance(bridge, Bridge)
        shown = live.shown(bridge.cells(live.monitors()))
        for screen in self.screen_stack[1:]:
            for banner in screen.query(Banner):
                banner.value = shown.banner
            for topbar in screen.query(TopBar):
                topbar.value = shown.topbar
        self.draw_lines(live)
        bridge.show(shown)
        self._draw_keys(live, shown)

    def _draw_keys(self, live: "Presenter", shown: "Screenful") -> None:
        """Show what can be pressed now; Textual's help follows where that is something else."""
        for screen in self.screen_stack:
            elsewhere = screen is not self.screen_stack[0] or screen.has_class("asking")
            view = live.footer(shown, elsewhere=elsewhere)
            for keys in screen.query(KeyFooter):
                if keys.show(view):
                    screen.refresh_bindings()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """End in good order when a worker broke: a sentence, never a traceback with its locals."""
        if event.state is not WorkerState.ERROR:
            return
        error = event.worker.error
        words = str(error) if isinstance(error, CockpitError) else _place(error)
        if event.worker.name == "flight":
            self.failure = f"the cockpit stopped ({words}); what it began runs on: open it again"
            self.exit(return_code=getattr(error, "exit_status", _BROKEN))
        else:
            self.notify(f"{event.worker.name}: {words}", severity="error", markup=False)

    def _fatal_error(self) -> None:
        """End with a sentence: Textual's own way prints a traceback with the locals in it."""
        self.failure = f"the screen broke ({_place(self._exception)}); what it began runs on"
        self._close_messages_no_wait()

    async def action_quit(self) -> None:
        """Leave; asks once while something runs."""
        runs = self.live.runs() if self.live is not None and not self.live.observes else ""
        now_s = self.ticks_s()
        asked = self._asked_s is not None and now_s - self._asked_s < LEAVE_AGAIN_S
        if runs and not asked:
            self._asked_s = now_s
            words = f"{runs} runs, and its process runs on without the cockpit; ctrl+q again leaves"
            self.notify(words, severity="warning", markup=False)
            return
        if self.live is None:
            self.exit(return_code=130)
        self.notify("leaving: what is open is closed in good order", markup=False)
        self._leave.set()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Add a rehearsal's faults to the palette."""
        yield from super().get_system_commands(screen)
        if self._faults is None:
            return
        from cockpit.rehearsal.scenarios import Fault  # noqa: PLC0415

        for fault in Fault:
            for on, word in ((True, "inject"), (False, "take away")):
                said = f"rehearsal: {word} {fault.value}"
                yield SystemCommand(said, "touches nothing real", partial(self.fault, fault, on))

    def fault(self, name: str, on: bool) -> None:
        """Inject a rehearsal's fault, or take it away."""
        if self._faults is not None:
            self.order_work(self._injected(name, on))

    async def _injected(self, name: str, on: bool) -> None:
        assert self._faults is not None
        await self._faults(name, on)
        self.notify(f"{name} {'injected' if on else 'taken away'}", markup=False)


def _load() -> None:
    """Import what a run needs."""
    import_module("cockpit.screens.model.presenter")
    import_module("cockpit.screens.pages.done")
    import_module("cockpit.screens.pages.day1")


def _place(error: BaseException | None) -> str:
    """Name an unforeseen error by kind and place; its text might hold anything."""
    trace = error.__traceback__ if error is not None else None
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    file = trace.tb_frame.f_code.co_filename.rsplit("/", 1)[-1]
    return f"{type(error).__name__} at {file}:{trace.tb_lineno}"
