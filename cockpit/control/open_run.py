"""Opening a run: its folder, control lock, journal, session, engine and report together."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

from msgspec import Struct

from checks.core.base import Outcome
from cockpit.card.load_card import loads
from cockpit.card.model.card import Card
from cockpit.card.model.pace import paced
from cockpit.card.model.plan import plan
from cockpit.engine import cutover
from cockpit.engine.context import Context
from cockpit.engine.engine import Engine
from cockpit.engine.orders import GoesOn
from cockpit.foundation.clock import Clock
from cockpit.foundation.errors import ControlError, EditedCardError, JournalError
from cockpit.foundation.second_place import has_second_place
from cockpit.journal import events as ev
from cockpit.journal.control_lock import UNNAMED, ControlLock
from cockpit.journal.file import JournalWriter
from cockpit.journal.spill import Spill
from cockpit.monitors.poller import Poller
from cockpit.projections.decision import Decision, Word, decide
from cockpit.report import markdown
from cockpit.runtime import noted_heads
from cockpit.runtime.card_edits import edits
from cockpit.runtime.environment import boot_id, first_client, redactor_for, tools
from cockpit.runtime.run_folder import Beginning, RunFolder, digest
from cockpit.runtime.session import Session
from cockpit.state import State

POLL_TIMEOUT_S = 30.0

DECIDE_EVERY_S = 1.0
"""Data ages and the window closes without an entry in the journal."""


class Opening(Struct, frozen=True):
    """What a run is opened with: `workplace` is the folder in which the card's commands run.

    `goes_on` says how far a stage that was cut off continues; with `watches` the monitors are
    polled.
    `accepts` names the person who accepts a card that was edited after the run began, if one does.
    """

    folder: RunFolder
    operator: str
    env: Mapping[str, str]
    workplace: Path
    clock: Clock
    goes_on: GoesOn = GoesOn.STAGE
    watches: bool = True
    accepts: str = ""


class OpenRun(Struct, frozen=True):
    """A run in control: give orders to its engine, read its session's state."""

    engine: Engine
    folder: RunFolder

    @property
    def session(self) -> Session:
        """Return the session."""
        return self.engine.context.session

    def decision(self) -> Decision:
        """Return the decision on the current state."""
        return decide(self.engine.context.plan, self.session.state, self.session.now_s())

    async def conclude(self) -> Decision:
        """Record the end of a run that is complete or was rolled back, and return the decision.

        Any other run stays open. So does one whose rollback failed: it can be ordered again.
        """
        decision, state = self.decision(), self.session.state
        rolled_back = state.rollback is not None and state.rollback.outcome is Outcome.PASSED
        is_complete = cutover.next_stage(self.engine.context.plan, state) is None
        if state.ended is None and (
            rolled_back or (is_complete and decision.word is not Word.HOLD)
        ):
            reasons = tuple(reason.text for reason in decision.reasons)
            ended = ev.RunEnded(
                word=decision.word, reasons=reasons, exit_status=decision.word.exit_status
            )
            await self.session.record(ended)
            await self._report()
        return decision

    async def report_end(self) -> None:
        """Write the report of a run that has ended, if a cockpit was killed before it did."""
        if self.session.state.ended is not None and not self.session.state.end_reported:
            await self._report()

    async def _report(self) -> None:
        try:
            path, sha256 = await asyncio.to_thread(self.engine.context.report)
            written: ev.Event = ev.ReportWritten(path=str(path), sha256=sha256)
        except (OSError, JournalError) as error:
            written = ev.Noted(text=f"the report could not be written: {error}")
        await self.session.record(written)


