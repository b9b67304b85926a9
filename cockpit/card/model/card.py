"""The card as a whole."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, assert_never

from msgspec import Meta, Struct, field

from checks.core.base import Target
from checks.core.units import Span, Text, Variable
from checks.registry import AnyCheck
from cockpit.card.model.breakers import Breaker
from cockpit.card.model.monitors import AnyMonitor
from cockpit.card.model.routers import DEFAULT_ROUTER, Router
from cockpit.card.model.steps import AnyStep, Part

_INSTANT = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})$"


def instant(value: Any) -> datetime:
    """Parse an instant with an offset into UTC; raises ValueError with an example if malformed."""
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
    """A part of the card that is not an entry of a list."""


class Environment(StrEnum):
    """Where the cutover takes place; each has its own look."""

    PRODUCTION = "production"
    STAGING = "staging"
    REHEARSAL = "rehearsal"


class Versions(_Section, frozen=True, kw_only=True):
    """The version that is live now, and the one to go live."""

    stable: Annotated[
        Text, Meta(description="the version that is live, and that a rollback returns to")
    ]
    canary: Annotated[Text, Meta(description="the version to go live")]


class CutoverWindow(_Section, frozen=True, kw_only=True):
    """When the cutover may take place: two instants, or a length from the start of the run."""

    opens: Annotated[Instant | None, Meta(description="its first instant")] = None
    closes: Annotated[Instant | None, Meta(description="its last instant")] = None
    lasts: Annotated[Span | None, Meta(description="its length, in place of the instants")] = None

    def bounds(self, started: datetime) -> tuple[datetime, datetime]:
        """Return the opening and the closing of the window for a run started at `started`."""
        opens = self.opens or started
        return opens, self.closes or opens + timedelta(seconds=self.lasts or 0)


class Phase(_Section, frozen=True, kw_only=True):
    """One phase of the cutover, with its steps in order."""

    phase: Annotated[
        str,
        Meta(
            pattern=r"^T[+-][0-9]+$",
            description="the phase's T-point in minutes, as T-30, T-0 or T+60",
        ),
    ]
    title: Annotated[Text, Meta(description="the phase's name, beside its T-point")]
    steps: Annotated[Steps, Meta(min_length=1, description="the steps, in this order")]


class Rollback(_Section, frozen=True, kw_only=True):
    """How each part is rolled back; what was not changed is left alone."""

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
    """What must still hold some time after the end."""

    window: Annotated[Span, Meta(description="how long after the end")] = 86400.0
    items: Annotated[Steps, Meta(description="what must hold")] = ()


class Card(_Section, frozen=True, kw_only=True):
    """A go-live card, version 1."""

    cockpit: Annotated[Literal[1], Meta(description="the version of this format")]
    service: Annotated[
        str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="the name of what goes live")
    ]
    environment: Annotated[Environment, Meta(description="where the cutover takes place")]
    versions: Annotated[
        Versions, Meta(description="the version that is live, and the one to go live")
    ]
    window: Annotated[CutoverWindow, Meta(description="when steps may act")]
    target: Annotated[Target, Meta(description="where the service is")] = Target()
    secrets: Annotated[
        tuple[Variable, ...],
        Meta(description="environment variables whose values are never shown"),
    ] = ()
    traffic: Annotated[
        Router | None,
        Meta(
            description="how traffic is shifted and seen",
            extra={"default_tag": DEFAULT_ROUTER},
        ),
    ] = None
    preflight: Annotated[
        Steps, Meta(min_length=1, description="the checks that must all pass before T-30")
    ]
    phases: Annotated[
        tuple[Phase, ...],
        Meta(min_length=1, description="the phases of the cutover, in the order of time"),
    ]
    monitors: Annotated[
        tuple[AnyMonitor, ...],
        Meta(description="what is watched all the time; the preflight proves each by a test trip"),
    ] = ()
    breakers: Annotated[
        tuple[Breaker, ...], Meta(description="emergency actions on function keys")
    ] = ()
    rollback: Annotated[Rollback, Meta(description="how to roll back, part by part")] = Rollback()
    done: Annotated[Groups, Meta(description="what makes it done, by group")] = field(
        default_factory=dict
    )
    success: Annotated[Success, Meta(description="what must still hold a day later")] = Success()
    drumbeat: Annotated[
        Groups, Meta(description="what is checked in the days after, by rhythm")
    ] = field(default_factory=dict)
