"""The card as a whole."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from checks.base import Entry
from checks.kinds import AnyCheck
from checks.units import Duration
from cockpit.card.monitors import AnyMonitor
from cockpit.card.steps import AnyStep, Part

_INSTANT = r"^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})$"


def instant(value: Any) -> datetime:
    """Read an instant with its offset, in UTC; raises ValueError with what would be right."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and re.fullmatch(_INSTANT, value, re.ASCII):
        with suppress(ValueError, OverflowError):
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
    raise ValueError(
        f"{value!r} is not an instant: write day, time and offset, as 2027-03-01T02:00Z"
    )


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(instant),
    WithJsonSchema({"type": "string", "pattern": _INSTANT, "examples": ["2027-03-01T02:00Z"]}),
]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Group = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,23}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Environment(StrEnum):
    """Where the cutover takes place; each has its own look."""

    PRODUCTION = "production"
    STAGING = "staging"
    REHEARSAL = "rehearsal"


class Versions(_Section):
    """What is live now and what is to go live."""

    stable: str = Field(min_length=1, description="the version that is live, and is gone back to")
    canary: str = Field(min_length=1, description="the version that is to go live")


class Window(_Section):
    """When the cutover may take place: two instants, or a length counted from the run's start."""

    opens: Instant | None = Field(None, description="its first instant")
    closes: Instant | None = Field(None, description="its last instant")
    lasts: Duration | None = Field(None, gt=0, description="its length, in place of the instants")

    def bounds(self, started: datetime) -> tuple[datetime, datetime]:
        """Give opening and closing of a run that was started at `started`."""
        opens = self.opens or started
        return opens, self.closes or opens + timedelta(seconds=self.lasts or 0)


class TargetSection(_Section):
    """Where the service is; each text may hold `${NAME}`."""

    url: str = Field("", description="where the service answers; paths are joined to it")
    database: str = Field("", description="the address of its PostgreSQL")
    openapi: str = Field("", description="its OpenAPI document, seen from the card's folder")
    token: str = Field("", description="a bearer token, from the environment")


class Observe(_Section):
    """How the canary's share of the traffic is seen: a counter on a `/metrics` page, by version."""

    url: str = Field(min_length=1, description="where the page is")
    counter: str = Field(min_length=1, description="counts requests; without its _total")
    label: str = Field("version", min_length=1, description="the label that names the version")
    requests: int = Field(100, ge=1, description="as many requests are counted before it is judged")


class Router(_Section):
    """How traffic is shifted, and how the shift is observed."""

    router: Literal["command"] = Field("command", description="the kind of router")
    set: str = Field(description="the command; `{percent}` becomes the canary's share")
    observe: Observe = Field(description="where the shift is seen")


class Phase(_Section):
    """One phase of the cutover, with its steps in order."""

    phase: str = Field(
        pattern=r"^T[+-][0-9]+$", description="T-30, T-0, T+60: its T-point in minutes"
    )
    title: str = Field(min_length=1, description="its name, beside its T-point")
    steps: tuple[AnyStep, ...] = Field(min_length=1, description="what is done, in this order")


class Breaker(Entry):
    """An emergency action on a function key: armed, fired, and verified by observing its effect."""

    breaker: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="the breaker's name")
    key: Annotated[str, Field(pattern=r"^f[2-9]$", description="f2 to f9")]
    run: str | None = Field(None, description="the command; `{endpoint}` becomes what was picked")
    rollback: Literal["traffic", "all"] | None = Field(
        None, description="or the plan that it fires"
    )
    takes: Literal["endpoint"] | None = Field(None, description="what the operator picks first")
    changes: str = Field("", description="what it changes for the users, in words")
    verify: AnyCheck | None = Field(None, description="the check that sees its effect")
    timeout: Duration = Field(60.0, gt=0, description="for the command")
    within: Duration = Field(30.0, gt=0, description="how long the effect may take to be seen")


class Rollback(_Section):
    """How each part is brought back; what was not changed is left alone."""

    healthy: AnyCheck | None = Field(None, description="the stable side, before traffic goes there")
    traffic: tuple[AnyStep, ...] = Field((), description="everyone back on the stable version")
    application: tuple[AnyStep, ...] = Field((), description="the application as it was")
    database: tuple[AnyStep, ...] = Field((), description="the database as it was")

    def of(self, part: Part) -> tuple[AnyStep, ...]:
        """Give the steps that bring `part` back."""
        steps: tuple[AnyStep, ...] = getattr(self, part.value)
        return steps


class Success(_Section):
    """What must still hold a while after the end."""

    window: Duration = Field(86400.0, gt=0, description="how long after the end")
    items: tuple[AnyStep, ...] = Field((), description="what must hold")


class Card(_Section):
    """A go-live card, version 1."""

    cockpit: Literal[1] = Field(description="the version of this format")
    service: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="what goes live")
    environment: Environment = Field(description="where")
    versions: Versions = Field(description="from which version to which")
    window: Window = Field(description="when")
    target: TargetSection = Field(TargetSection(), description="where the service is")
    secrets: tuple[Variable, ...] = Field(
        (), description="environment variables whose values are never shown"
    )
    traffic: Router | None = Field(None, description="how traffic is shifted and seen")
    preflight: tuple[AnyStep, ...] = Field(min_length=1, description="all must pass before T-30")
    phases: tuple[Phase, ...] = Field(min_length=1, description="the cutover, in the order of time")
    monitors: tuple[AnyMonitor, ...] = Field((), description="what is watched all the time")
    breakers: tuple[Breaker, ...] = Field((), description="emergency actions on function keys")
    rollback: Rollback = Field(Rollback(), description="the way back, part by part")
    done: dict[Group, tuple[AnyStep, ...]] = Field(
        default_factory=dict, description="what makes it done, by group"
    )
    success: Success = Field(Success(), description="what must still hold a day later")
    drumbeat: dict[Group, tuple[AnyStep, ...]] = Field(
        default_factory=dict, description="what is looked at in the days after, by rhythm"
    )
