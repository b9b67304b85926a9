"""The kinds of step: a command, a check, a traffic shift, a hold, a confirmation, the report.

A key of its own tells what a step is, as `run:` or `hold:`. Checks are defined in `checks/`.
"""

from enum import StrEnum
from typing import Annotated, Any, Literal

from msgspec import Meta

from checks.core.base import CardEntry, Check
from checks.core.units import Share, Span, Text
from checks.registry import AnyCheck
from cockpit.card.model.monitors import AnyMonitor

KINDS = ("check", "run", "traffic", "hold", "confirm", "report")
"""The check comes first: a `check: command` has the key `run` as well."""


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


class Run(CardEntry, frozen=True, kw_only=True):
    """An action: a command, run at most once; done when its `verify` check observes the effect."""

    run: Annotated[Text, Meta(description="the command; without a shell unless `shell: true`")]
    shell: Annotated[bool, Meta(description="hand the command to /bin/sh")] = False
    expect: Annotated[str | None, Meta(description="a text that its output must contain")] = None
    lasts_as: Annotated[
        Text | None,
        Meta(
            description="the id of a `restore` check: once that has measured how long a restore"
            " takes, this is expected to take as long, in place of `about`"
        ),
    ] = None
    timeout: Annotated[Span, Meta(description="then it is stopped, and has failed")] = 600.0
    grace: Annotated[Span, Meta(description="from the request to stop until it is killed")] = 10.0
    changes: Annotated[
        Part | None, Meta(description="the part that it changes, which a rollback then restores")
    ] = None
    verify: Annotated[AnyCheck | None, Meta(description="the check that sees its effect")] = None
    within: Annotated[Span, Meta(description="how long the effect may take to be seen")] = 30.0


class Traffic(CardEntry, frozen=True, kw_only=True):
    """An action: give a share of the traffic to the canary; done when that share is observed."""

    traffic: Annotated[Share, Meta(description="the canary's share of the traffic")]
    timeout: Annotated[Span, Meta(description="for the command that shifts the traffic")] = 60.0
    within: Annotated[
        Span,
        Meta(
            description="how long the shift may take to be seen: it takes hold in the first half"
            " of it, and needs some 450 requests from then on"
        ),
    ] = 60.0


class Hold(CardEntry, frozen=True, kw_only=True):
    """Wait, and watch: passes once all it watches had fresh data for so long and is ok."""

    hold: Annotated[
        Span,
        Meta(
            description="how long to wait; time in which a watched monitor is blind does not count"
        ),
    ]
    watch: Annotated[
        tuple[str, ...], Meta(description="the monitors that must be ok; all when left out")
    ] = ()
    on_trip: Annotated[
        OnTrip,
        Meta(
            description="what happens when a watched monitor trips: the operator is asked, or not"
        ),
    ] = OnTrip.ASK
    patience: Annotated[
        Span,
        Meta(description="how long past its end it makes up for blind time, and waits for ok"),
    ] = 120.0


class Confirm(CardEntry, frozen=True, kw_only=True):
    """A person's word, given by name."""

    confirm: Annotated[Text, Meta(description="what the person vouches for")]


class Report(CardEntry, frozen=True, kw_only=True):
    """Write the report from the journal."""

    report: Annotated[Literal["markdown"], Meta(description="the form of the report")]


class Prove(CardEntry, frozen=True, kw_only=True):
    """A test trip of a monitor: no card has it, the plan adds one for each monitor."""

    monitor: AnyMonitor


AnyStep = Run | AnyCheck | Traffic | Hold | Confirm | Report
Step = Run | Check | Traffic | Hold | Confirm | Report | Prove


def kind(raw: dict[str, Any]) -> str | None:
    """Return the kind of a raw step by the key that it has; None if it has none of them."""
    return next((name for name in KINDS if name in raw), None)
