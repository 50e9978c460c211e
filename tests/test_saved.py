"""A plan out of its file is the plan that went in, and a file that is not as it was sealed is refused in one line."""

import json
import zipfile
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from pipeline.campaign_file import load
from pipeline.flow import plan, plan_again
from pipeline.plan.archive import Archive
from pipeline.plan.saved import load_plan
from pipeline.plan.saving import FRAMES, VALUES, save_plan
from pipeline.report.make import report_of
from schemas.errors import CampaignError
from schemas.plan import Memory, Plan
from schemas.sealed import Approval
from tests.program import CAMPAIGN, NUMBERS

AT = datetime(2030, 3, 9, 12, tzinfo=UTC)
ZONED = CAMPAIGN.replace('start = "now"', 'start = "next 09:00"').replace('"UTC"', '"America/New_York"')
ROUTES = '[[route]]\nwhen = { "{Name}" = ["Ann"] }\nagent_id = "agent_2"\n'
WORDS = st.just("Ann") | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


def a_plan(folder, names=("Ann", "Zoë", "Bob", "Eve"), more="", text=ZONED, name="people.csv"):
    """A plan of a file in the folder, and the text of its campaign file."""
    cells = (f'r{at},"{each.replace(chr(34), chr(34) * 2)}",{NUMBERS[at]}' for at, each in enumerate(names))
    (folder / name).write_text("\n".join(["Id,Name,Phone", *cells, more]) + "\n", "utf-8")
    (folder / "campaign.toml").write_text(text, "utf-8")
    campaign, kept = load(folder / "campaign.toml")
    return plan(campaign, folder / name, Memory(), AT), kept


def through_a_file(made, text, folder):
    save_plan(made, text, folder / "a.plan")
    return load_plan(folder / "a.plan").plan


def assert_the_same(read: Plan, made: Plan) -> None:
    for name in FRAMES:
        assert_frame_equal(getattr(read, name), getattr(made, name), categorical_as_str=True)
    for name in (*VALUES, "binding"):
        assert getattr(read, name) == getattr(made, name)
    assert dict(read.spilled.payloads(read.rows)) == dict(made.spilled.payloads(made.rows))
    columns = [pl.concat(each.spilled.source_columns(each.rows)) for each in (read, made)]
    assert_frame_equal(*columns, categorical_as_str=True)


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names=st.lists(WORDS, max_size=8), per_batch=st.integers(1, 4))
def test_a_plan_comes_back_as_it_was(tmp_path, names, per_batch):
    made, text = a_plan(
        tmp_path, names, "x,Ann,123\ny,Twin,+14155552600", ROUTES + ZONED.replace("= 3", f"= {per_batch}")
    )
    read = through_a_file(made, text, tmp_path)
    assert_the_same(read, made)
    assert report_of(read) == report_of(made)


def test_every_field_of_a_plan_is_in_the_file():
    assert {*FRAMES, *VALUES} | {"campaign", "binding", "spilled"} == set(Plan.__dataclass_fields__)


def test_any_rows_have_their_texts_as_the_plan_itself_gives_them(tmp_path):
    made, text = a_plan(tmp_path, ["Ann", "Bob", "Bob", "Ann", "Ann", "Bob", "Ann", "Bob", "Eve"], text=ROUTES + ZONED)
    assert [batch.route for batch in made.batches] == [0, 0, 1, 1]
    read = through_a_file(made, text, tmp_path)
    rows = made.rows.filter(pl.col("row").is_in([2, 3, 5, 6, 10]))
    for asked in (
        made.rows,
        made.rows.with_columns(batch=pl.lit(1, pl.UInt32)),
        rows,
        rows.with_columns(batch=pl.lit(1, pl.UInt32)),
        rows.clear(),
    ):
        assert dict(read.spilled.payloads(asked)) == dict(made.spilled.payloads(asked))
        found = [
            pl.concat([asked.select("row").clear(), *each.spilled.source_columns(asked)], how="diagonal")
            for each in (read, made)
        ]
        assert_frame_equal(*found, categorical_as_str=True)


def test_the_same_plan_is_the_same_bytes(tmp_path):
    made, text = a_plan(tmp_path)
    seals = {save_plan(made, text, tmp_path / name) for name in ("a.plan", "b.plan")}
    assert len(seals) == 1
    assert (tmp_path / "a.plan").read_bytes() == (tmp_path / "b.plan").read_bytes()


