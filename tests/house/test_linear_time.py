"""No text, however hostile, takes more than linear time: four times the text, four times the time.

Each pattern of the code is tried as the code uses it, on text that begins to match again and
again. Seconds are not asserted: a text is compared with a shorter one of its kind, in the
processor time of this thread.
"""

import re
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from checks.logs.detectors import find_personal_data
from checks.pg.sql_redaction import redact_query
from checks.process.captured_output import CapturedOutput
from checks.process.command_faults import no_effect, placeholder, shell_fault
from checks.process.visible_secret import visible_secret
from checks.secrets import fault
from cockpit.foundation.redaction import Redactor, clean, evidence, sanitize
from cockpit.monitors.exposition import parse
from tests.house.imports import modules

SHORT, LONG = 1_000, 4_000
AT_MOST = 9.0
"""Times as long for four times the text: linear is 4, quadratic 16."""

SEARCHING = {"search", "sub", "subn", "findall", "finditer", "split"}
PATCHES_THE_PROCESS = ("checks.loadgen.child", "cockpit.cli.__main__", "cockpit.__main__")
WORDS = (
    *("a", "A", "1", "a1", " ", "\t", "\n", "a ", "-", "--", "-a ", "_", ".", "a.", "1.", "1,"),
    *(
        "a_",
        "/",
        "//",
        ":",
        "://",
        "a://",
        "://a:",
        "a:",
        "@",
        "a@a.",
        "%40",
        "$",
        "${",
        "${a",
        "{",
    ),
    *("{{", "{{ a", "{a", "<", "<A", "<a ", "[", "[!a", "(", "\\", "'", '"', "a=", 'a="', "=", "&"),
    *(
        "#",
        "# ",
        "# TYPE ",
        "\n# TYPE a ",
        "E'",
        "$$",
        "/*",
        "--\n",
        "\x1b[",
        "\x1b]",
        "\x1b",
        "\r",
    ),
    *(
        "authorization: bearer ",
        "authorization:",
        "bearer ",
        "bearer a1",
        "password=",
        "pwd",
        "+49 ",
    ),
    *("eyJa", "eyJabcdef.", "eyJabcdef.abcdef.", "no-", "api-", "YYYY", "x-", "é", "5", "0x", "1e"),
    *("process_start_time_seconds{", "a_total{", 'a{b="c",', 'a="\\"', "{}", "1h", "1 h ", "•••"),
)


def _captured(text: str) -> object:
    output = CapturedOutput(re.compile("passed"))
    output.feed(text.encode())
    output.end()
    return output.last()


REDACTOR = Redactor({"TOKEN": "hunter2secret", "DB": "postgres://app:s3cret@db/x"})
PARSERS: dict[str, Callable[[str], object]] = {
    "redact": REDACTOR.redact,
    "sanitize": lambda text: sanitize(text, REDACTOR),
    "evidence": lambda text: evidence(text, REDACTOR),
    "clean": clean,
    "a page of metrics": lambda text: parse(f"a_total{text}\n{text}\n", ["a"]),
    "personal data": lambda text: [*find_personal_data(text, "DE")],
    "output": _captured,
    "SQL": redact_query,
    "a placeholder": placeholder,
    "a shell": shell_fault,
    "an effect": lambda text: no_effect(text, shell=True),
    "a secret in a command": lambda text: visible_secret(text, shell=True),
    "a secret": lambda text: fault("A", {"A": text}),
}


def seconds(does: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    does(text)
    return time.thread_time() - began


def steepness(does: Callable[[str], object], word: str) -> float:
    """Return how many times as long the long text takes; the best of some tries."""
    short, long = ((word * (most // len(word)) + "\0!") for most in (SHORT, LONG))
    best = short_s = long_s = float("inf")
    for _ in range(6):
        short_s = min(short_s, *(seconds(does, short) for _ in range(3)))
        long_s = min(long_s, seconds(does, long))
        best = min(best, long_s / max(short_s, 5e-5))
        if best < AT_MOST:
            break
    return best


def steep(does: Callable[[str], object]) -> list[str]:
    return [word for word in WORDS if steepness(does, word) >= AT_MOST]


def patterns() -> Iterator[tuple[str, re.Pattern[Any], set[str]]]:
    """Yield each pattern that a module compiles: its name, itself, and the methods called."""
    sources = "".join(path.read_text(encoding="utf-8") for path in modules().values())
    for name, path in modules().items():
        source = path.read_text(encoding="utf-8")
        if "re.compile(" not in source or name.startswith(PATCHES_THE_PROCESS):
            continue
        for key, value in vars(import_module(name)).items():
            several = value if isinstance(value, tuple) else (value,)
            found = [one for one in several if isinstance(one, re.Pattern)]
            found += [one[0] for one in several if _is_pair(one)]
            where = source if key.startswith("_") else sources
            called = set(re.findall(rf"\b{key}\.(\w+)\b", where if found else ""))
            yield from ((f"{name}.{key}", one, called or {"search"}) for one in found)


def _is_pair(value: object) -> bool:
    return isinstance(value, tuple) and bool(value) and isinstance(value[0], re.Pattern)


@pytest.mark.law(12)
def test_law_12_no_pattern_of_the_code_takes_more_than_linear_time() -> None:
    """Write possessive (`++`) or bounded (`{0,64}`) repetitions, or find a word before it."""
    found = [*patterns()]
    assert len(found) > 80
    wrong = {
        name: bad
        for name, pattern, called in found
        if (bad := steep(pattern.search if called & SEARCHING else pattern.fullmatch))
    }
    assert wrong == {}


@pytest.mark.law(12)
@pytest.mark.parametrize("parser", PARSERS)
def test_no_parser_takes_more_than_linear_time(parser: str) -> None:
    assert steep(PARSERS[parser]) == []


@pytest.mark.parametrize(("pattern", "word"), [(r"\w+://", "a"), (r"<.*>", "<"), (r"\d*x", "1")])
def test_a_quadratic_one_is_found(pattern: str, word: str) -> None:
    search = re.compile(pattern).search
    assert max(steepness(search, word) for _ in range(3)) >= AT_MOST
