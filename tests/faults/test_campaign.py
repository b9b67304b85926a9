"""A short campaign, one trial of each kind; and that the oracle would find out what is wrong."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest

from faults.campaign import Result, played, table, trials
from faults.kinds import KINDS, SHORT
from faults.oracle import Ending, Fate, Finding, Truth, judge
from faults.stage import FRESH, Stage, set_up

SEED = 9


@pytest.mark.law(1)
@pytest.mark.law(3)
@pytest.mark.parametrize("kind", SHORT)
def test_broken_on_purpose_nothing_is_lost_and_no_go_is_false(kind: str) -> None:
    """Laws 1 and 3, by what the commands and the service of the card have really done."""
    (trial,) = islice(trials([kind], SEED), 1)
    result = played(trial)
    if result.finding is None:
        pytest.skip(result.untried)
    assert result.finding == Finding(Fate.SURVIVED), f"{result.finding}: {result.folder}"


@pytest.fixture(scope="module")
def flown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Ending]]:
    """A run that has truly ended GO."""
    with set_up(tmp_path_factory.mktemp("flown"), "any") as stage:
        said = stage.ended(stage.begin(*FRESH))
        assert said.status == 0, said.err
        yield stage, Ending(said, Truth.GO)


@pytest.fixture
def again(flown: tuple[Stage, Ending]) -> Iterator[tuple[Stage, Ending]]:
    """The same, put right after the test."""
    stage, _ = flown
    files = [stage.folder / "effects.log", stage.runs()[0].journal]
    before = [file.read_bytes() for file in files]
    yield flown
    for file, content in zip(files, before, strict=True):
        file.write_bytes(content)
    stage.shop.percent = 50


def _replaced(old: str, new: str) -> Callable[[Stage], None]:
    def replace(stage: Stage) -> None:
        log = stage.folder / "effects.log"
        log.write_text(log.read_text().replace(old, new))

    return replace


def _in_the_journal(stage: Stage) -> None:
    path: Path = stage.runs()[0].journal
    path.write_bytes(path.read_bytes().replace(b"exit 0", b"exit 1", 1))


def _elsewhere(stage: Stage) -> None:
    stage.shop.percent = 0


FALSE = {
    "a step's effect did not come": _replaced("announce done\n", ""),
    "a step ran twice": _replaced("announce done\n", "announce done\nannounce done\n"),
    "the traffic is elsewhere": _elsewhere,
}
LOST = {
    "an effect that no journal knows": _replaced(
        "announce begun\n", "undo begun\nannounce begun\n"
    ),
    "begun twice": _replaced("deploy begun\n", "deploy begun\ndeploy begun\n"),
    "a journal that was changed": _in_the_journal,
}


def test_what_is_right_is_survived(flown: tuple[Stage, Ending]) -> None:
    assert judge(*flown) == Finding(Fate.SURVIVED)


@pytest.mark.parametrize("wrong", FALSE)
def test_a_go_that_is_not_true_is_found_out(again: tuple[Stage, Ending], wrong: str) -> None:
    FALSE[wrong](again[0])
    assert judge(*again).fate is Fate.FALSE_GO


@pytest.mark.parametrize("wrong", LOST)
def test_what_is_lost_or_twice_is_found_out(again: tuple[Stage, Ending], wrong: str) -> None:
    LOST[wrong](again[0])
    assert judge(*again).fate is Fate.LOST


def test_go_where_the_campaign_knows_better_is_false(flown: tuple[Stage, Ending]) -> None:
    stage, ending = flown
    assert judge(stage, Ending(ending.said, Truth.NO_GO)).fate is Fate.FALSE_GO


def test_the_same_seed_picks_the_same_trials() -> None:
    first, again, other = (list(islice(trials(list(KINDS), seed), 40)) for seed in (3, 3, 4))
    assert first == again != other


def test_what_was_not_tried_is_named_and_not_counted() -> None:
    kind, other = list(KINDS)[:2]
    untried, tried = islice(trials([kind, other], SEED), 2)
    told = table([Result(untried, None, "no disk"), Result(tried, Finding(Fate.LOST))], list(KINDS))
    assert f"not tried: {kind}: no disk" in told
    rows = {line[:32].strip(): line[32:].split() for line in told.splitlines()}
    assert rows[kind] == ["0"] * 4
    assert rows[other] == ["1", "0", "1", "0"]
