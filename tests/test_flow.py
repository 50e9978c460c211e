"""The plan as a whole: nothing is lost, nobody is twice in it, and every text arrives as it was."""

import csv
import io
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.flow import plan
from pipeline.plan.ingest import Export
from schemas.outcomes import Outcome
from schemas.plan import Memory, Plan
from tests.build import a_campaign
from tests.program import NUMBERS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CAMPAIGN = """
[columns]
id = "{Id}"
[dynamic_variables]
text = { column = "{Text}", required = false }
[overrides.agent]
first_message = "Hello {Text|or \\"there\\"}"
[limits]
max_recipients = 4
max_bytes = 1500
"""
#: Any text that a CSV file in UTF-8 can hold. A CR alone would be taken for the end of a line by Python's csv.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=40)
PHONE = st.sampled_from([*NUMBERS[:12], "", "123", "call me", "(415) 555-2671", "+4420 7946 0018"])
ROW = st.tuples(st.sampled_from(["", *map(str, range(9))]), PHONE, TEXT)


def planned(folder: Path, rows: list[tuple[str, ...]], memory: Memory | None = None, **options: int) -> Plan:
    text = io.StringIO()
    csv.writer(text).writerows([("Id", "Phone", "Text"), *rows])
    file = folder / "people.csv"
    file.write_bytes(text.getvalue().encode())
    return plan(a_campaign(CAMPAIGN), file, memory or Memory(), NOW, **options)


def bodies(made: Plan) -> list[bytes]:
    head = made.head.marked("0" * 4, "0" * 10)
    return [head.body(texts) for _, texts in made.spilled.payloads(made.rows)]


def recipients(made: Plan) -> list[dict]:
    return [each for body in bodies(made) for each in json.loads(body)["recipients"]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(rows=st.lists(ROW, max_size=25))
def test_every_row_is_planned_to_fix_or_left_out_and_every_planned_one_is_sent_once(tmp_path, rows):
    made = planned(tmp_path, rows)
    outcomes = {outcome: made.count(outcome) for outcome in Outcome}
    assert made.rows["row"].n_unique() == made.rows.height == made.source.rows == sum(outcomes.values())
    sent = recipients(made)
    assert len(sent) == outcomes[Outcome.PLANNED]
    ready = made.rows.filter(pl.col("outcome") == Outcome.PLANNED)
    assert [each["phone_number"] for each in sent] == [f"+{number}" for number in ready["e164"]]
    assert [len(body) for body in bodies(made)] == [batch.body_bytes for batch in made.batches]
    assert all(batch.body_bytes <= 1500 and batch.recipients <= 4 for batch in made.batches)
    told = set(made.findings["row"])
    assert {
        row for row, outcome in made.rows.select("row", "outcome").rows() if outcome in ("to_fix", "left_out")
    } <= told


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(texts=st.lists(TEXT.filter(lambda text: "{{" not in text), min_size=1, max_size=8))
@example(texts=["'"])
@example(texts=["'", "'0"])
@example(texts=["'", "'"])
@example(texts=["'s-Gravenhage", "'t Hooft'", "''"])
@example(texts=["'a'"])
def test_any_text_arrives_as_it_was(tmp_path, texts):
    made = planned(tmp_path, [(str(n), NUMBERS[n], text) for n, text in enumerate(texts)])
    sent = {each["id"]: each["conversation_initiation_client_data"] for each in recipients(made)}
    for n, text in enumerate(texts):
        data = sent[str(n)]
        is_blank = not pl.Series([text]).str.strip_chars()[0]
        message = data["conversation_config_override"]["agent"]["first_message"]
        assert message == ("Hello there" if is_blank else f"Hello {text}")
        assert data.get("dynamic_variables") == (None if is_blank else {"text": text})


@pytest.mark.parametrize("chunk_bytes", [64, 200, 1000])
def test_the_plan_is_the_same_however_the_file_is_cut_into_chunks(tmp_path, monkeypatch, chunk_bytes):
    rows = [(str(n % 30), NUMBERS[n % 25], f"text {n}\nüö" * (n % 3)) for n in range(40)]
    whole = planned(tmp_path, rows)
    monkeypatch.setattr("pipeline.flow.Export", partial(Export, chunk_bytes=chunk_bytes))
    cut = planned(tmp_path, rows)
    assert cut.rows.equals(whole.rows)
    assert cut.findings.equals(whole.findings)
    assert bodies(cut) == bodies(whole)
    assert cut.source.sha256 == whole.source.sha256


def test_people_called_before_are_counted_and_a_limit_counts_new_ones(tmp_path):
    rows = [("", number, "x") for number in NUMBERS[:6]]
    memory = Memory(phones=pl.Series([int(number) for number in NUMBERS[:2]]))
    made = planned(tmp_path, rows, memory, limit=3)
    assert {outcome.value: made.count(outcome) for outcome in Outcome} == {
        "planned": 3, "to_fix": 0, "left_out": 1, "called_before": 2,
    }  # fmt: skip


def test_a_row_that_is_not_whole_is_told_of_as_such_alone(tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("Id,Phone,Text\n1\n2,123,a\n", "utf-8")
    made = plan(a_campaign(CAMPAIGN), file, Memory(), NOW)
    assert made.findings.select("row", "code").rows() == [(2, "fields_missing"), (3, "phone_too_short")]


def test_rows_the_last_run_told_of_are_known_again(tmp_path):
    rows = [("1", "123", "a"), ("2", "456", "b")]
    memory = Memory(told=pl.Series(["1\x1f123\x1fa"]))
    assert planned(tmp_path, rows, memory).rows["told"].to_list() == [True, False]
