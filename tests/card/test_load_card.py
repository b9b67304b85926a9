import os
from pathlib import Path

import pytest

from checks.secrets import Secrets
from cockpit.card.load_card import MAX_BYTES, load, loads
from cockpit.card.packaged import text
from cockpit.foundation.errors import CardError, UsageError
from tests.card.cards import SMALL, edited, line_of, only, problems


def test_a_small_card_is_read() -> None:
    card = loads(SMALL)
    assert card.versions.stable == "1.0.0"
    assert card.window.lasts == 3600.0


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(SMALL.replace("shop", "a shop"))
    with pytest.raises(CardError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:2:10: service: `a shop` does not fit")
    assert caught.value.exit_status == 2


def test_every_problem_at_once_in_the_order_of_lines() -> None:
    card = SMALL.replace("service: shop", "service: 3").replace("staging", "test")
    card = card.replace("run: make switch", "hold: 10\n        watch: [p95]").replace(
        "lasts", "last"
    )
    found = problems(card)
    assert [(each.line, each.key) for each in found] == [
        (2, "service"),
        (3, "environment"),
        (5, "window"),
        (5, "window.last"),
        (12, "phases[0].steps[0].hold"),
        (13, "phases[0].steps[0].watch[0]"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("service: shop", "servise: shop", "servise", "did you mean `service`?"),
        ("service: shop", "service: shop\nzzz: 1", "zzz", "known are `cockpit`, `service`"),
        ("service: shop", "service: ''", "service", "letters, digits"),
        ("stable: 1.0.0", "stable: 2.10", "versions.stable", "number 2.10 stands where a text"),
        ("stable: 1.0.0", "stable: 7", "versions.stable", "quote it"),
        ("stable: 1.0.0", "stable: ~", "versions.stable", "nothing stands where a text belongs"),
        ("stable: 1.0.0, ", "", "versions.stable", "missing: its value is the version that"),
        ("cockpit: 1", "cockpit: 2", "cockpit", "write 1"),
        ("cockpit: 1", "cockpit: true", "cockpit", "write 1"),
        ("run: make switch", "run: [make]", "phases[0].steps[0].run", "a list stands where a text"),
        ("run: make switch", "hold: 90", "phases[0].steps[0].hold", "90 is not a duration"),
        ("run: make switch", "hold: 1.5", "phases[0].steps[0].hold", "1.5 is not a duration"),
        ("run: make switch", "hold: 0s", "phases[0].steps[0].hold", "more than 0"),
        ("run: make switch", "hold: 900d", "phases[0].steps[0].hold", "longer than a year"),
        (
            "run: make switch",
            "hold: 10m\n        on_trip: no",
            "phases[0].steps[0].on_trip",
            "`ask`",
        ),
        ("run: make switch", "wait: 10m", "phases[0].steps[0]", "has one of the keys"),
        ("run: make switch", "holds: 10m", "phases[0].steps[0]", "did you mean `hold`?"),
        ("run: make switch", "make switch", "phases[0].steps[0]", "where a step belongs"),
        ("run: make switch", "check: ftp", "phases[0].steps[0].check", "`secrets`, `command`"),
        ("run: make switch", "run: x\n        hold: 1m", "phases[0].steps[0].hold", "one thing"),
        ("run: make switch", "run: x\n        shell: yes", "phases[0].steps[0].shell", "`true` or"),
        ("run: make switch", "run: x\n        shell: 1", "phases[0].steps[0].shell", "`true` or"),
        ("run: make switch", "run: x\n        <<: {}", "phases[0].steps[0].<<", "no merging"),
        ("run: make switch", "confirm: ''", "phases[0].steps[0].confirm", "empty"),
        ("run: make switch", "check: http", "phases[0].steps[0]", "`path` or `url`"),
        ("phase: T-0", "phase: now", "phases[0].phase", "T-30, T-0 or T+60"),
        ("{lasts: 1h}", "1h", "window", "a mapping (`key: value`) belongs"),
        ("preflight:\n  - run: make ready", "preflight: []", "preflight", "empty"),
        ("preflight:\n  - run: make ready", "preflight: x", "preflight", "a list (each entry"),
        ("lasts: 1h", "opens: 3, closes: 4", "window.opens", "3 is not an instant"),
        ("lasts: 1h", "opens: 2027-03-01T02:00, lasts: 1h", "window.opens", "not an instant"),
    ],
)
def test_a_problem_says_what_would_be_right(old: str, new: str, key: str, says: str) -> None:
    assert old in SMALL
    card = SMALL.replace(old, new, 1)
    found = {each.key: each for each in problems(card)}
    assert key in found, "\n".join(map(str, problems(card)))
    assert says in found[key].message
    assert found[key].line in range(1, card.count("\n") + 2)


def test_a_problem_inside_unions_has_its_exact_place() -> None:
    card = edited("status: [401, 403, 404]", "status: [401, 403, 4]")
    problem = only(card)
    assert problem.key == "breakers[0].verify.status[2]"
    assert problem.line == line_of(card, "403, 4]")
    assert card.splitlines()[problem.line - 1][problem.column - 1] == "4"


def test_a_wrong_entry_does_not_make_its_list_empty() -> None:
    assert only(SMALL.replace("run: make switch", "hold: soon")).key == "phases[0].steps[0].hold"


def test_only_the_keys_of_the_card_count_not_the_fields_of_the_program() -> None:
    problem = only(edited("for: 5m", "sustained: 5m"))
    assert problem.key == "monitors[0].sustained"
    assert "there is no key" in problem.message


def test_instants_are_utc() -> None:
    card = loads(
        SMALL.replace("lasts: 1h", "opens: 2027-03-01T03:00+01:00, closes: 2027-03-01T04:00Z")
    )
    assert card.window.opens is not None
    assert card.window.opens.isoformat() == "2027-03-01T02:00:00+00:00"


def test_the_secrets_check_takes_the_names_of_the_card() -> None:
    (check, *_) = loads(text()).preflight
    assert isinstance(check, Secrets)
    assert check.names == ("JWT_SECRET", "DATABASE_URL", "POSTGRES_PASSWORD")


def test_the_secrets_check_keeps_names_of_its_own() -> None:
    (check, *_) = loads(
        edited("names: [JWT_SECRET, DATABASE_URL, POSTGRES_PASSWORD]", "names: [ONE]")
    ).preflight
    assert isinstance(check, Secrets)
    assert check.names == ("ONE",)


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no such card: `cockpit init` writes one"):
        load(tmp_path / "none.yaml")


def test_a_folder_is_no_card(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="this is a folder"):
        load(tmp_path)


def test_a_pipe_that_nobody_writes_to_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no regular file"):
        load(tmp_path / "pipe")


def test_a_vast_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "vast.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES * 1000)
    with pytest.raises(CardError, match="at most 1 MiB"):
        load(path)


def test_a_file_that_is_not_utf_8_says_where(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"cockpit: 1\nservice: caf\xe9\n")
    with pytest.raises(CardError, match=r"latin\.yaml:2:13: this is not UTF-8"):
        load(path)


@pytest.mark.parametrize(
    ("card", "says"),
    [
        ("", "the card is empty"),
        ("# soon\n", "the card is empty"),
        ("- a\n", "a card is a mapping"),
        ("text", "a card is a mapping"),
        ("a: \ud800", "not UTF-8"),
    ],
)
def test_what_is_no_card_at_all(card: str, says: str) -> None:
    assert says in only(card).message


def test_a_windows_file_and_a_byte_order_mark_are_read() -> None:
    assert loads("\ufeff" + SMALL.replace("\n", "\r\n")).service == "shop"


@pytest.mark.law(9)
def test_law_9_a_problem_sends_nothing_to_the_terminal() -> None:
    """Law 9: a key or a value of the card is only text, however it is named."""
    card = SMALL + '"\\e]0;owned\\a\\u202e": 1\n'
    hostile = card.replace("staging", '"\\e[2J\\x9b31m"')
    shown = "".join(map(str, problems(hostile)))
    assert "there is no key" in shown
    assert shown.isprintable()


@pytest.mark.law(8)
def test_law_8_a_problem_does_not_repeat_a_password() -> None:
    """Law 8: passwords inside URLs are redacted in error texts."""
    card = edited("above: 250ms", "above: postgres://bob:hunter2@db/x")
    messages = "\n".join(map(str, problems(card)))
    assert "not a limit" in messages
    assert "hunter2" not in messages
