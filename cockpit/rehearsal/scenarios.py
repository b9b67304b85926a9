"""The faults a rehearsal can inject, and the scenarios made of them, as data."""

from enum import StrEnum

from msgspec import Struct

from cockpit.rehearsal.protocol.rehearsal_errors import RehearsalError


class Fault(StrEnum):
    """One thing that can be made to go wrong in the world. The value is its name on every face."""

    LATENCY_AT_CANARY = "latency-at-canary"
    ERRORS_AT_CANARY = "errors-at-canary"
    METRICS_GONE = "metrics-gone"
    HUNG_TARGET = "hung-target"
    FAILING_STEP = "failing-step"
    FAILING_BACKUP = "failing-backup"
    AUTH_STORM = "auth-storm"
    AUTH_BYPASS = "auth-bypass"
    SLOW_QUERY = "slow-query"
    POOL_EXHAUSTION = "pool-exhaustion"
    PII_IN_LOG = "pii-in-log"
    BREAKING_SCHEMA = "breaking-schema"
    GHOST_ROUTE = "ghost-route"


class ExpectedDecision(StrEnum):
    """The decision that the cockpit should reach in a scenario."""

    GO = "GO"
    NO_GO = "NO-GO"
    HOLD = "HOLD"


class Scenario(Struct, frozen=True):
    """A named rehearsal: what goes wrong, in a sentence, and the decision it should lead to."""

    name: str
    sentence: str
    expected: ExpectedDecision
    faults: tuple[Fault, ...] = ()


def _of(fault: Fault, expected: ExpectedDecision, sentence: str) -> Scenario:
    return Scenario(fault.value, sentence, expected, (fault,))


CALM = Scenario("calm", "Nothing goes wrong.", ExpectedDecision.GO)

SCENARIOS: tuple[Scenario, ...] = (
    CALM,
    _of(
        Fault.LATENCY_AT_CANARY,
        ExpectedDecision.NO_GO,
        "The canary answers in 300 to 450 ms as soon as it gets traffic.",
    ),
    _of(
        Fault.ERRORS_AT_CANARY,
        ExpectedDecision.NO_GO,
        "The canary answers one request in five with a 5xx as soon as it gets traffic.",
    ),
    _of(
        Fault.METRICS_GONE,
        ExpectedDecision.HOLD,
        "The metrics vanish once the canary has served a dozen requests, and stay away.",
    ),
    _of(
        Fault.HUNG_TARGET,
        ExpectedDecision.HOLD,
        "Once the canary has served a dozen requests, the public port accepts and never answers.",
    ),
    _of(
        Fault.FAILING_STEP,
        ExpectedDecision.NO_GO,
        "The migration at T-10 waits for a lock in vain and ends with status 1.",
    ),
    _of(
        Fault.FAILING_BACKUP,
        ExpectedDecision.NO_GO,
        "The newest backup cannot be restored.",
    ),
    _of(
        Fault.AUTH_STORM,
        ExpectedDecision.NO_GO,
        "Clients with a wrong clock send ten expired tokens a second.",
    ),
    _of(
        Fault.AUTH_BYPASS,
        ExpectedDecision.NO_GO,
        "The canary answers public operations without a token.",
    ),
    _of(
        Fault.SLOW_QUERY,
        ExpectedDecision.NO_GO,
        "One request in ten at the canary runs a query of 1.5 s.",
    ),
    _of(
        Fault.POOL_EXHAUSTION,
        ExpectedDecision.NO_GO,
        "The canary takes database connections and does not give them back.",
    ),
    _of(
        Fault.PII_IN_LOG,
        ExpectedDecision.NO_GO,
        "The canary writes its customers' e-mail addresses into the access log.",
    ),
    _of(
        Fault.BREAKING_SCHEMA,
        ExpectedDecision.NO_GO,
        "The new document takes a field out of an answer that clients read.",
    ),
    _of(
        Fault.GHOST_ROUTE,
        ExpectedDecision.NO_GO,
        "The code has a route that no document knows.",
    ),
)


def scenario(name: str) -> Scenario:
    """Give the scenario called `name`; an unknown name is an error that lists the known ones."""
    for known in SCENARIOS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in SCENARIOS)
    raise RehearsalError(f"there is no scenario {name!r}; the scenarios are {names}")
