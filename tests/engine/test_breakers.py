"""Breakers, in every state of everything else."""

import asyncio
import errno
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cockpit.engine import orders
from cockpit.foundation import second_place
from cockpit.journal import events as ev
from cockpit.process import step as process
from cockpit.state import BreakerStatus, State, StepStatus
from tests.clocks import ManualClock
from tests.engine.kit import Flight, Memory, card, flying, record, sh, shell

DEMOTE = {
    "breaker": "demote",
    "key": "f2",
    "takes": "endpoint",
    "run": shell('echo "$0" >> demoted') + " {endpoint}",
    "verify": {"check": "command", "run": "grep -Fx {endpoint} demoted"},
    "within": "0.2s",
}
FREEZE = {"breaker": "freeze", "key": "f3", "run": shell("echo frozen >> frozen"), "within": "0.2s"}
FREEZE |= {"verify": {"check": "command", "run": "test -e frozen"}}
BACK = {"breaker": "back", "key": "f6", "rollback": "all"}
BREAKERS = [DEMOTE, FREEZE]
HANGS = sh("until test -e go; do sleep 0.02; done", id="switch", changes="application")
HOLDS = {"hold": "10m", "id": "hold"}
ENDED = (BreakerStatus.VERIFIED, BreakerStatus.FAILED)
FULL = OSError(errno.ENOSPC, "No space left on device")


def ended(name: str, *statuses: BreakerStatus) -> Callable[[State], bool]:
    return lambda now: name in now.breakers and now.breakers[name].status in (statuses or ENDED)


async def fire(flight: Flight, name: str, argument: str = "") -> None:
    await flight.order(orders.Arm(name, argument), orders.Fire(name))


@pytest.mark.law(5)
async def test_armed_it_sends_nothing_fired_it_is_verified(tmp_path: Path) -> None:
    """Law 5: fired when the command was sent, verified when its effect was seen."""
    async with flying(tmp_path, card(HANGS, breakers=BREAKERS)) as flight:
        await flight.order(orders.Arm("demote", "/api/analytics"))
        armed = flight.state.breakers["demote"]
        assert armed.status is BreakerStatus.ARMED
        assert armed.command.endswith(" /api/analytics")
        assert flight.workplace("demoted") == ""
        await flight.order(orders.Fire("demote"))
        await flight.until(ended("demote", BreakerStatus.VERIFIED))
        assert flight.workplace("demoted") == "/api/analytics\n"
        kinds = [kind for kind in flight.told() if kind.startswith("breaker")]
        assert kinds == ["breaker-armed", "breaker-fired", "breaker-acted", "breaker-ended"]
        assert flight.replayed() == flight.state


@pytest.mark.law(9)
@pytest.mark.parametrize("argument", ["/a b", "/a'b\"c", "/$(touch owned)", "/x;touch owned", "/*"])
async def test_what_was_picked_stays_one_argument(tmp_path: Path, argument: str) -> None:
    """Law 9: in its command and in the check that verifies it, it is split off or run by none."""
    verify = {"check": "command", "run": 'grep -Fx "$ENDPOINT" demoted', "shell": True}
    by_shell = {"run": 'echo "$ENDPOINT" >> demoted', "shell": True, "verify": verify}
    for one in (DEMOTE, DEMOTE | by_shell):
        place = tmp_path / str(one["verify"].get("shell", False))
        place.mkdir()
        async with flying(place, card(HANGS, breakers=[one])) as flight:
            await fire(flight, "demote", argument)
            await flight.until(ended("demote", BreakerStatus.VERIFIED))
            assert flight.workplace("demoted") == f"{argument}\n"
            assert not (place / "place" / "owned").exists()


