"""The values that every part of the engine works with."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from msgspec import Struct

from checks.core.base import Check, Result, Tools
from checks.core.run_check import run_check
from cockpit.card.model.card import Card
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.plan import Plan
from cockpit.foundation.clock import Clock
from cockpit.monitors.trial import proven
from cockpit.runtime.session import Session


class Context(Struct, frozen=True):
    """One run: its card, plan, session, folder, tools and clock.

    `report` writes the report from the journal so far and returns its path and sha256; `prove` is
    the test trip of a monitor.
    """

    card: Card
    plan: Plan
    session: Session
    folder: Path
    tools: Tools
    clock: Clock
    report: Callable[[], tuple[Path, str]]
    prove: Callable[[AnyMonitor, Tools, Clock], Awaitable[Result]] = proven

    async def run_check(self, check: Check) -> Result:
        """Run a check that belongs to no step, within its timeout; an error is `unknown`."""
        return await run_check(check, self.tools)

    def step_folder(self, name: str, attempt: int) -> Path:
        """Return the folder for the output and the exit status of an attempt's process."""
        return self.folder / "steps" / self.session.state.folder(name, attempt)

    @property
    def env(self) -> Mapping[str, str]:
        """The environment in which commands run."""
        return self.tools.env
