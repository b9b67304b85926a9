"""Every kind of check: a new one is one file beside this and one line in this union.

`all` stands here, since it holds the others: its field is resolved when a card is first read.
"""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta
from msgspec.structs import replace

from checks.auth import Auth
from checks.backup import BackupAge
from checks.budget import ErrorBudget
from checks.clock import ClockSkew
from checks.command import Command
from checks.compatibility import Compatibility
from checks.core.base import Check, Result, Scheduling, Tools
from checks.core.findings import Finding, combine
from checks.core.run_check import run_check
from checks.cors import Cors
from checks.dashboards import Dashboards
from checks.database import Database
from checks.dns import Dns
from checks.http import Http
from checks.load import Load
from checks.measured import Measured
from checks.migrations import Migrations
from checks.pii import Pii
from checks.postgres import Postgres
from checks.prometheus import PrometheusHealth
from checks.rate_limit import RateLimit
from checks.restore import Restore
from checks.routes import Routes
from checks.secrets import Secrets
from checks.sentry import Sentry
from checks.surface import Surface
from checks.tls import Tls


class AllOf(Check, kw_only=True, frozen=True, tag="all"):
    """Each of several checks passes: for a line that says two things, as a backup and its restore.

    Failed: one of them failed. Each is named.

    Unknown: none failed, and one of them is unknown.

    They look one after the other, each within its own `timeout`; the figures of all are kept. The
    `id`, `about` and `fresh_for` of the parts are of no use here.
    """

    checks: Annotated[
        tuple["AnyCheck", ...],
        Meta(min_length=1, description="what must pass, each as a step of its own is written"),
    ]

    def label(self) -> str:
        """Name them all."""
        return ", ".join(each.title or each.label() for each in self.checks)

    def lasts_s(self) -> float:
        """Give the seconds that all of them are expected to take."""
        return sum(each.lasts_s() for each in self.checks)

    def limit_s(self) -> float:
        """Give the seconds after which none of them can have an answer left."""
        return sum(each.limit_s() for each in self.checks)

    def scheduling(self) -> Scheduling:
        """When the one looks that is the least sociable of them."""
        return max(each.scheduling() for each in self.checks)

    def figures(self) -> Mapping[str, str]:
        """Give what all of them can measure."""
        return {name: what for each in self.checks for name, what in each.figures().items()}

    async def run(self, tools: Tools) -> Result:
        """Look at one after the other; the evidence names what is wrong, or what each saw."""
        results = [await run_check(each, tools) for each in self.checks]
        named = [
            (each.title or each.label(), result)
            for each, result in zip(self.checks, results, strict=True)
        ]
        findings = [Finding(one.outcome, f"{name}: {one.evidence}") for name, one in named]
        right = "; ".join(each.words for each in findings)
        figures = {name: value for one in results for name, value in one.figures.items()}
        whole = combine(findings, right, figures)
        details = (line for one in results for line in one.details)
        return replace(whole, details=(*whole.details, *details))


AnyCheck = (
    Secrets
    | Command
    | Routes
    | Surface
    | Http
    | Postgres
    | Load
    | Measured
    | Auth
    | Cors
    | RateLimit
    | Sentry
    | PrometheusHealth
    | Dashboards
    | Tls
    | Dns
    | Database
    | Migrations
    | BackupAge
    | ErrorBudget
    | Pii
    | Restore
    | ClockSkew
    | Compatibility
    | AllOf
)
