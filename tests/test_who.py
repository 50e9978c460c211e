"""`campaign who`: one person across campaigns, and the words that were said."""

import json
from dataclasses import dataclass, replace

import polars as pl
import pytest

from pipeline.cli import main
from pipeline.commands.person import _BECAME
from pipeline.deliver.adopt import adopt
from pipeline.ledger import open_ledger
from pipeline.ledger.who import person_of
from schemas.errors import CampaignError, Exit
from schemas.outcomes import Outcome
from schemas.request import RECIPIENT_SEPARATOR
from schemas.states import Answer, BatchState, Verdict
from tests.plans import NOW, Person, Spilled, context, number, plan_of
from tests.test_ledger_attempts import RECEIPT

ZOE = "+14155550003"


@dataclass(frozen=True)
class Told(Spilled):
    """Everybody is told their own number, as text and as a number."""

    def payloads(self, rows):
        for part in rows.filter(pl.col("outcome") == Outcome.PLANNED).partition_by("batch", maintain_order=True):
            texts = [
                json.dumps(
                    {
                        "phone_number": f"+{e164}",
                        "user_id": f"Zoë {row}",
                        "call back": [f"({str(e164)[1:4]}) {str(e164)[4:]}", e164],
                    }
                )
                for row, e164 in part.select("row", "e164").iter_rows()
            ]
            yield part["batch"][0], RECIPIENT_SEPARATOR.join(text.encode() for text in texts)


@pytest.fixture
def path(tmp_path):
    """Zoë was called in one campaign, her batch was refused in another, and she was left out of a third."""
    path = tmp_path / "ledger.sqlite"
    called = [Person(2, number(2)), Person(3, number(3), whatsapp="zoë.business", id="hs-3")]
    left_out = [Person(5, number(3), outcome=Outcome.LEFT_OUT, codes="duplicate_phone")]
    with open_ledger(path, create=True, clock=lambda: NOW) as ledger:
        for name, persons, answer in (
            ("survey", called, Answer(Verdict.ACCEPTED, 200, request_id="req_1", receipt=RECEIPT)),
            ("reminder", called, Answer(Verdict.REFUSED, 422, "invalid", f"{ZOE} is not taken")),
            ("third", left_out, None),
        ):
            plan = replace(plan_of(persons, name=name), spilled=Told())
            adopted = adopt(plan, ledger, context(), NOW)
            for batch in adopted.batches if answer else ():
                ledger.finish(batch.id, ledger.begin(batch.id, f"TOKEN{batch.id}", NOW), answer, NOW + 1)
    return path


def told(path, capsys, *arguments: str) -> dict:
    assert main(["who", *arguments, "--ledger", str(path), "--json"]) == Exit.DONE
    return json.loads(capsys.readouterr().out)


def test_a_person_is_found_in_every_campaign_the_newest_first(path, capsys):
    found = told(path, capsys, ZOE)["appearances"]
    assert [(each["campaign"], each["row"], each["outcome"], each["state"], each["remembered"]) for each in found] == [
        ("third", 5, "left_out", None, False),
        ("reminder", 3, "planned", "refused", False),
        ("survey", 3, "planned", "accepted", True),
    ]
    assert found[0]["codes"] == ["duplicate_phone"]
    assert found[2]["service_id"] == "btcal_1"


def test_the_words_are_those_of_the_person_and_not_of_the_neighbour(path, capsys):
    found = told(path, capsys, ZOE, "--show-numbers")["appearances"]
    assert found[2]["words"] == {"phone_number": ZOE, "user_id": "Zoë 3", "call back": ["(415) 5550003", number(3)]}
    assert found[0]["words"] is None


def test_numbers_are_masked_wherever_they_stand(path, capsys):
    text = json.dumps(told(path, capsys, ZOE), ensure_ascii=False)
    assert "+1415•••03 is not taken" in text
    for written in (ZOE, ZOE[1:], "5550003"):
        assert written not in text


def test_numbers_and_the_row_of_the_file_are_shown_when_asked_for(path, capsys):
    document = told(path, capsys, ZOE, "--show-numbers")
    assert document["person"] == ZOE
    assert document["appearances"][0]["source"] == {
        "Record ID": "cell 0 of 5",
        "First Name": "cell 1 of 5",
        "Phone Number": "cell 2 of 5",
    }


