"""The faults that a rehearsal can inject, and the scenarios made of them, as data.

To add a fault: add its member to `Fault`, with all its values, and run
`tests/rehearsal/test_scenarios.py`, which names every other place that the fault needs.
"""

from enum import Enum, StrEnum, auto
from typing import Self

from msgspec import Struct

from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError


class InjectionPoint(Enum):
    """The part of the rehearsal that injects a fault, and when the fault takes effect."""

    CANARY = auto()
    """The service, in requests to the canary, while the canary has traffic."""

    ROUTER = auto()
    """The router, at once or after the first requests to the canary."""

    SCRIPT = auto()
    """A command of the card, the next time it runs."""

    WORKSPACE = auto()
    """The files of the workspace, which are written when the rehearsal starts."""


class ExpectedDecision(StrEnum):
    """The decision that the cockpit should reach in a scenario."""

    GO = "GO"
    NO_GO = "NO-GO"
    HOLD = "HOLD"


class Fault(StrEnum):
    """One thing that can be made to go wrong. The value is its name everywhere it is shown.

    A member has its name, its injection point, the decision that the cockpit should reach when
    this fault alone is injected, and one sentence about it.
    """

    injection_point: InjectionPoint
    expected: ExpectedDecision
    sentence: str

    def __new__(
        cls, name: str, injection_point: InjectionPoint, expected: ExpectedDecision, sentence: str
    ) -> Self:
        """Build a member whose value is `name`."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.injection_point = injection_point
        member.expected = expected
        member.sentence = sentence
        return member

    LATENCY_AT_CANARY = (
        "latency-at-canary",
        InjectionPoint.CANARY,
        ExpectedDecision.NO_GO,
        "The canary answers in 300 to 450 ms as soon as it gets traffic.",
    )
    ERRORS_AT_CANARY = (
        "errors-at-canary",
        InjectionPoint.CANARY,
        ExpectedDecision.NO_GO,
        "The canary answers one request in five with a 5xx as soon as it gets traffic.",
    )
    METRICS_GONE = (
        "metrics-gone",
        InjectionPoint.ROUTER,
        ExpectedDecision.HOLD,
        "The metrics vanish once the canary has served three dozen requests, and stay away.",
    )
    HUNG_TARGET = (
        "hung-target",
        InjectionPoint.ROUTER,
        ExpectedDecision.HOLD,
        "Once the canary has served three dozen requests, the public port never answers.",
    )
    FAILING_STEP = (
        "failing-step",
        InjectionPoint.SCRIPT,
        ExpectedDecision.NO_GO,
        "The migration at T-10 waits for a lock until it times out, and exits with 1.",
    )
    FAILING_BACKUP = (
        "failing-backup",
        InjectionPoint.SCRIPT,
        ExpectedDecision.NO_GO,
        "The newest backup cannot be restored.",
    )
    AUTH_STORM = (
        "auth-storm",
        InjectionPoint.ROUTER,
        ExpectedDecision.NO_GO,
        "Clients with a wrong clock send ten expired tokens a second.",
    )
    AUTH_BYPASS = (
        "auth-bypass",
        InjectionPoint.CANARY,
        ExpectedDecision.NO_GO,
        "The canary answers public operations without a token.",
    )
    SLOW_QUERY = (
        "slow-query",
        InjectionPoint.CANARY,
        ExpectedDecision.NO_GO,
        "One request in ten at the canary runs a query of 1.5 s.",
    )
    POOL_EXHAUSTION = (
        "pool-exhaustion",
        InjectionPoint.CANARY,
        ExpectedDecision.NO_GO,
        "The canary takes database connections and does not give them back.",
    )
    PII_IN_LOG = (
        "pii-in-log",
        InjectionPoint.CANARY,
        ExpectedDecision.NO_GO,
        "The canary writes its customers' e-mail addresses into the access log.",
    )
    BREAKING_SCHEMA = (
        "breaking-schema",
        InjectionPoint.WORKSPACE,
        ExpectedDecision.NO_GO,
        "The new document removes a field from a response that clients read.",
    )
    GHOST_ROUTE = (
        "ghost-route",
        InjectionPoint.WORKSPACE,
        ExpectedDecision.NO_GO,
        "The code has a route that is in no document.",
    )


def fault_named(name: object) -> Fault:
    """Return the fault called `name`; raises ValueError, which lists the known names."""
    for fault in Fault:
        if fault.value == name:
            return fault
    raise ValueError(f"name must be one of {', '.join(Fault)}, not {name!r}")


class Scenario(Struct, frozen=True):
    """A named rehearsal: its faults, one sentence about them, and the decision to expect."""

    name: str
    sentence: str
    expected: ExpectedDecision
    faults: tuple[Fault, ...] = ()


CALM = Scenario("calm", "Nothing goes wrong.", ExpectedDecision.GO)

SCENARIOS: tuple[Scenario, ...] = (
    CALM,
    *(Scenario(fault.value, fault.sentence, fault.expected, (fault,)) for fault in Fault),
)


def scenario(name: str) -> Scenario:
    """Return the scenario called `name`; raises RehearsalError, which lists the known names."""
    for known in SCENARIOS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in SCENARIOS)
    raise RehearsalError(f"there is no scenario {name!r}; the scenarios are {names}")
