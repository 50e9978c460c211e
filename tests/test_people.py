"""`campaign people block` and `release`, with the real program: who has said no is called by no campaign."""

import json

import openpyxl
import pytest

from pipeline import flow
from pipeline.cli import main
from pipeline.commands.blocking import frame_of
from pipeline.ledger import open_ledger, wishes
from pipeline.ledger.who import Person
from schemas.addresses import Kind
from schemas.errors import Exit
from tests.program import CAMPAIGN, NUMBERS, called, submits, wait_until
from tests.test_resume import ONE_BY_ONE, rewrite


def block(desk, *people, reason="asked on the phone", code=Exit.DONE):
    ended = desk.call("people block", *people, "--reason", reason, "--yes", "--create-ledger", "--json")
    assert ended.code == code, ended.err
    return ended


def release(desk, *people):
    return desk.call("people release", *people, "--yes")


def people_in(desk):
    """Whatever happens: rows = planned + to fix + left out + called before, and the planned are those of the batches."""
    ((uneven,),) = desk.sql(
        "SELECT count(*) FROM runs WHERE rows != planned + to_fix + left_out + called_before OR planned != "
        "(SELECT coalesce(sum(recipients), 0) FROM batches WHERE run_id = runs.id)"
    )
    assert uneven == 0
    return desk.sql("SELECT row, outcome, codes FROM rows ORDER BY run_id, row")


def test_who_is_blocked_is_called_by_no_campaign(desk, at_service):
    sandbox = at_service()
    desk.write(people=4)
    assert block(desk, NUMBERS[1]).document == {
        "people": 1,
        "blocked_before": 0,
        "blocked_too": [],
        "ids_not_seen": [],
        "under_way": 0,
        "not_numbers": [],
    }
    checked = desk.call("check", str(desk.file), "--json", "--no-report").document
    assert [(told["code"], told["rows"]) for told in checked["findings"]] == [("blocked", 1)]
    assert checked["counts"] == {"rows": 4, "planned": 3, "to_fix": 0, "left_out": 1, "called_before": 0}
    assert desk.run().code == 0
    desk.write(people=4, campaign=CAMPAIGN.replace('"spring"', '"summer"'))
    assert desk.run().code == 0
    assert called(sandbox) == [NUMBERS[0], NUMBERS[2], NUMBERS[3]] * 2
    assert (3, "left_out", "blocked") in people_in(desk)


def test_who_blocked_when_and_why_is_kept_and_told(desk, at_service):
    at_service()
    desk.write(people=2)
    block(desk, NUMBERS[1], reason="wrote on 3 May")
    ((wish, by, at, reason),) = desk.sql("SELECT wish, by, at, reason FROM wishes")
    assert (wish, reason) == ("blocked", "wrote on 3 May")
    assert by
    assert at.endswith("Z")
    told = desk.call("who", NUMBERS[1]).out
    assert f"Blocked since {at[:16].replace('T', ' ')} UTC by {by}: wrote on 3 May" in told
    assert NUMBERS[1] not in told
    assert desk.call("who", NUMBERS[1], "--json").document["wishes"][0]["reason"] == "wrote on 3 May"


def test_to_block_again_is_no_error_and_the_first_word_stands(desk):
    block(desk, NUMBERS[1], reason="first")
    assert block(desk, NUMBERS[1], NUMBERS[2], reason="second").document["blocked_before"] == 1
    assert desk.sql("SELECT reason FROM wishes ORDER BY id") == [("first",), ("second",)]


@pytest.mark.parametrize("addresses", [["--id", "r1"], ["+1 (415) 555-2601"], ["4155552601", "--default-region", "US"]])
def test_somebody_is_known_by_any_address(desk, at_service, addresses):
    sandbox = at_service()
    desk.write(people=3)
    block(desk, *addresses)
    assert desk.run().code == 0
    assert called(sandbox) == [NUMBERS[0], NUMBERS[2]]


def test_who_is_blocked_by_id_is_not_called_under_another_id(desk, at_service):
    sandbox = at_service()
    desk.write(people=3)
    assert desk.run().code == 0
    told = desk.call("people block", "--id", "r1", "--reason", "x", "--yes").out
    assert "So is what else the ledger knows the ids by: +1415•••01." in told
    assert NUMBERS[1] not in told
    desk.write(people=0, more=f"x1,Zoë,{NUMBERS[1]}\n", campaign=CAMPAIGN.replace('"spring"', '"summer"'))
    assert desk.run().code == 0
    assert called(sandbox) == NUMBERS[:3]
    assert block(desk, "--id", "r1").document["blocked_too"] == ["+1415•••01"]


