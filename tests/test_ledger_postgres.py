"""A ledger on a PostgreSQL server: where it may be, every reason why it is refused, and how its lock is lost."""

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from pipeline.cli import main
from pipeline.deliver.adopt import adopt
from pipeline.ledger import LedgerMissing, open_ledger
from pipeline.ledger.advisory import held
from pipeline.ledger.postgres_words import in_words
from pipeline.ledger.runs import CampaignRow
from pipeline.ledger.tables import SCHEMA_VERSION, metadata
from schemas.errors import CampaignError, Exit
from schemas.states import Answer, Verdict
from tests.plans import NOW, Person, context, people, plan_of

SECRET = "s3cr3t word"


@pytest.fixture
def url(server) -> str:
    """A ledger with nothing in it."""
    return server.fresh("ledger")


@pytest.fixture
def empty(server) -> str:
    """A database with nothing in it."""
    return server.fresh()


def of(url: str) -> str:
    """The name of the database."""
    return sa.make_url(url).database


def refusal(given: str, **options: object) -> str:
    with pytest.raises(CampaignError) as refused:
        open_ledger(given, **options)
    assert refused.value.exit_code == Exit.REFUSED
    assert "\n" not in str(refused.value)
    assert SECRET not in str(refused.value)
    return str(refused.value)


def test_an_empty_database_is_missing_and_not_an_empty_ledger(empty):
    for options in ({}, {"reading": True}):
        with pytest.raises(LedgerMissing, match="--create-ledger"):
            open_ledger(empty, **options)
    with open_ledger(empty, create=True, clock=lambda: NOW) as ledger, ledger.transaction() as connection:
        line = connection.exec_driver_sql("SELECT * FROM meta").one()
    assert (line.schema_version, line.created_at) == (SCHEMA_VERSION, "2024-04-01T13:00:00.000Z")
    open_ledger(empty).close()


def test_many_who_make_the_same_ledger_get_the_same_one(empty):
    def mark(_: int) -> str:
        with open_ledger(empty, create=True) as ledger:
            return ledger.mark("survey")

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(mark, range(4)))) == 1


def test_a_ledger_is_made_whole_or_not_at_all(empty, monkeypatch):
    monkeypatch.setattr(
        "pipeline.ledger.postgres.fill", lambda connection, *_: metadata.tables["meta"].create(connection) or 1 / 0
    )
    with pytest.raises(ZeroDivisionError):
        open_ledger(empty, create=True)
    with pytest.raises(LedgerMissing):
        open_ledger(empty)


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
def test_the_url_names_the_driver_or_not(url, driver):
    with open_ledger(url.replace("postgresql", driver, 1)) as ledger:
        assert ledger.place.startswith(f"postgresql://admin@/{of(url)}?host=")


def test_a_schema_of_its_own_is_a_ledger_of_its_own(server, url):
    server.tell("CREATE SCHEMA other", database=of(url))
    other = f"{url}&options={quote('-csearch_path=other')}"
    with open_ledger(url) as first, open_ledger(other, create=True) as second:
        adopt(plan_of(people()), first, context(), NOW)
        with first.lock("survey"), second.lock("survey"):
            assert second.memory("survey").phones.is_empty()
    assert "has no schema" in refusal(f"{url}&options={quote('-csearch_path=nowhere')}", create=True)


def test_another_programs_database_is_refused_and_kept(server, empty):
    server.tell("CREATE TABLE bookmarks (url text)", database=of(empty))
    assert "another program" in refusal(empty, create=True)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (f"UPDATE meta SET schema_version = {SCHEMA_VERSION + 1}", "newer version"),
        ("DELETE FROM meta", "damaged"),
        ("DROP TABLE meta", "damaged"),
        ("DROP TABLE claims", "lacks claims"),
        ("DROP VIEW people", "lacks people"),
        ("ALTER TABLE meta RENAME schema_version TO version", "damaged"),
    ],
)
def test_a_ledger_that_is_newer_or_not_whole_is_refused(server, url, statement, said):
    server.tell(statement, database=of(url))
    for options in ({}, {"reading": True}, {"create": True}):
        assert said in refusal(url, **options)


def test_a_database_in_another_encoding_is_refused(server):
    server.tell("CREATE DATABASE latin TEMPLATE template0 ENCODING LATIN1")
    assert "its encoding is LATIN1" in refusal(server.url("latin"), create=True)


def test_a_server_that_only_reads_is_refused_for_writing_but_tells(server, url):
    server.tell(f"ALTER DATABASE {of(url)} SET default_transaction_read_only = on")
    assert "only reads" in refusal(url)
    with open_ledger(url, reading=True) as ledger:
        assert ledger.memory("survey").phones.is_empty()


