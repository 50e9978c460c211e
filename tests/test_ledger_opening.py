"""Opening a ledger: where it may be, and every reason why it is refused."""

import os
import shutil
import sqlite3
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipeline.deliver.adopt import adopt
from pipeline.ledger import Ledger, LedgerMissing, default_location, open_ledger
from pipeline.ledger.opening import database_of
from pipeline.ledger.sqlite import SQLiteFile
from pipeline.ledger.tables import SCHEMA_VERSION, batches
from schemas.errors import CampaignError, Exit
from tests.plans import NOW, context, people, plan_of


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "ledger.sqlite"


def made(path: Path) -> Path:
    open_ledger(path, create=True, clock=lambda: NOW).close()
    return path


def raw(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def refusal(given: object, **options: object) -> str:
    with pytest.raises(CampaignError) as refused:
        open_ledger(given, **options)
    assert refused.value.exit_code == Exit.REFUSED
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_missing_ledger_is_not_an_empty_one(path):
    with pytest.raises(LedgerMissing, match="--create-ledger"):
        open_ledger(path)
    with pytest.raises(LedgerMissing):
        open_ledger(path, reading=True)
    assert not path.exists()


def test_a_ledger_is_made_when_asked_for_and_then_found(path):
    made(path)
    with open_ledger(path) as ledger, ledger.transaction() as connection:
        line = connection.exec_driver_sql("SELECT * FROM meta").one()
    assert (line.schema_version, line.created_at) == (SCHEMA_VERSION, "2024-04-01T13:00:00.000Z")


def test_asking_to_make_a_ledger_keeps_the_one_that_is_there(path):
    with open_ledger(made(path)) as ledger:
        mark = ledger.mark("survey")
    with open_ledger(path, create=True) as ledger:
        assert ledger.mark("survey") == mark


def test_many_who_make_the_same_ledger_get_the_same_one(path):
    def mark(_: int) -> str:
        with open_ledger(path, create=True) as ledger:
            return ledger.mark("survey")

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(mark, range(8)))) == 1


def test_nothing_is_left_beside_a_ledger_that_was_made(path):
    made(path)
    assert list(path.parent.iterdir()) == [path]


