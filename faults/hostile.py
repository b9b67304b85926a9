"""From a random instant on, the target of the metrics answers in a hostile way."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cockpit.journal import events as ev
from faults.card import CARD
from faults.oracle import Ending, Truth
from faults.stage import FRESH, Stage, with_env
from faults.stops import now_s
from tests.checks.hostile import EMPTY_SERVICES, SERVICES
from tests.checks.kit import Talk, talking
from tests.cli.shop import Shop

_LINES = 24
_TALKS = {**SERVICES, **EMPTY_SERVICES}


class Front:
    """Serves the shop's page, until it is given something else to say."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.port = 0
        self.talk: Talk | None = None

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        if self.talk is not None:
            await self.talk(reader, writer)
            return
        await reader.readuntil(b"\r\n\r\n")
        body = self._shop.look().encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()


@contextmanager
def _served(front: Front) -> Iterator[None]:
    """Serve on loopback, in a thread, for the time of the `with`."""
    ready, loop, end = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with talking(front.answer) as front.port:
            ready.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join()
        loop.close()


def target(stage: Stage) -> Ending:
    """Let the page turn hostile: what began before the hold leaves nothing that can be watched."""
    front, card = Front(stage.shop), stage.folder / "card.yaml"
    patient = CARD.replace("within: 20s", "within: 8s").replace(
        "hold: 1s,", "hold: 1s, patience: 8s,"
    )
    card.write_text(patient)
    with _served(front):
        url = f"http://127.0.0.1:{front.port}/metrics"
        with_env(stage, METRICS_URL=url)
        if stage.chance.random() < 0.5:
            with_env(stage, OBSERVE_URL=url)
        program = stage.begin(*FRESH)
        stage.after(program, stage.chance.randrange(_LINES))
        name = stage.chance.choice(sorted(_TALKS))
        stage.note(f"the target is hostile: {name}")
        front.talk, from_s = _TALKS[name], now_s()
        said = stage.ended(program)
    held = [
        entry.mono_s
        for entry in stage.entries()
        if isinstance(entry.event, ev.StepStarted) and entry.event.step == "watched"
    ]
    return Ending(said, Truth.OPEN if held and held[0] <= from_s else Truth.NO_GO)
