"""`campaign people forget`: the person is gone from every byte of the ledger, and is not called again all the same."""

import io
import sqlite3

import polars as pl
import pytest
import zstandard

from pipeline import flow
from pipeline.ledger import open_ledger
from schemas.errors import Exit
from tests.program import CAMPAIGN, NUMBERS, called
from tests.test_people import ONE_BY_ONE, block, people_in, person
from tests.test_resume import rewrite

ZOE = NUMBERS[1]
SECRET = "0123456789abcdef" * 4


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("CAMPAIGN_HASH_KEY", SECRET)


def forget(desk, *people, code=Exit.DONE):
    ended = desk.call("people forget", *people, "--yes", "--json")
    assert ended.code == code, ended.err
    return ended


def bytes_of(desk) -> bytes:
    """Everything that the ledger's files hold, compressed or not."""
    files = [desk.ledger.with_name(f"{desk.ledger.name}{end}") for end in ("", "-wal", "-shm")]
    raw = b"".join(file.read_bytes() for file in files if file.exists())
    payloads = [zstandard.decompress(blob) for (blob,) in desk.sql("SELECT recipients_zstd FROM payloads")]
    frames = [pl.read_parquet(io.BytesIO(blob)) for (blob,) in desk.sql("SELECT parquet FROM sources")]
    return b"\n".join([raw, *payloads, *(frame.write_csv().encode() for frame in frames)])


@pytest.fixture
def sent(desk, at_service):
    """Four people were called; the file says Zoë's number in two ways."""
    sandbox = at_service()
    desk.write(people=4, more="r8,No number,12\n", campaign=CAMPAIGN.replace('"20%"', '"90%"'))
    desk.file.write_text(desk.file.read_text().replace(ZOE, "(415) 555-2601"))
    assert desk.run().code == 0
    assert desk.call("results", "--out", str(desk.folder / "results.csv")).code == 0
    return sandbox


@pytest.mark.usefixtures("sent")
def test_no_byte_of_the_person_is_left(desk):
    before = bytes_of(desk)
    assert all(text.encode() in before for text in (ZOE, ZOE[1:], "555-2601", "Person 1", "r1"))
    forget(desk, ZOE)
    after = bytes_of(desk)
    assert [text for text in (ZOE, ZOE[1:], "555-2601", "Person 1") if text.encode() in after] == []
    assert SECRET.encode() not in after
    assert all(text.encode() in after for text in (NUMBERS[0], NUMBERS[2], "Person 0", "Person 2"))
    assert desk.sql("SELECT phone, recipient_id, codes, position FROM rows WHERE row = 3") == [
        (None, None, "forgotten", 1)
    ]


def test_the_person_is_not_called_again(desk, sent):
    forget(desk, ZOE)
    assert desk.run().code == 0
    checked = desk.call("check", str(desk.file), "--json", "--no-report").document
    assert checked["counts"] == {"rows": 5, "planned": 0, "to_fix": 1, "left_out": 0, "called_before": 4}
    assert called(sent) == NUMBERS[:4]
    assert ZOE.encode() not in bytes_of(desk)


def test_another_campaign_may_call_unless_there_is_a_block(desk, sent):
    forget(desk, ZOE)
    summer = CAMPAIGN.replace('"spring"', '"summer"')
    block(desk, NUMBERS[2])
    forget(desk, NUMBERS[2])
    desk.write(people=4, campaign=summer)
    assert desk.run().code == 0
    assert called(sent)[4:] == [NUMBERS[0], ZOE, NUMBERS[3]]
    assert NUMBERS[2].encode() not in bytes_of(desk)
    assert "Blocked since" in desk.call("who", NUMBERS[2]).out
    assert "  somebody who was forgotten since" in desk.call("people list", "--show-numbers").out
    assert desk.call("people release", NUMBERS[2], "--yes").out.startswith("1 of 1")
    desk.write(people=4, campaign=CAMPAIGN.replace('"spring"', '"autumn"'))
    assert desk.run().code == 0
    assert called(sent)[7:] == NUMBERS[:4]


