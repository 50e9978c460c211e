"""Bodies of refusals, in the three shapes that the service uses, and in any other."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.service.error_body import read_words


def read(detail, headers=None):
    return read_words(json.dumps({"detail": detail}).encode(), headers or {})


def test_an_object_gives_code_message_and_request_id():
    words = read(
        {"type": "validation", "code": "bad_agent", "message": "No such agent", "request_id": "r1", "param": "agent_id"}
    )
    assert (words.code, words.message, words.request_id) == ("bad_agent", "No such agent (in agent_id)", "r1")


def test_the_older_status_stands_in_for_the_code():
    assert read({"status": "quota_exceeded", "message": "No credit"}).code == "quota_exceeded"


def test_a_list_gives_the_positions_of_the_recipients_it_names():
    errors = [
        {"loc": ["body", "recipients", 17, "phone_number"], "msg": "not a number", "type": "value_error"},
        {"loc": ["body", "recipients", 3], "msg": "no channel", "type": "missing"},
        {"loc": ["body", "recipients", 17, "id"], "msg": "too long", "type": "value_error"},
    ]
    words = read(errors)
    assert words.recipients == (3, 17)
    assert words.code == "value_error"
    assert (
        words.message
        == "recipients.17.phone_number: not a number; recipients.3: no channel; recipients.17.id: too long"
    )


def test_what_is_said_about_each_recipient_is_kept_without_its_place():
    words = read([
        {"loc": ["body", "recipients", 17, "phone_number", "str"], "msg": "not a\nnumber"},
        {"loc": ["body", "recipients", 3], "msg": "no channel"},
        {"loc": ["body", "recipients", 17, "id"], "msg": "x" * 2000},
        {"loc": ["body", "recipients", 3], "msg": "no channel"},
        {"loc": ["body", "recipients", 4, "id"], "msg": 7},
    ])  # fmt: skip
    assert words.said == {
        3: "no channel",
        4: "id: not accepted",
        17: "phone_number.str: not a number; id: " + "x" * 264,
    }


@pytest.mark.parametrize(
    "other",
    [
        {"loc": ["body", "agent_id"], "msg": "required"},
        {"loc": ["body", "recipients"], "msg": "too many"},
        {"loc": ["body", "recipients", -1], "msg": "?"},
        {"loc": ["body", "recipients", True], "msg": "?"},
        {"loc": ["body", "recipients", "0"], "msg": "?"},
        {"loc": ["query", "recipients", 0], "msg": "?"},
        {"msg": "?"},
        "text",
    ],
)
def test_an_error_about_anything_else_keeps_the_recipients_out_of_it(other):
    words = read([{"loc": ["body", "recipients", 1], "msg": "no"}, other])
    assert (words.recipients, words.said) == ((), {})


def test_a_long_list_is_cut_and_says_so():
    errors = [{"loc": ["body", "recipients", place], "msg": "no"} for place in range(1000)]
    words = read(errors)
    assert words.message.endswith("recipients.4: no; and 995 more")
    assert len(words.recipients) == 1000


def test_a_text_is_the_message():
    assert read("Something is wrong").message == "Something is wrong"


@pytest.mark.parametrize(
    "body", [b"", b"<html>502</html>", b"\xff", b"[]", b'"x"', b"[" * 100_000, b'{"detail": 7}', b"{}"]
)
def test_a_body_in_no_known_shape_says_nothing(body):
    words = read_words(body, {})
    assert (words.code, words.message, words.request_id, words.recipients) == ("", "", None, ())


@pytest.mark.parametrize("header", ["request-id", "x-request-id"])
def test_the_request_id_comes_from_the_headers_too(header):
    assert read_words(b"", {header: "r2"}).request_id == "r2"
    assert read({"request_id": "r1"}, {header: "r2"}).request_id == "r1"


def test_a_message_is_one_printable_line_of_bounded_length():
    message = read({"message": "a\x1b[31m\r\nb\u202e" + "c" * 5000}).message
    assert message.startswith("a [31m b c")
    assert message.isprintable()
    assert len(message) == 1000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda child: (
        st.lists(child) | st.dictionaries(st.sampled_from(["loc", "msg", "type", "code", "message", "x"]), child)
    ),
)


@given(JSON)
def test_no_detail_is_too_odd_to_be_read(detail):
    words = read(detail)
    assert words.message == " ".join(words.message.split())
    assert all(place >= 0 for place in words.recipients)
