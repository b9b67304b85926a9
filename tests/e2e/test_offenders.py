"""A fault that a check or a monitor detects ends in NO-GO, and the reasons name the offender."""

import pytest

from cockpit.rehearsal.scenarios import scenario
from tests.cli.program import Cockpit
from tests.e2e.rehearsals import Rehearsal

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("offenders")]

OFFENDERS = {
    "auth-storm": ("auth fail tripped: ", " /min over 100 /min", "observed at 0 %"),
    "auth-bypass": ("401 bypass tripped: ", "answered 200 to no token", "observed at 0 %"),
    "pool-exhaustion": ("db pool tripped: ", " over 80 %: ", "observed at 0 %"),
    "slow-query": ("slow query tripped: ", "SELECT pg_sleep(?)"),  # it may be fast again by the end
    "failing-backup": ("restore test failed: ", "backups/acme-", "pg_restore"),
    "pii-in-log": ("no PII in logs failed: ", "access-2.5.0.log line ", "e-mail address"),
    "breaking-schema": ("production gate failed: ", "compatibility: ", "Invoice.issued_at"),
    "ghost-route": ("ghost routes failed: ", "in code, not in spec: GET /api/export"),
}


@pytest.mark.parametrize(("name", "named"), OFFENDERS.items(), ids=list(OFFENDERS))
def test_it_ends_no_go_and_names_the_offender(
    rehearsal: Rehearsal, name: str, named: tuple[str, ...]
) -> None:
    said = rehearsal.play("--scenario", name)
    assert (said.status, said.document["decision"]) == (1, scenario(name).expected), said.err
    reasons = said.document["reasons"]
    assert any(all(word in reason for word in named) for reason in reasons), reasons


def test_a_breaking_schema_is_named_by_operation_and_field(rehearsal: Rehearsal) -> None:
    """The gate ends the run; the headless check of the same documents has the details."""
    rehearsal.play("--scenario", "breaking-schema")
    there = Cockpit(rehearsal.run / "world/workspace")
    assert there.run("init").status == 0
    said = there.run("check", "golive.yaml", "--only", "compatible", "--json")
    assert said.status == 1, said.err
    (found,) = said.document["checks"]
    assert "GET /api/invoices" in found["evidence"]
    assert "issued_at" in found["evidence"]