@pytest.mark.law(8)
@pytest.mark.law(9)
@pytest.mark.parametrize(
    ("name", "argument", "said"),
    [
        ("demote", "", "takes an endpoint: name one"),
        ("demote", "--all", "is no endpoint: it must begin with /"),
        ("demote", "/a\x00b", "cannot be sent"),
        ("demote", "/a\x1b[2J", "cannot be sent"),
        ("demote", "/x?key=correct-horse", "/x?key=•••KEY••• cannot be sent: it holds a secret"),
        ("freeze", "/a", "takes nothing"),
        ("demolish", "", "has no breaker 'demolish'; it has demote, freeze"),
    ],
)
async def test_what_cannot_be_armed(tmp_path: Path, name: str, argument: str, said: str) -> None:
    """Law 8 and law 9: what could not be shown as it is sent is not sent."""
    text, env = card(HANGS, breakers=BREAKERS, secrets=["KEY"]), {"KEY": "correct-horse"}
    async with flying(tmp_path, text, journal=Memory(), env=env) as flight:
        assert said in await flight.refused(orders.Arm(name, argument))
        assert "not armed" in await flight.refused(orders.Fire(name)) or name == "demolish"
        assert flight.state.breakers == {}


@pytest.mark.law(5)
async def test_exit_0_without_the_effect_has_failed(tmp_path: Path) -> None:
    """Law 5."""
    idle = FREEZE | {"run": "true"}
    blind = FREEZE | {"breaker": "blind", "key": "f4", "run": "true"}
    blind["verify"] = {"check": "command", "run": "./no-such-program"}
    async with flying(tmp_path, card(HANGS, breakers=[idle, blind])) as flight:
        await fire(flight, "freeze")
        await fire(flight, "blind")
        state = await flight.until(lambda now: ended("freeze")(now) and ended("blind")(now))
        for name in ("freeze", "blind"):
            assert state.breakers[name].status is BreakerStatus.FAILED
            assert "its command ran, its effect is not seen" in state.breakers[name].evidence


@pytest.mark.law(3)
async def test_fired_twice_it_is_fired_once_and_again_by_a_new_order(tmp_path: Path) -> None:
    """Law 3: two presses of the key, and two of Enter, are one order each."""
    async with flying(tmp_path, card(HANGS, breakers=BREAKERS)) as flight:
        await asyncio.gather(*(flight.order(orders.Arm("freeze")) for _ in range(3)))
        await asyncio.gather(*(flight.order(orders.Fire("freeze")) for _ in range(3)))
        assert "being fired already" in await flight.refused(orders.Arm("freeze"))
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))
        assert flight.workplace("frozen") == "frozen\n"
        assert flight.told().count("breaker-armed") == 1
        await fire(flight, "freeze")
        await flight.until(lambda now: now.breakers["freeze"].attempt == 2 and ended("freeze")(now))
        assert flight.workplace("frozen") == "frozen\nfrozen\n"


async def test_the_fuse_runs_out_and_another_takes_the_place(tmp_path: Path) -> None:
    clock = ManualClock()
    text = card(HANGS, breakers=BREAKERS)
    async with flying(tmp_path, text, clock=clock, journal=Memory()) as flight:
        await flight.order(orders.Arm("freeze"))
        await clock.advance(9)
        clock.step(3600)
        await flight.order(orders.Arm("demote", "/a"))
        assert flight.state.breakers["freeze"].status is BreakerStatus.READY
        await clock.advance(9)
        assert flight.state.breakers["demote"].status is BreakerStatus.ARMED
        await clock.advance(2)
        assert flight.state.breakers["demote"].status is BreakerStatus.READY
        await flight.order(orders.Arm("freeze"), orders.Disarm("freeze"), orders.Disarm("freeze"))
        assert "not armed: nothing was sent" in await flight.refused(orders.Fire("freeze"))


@pytest.mark.law(3)
async def test_what_was_picked_last_is_what_is_armed(tmp_path: Path) -> None:
    """Law 3: another endpoint is another order, and a key that was armed before is armed anew."""
    text, clock = card(HANGS, breakers=BREAKERS), ManualClock()
    async with flying(tmp_path, text, clock=clock, journal=Memory()) as flight:
        await flight.order(orders.Arm("demote", "/a"), orders.Arm("demote", "/b"))
        armed = flight.state.breakers["demote"]
        assert (armed.status, armed.argument) == (BreakerStatus.ARMED, "/b")
        for name, other in (("freeze", "demote"), ("demote", "freeze"), ("freeze", "demote")):
            await flight.order(orders.Arm(name, "/b" if name == "demote" else ""))
            assert flight.state.breakers[name].status is BreakerStatus.ARMED
            assert flight.state.breakers[other].status is BreakerStatus.READY