def test_a_user_without_permission_is_refused(server, url, empty):
    server.tell("DROP ROLE IF EXISTS guest", "CREATE ROLE guest LOGIN")
    assert "may not be used so by this user" in refusal(server.url(of(url), "guest"))
    assert "may not be used so by this user" in refusal(server.url(of(empty), "guest"), create=True)


def test_a_user_with_the_rights_that_are_documented_does_all(server, url):
    server.tell("DROP ROLE IF EXISTS sender", "CREATE ROLE sender LOGIN")
    grants = ("SELECT, INSERT, UPDATE, DELETE ON ALL TABLES", "USAGE ON ALL SEQUENCES")
    server.tell(*(f"GRANT {grant} IN SCHEMA public TO sender" for grant in grants), database=of(url))
    with open_ledger(server.url(of(url), "sender")) as ledger, ledger.lock("survey"):
        first = adopt(plan_of(people()), ledger, context(), NOW).batches[0]
        assert ledger.begin(first.id, "T", NOW)


def test_a_server_that_cannot_be_had_is_said_in_one_line_and_without_the_password(server, url):
    def at(user: str = "admin", database: str = "ledger", more: str = "") -> str:
        return f"postgresql://{user}:{quote(SECRET)}@/{database}?host={server.folder}{more}"

    server.require_password("secured", "another word")
    assert "password" in refusal(at("secured"))
    assert "createdb" in refusal(at(database="nothing"))
    assert "does not know this user" in refusal(at("nobody_at_all"))
    assert "cannot be reached" in refusal(f"postgresql://u:{quote(SECRET)}@127.0.0.1:9/x")
    assert "cannot be reached" in refusal(f"postgresql://127.0.0.1:9/x?password={quote(SECRET)}")
    assert "cannot be" in refusal(at(more="&nonsense=1"))
    assert url


def test_the_right_password_is_never_told(server, url, capsys, tmp_path):
    server.require_password("owner", SECRET, "SUPERUSER")
    given = f"postgresql://owner:{quote(SECRET)}@/{of(url)}?host={server.folder}"
    with open_ledger(given) as ledger:
        adopt(plan_of(people()), ledger, context(), NOW)
        assert "owner@" in ledger.place
        with pytest.raises(CampaignError) as failed, ledger.transaction() as connection:
            connection.exec_driver_sql("SELECT 1 / 0")
    said = [str(failed.value), ledger.place]
    for arguments in (["status", "--all"], ["status", "--all", "--json"], ["who", "+14155550002"]):
        assert main([*arguments, "-c", str(tmp_path / "none"), "--ledger", given]) == Exit.DONE
        said += capsys.readouterr()
    assert f"postgresql://owner@/{of(url)}" in said[2]
    assert [text for text in said if SECRET in text or quote(SECRET) in text] == []


def test_a_commit_counts_only_when_the_disk_has_it(server, url):
    server.tell(f"ALTER DATABASE {of(url)} SET synchronous_commit = off")
    with open_ledger(url) as ledger, ledger.transaction() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"


def test_only_one_writes_at_a_time_and_everybody_reads(url):
    order = []

    def write(ledger) -> None:
        with ledger.transaction() as connection:
            order.append("second")
            assert connection.exec_driver_sql("SELECT count(*) FROM campaigns").scalar_one() == 1

    with open_ledger(url) as first, open_ledger(url) as second, open_ledger(url, reading=True) as reader:
        with first.transaction() as connection:
            connection.exec_driver_sql("INSERT INTO campaigns (name, mark, created_at) VALUES ('a', 'MARK', '')")
            waiting = threading.Thread(target=write, args=(second,))
            waiting.start()
            assert reader.campaign_names() == []
            waiting.join(0.1)
            order.append("first")
        waiting.join()
    assert order == ["first", "second"]


def test_who_reads_sees_one_moment(url):
    asked = "SELECT count(*) FROM campaigns"
    with open_ledger(url) as writer, open_ledger(url) as reader, reader.transaction(reading=True) as connection:
        before = connection.exec_driver_sql(asked).scalar_one()
        writer.mark("survey")
        assert connection.exec_driver_sql(asked).scalar_one() == before == 0


def test_who_waits_too_long_for_another_writer_learns_that(url, monkeypatch):
    monkeypatch.setattr(
        "pipeline.ledger.postgres._WRITING", "SET LOCAL lock_timeout = '10ms'; LOCK TABLE meta IN EXCLUSIVE MODE"
    )
    said = pytest.raises(CampaignError, match="in use by another program")
    with open_ledger(url) as first, open_ledger(url) as second, first.transaction(), said as busy:
        second.mark("survey")
    assert busy.value.exit_code is Exit.BUSY