def test_attempts_say_what_came_of_them(path, capsys):
    (attempt,) = told(path, capsys, ZOE)["appearances"][2]["attempts"]
    assert (attempt["verdict"], attempt["http_status"], attempt["request_id"]) == ("accepted", 200, "req_1")
    assert attempt["ended_at"] == "2024-04-01T13:00:01.000Z"


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [
        (["+1 (415) 555-0003"], [5, 3, 3]),
        (["14155550003"], [5, 3, 3]),
        (["zoë.business"], [3, 3]),
        (["--id", "hs-3"], [3, 3]),
        (["+14155550099"], []),
        (["--id", "hs-33"], []),
    ],
)
def test_a_person_is_found_by_any_address(path, capsys, arguments, rows):
    assert [each["row"] for each in told(path, capsys, *arguments)["appearances"]] == rows


def test_people_read_it_as_text(path, capsys):
    assert main(["who", ZOE, "--ledger", str(path)]) == Exit.DONE
    text = capsys.readouterr().out
    assert text.startswith("+1415•••03 is in 3 runs of this ledger.\n")
    for line in (
        "third, run 3 (2024-04-01 13:00 UTC), row 5: left out",
        "reminder, run 2 (2024-04-01 13:00 UTC), row 3: refused by the service, so not called",
        "survey, run 1 (2024-04-01 13:00 UTC), row 3: given to the service to call",
        "  duplicate_phone: this row has the number of an earlier row",
        "  batch 1: refused since 2024-04-01 13:00 UTC, start at once",
        "  at the service: btcal_1 (pending)",
        "  counts as called under this campaign's name: yes",
        "  attempt 1, 2024-04-01 13:00 UTC: accepted, 200, request id req_1",
        "  words:",
        "  words that nobody was called with:",
        '      "user_id": "Zoë 3",',
    ):
        assert f"\n{line}\n" in text
    assert "5550003" not in text


def test_a_long_text_is_shown_once_and_referred_to_after_that(path, capsys, monkeypatch):
    monkeypatch.setattr("pipeline.commands.person._LONG", 4)
    assert main(["who", ZOE, "--ledger", str(path)]) == Exit.DONE
    text = capsys.readouterr().out
    assert text.count('"user_id": "Zoë 3"') == 1
    assert '"user_id": "Zoë 3"' in text.partition("\nsurvey, ")[0]
    assert "… (the same 5 characters as in run 2, row 3)" in text.partition("\nsurvey, ")[2]
    assert len(told(path, capsys, ZOE)["appearances"][2]["words"]["user_id"]) == 5


def test_words_that_are_not_kept_any_more_are_missed(path, capsys):
    with open_ledger(path) as ledger, ledger.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM payloads")
    assert told(path, capsys, ZOE)["appearances"][2]["words"] is None
    assert main(["who", ZOE, "--ledger", str(path)]) == Exit.DONE
    assert "the words are not kept any more" in capsys.readouterr().out


@pytest.mark.parametrize("text", [ZOE.removeprefix("+1"), "(415) 555-0003", "415-555-0003", "415.555.0003"])
def test_a_number_without_its_countrys_code_is_nobody_elses(path, capsys, text):
    assert main(["who", text, "--ledger", str(path)]) == Exit.REFUSED
    answered = capsys.readouterr()
    assert (answered.out, "with + and country code" in answered.err) == ("", True)


def test_a_number_may_lack_its_plus_where_it_has_its_countrys_code(path, capsys):
    assert main(["who", "1 (415) 555-0003", "--ledger", str(path)]) == Exit.DONE
    assert "is in 3 runs" in capsys.readouterr().out


def test_a_number_that_is_not_found_is_said(path, capsys):
    assert main(["who", "+14155552699", "--ledger", str(path)]) == Exit.DONE
    told = capsys.readouterr().out
    assert "is in 0 runs of this ledger.\nNumbers are looked for in full, and begin with their country's code" in told


def test_what_became_of_a_planned_row_is_said_for_every_state():
    assert set(_BECAME) == set(BatchState)


def test_a_number_without_its_country_is_refused(path, capsys):
    assert main(["who", "+1", "--ledger", str(path)]) == Exit.REFUSED
    assert "country code" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", " ", "+", "0151 2345678"])
def test_what_is_no_number_is_no_whatsapp_id_either(text):
    with pytest.raises(CampaignError, match="country code"):
        person_of(text)


@pytest.mark.parametrize("arguments", [[], [ZOE, "--id", "hs-3"]])
def test_one_person_is_named_in_one_way(path, capsys, arguments):
    assert main(["who", *arguments, "--ledger", str(path)]) == Exit.REFUSED
    assert "name one person" in capsys.readouterr().err


def test_who_makes_no_ledger(tmp_path, capsys):
    assert main(["who", ZOE, "--ledger", str(tmp_path / "l.sqlite")]) == Exit.REFUSED
    assert "there is no ledger" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