def test_an_id_in_a_test_call_does_not_block_the_tester(desk, at_service):
    at_service()
    desk.write(people=3)
    desk.call("test", str(desk.file), "--to", NUMBERS[60], "--rows", "3", "--yes", "--create-ledger")
    assert block(desk, "--id", "r1").document["blocked_too"] == []


def test_an_id_that_the_ledger_has_never_seen_is_said_so(desk):
    assert block(desk, "--id", "typo").document["ids_not_seen"] == ["typo"]
    told = desk.call("people block", "--id", "typo", "--reason", "x", "--yes")
    assert "No row of this ledger has the id 'typo'; it is blocked should it come." in told.out
    assert told.code == Exit.DONE


def test_whatsapp_ids_are_blocked_as_well_and_digits_are_a_number(desk, at_service):
    at_service()
    campaign = CAMPAIGN.replace('phone_number = "{Phone}"', 'whatsapp_user_id = "{Phone}"').replace(
        'agent_phone_number_id = "phone_1"',
        'channel = "whatsapp"\nwhatsapp_params = { whatsapp_call_permission_request_template_name = "p",'
        ' whatsapp_call_permission_request_template_language_code = "en" }',
    )
    desk.write(people=3, more="r9,Zoë,zoë.business\n", campaign=campaign)
    block(desk, NUMBERS[0], "zoë.business")
    assert desk.run().code == 0
    assert [codes for _, _, codes in people_in(desk)] == ["blocked", None, None, "blocked"]
    assert desk.sql("SELECT whatsapp FROM rows WHERE outcome = 'planned'") == [(NUMBERS[1][1:],), (NUMBERS[2][1:],)]


def test_a_no_on_one_row_of_a_number_holds_for_all_its_rows(desk, at_service):
    sandbox = at_service()
    desk.write(people=2, more=f"r7,Twin,{NUMBERS[1]}\n")
    block(desk, NUMBERS[1])
    assert desk.run().code == 0
    assert called(sandbox) == [NUMBERS[0]]
    assert people_in(desk)[1:] == [(3, "left_out", "blocked"), (4, "left_out", "blocked,duplicate_phone")]


def test_a_no_of_an_id_holds_for_all_rows_of_its_number(desk, at_service):
    sandbox = at_service()
    desk.write(people=2, more=f"r7,Twin,{NUMBERS[1]}\n")
    block(desk, "--id", "r7")
    assert desk.run().code == 0
    assert called(sandbox) == [NUMBERS[0]]
    assert people_in(desk)[1:] == [(3, "left_out", "blocked"), (4, "left_out", "blocked,duplicate_phone")]


TWO_COLUMNS = CAMPAIGN.replace('phone_number = "{Phone}"', 'phone_number = ["{Phone}", "{Name}"]')


def test_who_has_said_no_on_one_number_is_not_called_on_another(desk, at_service):
    sandbox = at_service()
    more = f"a,{NUMBERS[9]},{NUMBERS[5]}\nb,{NUMBERS[5]},{NUMBERS[7]}\nc,{NUMBERS[8]},{NUMBERS[7]}\nd,{NUMBERS[8]},no\n"
    desk.write(people=1, more=more, campaign=TWO_COLUMNS.replace('"20%"', '"90%"'))
    block(desk, NUMBERS[5])
    checked = desk.call("check", str(desk.file), "--json", "--no-report").document
    (told,) = (each for each in checked["findings"] if each["code"] == "blocked")
    assert told["rows"] == 3
    assert [(each["row"], each["detail"]) for each in told["examples"]] == [
        (3, None),
        (4, "another number of the row"),
        (5, "the same number as row 4"),
    ]
    assert desk.run().code == 0
    assert called(sandbox) == [NUMBERS[0], NUMBERS[8]]


def test_how_a_file_was_read_is_said_and_a_sheet_can_be_named(desk, tmp_path):
    file, book = tmp_path / "optouts.xlsx", openpyxl.Workbook()
    book.active.title = "Oct"
    for sheet, number in ((book.active, NUMBERS[0]), (book.create_sheet("Nov"), NUMBERS[1])):
        for line in (["Name", "Phone"], ["Ann", number]):
            sheet.append(line)
    book.save(file)
    first = block(desk, "--file", str(file))
    assert "read column Phone, numbers with + only. The sheet “Oct” was read, of 2; --sheet names another." in first.err
    assert "Oct" not in block(desk, "--file", str(file), "--sheet", "Nov").err
    assert [
        line["address"] for line in desk.call("people list", "--json", "--show-numbers").document["blocked"]
    ] == NUMBERS[:2]