@pytest.mark.law(4)
async def test_works_while_a_step_hangs_and_another_breaker_too(tmp_path: Path) -> None:
    """Law 4: ahead of everything that runs."""
    slow = DEMOTE | {
        "run": shell("until test -e go; do sleep 0.02; done; echo $0 > demoted") + " {endpoint}"
    }
    async with flying(tmp_path, card(HANGS, breakers=[slow, FREEZE])) as flight:
        await flight.begin()
        await flight.until_status("switch", StepStatus.RUNNING)
        await fire(flight, "demote", "/a")
        await fire(flight, "freeze")
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))
        assert flight.state.status("switch") is StepStatus.RUNNING
        assert flight.state.breakers["demote"].status is BreakerStatus.FIRING
        (tmp_path / "place" / "go").touch()
        await flight.until(ended("demote", BreakerStatus.VERIFIED))
        await flight.until_status("switch", StepStatus.PASSED)


@pytest.mark.law(4)
@pytest.mark.parametrize("hold", [orders.HoldRun("so"), None])
async def test_works_in_a_hold(tmp_path: Path, hold: orders.HoldRun | None) -> None:
    """Law 4: in the card's hold, and in the operator's."""
    async with flying(tmp_path, card(HOLDS, breakers=BREAKERS)) as flight:
        await flight.begin()
        await flight.until_status("hold", StepStatus.RUNNING)
        await flight.order(*([hold] if hold else []))
        await fire(flight, "freeze")
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))
        assert flight.state.status("hold") is StepStatus.RUNNING


@pytest.mark.law(4)
async def test_a_full_disk_stops_steps_and_no_breaker(tmp_path: Path) -> None:
    """Law 4: shouted about; and what happened is written, in order, when there is room again."""
    journal = Memory()
    text = card(HANGS, breakers=BREAKERS)
    async with flying(tmp_path, text, journal=journal) as flight:
        await flight.order(orders.Next())
        await flight.until_status("ready", StepStatus.RUNNING)
        journal.error = FULL
        await fire(flight, "freeze")
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))
        fault = "the journal cannot be written: No space left on device"
        assert flight.state.journal_fault == fault
        await flight.order(orders.AnswerConfirm("ready", "Ann"))
        await flight.idle()
        await flight.order(orders.Next())
        await flight.idle()
        assert "t-0" not in flight.state.sections
        assert flight.state.status("switch") is None
        assert "breaker-fired" not in journal.kinds()
        journal.error = None
        (tmp_path / "place" / "go").touch()
        await flight.order(orders.Next())
        await flight.until_status("switch", StepStatus.PASSED)
        await flight.idle()
        assert flight.state.journal_fault == ""
        assert journal.kinds()[4:8] == [
            "breaker-armed",
            "breaker-fired",
            "breaker-acted",
            "breaker-ended",
        ]
        assert flight.replayed() == flight.state


@pytest.mark.law(4)
@pytest.mark.law(12)
async def test_a_journal_that_hangs_stops_no_breaker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4 and law 12: it is waited for, but not long; what came meanwhile is written after."""
    monkeypatch.setattr("cockpit.journal.write_buffer.APPEND_TIMEOUT_S", 0.05)
    journal = Memory()
    async with flying(tmp_path, card(HANGS, breakers=BREAKERS), journal=journal) as flight:
        journal.answers.clear()
        await fire(flight, "freeze")
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))
        assert flight.state.journal_fault.startswith("the journal does not answer")
        await flight.order(orders.Next())
        await flight.idle()
        assert "preflight" not in flight.state.sections
        journal.answers.set()
        await flight.until(lambda now: not now.journal_fault)
        assert flight.replayed() == flight.state


@pytest.fixture
def released(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> threading.Event:
    """The run's own folder hangs in its first fsync, until this is set; nothing else does."""
    released, real = threading.Event(), process.prepare

    def prepare(folder: Path, spec: process.Spec) -> None:
        if folder.is_relative_to(tmp_path / "run"):
            assert released.wait(20)
        real(folder, spec)

    monkeypatch.setattr(process, "prepare", prepare)
    return released