def test_a_blocked_and_forgotten_person_is_not_stored_again_whatever_is_wrong_with_the_row(desk, sent):
    block(desk, ZOE)
    forget(desk, ZOE)
    desk.write(people=2, more=f"r5,,{ZOE}\nr6,Twin,{ZOE}\n", campaign=CAMPAIGN.replace('"spring"', '"summer"'))
    assert desk.run().code == 0
    assert called(sent)[4:] == [NUMBERS[0]]
    assert ZOE.encode() not in bytes_of(desk)
    people_in(desk)


def test_who_is_blocked_and_forgotten_is_not_said_to_have_been_called(desk):
    desk.write(people=3)
    block(desk, "--id", "r1")
    forget(desk, "--id", "r1")
    told = desk.call("check", str(desk.file)).out
    assert "3 rows = 2 to call + 0 to fix + 0 left out + 1 forgotten." in told
    assert "called before" not in told
    page = (desk.folder / "people.csv-report" / "report.html").read_text()
    assert "1 more row is of people whom the ledger has forgotten." in page
    assert "has called before" not in page
    document = desk.call("check", str(desk.file), "--json", "--no-report").document
    assert [(each["code"], each["rows"]) for each in document["findings"]] == [("forgotten", 1)]
    assert document["counts"]["called_before"] == 1


@pytest.mark.usefixtures("sent")
def test_what_cannot_be_deleted_is_listed(desk):
    service_ids = [line[0] for line in desk.sql("SELECT service_id FROM batches WHERE number = 1")]
    ((conversation,),) = desk.sql("SELECT conversation_id FROM results WHERE row = 3")
    told = forget(desk, ZOE).document
    assert told["rows"] == 1
    assert told["conversations"] == [conversation]
    assert told["batches"] == service_ids
    assert told["files"] == [str(desk.file), f"{desk.file}-report/run-1"]
    assert told["not_blocked"] == 1
    assert desk.sql("SELECT count(*) FROM results WHERE row = 3") == [(0,)]


@pytest.mark.usefixtures("sent")
def test_the_report_of_a_check_is_listed_too_and_all_paths_are_whole(desk, monkeypatch):
    monkeypatch.chdir(desk.folder)
    rewrite(desk, "UPDATE runs SET source_path = ?", desk.file.name)
    assert desk.call("check", str(desk.file)).code == 0
    told = desk.call("people forget", ZOE, "--yes").out
    for path in (desk.file, f"{desk.file}-report", f"{desk.file}-report/run-1"):
        assert f"\n  {path}\n" in told
    assert "reports (of `run` and of `check`)" in told


def test_results_of_the_others_are_still_joined(desk, at_service):
    running = at_service(call_seconds=3600)
    desk.write(people=3)
    assert desk.run().code == 0
    forget(desk, ZOE)
    later = at_service(file=running.calls.path)
    rewrite(desk, "UPDATE runs SET base_url = ?", later.url)
    out = desk.folder / "results.csv"
    assert desk.call("results", "--out", str(out)).code == 0
    assert desk.sql("SELECT row, problem FROM results ORDER BY row") == [(2, None), (4, None)]
    assert out.read_text().splitlines()[2].startswith(",,,3,1,,accepted,forgotten,")


@pytest.mark.usefixtures("sent")
def test_people_read_what_is_left_to_do(desk):
    told = desk.call("people forget", ZOE, "--yes").out
    for words in (
        "Forgotten: 1 row in 1 run is empty now.",
        "Not all of their addresses",
        str(desk.file),
        "conversations",
        "btcal_",
    ):
        assert words in told
    assert ZOE not in told


@pytest.mark.usefixtures("sent")
def test_whom_nobody_knows_is_forgotten_all_the_same(desk):
    told = forget(desk, NUMBERS[50]).document
    assert (told["rows"], told["runs"], told["batches"]) == (0, [], [])
    assert desk.call("people forget", NUMBERS[50], "--yes").out.startswith("No row of this ledger was of them")


@pytest.mark.parametrize("nobody", [(NUMBERS[50],), ("--older-than", "400d")])
def test_to_forget_nobody_needs_no_key_and_binds_the_ledger_to_none(desk, sent, monkeypatch, nobody):
    forget(desk, *nobody)
    monkeypatch.delenv("CAMPAIGN_HASH_KEY")
    forget(desk, *nobody)
    assert desk.run().code == 0
    assert called(sent) == NUMBERS[:4]


