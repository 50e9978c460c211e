"""Whom the service tells of is joined to the rows by the id that was sent, or not at all."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.deliver.match import is_final, matched, undialled
from schemas.receipts import BatchDetail, CalledRecipient
from tests.a_service import RECEIPT


def sent(*people: tuple[str | None, str | None]) -> pl.DataFrame:
    schema = {"row": pl.UInt32, "id": pl.String, "phone": pl.String, "whatsapp": pl.String}
    rows = [(row, name, phone, None) for row, (name, phone) in enumerate(people, 2)]
    return pl.DataFrame(rows, schema=schema, orient="row")


def told(
    name: str, phone: str | None = "+1", status: str = "completed", conversation: str | None = "c"
) -> CalledRecipient:
    return CalledRecipient(id=name, phone_number=phone, status=status, conversation_id=conversation)


def detail(status: str, *people: CalledRecipient) -> BatchDetail:
    return BatchDetail.model_validate(RECEIPT | {"status": status, "recipients": people})


def test_people_are_joined_by_id_whatever_the_order():
    found = matched(sent(("a", "+1 2"), ("b", "+3")), [told("b", "+3", "failed"), told("a", "+12")])
    assert found.select("row", "status", "problem").rows() == [(2, "completed", None), (3, "failed", None)]


@pytest.mark.parametrize(("people", "answers", "problem"), [
    ([("a", "+1")], [], "nobody"),
    ([("a", "+1")], [told("a"), told("a", status="failed")], "more than one"),
    ([("a", "+1"), ("a", "+1")], [told("a")], "more than one"),
    ([("a", "+1")], [told("a", "+2")], "another number"),
    ([(None, "+1")], [told("a")], "no id"),
])  # fmt: skip
def test_what_is_ambiguous_is_said_and_nothing_is_told_of_the_person(people, answers, problem):
    for line in matched(sent(*people), answers).iter_rows(named=True):
        assert problem in line["problem"]
        assert (line["status"], line["conversation_id"]) == (None, None)


def test_a_number_that_the_service_does_not_tell_is_no_contradiction():
    assert matched(sent(("a", "+1")), [told("a", None)])["status"].to_list() == ["completed"]


@given(st.permutations(range(6)), st.sets(st.integers(0, 5)))
def test_every_row_comes_out_once_and_gets_nobody_elses_result(order, missing):
    people = sent(*((f"r{n}", f"+{n}") for n in range(6)))
    answers = [told(f"r{n}", f"+{n}", conversation=f"c{n}") for n in order if n not in missing]
    found = matched(people, answers)
    assert found["row"].to_list() == people["row"].to_list()
    assert found["conversation_id"].to_list() == [None if n in missing else f"c{n}" for n in range(6)]


def test_only_who_is_cancelled_without_a_conversation_was_never_dialled():
    people = sent(*((name, "+1") for name in "abcdef"))
    answers = [
        told("a", status="cancelled", conversation=None),
        told("b", status="cancelled"),
        told("c", status="pending", conversation=None),
        told("d", status="in_progress", conversation=None),
        told("e", "+2", "cancelled", None),
    ]
    assert undialled(matched(people, answers)) == [2]


@pytest.mark.parametrize(("status", "people", "final"), [
    ("completed", ["completed", "voicemail", "a new word"], True),
    ("cancelled", ["cancelled", "failed"], True),
    ("cancelled", ["in_progress"], False),
    ("in_progress", ["completed"], False),
    ("a new word", ["completed"], False),
])  # fmt: skip
def test_results_are_final_when_the_batch_and_everybody_in_it_have_ended(status, people, final):
    assert is_final(detail(status, *(told("a", status=each) for each in people))) is final
