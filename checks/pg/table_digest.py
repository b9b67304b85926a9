"""The tables of a database, each with its row count and a checksum over its rows."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from msgspec import Struct

from checks.core.text import count_of, one_line

if TYPE_CHECKING:
    from checks.pg.connection import Link

# What belongs to an extension comes with it; temporary tables are nobody else's.
_TABLES = """
SELECT n.nspname AS schema, c.relname AS name, pg_table_size(c.oid)::int8 AS size
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1, 2
"""
# One text for one value, whatever the two databases and their sessions are set to.
_SAME_TEXTS = """
SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres';
SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C';
SET LOCAL search_path = ''; SET LOCAL row_security = off
"""
# A sum does not mind the order of the rows, and two equal rows do not cancel each other.
_CONTENT = """
SELECT count(*) AS rows, coalesce(sum(hashtextextended(ROW(t.*)::text, 0)::numeric), 0)::text AS sum
FROM ONLY {table} AS t
"""


class Table(Struct, frozen=True):
    """A table, and the bytes that it takes."""

    schema: str
    name: str
    size: int = 0

    def __str__(self) -> str:
        """Return the name as a person writes it, with its schema."""
        return f"{self.schema}.{self.name}"

    @property
    def quoted(self) -> str:
        """Return the name quoted for SQL, with its schema."""
        return ".".join('"' + part.replace('"', '""') + '"' for part in (self.schema, self.name))

    def fits(self, pattern: str) -> bool:
        """Whether a pattern of the card, such as `audit_*` or `app.audit_*`, matches the name."""
        return fnmatchcase(str(self), pattern) or fnmatchcase(self.name, pattern)


class Content(Struct, frozen=True):
    """A table's digest: its row count, and a checksum over its rows."""

    rows: int
    sum: str


async def tables(link: "Link") -> list[Table]:
    """Return the tables of a database, sorted by name."""
    return [Table(row["schema"], row["name"], row["size"]) for row in await link.fetch(_TABLES)]


async def contents(link: "Link", wanted: Sequence[Table]) -> dict[str, Content]:
    """Return the digest of each table by its name; reads every row, in the link's transaction.

    Raises ValueError for a reply that no PostgreSQL gives.
    """
    await link.execute(_SAME_TEXTS)
    digests = {}
    for table in wanted:
        row = await link.fetchrow(_CONTENT.format(table=table.quoted))
        if row is None:
            raise ValueError("an aggregate came without a row")  # no PostgreSQL does so
        digests[str(table)] = Content(row["rows"], row["sum"])
    return digests


def differences(source: dict[str, Content], restored: dict[str, Content]) -> list[str]:
    """Return the tables that differ, and how, one line each."""
    faults = []
    for name, content in source.items():
        other, table = restored.get(name), one_line(name)
        if other is None:
            faults.append(f"{table} is missing")
        elif other.rows != content.rows:
            faults.append(f"{table} has {other.rows:,} of {count_of(content.rows, 'row')}")
        elif other.sum != content.sum:
            faults.append(f"{table} has other contents, in {count_of(content.rows, 'row')}")
    return faults
