"""Every kind of check; docs/architecture.md lists what belongs to a new one besides its line here.

`all` is defined here because it contains checks of any kind: its annotation is resolved when a card
is first read.
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
    """Each of several checks passes: for one line about two things, as a backup and its restore.

    Failed: one of them failed. Each is named.

    Unknown: none failed, and one of them is unknown.

    They run one after the other, each within its own `timeout`; all their figures are recorded. The
    `id`, `about` and `fresh_for` of the parts are ignored.
    """

    checks: Annotated[
        tuple["AnyCheck", ...],
        Meta(min_length=1, description="the checks that must pass, each written like a step"),
    ]

    def label(self) -> str:
        """Return the default title."""
        return ", ".join(check.title or check.label() for check in self.checks)

    def lasts_s(self) -> float:
        """Return the expected seconds of all parts together."""
        return sum(check.lasts_s() for check in self.checks)

    def limit_s(self) -> float:
        """Return the limits of all parts together, in seconds."""
        return sum(check.limit_s() for check in self.checks)

    def scheduling(self) -> Scheduling:
        """Return the most restrictive scheduling of the parts."""
        return max(check.scheduling() for check in self.checks)

    def figures(self) -> Mapping[str, str]:
        """Return the figures of all parts."""
        return {
            name: description
            for check in self.checks
            for name, description in check.figures().items()
        }

    async def run(self, tools: Tools) -> Result:
        """Run the parts in order; the evidence names faults, or else quotes every part."""
        results = [await run_check(check, tools) for check in self.checks]
        named = [
            (check.title or check.label(), result)
            for check, result in zip(self.checks, results, strict=True)
        ]
        findings = [Finding(result.outcome, f"{name}: {result.evidence}") for name, result in named]
        summary = "; ".join(finding.evidence for finding in findings)
        figures = {name: value for result in results for name, value in result.figures.items()}
        combined = combine(findings, summary, figures)
        details = (line for result in results for line in result.details)
        return replace(combined, details=(*combined.details, *details))


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
