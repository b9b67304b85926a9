"""Every kind of check; a new one is one file beside this and one line in this union."""

from checks import every
from checks.auth import Auth
from checks.backup import BackupAge
from checks.budget import ErrorBudget
from checks.clock import Skew
from checks.command import Command
from checks.compatibility import Compatibility
from checks.cors import Cors
from checks.dashboards import Dashboards
from checks.dns import Dns
from checks.every import Every
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
from checks.sessions import Database
from checks.surface import Surface
from checks.tls import Tls

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
    | Skew
    | Compatibility
    | Every
)

# `all` is one of the kinds and holds them all: its field is resolved when a card is first read.
vars(every)["AnyCheck"] = AnyCheck
