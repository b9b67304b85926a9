"""Writes pictures of the real bridge as SVG into this folder: `python -m screenshots`."""

import asyncio
import re
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from cockpit.engine.orders import Order
from cockpit.foundation.errors import UsageError
from cockpit.foundation.redaction import Redactor
from cockpit.runtime.session import Subscriber
from cockpit.screens.app import CockpitApp
from cockpit.screens.model.presenter import Presenter
from cockpit.screens.themes import CONTRAST, DARK, LIGHT, MONO, SIXTEEN
from cockpit.screens.view.first_paint import FirstPaint
from cockpit.state import State
from screenshots.after import day_1, done_list
from screenshots.stories import STORIES
from screenshots.story import Story, as_rehearsal

HERE = Path(__file__).parent
SIZES = {"80x24": (80, 24), "120x36": (120, 36), "200x60": (200, 60)}
OUTPUT = (
    "router: canary weight 5 (was 0), reload 41 ms",
    "config written, 2 upstreams",
    "310 requests: 14 canary, 4.5 ± 1.2 %",
    "742 requests: 35 canary, 4.7 ± 0.8 %",
    "1,270 requests: 61 canary, 4.8 ± 0.6 %: done",
)


class Told:
    """A story as a source: it stands still at its last entry."""

    def __init__(self, story: Story, observer: str | None = None) -> None:
        seen = story.seen()
        self.card, self.plan, self.folder = story.card, story.plan, HERE
        self.redactor = Redactor({})
        self.state: State = seen.state
        self._now_s, self._utc, self._observer = seen.now_s, seen.utc, observer

    def now_s(self) -> float:
        """Return the second of the last entry."""
        return self._now_s

    def utc(self) -> datetime:
        """Return the instant of the last entry."""
        return self._utc

    def holder(self) -> str | None:
        """Return who is in control elsewhere."""
        return self._observer

    def subscribe(self, subscriber: Subscriber) -> None:
        """Never call: nothing changes."""

    async def order(self, order: Order) -> None:
        """Refuse: raises UsageError."""
        raise UsageError("a picture takes no orders")


async def picture(
    story: Story,
    size: tuple[int, int],
    *,
    theme: str = DARK,
    ascii_only: bool = False,
    key: str | None = None,
) -> str:
    """Return the SVG of the bridge, or of the screen that a key opens, without any link."""
    first = FirstPaint(environment="rehearsal" if story.rehearsal else "production")
    app = CockpitApp(None, first=first, theme=theme, ascii_only=ascii_only)
    app.hold_still()
    async with app.run_test(size=size) as pilot:
        app.live = Presenter(Told(story))
        app.live.output.title, app.live.output.lines = "traffic 5 %", OUTPUT
        app.draw()
        await pilot.pause()
        if key is not None:
            await pilot.press(key)
            await pilot.pause()
        svg = app.export_screenshot(title="cockpit")
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"<!--.*?-->\s*", "", svg, flags=re.DOTALL)


class Job(Struct, frozen=True):
    """A picture to make: of a story, at a size, in a theme; `key` opens another screen."""

    name: str
    tell: Callable[[], Story]
    size: str
    theme: str = DARK
    key: str | None = None


def _jobs() -> Iterator[Job]:
    for name, tell in STORIES.items():
        for size in SIZES:
            yield Job(f"{name}-{size}", tell, size)
    for theme in (LIGHT, CONTRAST, SIXTEEN, MONO):
        name = f"trip-{theme.removeprefix('cockpit-')}-120x36"
        yield Job(name, STORIES["trip"], "120x36", theme)
    for size in SIZES:
        yield Job(f"rehearsal-{size}", lambda: as_rehearsal(STORIES["breach"]()), size)
        yield Job(f"list-{size}", done_list, size, key="d")
        yield Job(f"day1-{size}", day_1, size, key="y")


async def main(wanted: list[str]) -> None:
    """Write all pictures, or those whose name holds one of the words given."""
    for job in _jobs():
        if not wanted or any(word in job.name for word in wanted):
            svg = await picture(job.tell(), SIZES[job.size], theme=job.theme, key=job.key)
            (HERE / f"{job.name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
