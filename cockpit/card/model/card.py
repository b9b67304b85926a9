"""The card as a whole."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, assert_never

from msgspec import Meta, Struct, field

from checks.core.base import CardEntry, Target
from checks.core.units import Span, Text, Variable
from checks.registry import AnyCheck
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.steps import AnyStep, Part

_INSTANT = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})$"


def instant(value: Any) -> datetime:
    """Read an instant with its offset, in UTC; raises ValueError with what would be right."""
    if isinstance(value, str) and re.fullmatch(_INSTANT, value, re.ASCII):
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    raise ValueError(
        f"{value!r} is not an instant: write day, time and offset, as 2027-03-01T02:00Z"
    )


Instant = Annotated[
    datetime,
    Meta(
        extra={"read": instant},
        extra_json_schema={
            "type": "string",
            "pattern": _INSTANT,
            "examples": ["2027-03-01T02:00Z"],
        },
    ),
]
Group = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$")]
Steps = tuple[AnyStep, ...]
Groups = dict[Group, Steps]


class _Section(Struct, frozen=True, kw_only=True):
    """A part of the card that is no entry of a list."""


class Environment(StrEnum):
    """Where the cutover takes place; each has its own look."""

    PRODUCTION = "production"
    STAGING = "staging"
    REHEARSAL = "rehearsal"


class Versions(_Section, frozen=True, kw_only=True):
    """What is live now and what is to go live."""

    stable: Annotated[Text, Meta(description="the version that is live, and is gone back to")]
    canary: Annotated[Text, Meta(description="the version that is to go live")]


class CutoverWindow(_Section, frozen=True, kw_only=True):
    """When the cutover may take place: two instants, or a length counted from the run's start."""

    opens: Annotated[Instant | None, Meta(description="its first instant")] = None
    closes: Annotated[Instant | None, Meta(description="its last instant")] = None
    lasts: Annotated[Span | None, Meta(description="its length, in place of the instants")] = None

    def bounds(self, started: datetime) -> tuple[datetime, datetime]:
        """Give opening and closing of a run that was started at `started`."""
        opens = self.opens or started
        return opens, self.closes or opens + timedelta(seconds=self.lasts or 0)


class Observe(_Section, frozen=True, kw_only=True):
    """How the canary's share of the traffic is seen: a counter on a `/metrics` page, by version."""

    url: Annotated[Text, Meta(description="where the page is")]
    counter: Annotated[Text, Meta(description="counts requests; without its _total")]
    label: Annotated[Text, Meta(description="the label that names the version")] = "version"
    requests: Annotated[
        int, Meta(ge=1, description="as many requests are counted before it is judged")
    ] = 100


class Router(_Section, frozen=True, kw_only=True):
    """How traffic is shifted, and how the shift is observed."""

    router: Annotated[Literal["command"], Meta(description="the kind of router")] = "command"
    set: Annotated[str, Meta(description="the command; `{percent}` becomes the canary's share")]
    observe: Annotated[Observe, Meta(description="where the shift is seen")]


class Phase(_Section, frozen=True, kw_only=True):
    """One phase of the cutover, with its steps in order."""

    phase: Annotated[
        str,
        Meta(pattern=r"^T[+-][0-9]+$", description="T-30, T-0, T+60: its T-point in minutes"),
    ]
    title: Annotated[Text, Meta(description="its name, beside its T-point")]
    steps: Annotated[Steps, Meta(min_length=1, description="what is done, in this order")]


class Breaker(CardEntry, frozen=True, kw_only=True):
    """An emergency action on a function key: armed, fired, and verified by observing its effect."""

    breaker: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the breaker's name")]
    key: Annotated[str, Meta(pattern=r"^f[2-9]$", description="f2 to f9")]
    run: Annotated[
        str | None, Meta(description="the command; `{endpoint}` becomes what was picked")
    ] = None
    rollback: Annotated[
        Literal["traffic", "all"] | None, Meta(description="or the plan that it fires")
    ] = None
    takes: Annotated[
        Literal["endpoint"] | None, Meta(description="what the operator picks first")
    ] = None
    changes: Annotated[str, Meta(description="what it changes for the users, in words")] = ""
    verify: Annotated[AnyCheck | None, Meta(description="the check that sees its effect")] = None
    timeout: Annotated[Span, Meta(description="for the command")] = 60.0
    within: Annotated[Span, Meta(description="how long the effect may take to be seen")] = 30.0


class Rollback(_Section, frozen=True, kw_only=True):
    """How each part is brought back; what was not changed is left alone."""

    healthy: Annotated[
        AnyCheck | None, Meta(description="the stable side, before traffic goes there")
    ] = None
    traffic: Annotated[Steps, Meta(description="everyone back on the stable version")] = ()
    application: Annotated[Steps, Meta(description="the application as it was")] = ()
    database: Annotated[Steps, Meta(description="the database as it was")] = ()

    def steps(self, part: Part) -> Steps:
        """Return the steps that roll `part` back."""
        match part:
            case Part.TRAFFIC:
                return self.traffic
            case Part.APPLICATION:
                return self.application
            case Part.DATABASE:
                return self.database
            case _:
                assert_never(part)


class Success(_Section, frozen=True, kw_only=True):
    """What must still hold a while after the end."""

    window: Annotated[Span, Meta(description="how long after the end")] = 86400.0
    items: Annotated[Steps, Meta(description="what must hold")] = ()


class Card(_Section, frozen=True, kw_only=True):
    """A go-live card, version 1."""

    cockpit: Annotated[Literal[1], Meta(description="the version of this format")]
    service: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="what goes live")
    ]
    environment: Annotated[Environment, Meta(description="where")]
    versions: Annotated[Versions, Meta(description="from which version to which")]
    window: Annotated[CutoverWindow, Meta(description="when")]
    target: Annotated[Target, Meta(description="where the service is")] = Target()
    secrets: Annotated[
        tuple[Variable, ...],
        Meta(description="environment variables whose values are never shown"),
    ] = ()
    traffic: Annotated[Router | None, Meta(description="how traffic is shifted and seen")] = None
    preflight: Annotated[Steps, Meta(min_length=1, description="all must pass before T-30")]
    phases: Annotated[
        tuple[Phase, ...], Meta(min_length=1, description="the cutover, in the order of time")
    ]
    monitors: Annotated[
        tuple[AnyMonitor, ...], Meta(description="what is watched all the time")
    ] = ()
    breakers: Annotated[
        tuple[Breaker, ...], Meta(description="emergency actions on function keys")
    ] = ()
    rollback: Annotated[Rollback, Meta(description="the way back, part by part")] = Rollback()
    done: Annotated[Groups, Meta(description="what makes it done, by group")] = field(
        default_factory=dict
    )
    success: Annotated[Success, Meta(description="what must still hold a day later")] = Success()
    drumbeat: Annotated[
        Groups, Meta(description="what is looked at in the days after, by rhythm")
    ] = field(default_factory=dict)