def test_who_names_the_list_that_left_somebody_out(desk, at_service):
    at_service()
    (desk.folder / "optouts.csv").write_text(f"{NUMBERS[1]}\n")
    desk.write(people=2, campaign=f'{CAMPAIGN}\n[[rules.suppression]]\nfile = "optouts.csv"\n')
    assert desk.run().code == Exit.DONE
    told = desk.call("who", NUMBERS[1]).out
    assert f"shares a number with a row that has (the run heeded {desk.folder / 'optouts.csv'})\n" in told


def test_a_first_line_that_cannot_be_read_is_listed_too(desk, tmp_path):
    file = tmp_path / "optouts.txt"
    file.write_text(f"(415) 555-2603\n{NUMBERS[0]}\n")
    told = block(desk, "--file", str(file), code=Exit.STOPPED).document
    assert told["people"] == 1
    assert [(line["row"], line["column"], line["reason"]) for line in told["not_numbers"]] == [
        (1, "column 1", "phone_country_missing")
    ]


def test_a_file_of_numbers_is_found_its_column_and_what_is_no_number_is_listed(desk, tmp_path):
    file = tmp_path / "optouts.csv"
    file.write_text(f"Name,Tel,When\nA,{NUMBERS[0]},2024-05-01\nB,(415) 555-2601,\nC,,\nD,call me,2024\nE,+1 415 55,\n")
    told = block(desk, "--file", str(file), "--default-region", "US", code=Exit.STOPPED).document
    assert told["people"] == 2
    assert [(line["row"], line["column"], line["reason"]) for line in told["not_numbers"]] == [
        (5, "Tel", "phone_not_a_number"),
        (6, "Tel", "phone_too_short"),
    ]
    assert desk.sql("SELECT kind, address FROM wishes ORDER BY address") == [("phone", n[1:]) for n in NUMBERS[:2]]


def test_a_line_that_blocks_nobody_is_no_success_and_says_what_to_do(desk, tmp_path):
    file = tmp_path / "optouts.txt"
    file.write_text(f"{NUMBERS[0]}\n415 555 0007\n\n")
    ended = desk.call("people block", "--file", str(file), "--reason", "x", "--yes", "--create-ledger")
    assert ended.code == Exit.STOPPED
    assert "1 line is no number and blocked nobody:" in ended.out
    assert "(phone_country_missing; give --default-region)" in ended.out
    assert desk.sql("SELECT address FROM wishes") == [(NUMBERS[0][1:],)]
    assert block(desk, "--file", str(file), "--default-region", "US").document["people"] == 2


def test_a_text_of_numbers_needs_no_header(desk, tmp_path):
    file = tmp_path / "optouts.txt"
    file.write_text(f"{NUMBERS[0]}\n{NUMBERS[1]}\n\n{NUMBERS[0]}\n")
    assert block(desk, "--file", str(file)).document["people"] == 2


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("Tel\n4155552600\n", [], "need --default-region"),
        ("Tel\n\n", [], "yields no valid number"),
        ("A,B\nx,y\n", [], "no column"),
        (f"A,B\n{NUMBERS[0]},{NUMBERS[1]}\n", [], "2 columns (A, B)"),
        ("Tel\n4155552600\n", ["--column", "Phone"], "no column {Phone}"),
    ],
)
def test_a_file_that_yields_no_number_is_an_error(desk, tmp_path, text, options, words):
    file = tmp_path / "optouts.csv"
    file.write_text(text)
    assert words in block(desk, "--file", str(file), *options, code=Exit.REFUSED).err
    assert not desk.ledger.exists()


@pytest.mark.parametrize(
    ("people", "words"), [(["+14155"], "country code"), (["+14155550"], "no valid number"), ([], "name somebody")]
)
def test_a_mistyped_number_blocks_nobody(desk, people, words):
    assert words in block(desk, *people, code=Exit.REFUSED).err


@pytest.fixture
def left(desk, at_service):
    """A campaign of 7 people of whom nobody is called yet: the service takes nothing."""
    sandbox = at_service("429=0")
    desk.write(people=7, campaign=ONE_BY_ONE)
    assert desk.run().code == 3
    return sandbox