@pytest.mark.usefixtures("sent")
def test_who_is_only_blocked_is_forgotten_by_the_key(desk):
    block(desk, NUMBERS[50])
    forget(desk, NUMBERS[50])
    assert NUMBERS[50].encode() not in bytes_of(desk)
    assert block(desk, NUMBERS[50]).document["blocked_before"] == 1


@pytest.mark.usefixtures("sent")
def test_to_block_again_who_was_forgotten_writes_no_number_down(desk):
    block(desk, ZOE)
    forget(desk, ZOE)
    assert block(desk, ZOE, NUMBERS[2]).document["blocked_before"] == 1
    assert ZOE.encode() not in bytes_of(desk)


def test_a_plan_that_was_made_before_somebody_was_forgotten_is_made_again(desk, sent, monkeypatch):
    desk.write(people=5, campaign=CAMPAIGN.replace('"spring"', '"summer"'))
    adopt, forgotten = flow.adopt, []

    def after_somebody_was_forgotten(*given):
        if not forgotten:
            forgotten.append(block(desk, ZOE))
            forget(desk, ZOE)
        return adopt(*given)

    monkeypatch.setattr(flow, "adopt", after_somebody_was_forgotten)
    ended = desk.run()
    assert ended.code == 0
    assert called(sent)[4:] == [NUMBERS[0], *NUMBERS[2:5]]
    assert ZOE.encode() not in bytes_of(desk)


@pytest.mark.usefixtures("sent")
def test_somebody_is_forgotten_by_id_with_the_number(desk):
    told = forget(desk, "--id", "r1").document
    assert told["rows"] == 1
    assert ZOE.encode() not in bytes_of(desk)
    assert desk.sql("SELECT count(*) FROM claims WHERE kind = 'hash'") == [(2,)]
    assert "Forgotten" in desk.call("who", ZOE).out
    assert "Forgotten" in desk.call("who", "--id", "r1").out


def test_who_is_still_planned_is_taken_out_of_the_batch(desk, at_service):
    sandbox = at_service("429=0")
    desk.write(people=4, campaign=ONE_BY_ONE)
    assert desk.run().code == 3
    forget(desk, ZOE)
    assert desk.call("resume").code == 0
    assert called(sandbox) == [NUMBERS[0], NUMBERS[2], NUMBERS[3]]
    assert ZOE.encode() not in bytes_of(desk)
    assert (3, "left_out", "forgotten") in people_in(desk)


def test_nobody_is_forgotten_while_the_call_may_be_under_way(desk, at_service):
    at_service("lost")
    desk.write(people=2)
    assert desk.run().code == 4
    assert "is unconfirmed" in forget(desk, ZOE, code=Exit.REFUSED).err
    assert ZOE.encode() in bytes_of(desk)
    assert desk.sql("SELECT hash_check FROM meta") == [(None,)]


def test_a_run_that_is_about_to_send_keeps_its_people(desk, at_service):
    at_service("429=0")
    desk.write(people=2, campaign=ONE_BY_ONE)
    assert desk.run().code == 3
    with open_ledger(desk.ledger) as ledger, ledger.lock("spring"):
        assert "another run of spring is active" in forget(desk, ZOE, code=Exit.BUSY).err


def test_the_words_of_a_test_call_are_forgotten_too(desk, at_service):
    at_service()
    desk.write(people=3)
    ended = desk.call("test", str(desk.file), "--to", NUMBERS[60], "--rows", "3", "--yes", "--create-ledger")
    assert ended.code == 0
    assert b"Person 1" in bytes_of(desk)
    forget(desk, ZOE)
    assert b"Person 1" not in bytes_of(desk)


def test_an_answer_of_the_service_that_names_the_person_does_not_any_more(desk, sent):
    rewrite(desk, "UPDATE attempts SET message = ?", f"{ZOE} and {NUMBERS[0]} were odd, (415) 555-2601 too")
    forget(desk, ZOE)
    assert desk.sql("SELECT message FROM attempts WHERE batch_id = 1") == [
        (f"••• and {NUMBERS[0]} were odd, (••• too",)
    ]
    assert len(called(sent)) == 4


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("", "is not set; set the key by which this ledger has forgotten"),
        ("short", "or more; set the key by which"),
        ("another" * 9, "not the key"),
    ],
)
@pytest.mark.usefixtures("sent")
def test_without_the_key_nothing_goes_on(desk, monkeypatch, secret, words):
    forget(desk, ZOE)
    monkeypatch.setenv("CAMPAIGN_HASH_KEY", secret)
    assert words in forget(desk, NUMBERS[2], code=Exit.REFUSED).err
    for command in ("check", "run"):
        ended = desk.call(command, str(desk.file), *(["--yes"] if command == "run" else []))
        assert ended.code == Exit.REFUSED
        assert words in ended.err
    assert desk.call("who", ZOE).code == 0
    assert NUMBERS[2].encode() in bytes_of(desk)


