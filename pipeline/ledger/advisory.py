"""The lock on PostgreSQL: one run a campaign. An advisory lock, which the server takes back with the connection.

It belongs to a transaction that stays open for as long as the run lasts, not to the session: so a pooler in transaction
mode (PgBouncer) cannot give it away. READ COMMITTED looks at nothing between its statements, so that nothing is kept from
being vacuumed for the sake of it.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipeline.ledger.moments import iso
from pipeline.ledger.runs import CampaignRow
from schemas.errors import CampaignError, Exit

_PROGRAM = "campaign, "
#: Who holds it, for all to see; and nobody ends the transaction for being idle (the setting's name depends on the server's
#: version).
_SETTINGS = sa.text(f"""
    SELECT set_config('application_name', '{_PROGRAM}' || :holder, true), set_config(name, '0', true)
    FROM pg_settings WHERE name IN ('idle_in_transaction_session_timeout', 'transaction_timeout')
""")  # noqa: S608 -- a constant
#: Its two numbers are the ledger's own table of campaigns, since a database may have several ledgers, and the campaign.
_TAKE = sa.text("SELECT pg_try_advisory_xact_lock('campaigns'::regclass::oid::int, :campaign), pg_backend_pid()")
_HOLDERS = """
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = 'campaigns'::regclass
    AND objid = CAST(CAST(:campaign AS int) AS oid) AND pg_stat_activity.datname = current_database()
    AND pg_locks.database = pg_stat_activity.datid
"""
_HOLDER = sa.text(f"SELECT application_name, extract(epoch FROM xact_start)::float {_HOLDERS}")  # noqa: S608 -- a constant
_IS_HELD = sa.text(f"SELECT count(*) {_HOLDERS} AND pid = :session")


@dataclass(frozen=True)
class Lock:
    """The lock of a campaign, and the server's session that holds it."""

    campaign: CampaignRow
    session: int

    def refuse_lost(self, connection: sa.Connection) -> None:
        """Raise CampaignError if the session is gone: then another run may be active."""
        asked = {"campaign": self.campaign.id, "session": self.session}
        if not connection.execute(_IS_HELD, asked).scalar_one():
            raise CampaignError(
                f"the lock of {self.campaign.name} is lost, because its connection to the ledger was cut; run again",
                exit_code=Exit.BUSY,
            )


@contextmanager
def held(engine: sa.Engine, campaign: CampaignRow, holder: str) -> Iterator[Lock]:
    """Hold the campaign's lock on a connection of `engine`; raises CampaignError (exit 75) that says who holds it."""
    with engine.connect() as connection:
        connection.execute(_SETTINGS, {"holder": holder})
        taken, session = connection.execute(_TAKE, {"campaign": campaign.id}).one()
        if not taken:
            told = _holder(connection, campaign)
            raise CampaignError(
                f"another run of {campaign.name} is active ({told}); run again when it has ended", exit_code=Exit.BUSY
            )
        try:
            yield Lock(campaign, session)
        finally:
            with suppress(DBAPIError):  # the connection is gone, and the lock with it
                connection.rollback()


def _holder(connection: sa.Connection, campaign: CampaignRow) -> str:
    """Who holds the lock, as far as the server lets this user see it."""
    found = connection.execute(_HOLDER, {"campaign": campaign.id}).first()
    if found is None:
        return "it is just ending"
    name, since = found
    return f"{name.removeprefix(_PROGRAM)}{'' if since is None else f', since {iso(since)}'}"
