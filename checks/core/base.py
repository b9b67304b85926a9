"""What every check shares: an outcome with evidence, an entry of the card, and its tools.

A check looks and changes nothing, so it may be repeated at will. Foreign text (bodies, command
output, database errors) may stand raw in a result: whoever records it redacts and cleans it.
"""

from collections.abc import Awaitable, Callable, Mapping
from enum import IntEnum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Protocol

from msgspec import Meta, Struct, field

from checks.core import variables
from checks.core.units import Duration, Span, Text

if TYPE_CHECKING:
    import httpx

USER_AGENT = "cockpit"
"""What all requests of checks and monitors call themselves, but for those of a load."""


class Outcome(StrEnum):
    """What came of a check or an action."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    WAIVED = "waived"


class Result(Struct, frozen=True):
    """An outcome, one line of evidence that a person can act on, and details (a line each)."""

    outcome: Outcome
    evidence: str
    details: tuple[str, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)
    """What was measured, by name, in base units: `dump_s`, `bytes`, `p95_s`."""


class Measurement(Struct, frozen=True):
    """What another check of this run came to, and how many seconds ago."""

    outcome: Outcome
    figures: Mapping[str, float]
    age_s: float


class CheckClock(Protocol):
    """The part of a clock that a check may use."""

    def monotonic(self) -> float:
        """Give seconds since an arbitrary instant; never steps."""

    def sleep(self, seconds: float) -> Awaitable[None]:
        """Wait for `seconds`."""


class Target(Struct, frozen=True, kw_only=True):
    """Where the service is; each text may hold `${NAME}`."""

    url: Annotated[str, Meta(description="where the service answers; paths are joined to it")] = ""
    database: Annotated[str, Meta(description="the address of its PostgreSQL")] = ""
    openapi: Annotated[
        str, Meta(description="its OpenAPI document, seen from the card's folder")
    ] = ""
    token: Annotated[str, Meta(description="a bearer token, from the environment")] = ""


def _nothing(_: str) -> None:
    """Know of no measurement where no run is open."""


def _to_nobody(_: str) -> None:
    """Take what is said where nobody listens."""


def _not_many(timeout_s: float, at_once: int) -> "httpx.AsyncClient":
    raise NotImplementedError("these tools have no client for many requests at once")


def allow_any_host(_: str) -> bool:
    """Tell that a host may be asked, whichever it is."""
    return True


class Tools(Struct, frozen=True):
    """All that a check may touch.

    `folder` is where relative paths of the card start and commands run. `http` makes a client whose
    every request ends within the given seconds; tests put a transport there.
    """

    folder: Path
    env: Mapping[str, str]
    clock: CheckClock
    http: "Callable[[float], httpx.AsyncClient]"
    target: Target = Target()
    measured: Callable[[str], Measurement | None] = _nothing
    """Gives what the check of that id has measured in this run; None for nothing yet."""
    say: Callable[[str], None] = _to_nobody
    """Takes a line on how a look that takes long stands; only the newest one is shown."""
    many: "Callable[[float, int], httpx.AsyncClient]" = _not_many
    """Makes a client as `http` does, for so many requests at once; it keeps no cookie and sends
    nothing a second time. What it imports takes a while: make it in a thread."""
    reaches: Callable[[str], bool] = allow_any_host
    """Tells whether a host may be asked; `http` sees to it itself."""

    def expand(self, text: str) -> str:
        """Return `text` with the value of each `${NAME}`; raises UnsetVariableError."""
        return variables.expand(text, self.env)

    def path(self, text: str) -> Path:
        """Give the path that `text` names, seen from the card's folder."""
        return self.folder / self.expand(text)


class CardEntry(Struct, frozen=True, kw_only=True):
    """What each entry of a card may say of itself, whatever it does.

    The fields' types and what `msgspec.Meta` says of them are all that reads, describes and
    documents a card's entry; an option of another name in the card is `msgspec.field(name=...)`.
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
    """When a check looks, of those that are looked at together."""

    CONCURRENT = 0
    """Beside the others: it disturbs none."""

    EXCLUSIVE = 1
    """By itself, when those have ended: it would disturb what they measure, as a load does."""

    FINAL = 2
    """When all have ended: it reads what they have measured."""


class Check(CardEntry, kw_only=True, frozen=True, tag_field="check"):
    """One question to the target. A subclass adds its tag, its options and `run`."""

    FIGURES: ClassVar[Mapping[str, str]] = {}
    """What it can measure, by name; what each is, and in which unit. A subclass has its own."""

    timeout: Annotated[Span, Meta(description="no answer within this time is unknown")] = 10.0

    def label(self) -> str:
        """Say in a few words what is looked at; the list's title when the card gives none."""
        raise NotImplementedError

    def lasts_s(self) -> float:
        """Give the seconds that it is expected to take; feeds the forecast."""
        return 1.0

    def limit_s(self) -> float:
        """Give the seconds after which there is no answer."""
        return self.timeout

    def scheduling(self) -> Scheduling:
        """Say when it looks."""
        return Scheduling.CONCURRENT

    def figures(self) -> Mapping[str, str]:
        """Give what this one can measure; no result of it has a figure of another name."""
        return self.FIGURES

    async def run(self, tools: Tools) -> Result:
        """Look, and say what was seen; the caller ends it after `limit_s`."""
        raise NotImplementedError
