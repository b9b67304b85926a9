"""The palette of a rehearsal offers every fault that a running one can take."""

from cockpit.rehearsal.scenarios import Fault, InjectionPoint
from cockpit.screens.keys.fault_palette import FaultCommands


class Palette(FaultCommands):
    """An app with nothing but the commands of the faults."""


def labels(app: Palette) -> list[str]:
    return [command.title for command in app.get_system_commands(app.screen)]


async def test_it_offers_to_inject_and_to_remove_what_a_running_rehearsal_takes() -> None:
    app = Palette()

    async def switch(name: str, on: bool) -> None:
        raise AssertionError(f"{name} was switched {on} without a command")

    app._switch_fault = switch
    async with app.run_test():
        offered = labels(app)
    for fault in Fault:
        from_the_start = fault.injection_point is InjectionPoint.WORKSPACE
        labelled = [label for label in offered if label.endswith(f" {fault.value}")]
        assert len(labelled) == (0 if from_the_start else 2)


async def test_outside_a_rehearsal_it_offers_none() -> None:
    app = Palette()
    async with app.run_test():
        offered = labels(app)
    assert [label for label in offered if "rehearsal" in label] == []
