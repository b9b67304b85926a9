"""Every kind of check; a new one is one file beside this and one line in this union."""

from checks.command import Command
from checks.http import Http
from checks.measured import Measured
from checks.postgres import Postgres
from checks.routes import Routes
from checks.secrets import Secrets
from checks.surface import Surface

AnyCheck = Secrets | Command | Routes | Surface | Http | Postgres | Measured
