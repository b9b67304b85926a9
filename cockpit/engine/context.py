"""What every part of the engine works with."""

from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from checks.core.base import Check, Result, Tools
from checks.core.run_check import run_check
from cockpit.card.model.card import Card
from cockpit.card.model.plan import Plan
from cockpit.foundation.clock import Clock
from cockpit.runtime.session import Session


class Context(Struct, frozen=True):
    """One run: its card, its record, its folder, the tools that touch the world, the clock.

    `report` writes the report from the record as it stands and gives its path and sha256.
    """

    card: Card
    plan: Plan
    session: Session
    folder: Path
    tools: Tools
    clock: Clock
    report: Callable[[], tuple[Path, str]]

    async def run_check(self, check: Check) -> Result:
        """Run a check that belongs to no step, within its time; what goes wrong is unknown."""
        return await run_check(check, self.tools)

    def step_folder(self, name: str, attempt: int) -> Path:
        """Give the folder in which a step's process leaves its output and its exit status."""
        return self.folder / "steps" / f"{name}.{attempt}"

    @property
    def env(self) -> Mapping[str, str]:
        """Give the environment in which commands run."""
        return self.tools.env
