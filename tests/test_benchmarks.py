"""The benchmarks measure what they say: the same export for the same seed, and a script that does what the program does."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import phonenumbers
import polars as pl
import pytest

from pipeline.campaign_file import load
from pipeline.flow import plan
from pipeline.phone import to_e164
from pipeline.plan.bind import bind
from pipeline.plan.schedule import head_of, start_of
from schemas.headers import Headers
from schemas.outcomes import Outcome
from schemas.plan import Memory
from tests.benchmarks import delivery, floor, phone, script
from tests.benchmarks.check import CAMPAIGN, README, Measured, page, placed, turns
from tests.benchmarks.generate import COUNTRIES, rows, write
from tests.benchmarks.measure import Taken, measured

REGIONS = dict(
    zip((country.names[0] for country in COUNTRIES), ("US", "DE", "GB", "FR", "CA", "IT", "MX", "JP"), strict=True)
)


def test_the_same_seed_makes_the_same_file_and_another_seed_another(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        write(tmp_path / name, 2_000, seed)
    one, same, other = ((tmp_path / name).read_bytes() for name in ("one", "same", "other"))
    assert one == same != other


def test_an_export_has_the_rows_columns_and_bytes_it_promises(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    write(path, 5_000)
    read = pl.read_csv(path, infer_schema=False)
    assert read.shape == (5_000, 14)
    assert read["Record ID"].n_unique() == 5_000
    assert path.stat().st_size / 5_000 == pytest.approx(178, abs=4)


def test_two_or_three_in_a_hundred_cannot_be_called() -> None:
    frame = rows(0, 5_000, 1)
    named = {name: REGIONS[country.names[0]] for country in COUNTRIES for name in country.names}
    columns = frame.select("Mobile Phone Number", "Phone Number", "Country/Region").fill_null("").rows()
    called = sum(_valid(mobile, named[name]) or _valid(fixed, named[name]) for mobile, fixed, name in columns)
    assert called / 5_000 == pytest.approx(0.98, abs=0.01)


def _valid(text: str, region: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


@pytest.fixture(scope="module")
def export(tmp_path_factory) -> Path:
    """More rows than one batch takes; the last ones repeat rows from before, some under an id of their own."""
    path = tmp_path_factory.mktemp("benchmarks") / "export.csv"
    write(path, 5_500)
    again = rows(0, 60, 1)
    with path.open("ab") as file:
        again.write_csv(file, include_header=False)
        again.with_columns(pl.col("Record ID").str.replace("^", "9")).write_csv(file, include_header=False)
    return path


def test_the_script_plans_what_the_program_plans(export: Path, tmp_path: Path) -> None:
    campaign, _ = load(CAMPAIGN)
    made = plan(campaign, export, Memory(), datetime.now(UTC))
    requests = [json.loads(body) for body in script.bodies(script.recipients(export, tmp_path))]
    payloads = [json.loads(b"[%s]" % texts) for _, texts in made.spilled.payloads(made.rows)]
    assert [request["recipients"] for request in requests] == payloads
    assert len(payloads) == 2
    for outcome, name in ((Outcome.PLANNED, "to-call"), (Outcome.TO_FIX, "to-fix"), (Outcome.LEFT_OUT, "left-out")):
        told = pl.read_csv(tmp_path / f"{name}.csv")["campaign_row"].to_list()
        assert told == made.rows.filter(pl.col("outcome") == outcome)["row"].to_list() != []


def test_the_script_makes_the_head_that_the_program_makes() -> None:
    campaign, _ = load(CAMPAIGN)
    now = datetime.now(UTC)
    head = head_of(campaign, start_of(campaign.schedule, now)).marked("0000", "0000000000")
    assert json.loads(script.head(now) + "]}") == json.loads(head.body(b""))


def test_the_script_keeps_to_the_most_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(script, "MAX_BYTES", 1_000)
    bodies = list(script.bodies({"id": str(number)} for number in range(100)))
    assert all(900 < len(body) <= 1_000 for body in bodies[:-1])
    assert [each["id"] for body in bodies for each in json.loads(body)["recipients"]] == list(map(str, range(100)))


def test_the_floor_writes_what_the_campaign_file_maps(export: Path, tmp_path: Path) -> None:
    campaign, _ = load(CAMPAIGN)
    binding = bind(campaign, Headers(tuple(pl.read_csv(export, n_rows=0).columns)))
    fields = (*binding.fields, *binding.phones, binding.country)
    assert set(floor.MAPPED) == {header for field in fields for header in field.columns}
    floor.copy(export, tmp_path / "out.ndjson")
    expected = pl.read_csv(export, infer_schema=False).select(floor.MAPPED)
    assert pl.read_ndjson(tmp_path / "out.ndjson").equals(expected)


def test_a_measured_process_tells_its_time_and_memory(tmp_path: Path) -> None:
    code = "import sys, pathlib; kept = bytes(10**8); pathlib.Path(sys.argv[1]).touch()"
    taken = measured(["-c", code, str(tmp_path / "ran")])
    assert (tmp_path / "ran").exists()
    assert taken.seconds > 0 < taken.cpu
    assert taken.megabytes > 95


def test_a_process_that_fails_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match="exit code 3"):
        measured(["-c", "raise SystemExit(3)"])


@pytest.mark.parametrize(("height", "times"), [(10_000, (5, 5, 5)), (1_000_000, (3, 1, 3)), (10_000_000, (1, 0, 1))])
def test_the_script_runs_less_often_the_more_rows_there_are(height: int, times: tuple[int, int, int]) -> None:
    order = list(turns(height))
    assert tuple(map(order.count, ("check", "script", "floor"))) == times


def test_the_page_divides_the_medians_of_one_call() -> None:
    runs = {"check": (2.0, 9.0, 1.0), "script": (30.0,), "floor": (0.5, 0.4, 0.8)}
    taken = {program: [Taken(each, each, 100 * each) for each in seconds] for program, seconds in runs.items()}
    text = page([Measured(1_000, taken, [{"map": 1.0}, {"map": 5.0}, {"map": 0.1}])], "Delivered.")
    assert "| 1,000 | 2.00 | 500 | 900 | 30.00 | 0.50 | 15.0× faster | 4.0× the floor |" in text
    assert "| map | the rest |" in text
    assert "| 50% | 50% |" in text


def test_where_the_script_is_faster_it_says_so() -> None:
    runs = {program: [Taken(each, each, 1)] for program, each in (("check", 2.0), ("script", 0.8), ("floor", 0.2))}
    assert "| 2.5× slower | 10.0× the floor |" in Measured(1_000, runs, [{}]).line


def test_without_the_script_there_is_no_ratio_to_it() -> None:
    one = [Taken(4.0, 4.0, 200.0)]
    line = Measured(10_000_000, {"check": one, "script": [], "floor": one}, [{}]).line
    assert line == "| 10,000,000 | 4.00 | 2,500,000 | 200 | – | 4.00 | – | 1.0× the floor |"


def test_only_its_own_part_of_the_readme_is_written() -> None:
    readme = "a\n<!-- benchmark -->\nold\n<!-- end -->\nb\n<!-- end -->\n"
    assert placed(readme, "new\n") == "a\n<!-- benchmark -->\nnew\n<!-- end -->\nb\n<!-- end -->\n"
    assert placed(README.read_text("utf-8"), "new\n").count("<!-- benchmark -->\nnew\n<!-- end -->") == 1


def test_a_sending_is_told_beside_what_the_latency_alone_comes_to() -> None:
    steps = {"payload": [0.001, 0.003, 0.002], "begin": [0.001] * 3, "finish": [0.0005] * 3}
    text = delivery.page(1_000_000, [delivery.Delivery(200, each, 5.0, 12.0, steps) for each in (4, 8)])
    assert "Adopting 1,000,000 people takes 5.0 s" in text
    assert "3.5 ms\n(payload 2.0, begin 1.0, finish 0.5)" in text
    assert "| 4 | 12.0 | 10.0 | 1.20× |\n| 8 | 12.0 | 5.0 | 2.40× |" in text


def test_a_small_plan_is_adopted_and_accepted(start_sandbox: Callable[..., Any], tmp_path: Path) -> None:
    delivered = delivery.deliver(delivery.plan_of(200, tmp_path), start_sandbox().url, 2, tmp_path / "ledger.sqlite")
    assert delivered.batches == 1
    assert {step: len(seconds) for step, seconds in delivered.steps.items()} == dict.fromkeys(
        ("subtract", "payload", "begin", "finish"), 1
    )


def test_the_numbers_of_the_phone_benchmark_are_the_same_each_time_and_mostly_valid() -> None:
    frame = phone.numbers(500, phone.CRM)
    assert frame.equals(phone.numbers(500, phone.CRM))
    assert to_e164(frame["number"], frame["region"])["e164"].null_count() < 150
    assert phone.compared("of a test", frame).startswith("| of a test | 0.")
