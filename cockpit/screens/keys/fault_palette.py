"""The palette's commands that inject a rehearsal's faults."""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial

from textual.app import SystemCommand
from textual.screen import Screen

from cockpit.screens.keys.keyed_app import KeyedApp

SwitchFault = Callable[[str, bool], Awaitable[None]]


class FaultCommands(KeyedApp):
    """Injecting faults and taking them away; there are none outside a rehearsal."""

    _switch_fault: SwitchFault | None = None

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Add a rehearsal's faults to Textual's own commands."""
        yield from super().get_system_commands(screen)
        if self._switch_fault is None:
            return
        from cockpit.rehearsal.scenarios import Fault, InjectionPoint  # noqa: PLC0415

        for fault in Fault:
            if fault.injection_point is InjectionPoint.WORKSPACE:
                continue  # its files are written when the rehearsal starts
            for on, word in ((True, "inject"), (False, "take away")):
                label = f"rehearsal: {word} {fault.value}"
                yield SystemCommand(label, "touches nothing real", partial(self.fault, fault, on))

    def fault(self, name: str, on: bool) -> None:
        """Inject a rehearsal's fault, or take it away."""
        if self._switch_fault is not None:
            self.order_work(self._switch(self._switch_fault, name, on))

    async def _switch(self, switch: SwitchFault, name: str, on: bool) -> None:
        await switch(name, on)
        self.notify(f"{name} {'injected' if on else 'taken away'}", markup=False)