@pytest.mark.usefixtures("sent")
def test_who_forgets_for_the_first_time_is_told_how_a_key_is_made(desk, monkeypatch):
    monkeypatch.delenv("CAMPAIGN_HASH_KEY")
    assert "make one with `openssl rand -hex 32`" in forget(desk, ZOE, code=Exit.REFUSED).err


@pytest.mark.usefixtures("sent")
def test_the_key_may_be_in_a_file(desk, monkeypatch):
    file = desk.folder / "hash.key"
    file.write_text(f"{SECRET}\n")
    monkeypatch.delenv("CAMPAIGN_HASH_KEY")
    assert "CAMPAIGN_HASH_KEY" in forget(desk, ZOE, code=Exit.REFUSED).err
    monkeypatch.setenv("CAMPAIGN_HASH_KEY_FILE", str(file))
    forget(desk, ZOE)
    monkeypatch.setenv("CAMPAIGN_HASH_KEY", SECRET)
    forget(desk, NUMBERS[2])


def age(desk, days):
    """Let everything have happened so long ago."""
    for table, columns in {"runs": ("started_at", "ended_at"), "batches": ("state_at",)}.items():
        for column in columns:
            rewrite(desk, f"UPDATE {table} SET {column} = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-{days} days')")


def test_who_was_called_long_ago_is_forgotten_with_the_run(desk, sent):
    age(desk, 401)
    desk.write(people=5)
    assert desk.run().code == 0
    told = forget(desk, "--older-than", "400d").document
    assert (told["rows"], told["runs"], told["open_runs"]) == (5, [1], [])
    assert len(told["conversations"]) == 4
    assert ZOE.encode() not in bytes_of(desk)
    assert NUMBERS[4].encode() in bytes_of(desk)
    assert desk.run().code == 0
    assert called(sent) == NUMBERS[:5]
    again = forget(desk, "--older-than", "400d").document
    assert {name: told for name, told in again.items() if told} == {}


def test_a_run_deletes_words_that_are_older_than_the_campaign_file_says(desk, at_service):
    at_service()
    desk.write(people=2)
    assert desk.run().code == 0
    rewrite(desk, "UPDATE attempts SET message = 'hello'")
    age(desk, 31)
    desk.write(people=3, campaign=f'{CAMPAIGN}[ledger]\nkeep = "32d"\n')
    assert "older than" not in desk.run().err
    age(desk, 31)
    desk.write(people=4, campaign=f'{CAMPAIGN}[ledger]\nkeep = "30d"\n')
    assert "The words of 2 batches are older than [ledger] keep, 30 days, and were deleted." in desk.run().err
    assert desk.sql("SELECT batch_id FROM payloads") == [(3,)]
    assert desk.sql("SELECT message FROM attempts WHERE batch_id < 3 AND message IS NOT NULL") == []
    assert desk.sql("SELECT count(*) FROM rows WHERE phone IS NOT NULL") == [(4,)]
    assert "not kept any more" in desk.call("who", ZOE).out


def test_an_old_run_that_is_not_over_keeps_its_people(desk, at_service):
    at_service("lost")
    desk.write(people=2)
    assert desk.run().code == 4
    age(desk, 401)
    assert forget(desk, "--older-than", "400d").document["open_runs"] == [1]
    assert ZOE.encode() in bytes_of(desk)


@pytest.mark.usefixtures("sent")
def test_who_was_called_by_whom_is_told_of_the_forgotten_too(desk):
    age(desk, 401)
    forget(desk, "--older-than", "400d")
    assert "Known as called by spring, and forgotten since." in desk.call("who", ZOE).out
    assert desk.call("who", ZOE, "--json").document["forgotten_by"] == ["spring"]
    assert desk.call("who", NUMBERS[60], "--json").document["forgotten_by"] == []


