import json
import sqlite3
import stat

import pytest
from sandbox_client import BATCHES, batch, client, names, numbers, submit

from pipeline.sandbox.calls import Calls
from schemas.errors import CampaignError


def test_every_person_of_every_batch_counts_as_called(sandbox):
    submit(sandbox, batch(*numbers(3), call_name="one"))
    submit(sandbox, batch(recipients=[{"id": "r1", "whatsapp_user_id": "14155550100", "newer": 1}], call_name="two"))
    placed = sandbox.calls.placed()
    assert [(call.call_name, call.address) for call in placed] == [
        *(("one", number) for number in numbers(3)),
        ("two", "14155550100"),
    ]
    assert (placed[3].recipient_id, placed[3].recipient["newer"]) == ("r1", 1)
    assert len({call.recipient_id for call in placed}) == 4


def test_a_person_who_is_sent_twice_counts_twice(sandbox):
    submit(sandbox)
    submit(sandbox)
    assert [call.address for call in sandbox.calls.placed()] == ["+14155550100"] * 2


def test_the_bytes_of_a_body_are_kept(sandbox):
    body = json.dumps(batch(call_name='"é"\n'), ensure_ascii=False, indent=3).encode()
    with client(sandbox) as http:
        receipt = http.post(f"{BATCHES}/submit", content=body, headers={"content-type": "application/json"}).json()
    assert sandbox.calls.body(receipt["id"]) == body


def test_a_sandbox_that_comes_back_goes_on(start_sandbox, tmp_path):
    file = tmp_path / "kept.sqlite"
    first = start_sandbox(file=file)
    submit(first, batch(call_name="before"))
    second = start_sandbox(file=file)
    submit(second, batch(call_name="after"))
    assert names(second) == ["after", "before"]
    assert len({call.batch_id for call in second.calls.placed()}) == 2


def test_the_file_is_private(sandbox):
    submit(sandbox)
    files = [sandbox.calls.path, *sandbox.calls.path.parent.glob("sandbox.sqlite-*")]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_key_is_not_remembered(start_sandbox):
    sandbox = start_sandbox(key="sk_secret")
    with client(sandbox) as http:
        assert http.get(f"{BATCHES}/workspace", headers={"xi-api-key": "sk_secret"}).status_code == 200
    files = sandbox.calls.path.parent.iterdir()
    assert not any(b"sk_secret" in file.read_bytes() for file in files)


def test_nothing_can_be_written_through_the_record(sandbox):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        sandbox.calls._open().execute("DELETE FROM requests")


def test_another_programs_file_is_left_alone(start_sandbox, tmp_path):
    ledger = tmp_path / "ledger.sqlite"
    with sqlite3.connect(ledger) as sql:
        sql.execute("CREATE TABLE people (number)")
    sql.close()
    before = ledger.read_bytes()
    with pytest.raises(CampaignError, match="not a file of a sandbox"):
        start_sandbox(file=ledger)
    assert ledger.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(start_sandbox, tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear customer, " * 100)
    with pytest.raises(CampaignError, match="not a file of a sandbox"):
        start_sandbox(file=letter)


def test_a_file_in_no_folder_is_told(start_sandbox, tmp_path):
    with pytest.raises(CampaignError, match="cannot be opened"):
        start_sandbox(file=tmp_path / "none" / "sandbox.sqlite")


def test_a_record_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(CampaignError, match="cannot be opened"):
        Calls(tmp_path / "none.sqlite").placed()
