"""Pages of common stacks: requests that fail trip the monitor of each, and others trip none.

The pages in `pages/` are what these stacks expose; of one that two processes serve in turn, nothing
can be watched.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from cockpit.journal import events as ev
from faults.card import CARD
from faults.growth import grown
from faults.oracle import FORWARD, Ending, Truth
from faults.stage import FRESH, Stage

FOLDER = Path(__file__).parent / "pages"
IN_TURN = "fastapi-two-workers"
_GROUPS = 3
_A_LOOK = 50
_LIMIT = {"above": "5 %", "every": "500ms", "over": "2s", "samples": 20}


def monitors() -> dict[str, dict[str, Any]]:
    """Return what is watched on each page, by the name of its stack."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "monitors.yaml").read_text())
    return found


def turns() -> list[tuple[tuple[str, ...], bool]]:
    """Return the pages that are watched together, with and without requests that fail, in turn."""
    stacks = sorted(monitors())
    groups = [tuple(stacks[first::_GROUPS]) for first in range(_GROUPS)]
    return [(group, bad) for bad in (True, False) for group in groups] + [((IN_TURN,), False)]


def pages(stage: Stage) -> Ending:
    """Watch some pages in a run, the next ones in each trial; in half of them, requests fail."""
    every = turns()
    stacks, bad = every[(stage.turn - 1) % len(every)]
    stage.note(f"{', '.join(stacks)}: {'a third of the requests fails' if bad else 'all is well'}")
    (stage.folder / "card.yaml").write_text(_card(stacks))
    for stack in stacks:
        stage.shop.pages[f"/pages/{stack}"] = partial(next, _looks(stack, bad=bad))
    said = stage.ended(stage.begin(*FRESH))
    if stacks == (IN_TURN,):
        return Ending(said, Truth.NO_GO)
    if bad:
        return Ending(said, Truth.NO_GO, wrong=tuple(_not_tripped(stage, stacks)))
    return Ending(said, Truth.GO, wanted=FORWARD)


def _card(stacks: Sequence[str]) -> str:
    """Return the card with a monitor for each page."""
    known, lines = monitors(), ["monitors:\n"]
    for stack in stacks:
        watched = known.get(stack, {"of": "http_requests", "share": {"status": "5.."}})
        where = {"monitor": stack, "source": "metrics", "url": f"${{SHOP_URL}}/pages/{stack}"}
        line = yaml.safe_dump({**where, **watched, **_LIMIT}, default_flow_style=True, width=9999)
        lines.append(f"  - {line}")
    first, last = CARD.index("monitors:\n"), CARD.index("breakers:\n")
    head = CARD[:first].replace("watch: [errors]", f"watch: [{', '.join(stacks)}]")
    return f"{head}{''.join(lines)}{CARD[last:]}"


def _looks(stack: str, *, bad: bool) -> Iterator[str]:
    """Yield the page for each look, with more requests each time; several processes in turn."""
    texts = [file.read_text() for file in sorted(FOLDER.glob(f"{stack}.*txt"))]
    monitor: Mapping[str, Any] | None = monitors().get(stack)
    looks = 0
    while True:
        for text in texts:
            looks += 1
            more = looks * _A_LOOK
            yield grown(text, monitor, more, more // 2 if bad else 0) if monitor else text


def _not_tripped(stage: Stage, stacks: Sequence[str]) -> Iterator[str]:
    tripped = {
        entry.event.monitor
        for entry in stage.entries()
        if isinstance(entry.event, ev.MonitorChanged)
        and entry.event.after is ev.MonitorStatus.TRIPPED
    }
    yield from (
        f"a third fails on the page of {s}, not tripped" for s in stacks if s not in tripped
    )
