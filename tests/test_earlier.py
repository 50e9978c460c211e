"""`[rules.frequency]` and `[recall]` as the campaign file writes them."""

from datetime import timedelta

import pytest

from schemas.days import parse_span, span_in_words
from tests.build import a_campaign, problems_of


@pytest.mark.parametrize(
    ("text", "span", "words"),
    [
        ("2d", timedelta(days=2), "2 days"),
        ("1 day", timedelta(days=1), "1 day"),
        ("12h", timedelta(hours=12), "12 hours"),
        ("36 hours", timedelta(hours=36), "36 hours"),
        ("48h", timedelta(days=2), "2 days"),
    ],
)
def test_a_span_is_written_in_days_or_hours(text, span, words):
    assert parse_span(text) == span
    assert span_in_words(span) == words


@pytest.mark.parametrize("text", ["2", "2w", "0d", "-1h", 2, None, "1d12h"])
def test_anything_else_is_no_span(text):
    with pytest.raises(ValueError, match='write one such as "2d" or "12h"'):
        parse_span(text)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('calls = 3\ndays = 30\ngap = "12h"', "more than 3 times in 30 days or within 12 hours of another call"),
        ("calls = 1\ndays = 1", "more than once in 1 day"),
        ('gap = "2d"', "within 2 days of another call"),
    ],
)
def test_the_rule_on_frequency_says_what_it_does(table, words):
    assert str(a_campaign(f"[rules.frequency]\n{table}").rules.frequency) == words


def test_earlier_calls_matter_for_as_long_as_the_longer_of_both_says():
    rules = a_campaign('[rules.frequency]\ncalls = 3\ndays = 30\ngap = "40d"').rules
    assert rules.calls_since(50 * 86_400.0) == 10 * 86_400.0
    assert a_campaign().rules.calls_since(0.0) is None


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ("calls = 3", "[rules.frequency] days: `calls` and `days` belong together: calls = 3, days = 30"),
        ("days = 3", "[rules.frequency] days: `calls` and `days` belong together: calls = 3, days = 30"),
        ("", "[rules.frequency] gap: is missing, and so are `calls` and `days`"),
        ("calls = 0\ndays = 1", "[rules.frequency] calls: must be at least 1 (it is 0)"),
        ("gap = 2", "[rules.frequency] gap: 2 is no span of time"),
        ("call = 3\ngap = '2d'", "[rules.frequency] call: unknown key; did you mean calls?"),
    ],
)
def test_what_is_wrong_with_it_is_said(table, problem):
    assert any(told.startswith(problem) for told in problems_of(f"[rules.frequency]\n{table}"))


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('when = ["failed"]\nafter = "2d"', "[recall] at_most: is required; add at_most = 2"),
        ('when = ["complete"]', '[recall] when: must be a list of "failed", "voicemail" or "cancelled"'),
        ('when = "failed"', '[recall] when: must be a list of "failed", "voicemail" or "cancelled"'),
        ("when = []", '[recall] when: must be a list of "failed", "voicemail" or "cancelled"'),
        ("at_most = 101", "[recall] at_most: must be at most 100 (it is 101)"),
        ('after = "soon"', "[recall] after: 'soon' is no span of time"),
    ],
)
def test_what_is_wrong_with_a_recall_is_said(table, problem):
    assert any(told.startswith(problem) for told in problems_of(f"[recall]\n{table}"))


def test_a_rule_that_stands_in_the_wrong_table_is_told_its_place():
    assert problems_of("[rules.recall]\nat_most = 1") == [
        "[rules.recall]: unknown key; it belongs to the top of the file"
    ]