@pytest.mark.parametrize("more", [[], ["--for-crm"], ["--out", "r.parquet"]])
def test_results_of_a_forgotten_run_say_so_once_and_end_well(desk, at_service, monkeypatch, more):
    monkeypatch.chdir(desk.folder)
    at_service()
    desk.write(people=4)
    assert desk.run().code == 0
    age(desk, 401)
    forget(desk, "--older-than", "400d")
    told = desk.call("results", "--run", "1", *more)
    assert (told.code, told.err.count("\n"), "is forgotten" in told.err) == (0, 1, True)
    (written,) = {*desk.folder.glob("results-*.csv"), *desk.folder.glob("r.parquet")}
    frame = pl.read_parquet(written) if written.suffix == ".parquet" else pl.read_csv(written)
    assert (frame.height, frame.width > 3) == (0 if more == ["--for-crm"] else 4, True)


def test_results_without_words_are_not_asked_for_again_and_again(desk, at_service):
    at_service(call_seconds=3600)
    desk.write(people=4)
    assert desk.run().code == 0
    rewrite(desk, "DELETE FROM payloads WHERE batch_id = 1")
    told = desk.call("results", "--out", str(desk.folder / "r.csv"))
    assert (told.code, "the words of 1 batches are not kept any more" in told.err) == (0, True)


@pytest.mark.parametrize("arguments", [[], [ZOE, "--older-than", "400d"], ["--older-than", "soon"]])
def test_who_is_meant_is_said_in_one_way(desk, arguments):
    assert desk.call("people forget", *arguments, "--yes").code == Exit.REFUSED


@pytest.mark.usefixtures("sent")
def test_a_reader_delays_only_the_last_traces(desk, monkeypatch):
    monkeypatch.setattr("pipeline.ledger.sqlite._SCRUB_MILLISECONDS", 50)
    reader = sqlite3.connect(desk.ledger)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM rows").fetchone()
    ended = desk.call("people forget", ZOE, "--yes")
    assert ended.code == Exit.NOT_SENT
    assert "traces are left" in ended.err
    reader.close()
    forget(desk, ZOE)
    assert ZOE.encode() not in bytes_of(desk)


@pytest.mark.usefixtures("sent")
def test_killed_in_the_middle_all_is_there_or_nothing(desk, monkeypatch):
    for place in ("hash_claims", "empty_cells", "add"):
        with monkeypatch.context() as patch:
            patch.setattr(f"pipeline.ledger.forgetting.{place}", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            assert desk.call("people forget", ZOE, "--yes").code == Exit.INTERRUPTED
        assert person(1).encode() in bytes_of(desk)
        assert desk.sql("SELECT count(*) FROM claims WHERE kind = 'hash'") == [(0,)]
    assert desk.ledger.stat().st_mode & 0o777 == 0o600
    forget(desk, ZOE)
    assert desk.ledger.stat().st_mode & 0o777 == 0o600


def test_what_the_service_said_about_the_person_is_forgotten_too(desk, at_service):
    at_service(refused=(ZOE,))
    desk.write(people=4, campaign=CAMPAIGN.replace('"20%"', '"90%"'))
    assert desk.run().code == 1
    assert ZOE.encode() in bytes_of(desk)
    forget(desk, ZOE)
    assert ZOE.encode() not in bytes_of(desk)
    assert desk.sql("SELECT said FROM rows WHERE row = 3") == [(None,)]


def test_a_call_that_is_still_to_come_is_told(desk, at_service):
    at_service(call_seconds=3600)
    desk.write(people=3)
    assert desk.run().code == 0
    held = [
        line[0]
        for line in desk.sql("SELECT b.service_id FROM rows r JOIN batches b ON b.id = r.batch_id WHERE row = 3")
    ]
    told = desk.call("people forget", ZOE, "--yes").out
    assert "Their calls may still be made" in told
    assert held[0] in told.split("Their calls may still be made")[1]


@pytest.mark.usefixtures("sent")
def test_a_call_that_is_over_is_not_still_to_come(desk):
    assert forget(desk, ZOE).document["to_come"] == []