def test_who_is_blocked_after_planning_is_taken_out_before_the_batch_is_sent(desk, left):
    block(desk, NUMBERS[1], NUMBERS[5], NUMBERS[6])
    resumed = desk.call("resume")
    assert resumed.code == 0
    assert (
        "Run 1: 4 people: 4 accepted in 2 batches. 3 people were blocked or forgotten since and left out."
        in resumed.out
    )
    assert called(left) == [NUMBERS[0], NUMBERS[2], NUMBERS[3], NUMBERS[4]]
    assert [codes for _, _, codes in people_in(desk)] == [None, "blocked", None, None, None, "blocked", "blocked"]
    assert desk.sql("SELECT number, state, recipients FROM batches ORDER BY number") == [
        (1, "accepted", 2),
        (2, "accepted", 2),
        (3, "superseded", 0),
    ]
    assert desk.sql("SELECT row, position FROM rows WHERE batch_id = 1") == [(2, 0), (4, 1)]
    assert desk.sql("SELECT count(*) FROM claims WHERE row IN (3, 7, 8)") == [(0,)]
    assert desk.call("status").code == 0


@pytest.mark.usefixtures("left")
def test_the_request_is_as_large_as_the_ledger_says(desk):
    block(desk, NUMBERS[0], NUMBERS[4])
    before = desk.sql("SELECT sum(body_bytes) FROM batches")[0][0]
    assert desk.call("resume").code == 0
    ((after,),) = desk.sql("SELECT sum(body_bytes) FROM batches")
    with open_ledger(desk.ledger) as ledger:
        texts = [ledger.payload(batch) for batch in (1, 2, 3)]
    assert [text.count(b"phone_number") for text in texts] == [2, 2, 1]
    assert before - after == sum(len(f"{text},\n") for text in (person(0), person(4)))


def person(number):
    return (
        f'{{"id":"r{number}","phone_number":"{NUMBERS[number]}","conversation_initiation_client_data":'
        f'{{"dynamic_variables":{{"name":"Person {number}"}}}}}}'
    )


def test_a_block_that_comes_between_two_steps_of_a_sender_is_seen(desk, left):
    with open_ledger(desk.ledger) as ledger:
        assert ledger.subtract(1, 0.0) == 3
        block(desk, NUMBERS[1])
        assert ledger.begin(1, "", 0.0) is None
        assert ledger.subtract(1, 0.0) == 2
        assert ledger.begin(1, "", 0.0) is not None
        assert NUMBERS[1].encode() not in ledger.payload(1)
    assert submits(left) == 1


def test_a_run_says_whom_it_took_out_of_its_own_plan(desk, at_service, monkeypatch):
    sandbox = at_service()
    desk.write(people=4)
    plan = flow.adopt

    def and_then_somebody_says_no(*given):
        adopted = plan(*given)
        with open_ledger(desk.ledger) as ledger, ledger.transaction() as connection:
            wishes.block(connection, frame_of([Person(Kind.PHONE, NUMBERS[3][1:])]), wishes.Word("me", 0.0, "no"))
        return adopted

    monkeypatch.setattr(flow, "adopt", and_then_somebody_says_no)
    ended = desk.run("--json")
    assert ended.code == 0
    assert ended.document["verdict"] == (
        "3 people: 3 accepted in 1 batch. 1 person was blocked or forgotten since and left out."
    )
    assert ended.document["went_well"]
    assert ended.document["counts"]["planned"] == 3
    assert ended.document["counts"]["left_out"] == 1
    assert called(sandbox) == NUMBERS[:3]
    people_in(desk)


def test_who_is_released_is_called_again(desk, at_service):
    sandbox = at_service()
    desk.write(people=2)
    block(desk, NUMBERS[1])
    assert release(desk, NUMBERS[1]).out.startswith("1 of 1 people were blocked")
    assert desk.run().code == 0
    assert called(sandbox) == NUMBERS[:2]
    block(desk, NUMBERS[1])
    assert desk.sql("SELECT wish FROM wishes ORDER BY id") == [("blocked",), ("released",), ("blocked",)]
    desk.write(people=2, campaign=CAMPAIGN.replace('"spring"', '"summer"'))
    assert desk.run().code == 0
    assert called(sandbox)[2:] == NUMBERS[:1]


def test_who_was_not_blocked_by_that_address_is_said(desk, at_service):
    at_service()
    desk.write(people=3)
    assert desk.run().code == 0
    block(desk, NUMBERS[1])
    ended = desk.call("people release", "--id", "r1", NUMBERS[2], "--yes")
    assert ended.code == Exit.DONE
    assert "0 of 2 people were blocked" in ended.out
    assert "Not blocked by that address, so nothing was lifted: +1415•••02, id r1." in ended.out
    assert "Still blocked, in rows of the same people: +1415•••01; release these as well." in ended.out
    document = release(desk, NUMBERS[1], "--json").document
    assert document == {
        "people": 1, "were_blocked": 1, "not_blocked": [], "still_blocked": [], "calls_freed": 0
    }  # fmt: skip


