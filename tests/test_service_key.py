"""The key is read from one place, checked, and never shown."""

import pytest

from pipeline.service.key import Key, read_key
from schemas.errors import CampaignError

SECRET = "sk_0123456789abcdef"


def refused(environ):
    with pytest.raises(CampaignError) as refusal:
        read_key(environ)
    message = str(refusal.value)
    assert SECRET not in message
    assert "\n" not in message
    return message


def test_the_key_comes_from_the_environment():
    assert read_key({"ELEVENLABS_API_KEY": SECRET}).secret == SECRET


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_key_comes_from_a_file_whose_last_line_break_is_an_editors(tmp_path, ending):
    file = tmp_path / "key"
    file.write_bytes(f"{SECRET}{ending}".encode())
    assert read_key({"ELEVENLABS_API_KEY_FILE": str(file)}).secret == SECRET


def test_two_places_are_refused(tmp_path):
    assert "both set" in refused({"ELEVENLABS_API_KEY": SECRET, "ELEVENLABS_API_KEY_FILE": str(tmp_path)})


def test_no_key_says_where_to_put_one():
    assert "set ELEVENLABS_API_KEY" in refused({})


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_an_empty_key_is_refused(text):
    assert "is empty" in refused({"ELEVENLABS_API_KEY": text})


@pytest.mark.parametrize(
    "text",
    [
        f" {SECRET}",
        f"{SECRET} ",
        f"{SECRET}\n",
        f"{SECRET[:4]}\n{SECRET[4:]}",
        f"{SECRET}é",
        f"“{SECRET}”",
        f"{SECRET}\0",
    ],
)
def test_what_cannot_be_sent_in_a_header_is_refused(text):
    assert "copy the key again" in refused({"ELEVENLABS_API_KEY": text})


@pytest.mark.parametrize("text", [f"{SECRET}\n\n", f"{SECRET}\nmore\n", f"\ufeff{SECRET}"])
def test_a_file_holds_the_key_alone(tmp_path, text):
    file = tmp_path / "key"
    file.write_text(text, "utf-8")
    assert "copy the key again" in refused({"ELEVENLABS_API_KEY_FILE": str(file)})


def test_a_file_that_is_something_else_is_refused_without_reading_it_all():
    assert "more than 1000 characters" in refused({"ELEVENLABS_API_KEY_FILE": "/dev/urandom"})


@pytest.mark.parametrize("name", ["missing", ".", "a\0b"])
def test_an_unreadable_file_is_named(tmp_path, name):
    assert "cannot be read" in refused({"ELEVENLABS_API_KEY_FILE": f"{tmp_path}/{name}"})


def test_a_key_is_not_shown():
    key = Key(SECRET)
    assert SECRET not in f"{key} {key!r} {[key]}"


def test_fingerprints_tell_keys_apart_and_are_short():
    first, second = Key(SECRET).fingerprint, Key(SECRET + "0").fingerprint
    assert first == Key(SECRET).fingerprint != second
    assert len(first) == 12
    assert int(first, 16) >= 0
