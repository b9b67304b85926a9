"""An observer folds the journal that another cockpit writes, and gives no orders."""

from datetime import datetime
from pathlib import Path

import pytest

from cockpit.control.observer import Observer
from cockpit.engine import orders
from cockpit.foundation.errors import UsageError
from cockpit.journal import events as ev
from cockpit.journal.control_lock import ControlLock
from cockpit.journal.file import JournalWriter
from cockpit.runtime.run_folder import Beginning, RunFolder, create
from cockpit.state import State, fold
from screenshots.stories import STORIES
from tests.clocks import ManualClock


def folder(tmp_path: Path, clock: ManualClock) -> RunFolder:
    text = (Path("cockpit") / "card" / "golive.yaml").read_text(encoding="utf-8")
    return create(tmp_path, text, clock.utc(), Beginning("golive.yaml"))


async def write(run: RunFolder, entries: list[ev.JournalEntry]) -> None:
    with JournalWriter.open(run.journal) as journal:
        for entry in entries:
            await journal.append(ev.encode(entry), durable=False)


@pytest.mark.law(6)
async def test_law_6_watching_is_the_same_fold(tmp_path: Path) -> None:
    clock = ManualClock()
    run = folder(tmp_path, clock)
    observer = Observer(run, clock)
    assert await observer.catch_up() == 0
    told = STORIES["doubt"]().entries
    half = len(told) // 2
    await write(run, told[:half])
    seen: list[State] = []
    observer.subscribe(lambda state, _: seen.append(state))
    while await observer.catch_up():
        pass
    assert observer.state == fold(told[:half])
    await write(run, told[half:])
    while await observer.catch_up():
        pass
    assert observer.state == fold(told)
    assert len(seen) == len(told)


async def test_it_says_who_has_control_and_orders_nothing(tmp_path: Path) -> None:
    clock = ManualClock()
    run = folder(tmp_path, clock)
    observer = Observer(run, clock)
    await observer.catch_up()
    assert observer.holder() == ""
    control = ControlLock.take(run.path, "alice")
    assert control is not None
    await observer.catch_up()
    assert observer.holder() == "alice"
    control.release()
    with pytest.raises(UsageError, match="this screen is read-only"):
        await observer.order(orders.Next())


async def test_run_seconds_go_on_with_the_clock(tmp_path: Path) -> None:
    told = STORIES["waiting"]().entries
    clock = ManualClock(utc=datetime.fromisoformat(told[-1].at))
    run = folder(tmp_path, clock)
    await write(run, told)
    observer = Observer(run, clock)
    assert observer.now_s() == 0.0
    while await observer.catch_up():
        pass
    before = observer.now_s()
    await clock.advance(7)
    assert observer.now_s() - before == 7.0
    assert observer.utc() == clock.utc()
