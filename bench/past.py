"""A run that has been watched for a while: its charts are full, as in the middle of a cutover."""

import math
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cockpit.card.load_card import loads
from cockpit.card.model.card import Card
from cockpit.journal import events as ev
from cockpit.journal.file import ChainedFile
from cockpit.runtime.environment import boot_id
from cockpit.runtime.run_folder import Beginning, RunFolder, create, digest

WATCHED_S = 960
"""Seconds of samples, one each: more than a chart shows."""

_OPERATOR = "bench"


def written(runs: Path, card: Path) -> RunFolder:
    """Make a run of a card under `runs`, left a moment ago; raises CardError and OSError."""
    text = card.read_text(encoding="utf-8")
    now, now_s = datetime.now(UTC), time.monotonic()
    folder = create(runs, text, now, Beginning(str(card)))
    journal = ChainedFile(folder.journal)
    for number, event in enumerate(_events(folder, text, now), start=1):
        ago_s = max(0.0, WATCHED_S + 1.0 - number)
        at = (now - timedelta(seconds=ago_s)).isoformat(timespec="milliseconds")
        journal.write(
            ev.encode(ev.JournalEntry(number, at, round(now_s - ago_s, 4), _OPERATOR, event))
        )
    journal.sync()
    journal.close()
    return folder


def _events(folder: RunFolder, text: str, now: datetime) -> Iterator[ev.Event]:
    card = loads(text)
    began = now - timedelta(seconds=WATCHED_S)
    opens, closes = card.window.bounds(began)
    yield ev.RunStarted(
        run=folder.id,
        card=str(folder.card),
        card_sha256=digest(text),
        service=card.service,
        environment=card.environment.value,
        stable=card.versions.stable,
        canary=card.versions.canary,
        opens=opens.isoformat(timespec="seconds"),
        closes=closes.isoformat(timespec="seconds"),
    )
    yield ev.SessionOpened(
        operator=_OPERATOR, host=socket.gethostname(), boot=boot_id(), resumed=False
    )
    yield from (_sampled(card, second) for second in range(WATCHED_S))
    yield ev.SessionClosed(reason="the cockpit was left")


def _sampled(card: Card, second: int) -> ev.MonitorsSampled:
    ratio = 0.3 + 0.2 * math.sin(second / 30)
    return ev.MonitorsSampled(
        monitors={
            monitor.monitor: ev.MonitorSample(
                state=ev.MonitorStatus.OK, value=round(ratio * float(monitor.above), 4), samples=60
            )
            for monitor in card.monitors
        }
    )
