"""The palette of a rehearsal offers every fault."""

from cockpit.rehearsal.scenarios import Fault
from cockpit.screens.keys.fault_palette import FaultCommands


class Palette(FaultCommands):
    """An app with nothing but the commands of the faults."""


def labels(app: Palette) -> list[str]:
    return [command.title for command in app.get_system_commands(app.screen)]


async def test_it_offers_to_inject_and_to_remove_every_fault() -> None:
    app = Palette()

    async def switch(name: str, on: bool) -> None:
        raise AssertionError(f"{name} was switched {on} without a command")

    app._switch_fault = switch
    async with app.run_test():
        offered = labels(app)
    for fault in Fault:
        assert len([label for label in offered if label.endswith(f" {fault.value}")]) == 2


async def test_outside_a_rehearsal_it_offers_none() -> None:
    app = Palette()
    async with app.run_test():
        offered = labels(app)
    assert [label for label in offered if "rehearsal" in label] == []