def test_the_ledger_and_the_files_beside_it_are_private(path):
    before = os.umask(0)
    try:
        with open_ledger(path, create=True) as ledger, ledger.lock("survey"):
            modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert len(modes) == 4  # itself, -wal, -shm, the lock
    assert {"ledger.sqlite-wal", "ledger.sqlite-shm"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_a_ledger_that_others_could_read_is_made_private_again(path):
    made(path).chmod(0o644)
    with open_ledger(path) as ledger:
        ledger.mark("survey")
        assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_a_commit_counts_only_when_the_disk_has_it(path):
    with open_ledger(made(path)) as ledger, ledger.transaction() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_an_sqlite_url_names_a_file(path):
    with open_ledger(f"sqlite:///{path}", create=True) as ledger:
        assert ledger.place == str(path)


def test_odd_characters_in_a_path_are_just_characters(tmp_path):
    path = tmp_path / "a?mode=memory&x #1%20é.sqlite"
    made(path)
    assert path.is_file()


def test_the_default_is_in_the_users_data_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_location() == tmp_path / "campaign" / "ledger.sqlite"
    assert database_of(None, reading=True).place == str(default_location())


def test_the_default_folder_is_made_with_the_ledger(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    with open_ledger(None, create=True) as ledger:
        assert Path(ledger.place).is_file()
        assert stat.S_IMODE(Path(ledger.place).parent.stat().st_mode) == 0o700


def test_a_home_sign_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert database_of("~/l.sqlite", reading=True).place == str(tmp_path / "l.sqlite")


def test_a_missing_folder_is_named(tmp_path):
    assert f"folder {tmp_path / 'no'} does not exist" in refusal(tmp_path / "no" / "l.sqlite", create=True)


@pytest.mark.parametrize("url", ["mysql://u:secret@host/db", "postgresql+asyncpg://u:secret@host/db"])
def test_another_database_or_driver_is_refused(url):
    message = refusal(url)
    assert "postgresql://" in message
    assert "secret" not in message


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:////tmp/l.sqlite?mode=ro"])
def test_an_url_must_name_a_file_and_nothing_else(url):
    assert "must name a file" in refusal(url)


def test_what_is_neither_path_nor_url_is_refused():
    assert "neither a path nor" in refusal("://x:secret@y")


def test_a_folder_is_no_ledger(tmp_path):
    assert "no file" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", b"this is a text of someone's, not a database at all; " * 100])
def test_a_file_that_is_no_database_is_refused_and_kept(path, content):
    path.write_bytes(content)
    for options in ({}, {"create": True}, {"reading": True}):
        assert "is no ledger" in refusal(path, **options)
    assert path.read_bytes() == content


def test_another_programs_database_is_refused_and_kept(path):
    raw(path, "CREATE TABLE bookmarks (url TEXT)")
    path.chmod(0o644)
    assert "another program" in refusal(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_a_newer_ledger_is_refused(path):
    raw(made(path), f"UPDATE meta SET schema_version = {SCHEMA_VERSION + 1}")
    for options in ({}, {"reading": True}):
        assert "newer version" in refusal(path, **options)


def test_a_ledger_without_its_version_is_damaged(path):
    raw(made(path), "DELETE FROM meta")
    assert "damaged" in refusal(path)


def test_a_ledger_without_its_tables_is_damaged(path):
    raw(made(path), "DROP TABLE meta")
    assert "damaged" in refusal(path)


def test_a_ledger_that_was_cut_off_is_damaged(path):
    content = made(path).read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(CampaignError, match="damaged"), open_ledger(path) as ledger:
        ledger.mark("survey")


@pytest.mark.parametrize("left", [1, 100, 4095])
def test_a_ledger_that_was_cut_off_within_its_last_page_is_damaged(path, left):
    content = made(path).read_bytes()
    path.write_bytes(content[: -4096 + left])
    assert "damaged" in refusal(path)


def test_damage_in_the_middle_is_said_when_it_is_met(path):
    content = bytearray(made(path).read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    path.write_bytes(content)
    assert "damaged" in refusal(path)


def test_a_ledger_that_may_only_be_read_is_refused_for_writing(path):
    made(path)
    only_to_read = Ledger(SQLiteFile(path, reading=True), lambda: NOW)
    with pytest.raises(CampaignError, match="cannot be written"):
        only_to_read.mark("survey")
    only_to_read.close()


def test_where_there_is_not_even_a_folder_there_is_no_ledger(tmp_path):
    for reading in (True, False):
        with pytest.raises(LedgerMissing):
            open_ledger(tmp_path / "nowhere" / "ledger.sqlite", reading=reading)


def test_a_ledger_opened_for_reading_tells_what_is_in_it(path):
    with open_ledger(made(path)) as ledger:
        ledger.mark("survey")
    with open_ledger(path, reading=True) as ledger, ledger.transaction(reading=True) as connection:
        assert connection.execute(sa.text("SELECT name FROM campaigns")).scalar_one() == "survey"


def test_reading_goes_on_while_somebody_writes(path):
    with open_ledger(made(path)) as writer, open_ledger(path, reading=True) as reader, writer.transaction():
        assert reader.memory("survey").phones.len() == 0


def test_a_full_disk_is_said(path):
    with open_ledger(made(path)) as ledger:
        with ledger.transaction() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(CampaignError, match="disk is full"), ledger.transaction() as connection:
            connection.exec_driver_sql(
                "INSERT INTO campaigns (id, name, mark, created_at) VALUES (1, ?, 'MARK', '')", ("long" * 10_000,)
            )


@pytest.fixture
def small_disk(tmp_path):
    """`small_disk(100)` → a folder that holds so many KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mounted(kilobytes: int) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", folder]
        if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no file system can be mounted here; that takes root")
        return folder

    yield mounted
    if folder.is_mount():
        subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("kilobytes", range(32, 224, 24))
def test_on_a_disk_that_is_full_a_ledger_is_made_whole_or_not_at_all(small_disk, tmp_path, kilobytes):
    path = small_disk(kilobytes) / "ledger.sqlite"
    with suppress(CampaignError):
        open_ledger(path, create=True).close()
    if path.exists():
        with closing(sqlite3.connect(shutil.copy(path, tmp_path / "copy"))) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_network_filesystem_is_refused(path):
    line = f"36 35 98:0 / {path.parent} rw,noatime - nfs4 server:/export rw\n"
    assert "network filesystem (nfs4)" in refusal(path, create=True, mountinfo=lambda: line)
    assert not path.exists()


def test_a_ledger_out_of_reach_is_said(path):
    assert "cannot be reached: File name too long" in refusal(path.with_name("x" * 300))


def test_a_symbolic_link_is_followed_to_a_local_disk(path):
    link = path.with_name("link")
    link.symlink_to(made(path))
    line = f"36 35 98:0 / {path} rw,noatime - nfs server:/export rw\n"
    assert "network filesystem (nfs)" in refusal(link, mountinfo=lambda: line)


@pytest.mark.parametrize("damage", ["state = 'sendiog'", "state_at = '2026-x1-24T13:00:00.000Z'"])
def test_a_word_and_a_moment_that_are_none_are_damage(path, damage):
    with open_ledger(made(path), clock=lambda: NOW) as ledger:
        adopt(plan_of(people(2, 4)), ledger, context(), NOW)
        raw(
            path, "PRAGMA ignore_check_constraints = ON", f"UPDATE batches SET {damage}"
        )  # as the disk does not ask, either
        with pytest.raises(CampaignError, match="is damaged"), ledger.transaction(reading=True) as connection:
            connection.execute(batches.select()).all()