@pytest.mark.law(3)
@pytest.mark.law(4)
async def test_a_run_folder_that_hangs_stops_no_breaker(
    tmp_path: Path, released: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 4 and law 3: it is begun elsewhere, and the thread that hangs begins nothing any more."""
    monkeypatch.setattr("cockpit.engine.action.URGENT_S", 1.0)
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setattr(second_place, "OTHERS", (elsewhere,))
    elsewhere.mkdir()
    async with flying(tmp_path, card(HANGS, breakers=BREAKERS), journal=Memory()) as flight:
        await fire(flight, "freeze")
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))
        released.set()
        await asyncio.get_running_loop().shutdown_default_executor()
        own = flight.folder.path / "steps" / flight.state.folder("breaker.freeze", 1)
        assert (own / "spec").exists(), "the thread went on"
        assert isinstance(process.state(own), process.Never)
        assert flight.workplace("frozen") == "frozen\n"


@pytest.mark.law(3)
async def test_what_began_elsewhere_is_found_there_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Law 3: with room on its own disk again, a breaker is followed, not begun a second time."""
    elsewhere, real = tmp_path / "elsewhere", process.prepare
    elsewhere.mkdir()
    monkeypatch.setattr(second_place, "OTHERS", (elsewhere,))

    def full(folder: Path, spec: process.Spec) -> None:
        if folder.is_relative_to(tmp_path / "run"):
            raise FULL
        real(folder, spec)

    text = card(
        HANGS,
        breakers=[
            FREEZE | {"run": shell("echo x >> frozen; until test -e go; do sleep 0.02; done")}
        ],
    )
    journal = Memory()
    with monkeypatch.context() as patched:
        patched.setattr(process, "prepare", full)
        async with flying(tmp_path, text, journal=journal) as flight:
            await fire(flight, "freeze")
            await flight.until_text("frozen")
    (tmp_path / "place" / "go").touch()
    async with flying(tmp_path, text, journal=journal) as flight:
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))
        assert flight.workplace("frozen") == "x\n"


@pytest.mark.law(5)
async def test_an_attempt_that_the_journal_forgot_is_no_result_of_the_next_order(
    tmp_path: Path,
) -> None:
    """Law 5: an order is answered by what it began itself, never by what an earlier one left."""
    journal, text = Memory(), card(HANGS, breakers=BREAKERS)
    for sent in ("frozen\n", "frozen\nfrozen\n"):
        journal.error = None
        async with flying(tmp_path, text, journal=journal) as flight:
            await flight.until(lambda now: "freeze" not in now.breakers or ended("freeze")(now))
            journal.error = FULL
            before = flight.workplace("frozen")
            await fire(flight, "freeze")
            await flight.until(ended("freeze", BreakerStatus.VERIFIED))
            assert flight.workplace("frozen").startswith(before)
            assert flight.workplace("frozen") == sent


@pytest.mark.law(3)
@pytest.mark.law(4)
async def test_a_fired_breaker_that_the_journal_does_not_know_is_taken_in(tmp_path: Path) -> None:
    """Law 3 and law 4: its folder is found, it is followed and verified, and not sent again."""
    journal, text = Memory(), card(HANGS, breakers=BREAKERS)
    async with flying(tmp_path, text, journal=journal) as flight:
        journal.error = FULL
        await fire(flight, "demote", "/api/a")
        await flight.until(ended("demote", BreakerStatus.VERIFIED))
    journal.error = None
    assert "breaker-fired" not in journal.kinds()
    for _ in range(2):
        async with flying(tmp_path, text, journal=journal) as flight:
            await flight.until(ended("demote", BreakerStatus.VERIFIED))
            assert flight.state.breakers["demote"].argument == "/api/a"
            assert flight.workplace("demoted") == "/api/a\n"
            assert flight.told().count("breaker-fired") == 1
            assert flight.replayed() == flight.state


@pytest.mark.law(5)
async def test_what_was_picked_is_looked_for_in_every_check_of_a_list(tmp_path: Path) -> None:
    """Law 5: the checks within `check: all` are about the endpoint as well."""
    looks = [DEMOTE["verify"], {"check": "command", "run": "grep -q {endpoint} demoted"}]
    one = DEMOTE | {"verify": {"check": "all", "checks": looks}}
    async with flying(tmp_path, card(HANGS, breakers=[one])) as flight:
        await fire(flight, "demote", "/a b")
        await flight.until(ended("demote"))
        assert flight.state.breakers["demote"].status is BreakerStatus.VERIFIED