def test_texts_come_back_as_they_were_but_for_nul(url):
    ids = ["", ' "q", ', "\\.", "\\N", "line\nbreak\r", "Zoë 🦊", "nul\0", "NULL"]
    with open_ledger(url) as ledger:
        persons = [Person(row, 14_155_550_000 + row, id=text) for row, text in enumerate(ids, 2)]
        batch = adopt(plan_of(persons, per_batch=100), ledger, context(), NOW).batches[0].id
        ledger.finish(batch, ledger.begin(batch, "T", NOW), Answer(Verdict.ACCEPTED, message="nul\0"), NOW)
        assert sorted(ledger.memory("survey").ids) == sorted(text.replace("\0", "\ufffd") for text in ids)
        assert ledger.sent(1)[0].said == "nul\ufffd"


def killed(server, url: str, which: str) -> None:
    """Cut connections to the database, as a firewall or an administrator does, and wait until they are gone."""
    others = f"FROM pg_stat_activity WHERE datname = '{of(url)}' AND {which}"
    server.tell(f"SELECT pg_terminate_backend(pid, 5000) {others}")


def test_whose_lock_is_lost_begins_nothing_more_but_keeps_the_answer_that_is_due(server, url):
    with open_ledger(url) as ledger:
        first, second = adopt(plan_of(people(2, 4)), ledger, context(), NOW).batches
        with ledger.lock("survey"):
            attempt = ledger.begin(first.id, "A", NOW)
            killed(server, url, "application_name LIKE 'campaign, process%'")
            with pytest.raises(CampaignError, match="the lock of survey is lost"):
                ledger.begin(second.id, "B", NOW)
            ledger.finish(first.id, attempt, Answer(Verdict.ACCEPTED), NOW)
        assert [str(batch.state) for batch in ledger.sent(1)] == ["accepted", "planned"]
        with ledger.lock("survey"):
            assert ledger.begin(second.id, "C", NOW)


def test_a_connection_that_was_cut_while_nothing_went_on_is_made_anew(server, url):
    with open_ledger(url) as ledger:
        mark = ledger.mark("survey")
        killed(server, url, "true")
        assert ledger.mark("survey") == mark


def insert(ledger, meanwhile) -> None:
    with ledger.transaction() as connection:
        connection.exec_driver_sql("INSERT INTO campaigns (name, mark, created_at) VALUES ('a', 'MARK', '')")
        meanwhile()
        connection.exec_driver_sql("SELECT 1")


def test_a_connection_that_is_cut_in_a_transaction_undoes_it_and_is_said(server, url):
    with open_ledger(url) as ledger:
        with pytest.raises(CampaignError, match="connection was cut"):
            insert(ledger, lambda: killed(server, url, "state = 'idle in transaction'"))
        assert ledger.campaign_names() == []


def test_the_holder_of_the_lock_is_not_ended_for_being_idle(server, url):
    server.tell(f"ALTER DATABASE {of(url)} SET idle_in_transaction_session_timeout = '10s'")
    engine = sa.create_engine(url.replace("postgresql", "postgresql+psycopg", 1), poolclass=sa.StaticPool)
    with open_ledger(url) as ledger:
        ledger.mark("survey")
    with held(engine, CampaignRow(1, "survey", "MARK"), "me"), engine.connect() as same:
        assert same.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar_one() == "0"
    engine.dispose()


def test_the_holder_of_the_lock_is_shown_to_the_servers_administrators(server, url):
    mine = f"campaign, process {os.getpid()} on {os.uname().nodename}"[:63]
    with open_ledger(url) as ledger, ledger.lock("survey"):
        query = f"SELECT application_name FROM pg_stat_activity WHERE datname = '{of(url)}' ORDER BY 1"
        assert (mine,) in server.ask(query)


def test_a_ledger_on_a_server_that_crashed_is_there_again(server, url):
    with open_ledger(url) as ledger:
        ledger.mark("survey")
        server.stop(signal.SIGQUIT)
        with pytest.raises(CampaignError, match="cannot be reached"):
            ledger.mark("another")
        server.start()
        assert ledger.campaign_names() == ["survey"]


@pytest.mark.parametrize(
    ("state", "words"),
    [("53100", "the disk is full"), ("XX001", "is damaged"), ("57P01", "was cut"), ("22003", "cannot be used")],
)
def test_an_error_of_the_server_is_said_in_words(state, words):
    class Failed(Exception):  # noqa: N818
        sqlstate = state

    error = sa.exc.DBAPIError("SELECT", None, Failed(f"{SECRET} is\n  wrong"))
    said = in_words(error, [SECRET])
    assert words in said
    assert SECRET not in said
