"""The base of every check: `Check`, the `Result` that it returns, and the `Tools` it may use.

docs/architecture.md lists what belongs to a new check. Its own file in `checks/` holds a subclass
of `Check` with a tag, its options as annotated fields, a `label`, and `run`. In `run`:

- reach the outside only through `tools`: they bound every request, and tests replace them;
- return PASSED only for what was measured and is right, FAILED for what was measured and is wrong,
  UNKNOWN for everything else: no response, no data, an unreadable file;
- let a `CheckError` pass (checks/core/errors.py): `run_check` turns it into an unknown result;
- put one line into `evidence` that an operator can act on, with the measured value and its limit;
- change nothing at the target: a check may be repeated at any time.

A result may quote foreign text (bodies, command output, database errors) as it came: the code that
records the result redacts secrets and escapes control characters.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Protocol

from msgspec import Meta, Struct, field

from checks.core import variables
from checks.core.units import Duration, Span, Text

if TYPE_CHECKING:
    import httpx

USER_AGENT = "cockpit"
"""The User-Agent of every request of checks and monitors, except those of a load."""


class Outcome(StrEnum):
    """How a check or an action ended; a check itself returns one of the first three."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    WAIVED = "waived"


class Result(Struct, frozen=True):
    """What a check returns: an outcome, one line of evidence to act on, details of a line each."""

    outcome: Outcome
    evidence: str
    details: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    """The measured values by name, in base units: `dump_s`, `bytes`, `p95_s`. NaN and infinity are
    dropped."""


class Measurement(Struct, frozen=True):
    """The result of another check of this run, and its age in seconds."""

    outcome: Outcome
    figures: Mapping[str, float]
    age_s: float


class CheckClock(Protocol):
    """The part of a clock that a check may use."""

    def monotonic(self) -> float:
        """Return seconds since an arbitrary instant; never steps."""

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait for `seconds`."""


class Target(Struct, frozen=True, kw_only=True):
    """The service that is cut over; each text may hold `${NAME}`."""

    url: Annotated[str, Meta(description="where the service answers; paths are joined to it")] = ""
    database: Annotated[str, Meta(description="the address of its PostgreSQL")] = ""
    openapi: Annotated[
        str, Meta(description="its OpenAPI document, seen from the card's folder")
    ] = ""
    token: Annotated[str, Meta(description="a bearer token, from the environment")] = ""


def _no_measurement(_: str) -> None:
    """Return no measurement (the default `measured`: no run is open)."""


def _discard(_: str) -> None:
    """Discard progress messages (the default `say`)."""


def _no_pool(timeout_s: float, at_once: int) -> "httpx.AsyncClient":
    raise NotImplementedError("these tools have no client for many requests at once")


def allow_any_host(_: str) -> bool:
    """Return True for every host (the default `reaches`)."""
    return True


class Tools(Struct, frozen=True):
    """Everything a check may use to reach the outside; tests replace each part of it."""

    folder: Path
    """The card's folder: relative paths start here, commands run here."""
    env: Mapping[str, str]
    """The environment that `${NAME}` is taken from and commands run in."""
    clock: CheckClock
    http: "Callable[[float], httpx.AsyncClient]"
    """Makes an HTTP client whose every request ends within the given seconds. Send requests with
    `checks.web.http_client`, which bounds the response and words the errors."""
    target: Target = Target()
    measured: Callable[[str], Measurement | None] = _no_measurement
    """Returns what the check with that id measured in this run; None if it did not run yet."""
    say: Callable[[str], None] = _discard
    """Reports progress of a long check; only the latest line is displayed."""
    many: "Callable[[float, int], httpx.AsyncClient]" = _no_pool
    """Makes a client like `http` for that many concurrent requests; it keeps no cookies and never
    sends a request again. What it imports takes a while: call it in a thread."""
    reaches: Callable[[str], bool] = allow_any_host
    """Whether a host may be contacted; call it before connecting otherwise than with `http`."""

    def expand(self, text: str) -> str:
        """Return `text` with the value of each `${NAME}`; raises UnsetVariableError."""
        return variables.expand(text, self.env)

    def path(self, text: str) -> Path:
        """Return the path `text`, relative to the card's folder. Raises UnsetVariableError."""
        return self.folder / self.expand(text)


class CardEntry(Struct, frozen=True, kw_only=True):
    """The keys that every entry of a card may have.

    The reader, the JSON Schema and the pages in `docs/` are derived from the types of the fields,
    and their `msgspec.Meta`; `msgspec.field(name=...)` gives an option another name in the card.
    """

    id: Annotated[
        Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9.+-]*$")] | None,
        Meta(description="a name to call it by; made from the title when left out"),
    ] = None
    title: Annotated[Text | None, Meta(description="what the list on the screen calls it")] = None
    about: Annotated[
        Duration | None, Meta(description="how long it is expected to take; feeds the forecast")
    ] = None
    fresh_for: Annotated[
        Span | None, Meta(description="a result older than this is stale, and counts no longer")
    ] = None


class Scheduling(IntEnum):
    """When a check runs, relative to the checks that are run together with it."""

    CONCURRENT = 0
    """Together with the others: it disturbs none of them."""

    EXCLUSIVE = 1
    """Alone, after the concurrent ones: it would disturb what they measure, as a load does."""

    FINAL = 2
    """After all others: it reads what they measured."""


class Check(CardEntry, kw_only=True, frozen=True, tag_field="check"):
    """One question to the target. A subclass has its tag, its options, `label` and `run`.

    The subclass's docstring becomes its part of `docs/checks.md`: what is right, then a paragraph
    each on what is `Failed:` and what is `Unknown:`. A class without `label` or `run` raises
    TypeError when it is defined.
    """

    FIGURES: ClassVar[Mapping[str, str]] = {}
    """Every figure that a result may have, by name: what it is, and its unit."""

    timeout: Annotated[Span, Meta(description="no answer within this time is unknown")] = 10.0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        missing = [name for name in ("label", "run") if getattr(cls, name) is getattr(Check, name)]
        if missing:
            raise TypeError(f"the check {cls.__name__} does not define {' and '.join(missing)}")

    def label(self) -> str:
        """Return what is checked in a few words; it is the title of an entry without one."""
        raise NotImplementedError

    def lasts_s(self) -> float:
        """Return how many seconds it is expected to take; feeds the forecast."""
        return 1.0

    def limit_s(self) -> float:
        """Return after how many seconds `run` is cancelled and the result is unknown."""
        return self.timeout

    def scheduling(self) -> Scheduling:
        """Return when it runs, relative to others."""
        return Scheduling.CONCURRENT

    def figures(self) -> Mapping[str, str]:
        """Return the figures that this check can measure; a result has no others."""
        return self.FIGURES

    async def run(self, tools: Tools) -> Result:
        """Measure and judge; the caller cancels it after `limit_s`."""
        raise NotImplementedError
