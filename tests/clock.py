"""A clock that tests turn forward. The product knows one clock for all that is stored, the database's now(); here it is
shadowed in the test's own database by a now() that is ahead, and the columns' defaults go by it too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg

_FAKE = """
    CREATE SCHEMA fake;
    CREATE TABLE fake.clock (ahead interval NOT NULL);
    INSERT INTO fake.clock VALUES ('0');
    CREATE FUNCTION fake.now() RETURNS timestamptz LANGUAGE sql STABLE
        AS 'SELECT pg_catalog.now() + ahead FROM fake.clock';
    DO $$
    DECLARE
        one record;
    BEGIN
        FOR one IN SELECT table_name, column_name FROM information_schema.columns
                    WHERE table_schema = 'public' AND column_default = 'now()'
        LOOP
            EXECUTE format('ALTER TABLE public.%I ALTER COLUMN %I SET DEFAULT fake.now()',
                           one.table_name, one.column_name);
        END LOOP;
        EXECUTE format('ALTER DATABASE %I SET search_path = fake, pg_catalog, public', current_database());
    END $$;
"""


class Clock:
    """`await Clock.of(dsn)` before anybody else opens the database; `clock()` is the application's."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._ahead = timedelta(0)

    @staticmethod
    async def of(dsn: str) -> Clock:
        connection = await asyncpg.connect(dsn)
        try:
            await connection.execute(_FAKE)
        finally:
            await connection.close()
        return Clock(dsn)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    async def passes(self, **time: float) -> None:
        """Time goes by for everybody; whoever is at the desk stays there and logged in."""
        self._ahead += timedelta(**time)
        connection = await asyncpg.connect(self._dsn)
        try:
            await connection.execute("UPDATE fake.clock SET ahead = $1", self._ahead)
            await connection.execute("UPDATE agent SET seen_at = now() WHERE presence <> 'offline'")
            await connection.execute("UPDATE agent_session SET seen_at = now(), expires_at = now() + interval '1 hour'")
        finally:
            await connection.close()