@pytest.mark.law(3)
async def test_a_cockpit_that_comes_back_follows_what_was_fired(tmp_path: Path) -> None:
    """Law 3: fired once; and what was only armed is put back."""
    slow = FREEZE | {"run": shell("echo x >> frozen; until test -e go; do sleep 0.02; done")}
    async with flying(tmp_path, card(HANGS, breakers=[DEMOTE, slow])) as flight:
        await fire(flight, "freeze")
        await flight.order(orders.Arm("demote", "/a"))
        await flight.until_text("frozen")
    (tmp_path / "place" / "go").touch()
    async with flying(tmp_path, card(HANGS, breakers=[DEMOTE, slow])) as flight:
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))
        assert flight.workplace("frozen") == "x\n"
        assert flight.state.breakers["demote"].status is BreakerStatus.READY


@pytest.mark.law(3)
async def test_what_was_disarmed_or_verified_is_left_alone_by_a_cockpit_that_comes_back(
    tmp_path: Path,
) -> None:
    """Law 3: it has an end already."""
    text = card(HANGS, breakers=BREAKERS)
    async with flying(tmp_path, text) as flight:
        await fire(flight, "freeze")
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))
        await flight.order(orders.Arm("demote", "/a"), orders.Disarm("demote"))
        before = flight.state.breakers
    async with flying(tmp_path, text) as flight:
        await flight.idle()
        assert flight.state.breakers == before
        assert [kind for kind in flight.told() if kind.startswith("breaker")] == [
            *("breaker-armed", "breaker-fired", "breaker-acted", "breaker-ended"),
            *("breaker-armed", "breaker-disarmed"),
        ]
        assert flight.workplace("frozen") == "frozen\n"


@pytest.mark.law(3)
async def test_a_rollback_that_never_began_after_its_key_is_to_be_fired_again(
    tmp_path: Path,
) -> None:
    """Law 3: the crash came between the two; nothing begins without a new order."""
    text = card(HANGS, breakers=[BACK], rollback={"application": [sh("echo b > back", id="undo")]})
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "go").touch()
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_status("switch", StepStatus.PASSED)
    armed = ev.BreakerArmed(breaker="back", command="echo b > back", lasts_s=10)
    await record(tmp_path, armed, ev.BreakerFired(breaker="back", attempt=1, command=""))
    async with flying(tmp_path, text) as flight:
        state = await flight.until(ended("back", BreakerStatus.FAILED))
        evidence = "the cockpit that fired it is gone, and no rollback began: fire it again"
        assert state.breakers["back"].evidence == evidence
        assert (state.rollback, flight.workplace("back")) == (None, "")
        await fire(flight, "back")
        await flight.until(ended("back", BreakerStatus.VERIFIED))
        assert flight.workplace("back") == "b\n"
        assert flight.replayed() == flight.state


@pytest.mark.law(4)
@pytest.mark.law(7)
async def test_the_second_press_goes_to_an_unhealthy_stable_side_and_only_the_second(
    tmp_path: Path,
) -> None:
    """Law 7 and law 4: the first order stops at the look; the next one is the operator's own."""
    healthy = {"check": "command", "run": "test ! -e ill"}
    undo = [sh("echo b >> back", id="undo")]
    text = card(HANGS, breakers=[BACK], rollback={"healthy": healthy, "application": undo})
    (tmp_path / "place").mkdir()
    for name in ("go", "ill"):
        (tmp_path / "place" / name).touch()
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_status("switch", StepStatus.PASSED)
        await fire(flight, "back")
        state = await flight.until(ended("back", BreakerStatus.FAILED))
        assert "order it again to go there all the same" in state.breakers["back"].evidence
        assert flight.workplace("back") == ""
        await fire(flight, "back")
        await flight.until(ended("back", BreakerStatus.VERIFIED))
        assert flight.workplace("back") == "b\n"