@pytest.fixture(scope="module")
def sealed(tmp_path_factory):
    """The bytes of a saved plan, and what it comes to."""
    folder = tmp_path_factory.mktemp("sealed")
    made, text = a_plan(folder)
    save_plan(made, text, folder / "a.plan")
    return (folder / "a.plan").read_bytes(), made


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10**6), change=st.sampled_from(["flip", "cut", "insert", "repeat"]), bit=st.integers(0, 7))
def test_a_damaged_file_is_refused_in_one_line_or_is_the_same_plan(tmp_path, sealed, at, change, bit):
    content, made = sealed
    at %= len(content)
    head, byte, tail = content[:at], content[at : at + 1], content[at + 1 :]
    damaged = {"flip": head + bytes([byte[0] ^ 1 << bit]) + tail, "cut": head, "insert": head + b"x" + byte + tail,
               "repeat": head + byte + head + byte + tail}[change]  # fmt: skip
    path = tmp_path / "a.plan"
    path.write_bytes(damaged)
    read = refusal = None
    try:
        read = load_plan(path).plan
    except CampaignError as error:
        refusal = str(error)
    if read is not None:
        assert_the_same(read, made)
    else:
        assert refusal.startswith(str(path))
        assert "\n" not in refusal


def rewritten(path, name, content):
    """The file with another content of a part (None: without it), and no other trace of it."""
    with zipfile.ZipFile(path) as old:
        parts = {each: old.read(each) for each in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for each, was in (parts | {name: content}).items():
            if was is not None:
                new.writestr(each, was)


@pytest.mark.parametrize("name", ["rows", "batch/1", "source/2-5", "more"])
def test_a_part_that_was_changed_with_care_is_refused_too(tmp_path, sealed, name):
    path = tmp_path / "a.plan"
    path.write_bytes(sealed[0])
    rewritten(path, name, b"other")
    with pytest.raises(CampaignError, match="changed since it was sealed"):
        Archive(path)


def test_a_part_that_is_missing_is_seen_at_once(tmp_path, sealed):
    path = tmp_path / "a.plan"
    path.write_bytes(sealed[0])
    rewritten(path, "source/2-5", None)
    with pytest.raises(CampaignError, match="changed since it was sealed"):
        Archive(path)


@pytest.mark.parametrize(("content", "said"), [
    (b"", "no saved plan"),
    (b"Id,Name,Phone\n", "no saved plan"),
    (b"PK\3\4 cut short", "damaged or cut short"),
])  # fmt: skip
def test_a_foreign_file_is_no_plan(tmp_path, content, said):
    path = tmp_path / "a.plan"
    path.write_bytes(content)
    with pytest.raises(CampaignError, match=said):
        Archive(path)


def test_a_workbook_is_no_plan_and_a_folder_neither(tmp_path):
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("[Content_Types].xml", "<Types/>")
    for each in (path, tmp_path):
        with pytest.raises(CampaignError, match=r"no saved plan|cannot be read"):
            Archive(each)


@pytest.mark.parametrize(("changes", "said"), [
    ({"version": 2, "program": "9.9"}, "saved by version 9.9"),
    ({"format": "other"}, "no saved plan"),
    ({"parts": 3}, "damaged"),
])  # fmt: skip
def test_a_manifest_of_another_form_is_refused(tmp_path, sealed, changes, said):
    path = tmp_path / "a.plan"
    path.write_bytes(sealed[0])
    manifest = json.loads(zipfile.ZipFile(path).read("manifest.json"))
    rewritten(path, "manifest.json", json.dumps(manifest | changes).encode())
    with pytest.raises(CampaignError, match=said):
        Archive(path)


def test_a_plan_with_fields_that_this_version_does_not_know_is_refused(tmp_path, sealed):
    path = tmp_path / "a.plan"
    path.write_bytes(sealed[0])
    manifest = json.loads(zipfile.ZipFile(path).read("manifest.json"))
    for values in ({**manifest["values"], "later": 1}, {"notes": []}):
        rewritten(path, "manifest.json", json.dumps(manifest | {"values": values}).encode())
        with pytest.raises(CampaignError, match="does not read"):
            load_plan(path)


def test_an_approval_changes_nothing_but_itself(tmp_path, sealed):
    path = tmp_path / "a.plan"
    path.write_bytes(sealed[0])
    opened = Archive(path)
    for note in ("first", "second"):
        given = Approval(seal=opened.seal, by="ada", host="box", at=AT, note=note).signed(None)
        opened.approve(given)
        again = Archive(path)
        assert (again.seal, again.approval) == (opened.seal, given)
    assert path.stat().st_mode & 0o777 == 0o600
    assert_the_same(load_plan(path).plan, sealed[1])


def test_the_seal_is_the_digest_of_the_manifest(tmp_path, sealed):
    path = tmp_path / "a.plan"
    path.write_bytes(sealed[0])
    assert Archive(path).seal == sha256(zipfile.ZipFile(path).read("manifest.json")).hexdigest()


def test_a_plan_that_is_run_days_later_reports_its_calls_for_then(tmp_path):
    always = ZONED.replace('hours = "any"', 'hours = { from = "00:00", to = "23:00" }').replace("next 09:00", "now")
    saved = through_a_file(*a_plan(tmp_path, text=always), tmp_path)
    later = AT + timedelta(days=2)
    starts = {each.start for each in report_of(plan_again(saved, Memory(), later)).timeline}
    assert {datetime.fromisoformat(each) for each in starts} == {later}
