"""The tables of the ledger, and `people`, the view to begin with; any SQL tool can read them.

Moments are ISO 8601 text in UTC (`…_at`); only what the contract has in Unix seconds stays so (`…_unix`).
"""

import sqlalchemy as sa
from sqlalchemy.schema import CreateView

from pipeline.ledger.columns import column, json, key, number, refers, word
from pipeline.ledger.moments import Moment
from schemas.states import BatchState, Settled, Verdict
from schemas.wishes import Wish

#: Raised with every change of the tables.
SCHEMA_VERSION = 1

metadata = sa.MetaData()


meta = sa.Table(
    "meta",
    metadata,
    column("schema_version", sa.Integer, "The version of these tables; a program refuses newer ones.", key=True),
    column("created_at", Moment, "When the ledger was made."),
    column("created_by", sa.String, "The version of the program that made it."),
    column("hash_check", sa.String(32), "Tells the key of the hashes; null while nobody is forgotten.", null=True),
    comment="One line about the ledger itself.",
)

campaigns = sa.Table(
    "campaigns",
    metadata,
    number("The campaign's number."),
    column("name", key(), "The campaign's name: nobody is called twice under one."),
    column("mark", sa.String(4), "What call names at the service carry before each token: [MARK-TOKEN]."),
    column("created_at", Moment, "When the name was first used."),
    column("stopped_at", Moment, "Since when nothing may be sent; null unless the campaign is stopped.", null=True),
    column("stopped_by", sa.String, "Who stopped it.", null=True),
    sa.UniqueConstraint("name"),
    sa.UniqueConstraint("mark"),
    comment="The memories: one line for each campaign name.",
)

runs = sa.Table(
    "runs",
    metadata,
    number("The run's number."),
    column("campaign_id", sa.Integer, "The campaign.", sa.ForeignKey("campaigns.id")),
    column("kind", sa.String(8), "run, or test: a test claims nobody.", sa.CheckConstraint("kind = 'run' OR kind = 'test'")),
    column("planned_at", Moment, "When the plan was made."),
    column("started_at", Moment, "When the plan was adopted."),
    column("ended_at", Moment, "When the run ended; null while it goes on, and if it was killed.", null=True),
    column("exit_code", sa.Integer, "How it ended.", null=True),
    column("host", sa.String, "The machine it ran on."),
    column("pid", sa.Integer, "Its process there."),
    column("program_version", sa.String, "The version of the program."),
    column("campaign_text", sa.Text, "The campaign file as it was."),
    column("base_url", sa.String, "The service it was sent to."),
    column("key_fingerprint", sa.String, "Which key was used (or `several`); the key cannot be found from it."),
    column("source_path", sa.String, "The export it was made from."),
    column("source_sha256", sa.String(64), "SHA-256 of the export."),
    column("inputs", json(), "SHA-256 of every file that was read, by path."),
    column("plan_seal", sa.String(64), "The seal of the saved plan that was run; null where the plan was made at once.", null=True),
    column("approved_by", sa.String, "Who approved that plan; null where nobody did.", null=True),
    column("approved_at", Moment, "When.", null=True),
    column("approved_note", sa.String, "What they said with it.", null=True),
    column("lists", json(), "The suppression lists that were heeded: file, SHA-256, count of numbers, age, and so on."),
    column("start_unix", sa.BigInteger, "When calls were to begin; null is at once.", null=True),
    column("voices", json(), "Each route's agent and number as the service described them, with the agent's own words.", null=True),
    column("rows", sa.Integer, "Rows of the export."),
    column("planned", sa.Integer, "Rows that were to be called."),
    column("to_fix", sa.Integer, "Rows whose text must be mended."),
    column("left_out", sa.Integer, "Rows that a rule leaves out."),
    column("called_before", sa.Integer, "Rows of people who were called before, or forgotten: counted here only."),
    sa.Index("runs_of_campaign", "campaign_id"),
    comment="Every adopted plan.",
)  # fmt: skip

calendars = sa.Table(
    "calendars",
    metadata,
    column("run_id", sa.Integer, "The run.", sa.ForeignKey("runs.id"), key=True),
    column("number", sa.Integer, "The calendar's number within the run, from 0.", key=True),
    column("zones", sa.String, "The time zones that its people may be in, separated by commas."),
    column("evidence", sa.String, "What the zones were known by."),
    column("clocks", json(), "Hours by the clock of each zone: weekdays (Monday is 0), from, to, excluded dates."),
    comment="When people may be called: the hours that all their clocks share, each kept once a run.",
)

