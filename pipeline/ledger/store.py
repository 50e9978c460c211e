"""The ledger: what the rest of the program asks of it. What writes has committed when it returns."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from json import JSONDecodeError
from types import TracebackType
from typing import Self

import polars as pl
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from pipeline.ledger import attempts, batches, claims, reconciling, refusals, runs, subtracting, told
from pipeline.ledger.database import Database
from pipeline.ledger.reconciling import RunLeft, Trace, Word
from pipeline.ledger.trouble import Trouble, Unreadable, trouble
from schemas.earlier import Recall
from schemas.plan import Memory, Slot, UnderWay
from schemas.ready import ReadyBatch, SentBatch
from schemas.receipts import Receipt
from schemas.states import Answer, BatchState


class Ledger:
    """An open ledger; made by `pipeline.ledger.opening.open_ledger`. Threads may share it. Times are Unix seconds.

    Every method raises CampaignError when the database cannot do it (full, damaged, locked by another program, …).
    """

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return self._database.place

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.engine.dispose()

    @contextmanager
    def transaction(self, *, reading: bool = False) -> Iterator[sa.Connection]:
        """One transaction: committed at the end, rolled back as a whole by any exception. Only one at a time may write."""
        try:
            with (
                self._database.engine.connect() as fresh,
                (connection := fresh.execution_options(reading=reading)).begin(),
            ):
                yield connection
        except DBAPIError as error:
            raise self._database.in_words(error) from None
        except (Unreadable, UnicodeDecodeError, JSONDecodeError):
            raise trouble(self.place, Trouble.DAMAGED) from None
        except LookupError as error:
            if type(error) is LookupError:  # SQLAlchemy's, of a word that is none of its column's
                raise trouble(self.place, Trouble.DAMAGED) from None
            raise

    def scrub(self) -> bool:
        """Let nothing that was deleted be left in the ledger's files; False where others who read it prevent that."""
        return self._database.scrub()

    def memory(self, campaign: str, *, recall: Recall | None = None, calls_since: float | None = None) -> Memory:
        """Whom the campaign's name has called, or may have, and what rules on earlier calls ask for; see claims.memory."""
        with self.transaction(reading=True) as connection:
            known = claims.memory(connection, campaign, recall=recall, calls_since=calls_since)
            return replace(known, under_way=batches.under_way(connection, self._clock()))

    def under_way(self, at: float) -> UnderWay:
        """The batches that the service is estimated to be calling after a moment."""
        with self.transaction(reading=True) as connection:
            return batches.under_way(connection, at)

    def mark(self, campaign: str) -> str:
        """The mark of the campaign's call names; the campaign is written down if it is new."""
        return self._campaign(campaign).mark

    def lock(self, campaign: str) -> AbstractContextManager[None]:
        """Be the only run of the campaign; raises CampaignError (exit 75) that says who is."""
        return self._database.held(self._campaign(campaign), self._clock())

    def orphans(self, campaign: str, at: float) -> int:
        """`sending → unconfirmed` for batches whose sender is gone; only while the lock is held. How many there were."""
        with self.transaction() as connection:
            return batches.orphans(connection, runs.campaign_row(connection, campaign, at).id, at)

    def ready(self, run_id: int) -> tuple[ReadyBatch, ...]:
        """The run's planned batches, in order."""
        with self.transaction(reading=True) as connection:
            return batches.ready(connection, run_id)

    def start_anew(self, batch_id: int, slot: Slot) -> None:
        """Let a planned batch have another start."""
        with self.transaction() as connection:
            batches.start_anew(connection, batch_id, slot)

    def rest(self, batch_id: int) -> ReadyBatch | None:
        """What a refusal that named recipients has left of a batch, ready to be sent."""
        with self.transaction(reading=True) as connection:
            return batches.rest(connection, batch_id)

    def refused_rows(self, run_id: int) -> pl.DataFrame:
        """The run's rows that the service refused, or that went on in another batch: row, batch, said."""
        with self.transaction(reading=True) as connection:
            return refusals.refused_rows(connection, run_id)

    def sent(self, run_id: int) -> tuple[SentBatch, ...]:
        """What became of the run's batches, in order."""
        with self.transaction(reading=True) as connection:
            return told.sent(connection, run_id)

    def unconfirmed(self, campaign: str) -> tuple[SentBatch, ...]:
        """The campaign's unconfirmed batches, tests aside: of whatever run, in order."""
        with self.transaction(reading=True) as connection:
            return told.unconfirmed(connection, campaign)

    def payload(self, batch_id: int) -> bytes:
        """Recipient texts joined by RECIPIENT_SEPARATOR."""
        with self.transaction(reading=True) as connection:
            return batches.payload(connection, batch_id)

    def subtract(self, batch_id: int, at: float) -> int:
        """Take people who were blocked since they were planned out of the batch; how many it has then, 0 unless planned."""
        with self.transaction() as connection:
            return subtracting.subtract_blocked(connection, batch_id, at)

    def begin(self, batch_id: int, token: str, at: float) -> int | None:
        """`planned → sending`: the attempt's id, or None if the batch is not planned any more or its campaign is stopped.

        Raises CampaignError when the campaign's lock was lost: then another run may be active.
        """
        with self.transaction() as connection:
            self._database.still_held(connection)
            return attempts.begin(connection, batch_id, token, at)

    def finish(self, batch_id: int, attempt_id: int, answer: Answer, at: float) -> BatchState:
        """Write down what the attempt came to; the batch's state after it."""
        with self.transaction() as connection:
            return attempts.finish(connection, batch_id, attempt_id, answer, at)

    def end_run(self, run_id: int, exit_code: int, at: float) -> None:
        """Write down how a run ended."""
        with self.transaction() as connection:
            runs.end_run(connection, run_id, exit_code, at)

    def traces(self, campaign: str) -> list[Trace]:
        """The campaign's attempts that may yet be found at the service, the last of each batch last."""
        with self.transaction(reading=True) as connection:
            return reconciling.traces(connection, campaign)

    def tokens(self, campaign: str) -> dict[str, float]:
        """Every token that the campaign has sent, and when."""
        with self.transaction(reading=True) as connection:
            return reconciling.tokens(connection, campaign)

    def has_echoed(self, base_url: str) -> bool:
        """Whether an answer from this address has repeated a token."""
        with self.transaction(reading=True) as connection:
            return reconciling.has_echoed(connection, base_url)

    def found(self, trace: Trace, receipt: Receipt, at: float) -> bool:
        """`unconfirmed | planned → accepted`; False where the batch went another way."""
        with self.transaction() as connection:
            return reconciling.found(connection, trace, receipt, at)

    def absent(self, trace: Trace, at: float) -> bool:
        """`unconfirmed → planned`; False if it is not unconfirmed any more."""
        with self.transaction() as connection:
            return reconciling.absent(connection, trace, at)

    def late(self, trace: Trace, receipt: Receipt, at: float) -> None:
        """Write down that a batch turned up after all, and was cancelled."""
        with self.transaction() as connection:
            reconciling.late(connection, trace, receipt, at)

    def settle(self, trace: Trace, word: Word, at: float) -> bool:
        """A person's word: `unconfirmed → accepted | planned`; False if it is not unconfirmed any more."""
        with self.transaction() as connection:
            return reconciling.settle(connection, trace, word, at)

    def runs_left(self, campaign: str) -> list[RunLeft]:
        """The campaign's runs that have planned batches, in order."""
        with self.transaction(reading=True) as connection:
            return reconciling.runs_left(connection, campaign)

    def use_key(self, left: RunLeft, key_fingerprint: str) -> None:
        """Write down that the rest of a run is sent with this key."""
        with self.transaction() as connection:
            reconciling.use_key(connection, left, key_fingerprint)

    def campaign_text(self, run: int) -> str:
        """The run's campaign file as it was."""
        with self.transaction(reading=True) as connection:
            return reconciling.campaign_text(connection, run)

    def campaign_names(self) -> list[str]:
        """The campaigns of this ledger."""
        with self.transaction(reading=True) as connection:
            return reconciling.campaign_names(connection)

    def batch_with(self, service_id: str) -> tuple[int, int] | None:
        """The run and the number of the batch that has this id at the service."""
        with self.transaction(reading=True) as connection:
            return reconciling.batch_with(connection, service_id)

    def _campaign(self, name: str) -> runs.CampaignRow:
        """The campaign, made if it is new."""
        with self.transaction() as connection:
            return runs.campaign_row(connection, name, self._clock())
