"""The kinds of step: a command, a check, a traffic shift, a hold, a person's word, the report.

A step says what it is by its first key, as `run:` or `hold:`. Checks stand in `checks/`.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from checks.base import Check, Entry
from checks.kinds import AnyCheck
from checks.units import Duration, Share

KINDS = ("check", "run", "traffic", "hold", "confirm", "report")
"""The check comes first: a `check: command` holds the key `run` as well."""

TAG = "step:"
"""Begins the tags of the union, so that no tag is taken for a key of the card."""


class Part(StrEnum):
    """What a rollback plan can bring back."""

    APPLICATION = "application"
    DATABASE = "database"
    TRAFFIC = "traffic"


class OnTrip(StrEnum):
    """What a hold does when a monitor that it watches trips."""

    ASK = "ask"
    ROLLBACK_TRAFFIC = "rollback traffic"
    ROLLBACK = "rollback"


class Run(Entry):
    """An action: a command, run at most once; done when its `verify` check has seen the effect."""

    run: str = Field(min_length=1, description="the command; without a shell unless `shell: true`")
    shell: bool = Field(False, description="hand the command to /bin/sh")
    expect: str | None = Field(None, description="a text that its output must hold")
    timeout: Duration = Field(600.0, gt=0, description="then it is stopped, and has failed")
    grace: Duration = Field(10.0, gt=0, description="from the request to stop until it is killed")
    changes: Part | None = Field(None, description="what it changes, and a rollback brings back")
    verify: AnyCheck | None = Field(None, description="the check that sees its effect")
    within: Duration = Field(30.0, gt=0, description="how long the effect may take to be seen")


class Traffic(Entry):
    """An action: give a share of the traffic to the canary; done when that share is observed."""

    traffic: Share = Field(description="the canary's share of the traffic")
    timeout: Duration = Field(60.0, gt=0, description="for the command that shifts the traffic")
    within: Duration = Field(60.0, gt=0, description="how long the shift may take to be seen")


class Hold(Entry):
    """Wait, and watch: passes when the time is over and every watched monitor is ok."""

    hold: Duration = Field(gt=0, description="how long")
    watch: tuple[str, ...] = Field(
        (), description="the monitors that must be ok; all when left out"
    )
    on_trip: OnTrip = Field(
        OnTrip.ASK,
        description="what happens when a watched monitor trips: the operator is asked, or not",
    )
    patience: Duration = Field(
        120.0, gt=0, description="how long past its end it waits for a blind or breaching monitor"
    )


class Confirm(Entry):
    """A person's word, given by name."""

    confirm: str = Field(min_length=1, description="what the person vouches for")


class Report(Entry):
    """Write the report from the journal."""

    report: Literal["markdown"] = Field(description="its form")


AnyAction = Run | Traffic
Step = Run | Check | Traffic | Hold | Confirm | Report


def kind(value: Any) -> str | None:
    """Give the kind of a step by the key that it holds; None when it holds none of them."""
    if isinstance(value, dict):
        return next((name for name in KINDS if name in value), None)
    return next((name for name in KINDS if hasattr(value, name)), None)


def _tag(value: Any) -> str | None:
    named = kind(value)
    return TAG + named if named else None


AnyStep = Annotated[
    Annotated[Run, Tag("step:run")]
    | Annotated[AnyCheck, Tag("step:check")]
    | Annotated[Traffic, Tag("step:traffic")]
    | Annotated[Hold, Tag("step:hold")]
    | Annotated[Confirm, Tag("step:confirm")]
    | Annotated[Report, Tag("step:report")],
    Discriminator(
        _tag,
        custom_error_type="step_kind",
        custom_error_message="a step has one of the keys " + ", ".join(KINDS),
    ),
]