@pytest.mark.law(8)
@pytest.mark.law(9)
@pytest.mark.parametrize("argument", ["/x${TOKEN}", "/${NOWHERE}/${TOKEN}", "/$TOKEN"])
@pytest.mark.parametrize("by_shell", [True, False])
async def test_a_variable_in_what_was_picked_is_only_text(
    tmp_path: Path, argument: str, by_shell: bool
) -> None:
    """Law 9 and law 8: an endpoint is foreign text; the card's own variables are expanded."""
    run = shell('echo "$0" "$1" >> demoted') + " ${HOST} {endpoint}"
    seen = 'grep -Fx "shop $ENDPOINT"' if by_shell else "grep -Fx 'shop '{endpoint}"
    verify = {"check": "command", "run": f"{seen} demoted", "shell": by_shell}
    text = card(HANGS, breakers=[DEMOTE | {"run": run, "verify": verify}], secrets=["TOKEN"])
    env = {"TOKEN": "correct-horse", "HOST": "shop"}
    async with flying(tmp_path, text, env=env) as flight:
        await flight.order(orders.Arm("demote", argument))
        assert flight.state.breakers["demote"].command.endswith(" ${HOST} " + argument)
        await flight.order(orders.Fire("demote"))
        await flight.until(ended("demote"))
        assert flight.workplace("demoted") == f"shop {argument}\n"
        assert flight.state.breakers["demote"].status is BreakerStatus.VERIFIED


async def test_a_rollback_on_a_key_with_nothing_to_undo_says_so(tmp_path: Path) -> None:
    text = card(HANGS, breakers=[BACK], rollback={"application": [{"confirm": "back?", "id": "b"}]})
    async with flying(tmp_path, text, journal=Memory()) as flight:
        await flight.order(orders.Arm("back"))
        assert flight.state.breakers["back"].command == "nothing to undo"
        assert "nothing to undo" in await flight.refused(orders.Fire("back"))
        assert flight.state.breakers["back"].status is BreakerStatus.FAILED
        assert flight.state.rollback is None


@pytest.mark.law(4)
async def test_a_rollback_with_nothing_to_undo_is_sent_behind_a_second_question(
    tmp_path: Path,
) -> None:
    """Law 4: what somebody changed by hand can be brought back too, by its key pressed twice."""
    text = card(HANGS, breakers=[BACK], rollback={"application": [sh("echo b > back", id="undo")]})
    async with flying(tmp_path, text) as flight:
        await flight.order(orders.Arm("back"), orders.Arm("back"))
        armed = flight.state.breakers["back"]
        assert armed.anyway
        assert armed.command == "echo b > back"
        await flight.order(orders.Disarm("back"), orders.Arm("back"))
        assert not flight.state.breakers["back"].anyway
        assert "a second time" in await flight.refused(orders.Fire("back"))
        assert flight.workplace("back") == ""
        await flight.order(orders.Arm("back"), orders.Arm("back"), orders.Fire("back"))
        await flight.until(ended("back", BreakerStatus.VERIFIED))
        assert flight.workplace("back") == "b\n"
        assert flight.replayed() == flight.state


@pytest.mark.law(4)
async def test_a_rollback_on_a_key(tmp_path: Path) -> None:
    """Law 4: fired while a step hangs, it ends that step and goes back."""
    text = card(HANGS, breakers=[BACK], rollback={"application": [sh("echo b > back", id="undo")]})
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_begun("switch")
        await fire(flight, "back")
        await flight.until(ended("back", BreakerStatus.VERIFIED))
        assert flight.workplace("back") == "b\n"
        assert flight.state.status("switch") is StepStatus.UNKNOWN
        assert flight.evidence("switch").startswith("stopped for the rollback: stopped after")


async def test_a_breaker_that_breaks_can_be_fired_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    async with flying(tmp_path, card(HANGS, breakers=BREAKERS), journal=Memory()) as flight:
        with monkeypatch.context() as patched:
            patched.setattr("cockpit.engine.breakers.perform", broken)
            await fire(flight, "freeze")
            await flight.until(ended("freeze", BreakerStatus.FAILED))
        assert flight.state.breakers["freeze"].evidence == "it broke: ZeroDivisionError: a bug"
        await fire(flight, "freeze")
        await flight.until(ended("freeze", BreakerStatus.VERIFIED))