def test_who_is_blocked_is_listed_with_when_why_and_by_whom(desk):
    block(desk, NUMBERS[1], "--id", "r9", reason=f"wrote from {NUMBERS[5]}")
    block(desk, NUMBERS[2])
    release(desk, NUMBERS[2])
    ((at, by),) = desk.sql("SELECT DISTINCT at, by FROM wishes WHERE reason LIKE 'wrote%'")
    moment = at[:16].replace("T", " ")
    assert desk.call("people list").out == (
        "2 addresses are blocked in every campaign of this ledger:\n"
        f"  +1415•••01 since {moment} UTC by {by}: wrote from +1415•••05\n"
        f"  id r9 since {moment} UTC by {by}: wrote from +1415•••05\n"
    )
    assert f"  {NUMBERS[1]} since" in desk.call("people list", "--show-numbers").out
    assert desk.call("people list", "--json").document["blocked"][0] == {
        "kind": "phone",
        "address": "+1415•••01",
        "since": at,
        "by": by,
        "reason": "wrote from +1415•••05",
    }


def test_nobody_blocked_is_said_and_no_ledger_is_made_to_look(desk):
    assert "there is no ledger" in desk.call("people list").err
    block(desk, NUMBERS[1])
    release(desk, NUMBERS[1])
    assert desk.call("people list").out == "Nobody is blocked in this ledger.\n"


def test_who_wants_to_be_called_once_more_is_when_the_call_has_ended(desk, at_service):
    running = at_service(call_seconds=3600)
    desk.write(people=2)
    assert desk.run().code == 0
    again = ("people release", NUMBERS[1], "--call-again", "--yes")
    refused = desk.call(*again)
    assert refused.code == Exit.REFUSED
    assert "has not ended at the service" in refused.err
    sandbox = at_service(file=running.calls.path)
    rewrite(desk, "UPDATE runs SET base_url = ?", sandbox.url)
    assert desk.call("results", "--out", str(desk.folder / "r.csv")).code == 0
    assert "1 earlier call does not count any more." in desk.call(*again).out
    assert desk.run().code == 0
    assert called(sandbox) == [*NUMBERS[:2], NUMBERS[1]]


def test_nobody_of_an_unconfirmed_batch_is_called_once_more(desk, at_service):
    at_service("lost")
    desk.write(people=2)
    assert desk.run().code == 4
    refused = desk.call("people release", "--id", "r1", "--call-again", "--yes")
    assert refused.code == Exit.REFUSED
    assert "is unconfirmed" in refused.err


@pytest.mark.parametrize(("typed", "code"), [("2", 0), ("yes", 1)])
def test_a_person_types_how_many_it_is_about(desk, monkeypatch, typed, code):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _: typed)
    ended = desk.call("people block", *NUMBERS[:2], "--reason", "x", "--create-ledger")
    assert ended.code == code
    assert desk.ledger.exists() is not bool(code)


def test_without_a_terminal_it_needs_yes(desk):
    ended = desk.call("people block", NUMBERS[0], "--reason", "x", "--create-ledger")
    assert ended.code == Exit.REFUSED
    assert "--yes" in ended.err


def test_a_number_without_a_ledger_is_not_blocked_in_an_empty_one(tmp_path, capsys):
    arguments = ["people", "block", NUMBERS[0], "--reason", "x", "--yes", "--ledger", str(tmp_path / "l"), "--json"]
    assert main(arguments) == Exit.REFUSED
    assert "there is no ledger" in json.loads(capsys.readouterr().out)["error"]["message"]


def test_a_block_holds_while_a_run_is_being_sent(desk, at_service):
    sandbox = at_service("latency=0.6")
    desk.write(people=7, campaign=ONE_BY_ONE)
    running = desk.start("run", str(desk.file), "--yes", "--create-ledger")
    wait_until(lambda: submits(sandbox) == 1)
    block(desk, NUMBERS[6])
    out, err = running.communicate(timeout=30)
    assert running.returncode == 0, err
    assert "1 person was blocked or forgotten since and left out" in out
    assert called(sandbox) == NUMBERS[:6]


def test_no_test_call_goes_to_a_number_that_is_blocked(desk, at_service):
    sandbox = at_service()
    desk.write(people=2)
    block(desk, NUMBERS[60])
    ended = desk.call("test", str(desk.file), "--to", NUMBERS[60], "--yes")
    assert ended.code == Exit.REFUSED
    assert "is blocked" in ended.err
    assert called(sandbox) == []