batches = sa.Table(
    "batches",
    metadata,
    number("The batch's number in the ledger."),
    column("run_id", sa.Integer, "The run.", sa.ForeignKey("runs.id")),
    column("number", sa.Integer, "Its number within the run, from 1."),
    column("state", word(BatchState, checked=True), "Where it stands."),
    column("state_at", Moment, "Since when."),
    column("recipients", sa.Integer, "People in it; without the rest that went on in another batch."),
    column("body_bytes", sa.Integer, "Bytes of the request."),
    column("call_name", sa.String, "The call name as planned, without mark and token."),
    column("start_unix", sa.BigInteger, "scheduled_time_unix; null is at once.", null=True),
    column("until_unix", sa.BigInteger, "When its calls are estimated to be over; null is not estimated.", null=True),
    column("end_unix", sa.BigInteger, "When the hours of its people end; null is never.", null=True),
    column("calendars", json(), "The numbers of its people's calendars; null is any hour.", null=True),
    column("head", json(), "What else stands before the recipients: agent, number, WhatsApp, newer fields."),
    column("rest_of", sa.Integer, "The refused batch whose rest this is.", sa.ForeignKey("batches.id"), null=True),
    column("round", sa.Integer, "1 as planned; one more than the batch's whose rest it is."),
    column("service_id", sa.String, "id of the batch at the service.", null=True),
    column("service_name", sa.String, "name, as the service has it.", null=True),
    column("service_agent_id", sa.String, "agent_id.", null=True),
    column("service_agent_name", sa.String, "agent_name.", null=True),
    column("service_status", sa.String, "status at the service when last asked.", null=True),
    column("service_created_at_unix", sa.BigInteger, "created_at_unix.", null=True),
    column("service_scheduled_time_unix", sa.BigInteger, "scheduled_time_unix, as the service has it.", null=True),
    column("service_last_updated_at_unix", sa.BigInteger, "last_updated_at_unix.", null=True),
    column("service_total_calls_dispatched", sa.Integer, "total_calls_dispatched.", null=True),
    column("service_total_calls_scheduled", sa.Integer, "total_calls_scheduled.", null=True),
    column("service_retry_count", sa.Integer, "retry_count.", null=True),
    column("service_phone_number_id", sa.String, "phone_number_id.", null=True),
    column("service_phone_provider", sa.String, "phone_provider.", null=True),
    column("service_whatsapp_params", json(), "whatsapp_params.", null=True),
    column(
        "results_final", sa.Boolean, "Whether its results change no more; null before they were asked for.", null=True
    ),
    sa.UniqueConstraint("run_id", "number"),
    sa.Index("batches_at_service", "service_id"),
    comment="Every request; service_… is the service's answer, property by property.",
)

payloads = sa.Table(
    "payloads",
    metadata,
    column("batch_id", sa.Integer, "The batch.", sa.ForeignKey("batches.id"), key=True),
    column("recipients_zstd", sa.LargeBinary, "A zstd frame of the recipients' JSON texts, joined by comma and line break."),
    comment="The words that were said, as they were sent.",
)  # fmt: skip

attempts = sa.Table(
    "attempts",
    metadata,
    number("The attempt's number in the ledger."),
    column("batch_id", sa.Integer, "The batch.", sa.ForeignKey("batches.id")),
    column("number", sa.Integer, "Its number among the batch's attempts, from 1."),
    column("token", sa.String(10), "What tells this attempt's batch at the service; null where tokens are off.", null=True),
    column("call_name", sa.String, "The call name as sent."),
    column("begun_at", Moment, "Committed before the first byte left."),
    column("ended_at", Moment, "When the answer was there; null if it never came.", null=True),
    column("http_status", sa.Integer, "HTTP status; null without an answer.", null=True),
    column("verdict", word(Verdict), "What it means.", null=True),
    column("error_code", sa.String, "The service's code of an error.", null=True),
    column("message", sa.String, "The service's words, or ours.", null=True),
    column("request_id", sa.String, "The service's id of the request.", null=True),
    column("named", json(), "Positions of the recipients that a refusal names.", null=True),
    column("echoed", sa.Boolean, "Whether the answer repeated the call name, token included.", null=True),
    column("settled", word(Settled), "What came out later, where the answer had left it open.", null=True),
    column("settled_at", Moment, "When that was written down.", null=True),
    column("settled_by", sa.String, "Who said so; null where the service's list did.", null=True),
    column("settled_note", sa.String, "What else is to be known of it.", null=True),
    sa.UniqueConstraint("batch_id", "number"),
    sa.UniqueConstraint("token"),
    comment="Every time a request was sent.",
)  # fmt: skip

rows = sa.Table(
    "rows",
    metadata,
    column("run_id", sa.Integer, "The run.", key=True),
    column("row", sa.Integer, "The row as the spreadsheet numbers it: the header is 1.", key=True),
    column("outcome", sa.String(16), "planned, to_fix or left_out."),
    column("batch_id", sa.Integer, "The batch, if it was planned.", null=True),
    column("position", sa.Integer, "Its place among the batch's recipients, from 0.", null=True),
    column("phone", sa.String, "The number in E.164, with its plus.", null=True),
    column("whatsapp", sa.String, "whatsapp_user_id as sent.", null=True),
    column("recipient_id", sa.String, "The mapped id as sent.", null=True),
    column("calendar", sa.Integer, "The run's calendar of its hours; null is any hour.", null=True),
    column("codes", sa.String, "Why it is not planned: row codes, separated by commas.", null=True),
    column("said", sa.String, "The service's words, if it refused this row.", null=True),
    column("attempt", sa.Integer, "Which of the campaign's calls to them it is, or would be; null: 1.", null=True),
    sa.UniqueConstraint("batch_id", "position"),
    refers("run_id", runs.c.id),
    refers("batch_id", batches.c.id),
    sqlite_with_rowid=False,
    comment="Every row of every export, but those called before.",
)