@pytest.mark.law(9)
async def test_memory_stays_bounded_in_a_storm(tmp_path: Path) -> None:
    """Law 9: what is shown is the newest; everything is in the journal."""
    async with flying(tmp_path, card(HANGS), journal=Memory()) as flight:
        for number in range(1000):
            await flight.session.record(ev.Noted(text=f"note {number}"))
        assert len(flight.state.feed) == 400
        assert flight.state.seq == len(flight.journal.lines)


@pytest.mark.law(3)
async def test_a_single_breaker_carries_no_cutover_forward(tmp_path: Path) -> None:
    """Law 3: a run that is opened for one breaker begins no step that nobody ordered."""
    steps = ({"confirm": "go on?", "id": "asked"}, sh("echo x > second", id="second"))
    text = card(*steps, breakers=[DEMOTE])
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_status("asked", StepStatus.RUNNING)
    async with flying(tmp_path, text, goes_on=orders.GoesOn.NOTHING) as flight:
        await flight.order(orders.AnswerConfirm("asked", "Ann"))
        await flight.idle()
        assert flight.state.status("second") is None
    async with flying(tmp_path, text) as flight:
        await flight.until_status("second", StepStatus.PASSED)


async def test_what_a_rollback_would_run_is_shown_before_it_is_fired(tmp_path: Path) -> None:
    rollback = {"application": [sh("echo b > back", id="undo"), {"confirm": "seen?", "id": "seen"}]}
    async with flying(tmp_path, card(HANGS, breakers=[BACK], rollback=rollback)) as flight:
        await flight.begin()
        await flight.until_begun("switch")
        await flight.order(orders.Arm("back"))
        shown = flight.state.breakers["back"].command
        assert shown.startswith("echo b > back, then ")
        await flight.order(orders.Disarm("back"))


@pytest.mark.law(7)
async def test_a_wider_rollback_takes_over_what_one_brings_back_anyway(tmp_path: Path) -> None:
    """Law 7: also the part of which no change is known, whose rollback it ends half way."""
    narrow = {"breaker": "traffic", "key": "f5", "rollback": "traffic"}
    text = card(
        sh("true", id="migrate", changes="database"),
        sh("exec sleep 60", id="switch"),
        breakers=[narrow, BACK],
        rollback={
            "healthy": {"check": "command", "run": "true"},
            "traffic": [sh("until test -e go; do sleep 0.02; done", id="home")],
            "database": [sh("echo database >> back", id="undo")],
        },
    )
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_begun("switch")
        await flight.order(orders.Arm("traffic"), orders.Arm("traffic"), orders.Fire("traffic"))
        await flight.until_begun("home")
        (tmp_path / "place" / "go").touch()
        await fire(flight, "back")
        await flight.until(ended("back"))
        rollback = flight.state.rollback
        assert rollback is not None
        assert [part.value for part in rollback.parts] == ["traffic", "database"]


@pytest.mark.law(4)
async def test_a_rollback_superseded_by_a_wider_one_is_taken_over(tmp_path: Path) -> None:
    """Law 4: its key neither stays firing nor has failed; the wider one's own key is verified."""
    narrow = {"breaker": "traffic", "key": "f5", "rollback": "traffic"}
    looks = {"check": "command", "run": shell("until test -e go; do sleep 0.02; done")}
    text = card(
        sh("true", id="database", changes="database"),
        sh("true", id="shift", changes="traffic"),
        sh("exec sleep 60", id="switch"),
        breakers=[narrow, BACK],
        rollback={
            "healthy": {"check": "command", "run": "true"},
            "traffic": [looks | {"id": "slow"}],
            "database": [sh("echo database >> back", id="undo")],
        },
    )
    async with flying(tmp_path, text) as flight:
        await flight.begin()
        await flight.until_begun("switch")
        await fire(flight, "traffic")
        await flight.until_status("slow", StepStatus.RUNNING)
        await fire(flight, "back")
        await flight.until(ended("traffic", BreakerStatus.TAKEN_OVER))
        (tmp_path / "place" / "go").touch()
        await flight.until(ended("back", BreakerStatus.VERIFIED))
        assert flight.state.breakers["traffic"].evidence == "a wider rollback took over"
        assert flight.replayed() == flight.state