@asynccontextmanager
async def opened(opening: Opening, beginning: Beginning | None) -> AsyncIterator[OpenRun]:
    """Take control of a run, new (with a beginning) or unfinished; release it on exit.

    Raises ControlError if another operator is in control, CardError if the run's card is wrong,
    EditedCardError if it was edited after the run began and nobody accepts that by name,
    JournalError if its journal cannot be read or written.
    """
    async with AsyncExitStack() as stack:
        control = take_control(opening.folder, opening.operator)
        stack.callback(control.release)
        context = await _context(stack, opening, beginning)
        rehearsal = _rehearsal(context.session.state)
        http = partial(first_client, POLL_TIMEOUT_S, rehearsal=rehearsal)
        monitors = context.plan.monitors if opening.watches else ()
        poller = Poller(monitors, http, opening.clock, context.tools.expand, context.run_check)
        stack.push_async_callback(_close, context.session)
        engine = await stack.enter_async_context(Engine(context, poller, goes_on=opening.goes_on))
        _note_heads(context)
        deciding = asyncio.ensure_future(_deciding(context))
        stack.push_async_callback(_cancelled, deciding)
        running = OpenRun(engine, opening.folder)
        await running.report_end()
        yield running


def _note_heads(context: Context) -> None:
    """Note the journal's head in the folder of each attempt that ends."""
    notes: set[asyncio.Future[None]] = set()

    def note(state: State, entry: ev.JournalEntry) -> None:
        name, head = noted_heads.ended_attempt(state, entry.event), context.session.head
        if name is not None and head is not None:
            folder = context.folder / "steps" / name
            writing = asyncio.ensure_future(asyncio.to_thread(noted_heads.note, folder, head))
            notes.add(writing)
            writing.add_done_callback(notes.discard)

    context.session.subscribe(note)


def take_control(folder: RunFolder, operator: str) -> ControlLock:
    """Take control of a run.

    Raises ControlError with the name of whoever has it, UsageError for somebody else's folder, and
    StrangeFile for a link or a pipe in it.
    """
    folder.refuse_foreign()
    control = ControlLock.take(folder.path, operator)
    if control is None:
        holder = folder.holder()
        who = "another cockpit"
        if holder is not None and holder != UNNAMED:
            who = f"{holder.name} (process {holder.pid} on {holder.host})"
        raise ControlError(
            f"run {folder.id} is under the control of {who}: leave that cockpit first, or watch"
            f" it with: cockpit watch {folder.id}"
        )
    return control


async def _context(stack: AsyncExitStack, opening: Opening, beginning: Beginning | None) -> Context:
    state = State() if beginning else await asyncio.to_thread(opening.folder.state)
    text, news = await asyncio.to_thread(card_to_run, opening, state)
    journal = stack.enter_context(
        await asyncio.to_thread(JournalWriter.open, opening.folder.journal)
    )
    speed = beginning.speed if beginning else state.run.speed if state.run else 1.0
    card = paced(loads(text, str(opening.folder.card)), speed)
    spill = Spill(opening.folder.path)
    redactor = redactor_for(card, opening.env)
    session = Session(journal, opening.clock, redactor, opening.operator, state)
    kept = await asyncio.to_thread(spill.read, opening.folder.journal)
    await session.keep_in(spill, kept)
    if beginning and not kept:
        began = _run_started(opening, beginning, card, text)
        waits = opening.goes_on is not GoesOn.NOTHING  # a breaker waits for no disk
        await (session.intend(began) if waits else session.record(began))
    # Not an intent: with a full disk a run must still open, so that its breakers can be fired.
    await session.record(
        ev.SessionOpened(
            operator=opening.operator,
            host=socket.gethostname(),
            boot=boot_id(),
            resumed=beginning is None or bool(kept),
        )
    )
    if news is not None:
        await session.record(news)
    for remark in await asyncio.to_thread(lambda: [*_remarks(opening.folder, session.state)]):
        await session.record(ev.Noted(text=remark))
    rehearsal = _rehearsal(session.state)
    return Context(
        card=card,
        plan=plan(card),
        session=session,
        folder=opening.folder.path,
        tools=tools(card, opening.workplace, opening.env, opening.clock, rehearsal=rehearsal),
        clock=opening.clock,
        report=lambda: markdown.write(card, opening.folder, session.redactor),
    )