results = sa.Table(
    "results",
    metadata,
    column("run_id", sa.Integer, "The run.", sa.ForeignKey("runs.id"), key=True),
    column("row", sa.Integer, "The row.", key=True),
    column("batch_id", sa.Integer, "The batch.", sa.ForeignKey("batches.id")),
    column("status", sa.String, "The person's status at the service; null where it cannot be told.", null=True),
    column("conversation_id", sa.String, "The conversation.", null=True),
    column("created_at_unix", sa.BigInteger, "created_at_unix.", null=True),
    column("updated_at_unix", sa.BigInteger, "updated_at_unix.", null=True),
    column("problem", sa.String, "Why the service's answer could not be joined to the row.", null=True),
    sa.Index("results_of_batch", "batch_id"),
    sqlite_with_rowid=False,
    comment="How each call went, when the service was last asked.",
)

sources = sa.Table(
    "sources",
    metadata,
    column("run_id", sa.Integer, "The run.", sa.ForeignKey("runs.id"), key=True),
    column("first_row", sa.Integer, "The first row in this part.", key=True),
    column("last_row", sa.Integer, "The last row in this part."),
    column("columns", json(), "The headers as written, in the order of the Parquet's columns after `row`."),
    column("parquet", sa.LargeBinary, "A Parquet file: `row`, then the export's columns as text under their headers."),
    comment="The stored rows as they stood in the export, in parts that follow each other.",
)

_FURTHER = sa.text("attempt > 1")
claims = sa.Table(
    "claims",
    metadata,
    column("campaign_id", sa.Integer, "The campaign.", key=True),
    column("kind", key(8), "phone, whatsapp or id; hash: of somebody who was forgotten.", key=True),
    column("address", key(), "The number without its plus, the WhatsApp id, the mapped id, or the hash.", key=True),
    column("attempt", sa.Integer, "Which of the campaign's calls to this person: 1 is the first.", key=True),
    column("run_id", sa.Integer, "The run that claimed the person."),
    column("batch_id", sa.Integer, "The batch that calls the person."),
    column("row", sa.Integer, "The row of that run."),
    refers("batch_id", batches.c.id),
    sa.Index("claims_of_recalls", "campaign_id", sqlite_where=_FURTHER, postgresql_where=_FURTHER),
    sqlite_with_rowid=False,
    comment="This campaign calls this person: the primary key is why nobody is called twice.",
)

wishes = sa.Table(
    "wishes",
    metadata,
    number("The wish's number: of those about one address the last counts."),
    column("kind", key(8), "phone, whatsapp or id; hash: of somebody who was forgotten."),
    column("address", key(), "As in claims."),
    column("wish", word(Wish), "blocked: never call again, in any campaign; released: no longer blocked; and so on."),
    column("at", Moment, "When it was written down."),
    column("by", sa.String, "Who wrote it down."),
    column("reason", sa.String, "Why.", null=True),
    sa.Index("wishes_by_address", "kind", "address"),
    comment="Who must not be called, who may be again, and who is forgotten: with when, why and who said so.",
)

plans = sa.Table(
    "plans",
    metadata,
    column("path", key(), "Where the plan was when it was last saved, approved or run.", key=True),
    column("seal", sa.String(64), "Its seal then."),
    column("noted_at", Moment, "When that was."),
    comment="Saved plans that this ledger has heard of: files that hold people.",
)

people: sa.Table = CreateView(
    sa.select(
        campaigns.c.name.label("campaign"),
        rows.c.run_id.label("run"),
        runs.c.kind,
        runs.c.started_at,
        rows.c.row,
        rows.c.outcome,
        rows.c.codes,
        rows.c.said,
        rows.c.attempt,
        rows.c.phone,
        rows.c.whatsapp,
        rows.c.recipient_id,
        batches.c.number.label("batch"),
        rows.c.position,
        batches.c.state,
        batches.c.start_unix,
        batches.c.service_id,
        batches.c.service_status,
        rows.c.batch_id,
    ).select_from(rows.join(runs, rows.c.run_id == runs.c.id).join(campaigns).outerjoin(batches, rows.c.batch_id == batches.c.id)),
    "people",
    metadata=metadata,
).table  # fmt: skip


def fill(connection: sa.Connection, program_version: str, at: float) -> None:
    """Make the tables where there are none."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(meta.insert().values(schema_version=SCHEMA_VERSION, created_at=at, created_by=program_version))