def _remarks(folder: RunFolder, state: State) -> Iterator[str]:
    """Yield what the operator should know of the run's folder before the preflight begins."""
    if moved := folder.moved_from(state):
        yield f"the run's folder was moved: it began as {moved} and is {folder.path} now"
    if not has_second_place(folder.path):
        yield (
            "there is no second place beside the disk of this run: if that fills up, breakers still"
            " fire, and nothing keeps the record of it when the cockpit ends; set XDG_RUNTIME_DIR"
            " to a folder of yours on another disk or in memory"
        )


def card_to_run(opening: Opening, state: State) -> tuple[str, ev.Event | None]:
    """Return the card's text to run, and what the record says if that was edited.

    Only a named person may go on with an edited card. What undoes or stops needs nobody: it takes
    the card as it was before, also where the run's own is gone. Raises EditedCardError, StrangeFile
    and OSError.
    """
    folder = opening.folder
    try:
        now = folder.card_text()
    except FileNotFoundError:
        kept = folder.kept_card(state.card_sha256)
        if kept is None or opening.goes_on is not GoesOn.NOTHING:
            raise
        return kept, ev.Noted(text=f"{folder.card} is gone: the card as it was before is used")
    if state.run is None or digest(now) == state.card_sha256:
        return now, None
    before = folder.kept_card(state.card_sha256)
    changed = edits(before, now)
    if opening.accepts.strip():
        with suppress(OSError):  # a full disk: the record holds what differs
            folder.keep_card(now)
        event = ev.CardAccepted(name=opening.accepts, card_sha256=digest(now), edits=changed)
        return now, event
    if before is None or opening.goes_on is not GoesOn.NOTHING:
        raise EditedCardError(folder.card, folder.id, changed)
    text = f"{folder.card} was edited and is not used: the card as it was before is"
    return before, ev.Noted(text=text)


def _run_started(opening: Opening, beginning: Beginning, card: Card, text: str) -> ev.RunStarted:
    opens, closes = card.window.bounds(opening.clock.utc())
    return ev.RunStarted(
        run=opening.folder.id,
        card=beginning.card,
        card_sha256=digest(text),
        service=card.service,
        environment="rehearsal" if beginning.rehearsal else card.environment.value,
        stable=card.versions.stable,
        canary=card.versions.canary,
        opens=opens.isoformat(timespec="seconds"),
        closes=closes.isoformat(timespec="seconds"),
        rehearsal=beginning.rehearsal,
        scenario=beginning.scenario,
        speed=beginning.speed,
        folder=str(opening.folder.path.resolve()),
    )


def _rehearsal(state: State) -> bool:
    return state.run is not None and state.run.rehearsal


async def _deciding(context: Context) -> None:
    """Record each change of the decision's word: that of the screen, at the same instant."""
    while True:
        state = context.session.state
        decision = decide(context.plan, state, context.session.now_s())
        over = state.ended is not None and state.rollback is None  # the end has recorded its word
        if not over and (state.decision is None or state.decision.word != decision.word):
            reasons = tuple(reason.text for reason in decision.reasons)
            decided = ev.Decided(word=decision.word, reasons=reasons)
            await context.session.record(decided)
        await _changed_or_later(context, state)


async def _changed_or_later(context: Context, state: State) -> None:
    """Wait until the state is another one, or time alone may have changed the decision."""
    changed = asyncio.ensure_future(context.session.changed(state))
    later = asyncio.ensure_future(context.clock.sleep(DECIDE_EVERY_S))
    try:
        await asyncio.wait({changed, later}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        changed.cancel()
        later.cancel()


async def _close(session: Session) -> None:
    reason = "the run ended" if session.state.ended else "the cockpit was left"
    await session.record(ev.SessionClosed(reason=reason))


async def _cancelled(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
