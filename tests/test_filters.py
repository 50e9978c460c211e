"""Filters write what Babel, or plain Python, would write for each cell, and say what they cannot read."""

import re
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

import polars as pl
import pytest
from babel.dates import format_date
from babel.lists import format_list
from babel.numbers import format_currency
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.plan.filters import filtered
from pipeline.plan.filters.cases import _NUMERALS, _PARTICLES
from pipeline.plan.filters.money import MOST_DECIMALS
from schemas.filters import Filter

#: Babel reads a language from disk when it is first asked.
SLOWLY = settings(deadline=None, max_examples=100)
#: Each has a rule of its own: groups of two, marks around the sign, no symbol of its own, words after the last part.
LOCALES = ["en", "de", "fr_CH", "es", "hi", "ar", "fa", "he", "pl", "pt_PT", "ja", "zh_Hant_TW", "ti", "ml", "bn", "tr"]
CURRENCIES = ["USD", "EUR", "JPY", "KWD", "INR", "CLF"]


def made(text: str, *filters: Filter, locale: str = "en", written: str | None = None) -> tuple[str | None, str | None]:
    """What is heard, and the code."""
    frame = filtered(pl.Series("text", [text], pl.String), filters, locale, written)
    return frame.row(0)


def money(text: str, currency: str = "USD", sample: str | None = None, locale: str = "en"):
    return made(text, Filter("money", currency, sample), locale=locale)


@SLOWLY
@given(
    st.decimals(min_value=-(10**14) + 1, max_value=10**14 - 1, places=4),
    st.sampled_from(CURRENCIES),
    st.sampled_from(LOCALES),
)
@example(Decimal("-0.001"), "USD", "en")
@example(Decimal("0.125"), "USD", "en")
@example(Decimal(99999999999999), "KWD", "hi")
def test_an_amount_is_written_as_babel_writes_it(amount, currency, locale):
    expected = format_currency(amount, currency, locale=locale)
    assert money(f"{amount:f}", currency, "1,234.50", locale) == (expected, None)


def amounts(figures: str) -> set[Decimal]:
    """The amounts that figures can mean, with a point and with a comma before the decimals."""
    found = set()
    for point, other in (".,", ",."):
        whole, *part = figures.split(point)
        plain = re.sub(r"[ '’]", other, whole)
        is_grouped = re.fullmatch(rf"[1-9]\d{{0,2}}(\{other}\d{{2,3}})*\{other}\d{{3}}", plain)
        signs = set(re.sub(r"\d", "", whole.replace("’", "'")))
        if not (re.fullmatch(r"\d*", whole, re.ASCII) or (is_grouped and len(signs) == 1)):
            continue
        if len(part) > 1 or not all(re.fullmatch(r"\d+", each, re.ASCII) for each in part) or not (whole or part):
            continue
        if len("".join(part)) > MOST_DECIMALS:
            continue
        found.add(Decimal(f"{re.sub(r'[^0-9]', '', whole) or '0'}.{part[0] if part else '0'}"))
    return found


@SLOWLY
@given(st.text(st.sampled_from("0123456789.,' "), max_size=12), st.sampled_from(LOCALES))
@example("1,234", "en")
@example("1.234.567", "de")
@example("1,234.50", "de")
@example("0,125", "de")
@example("12,34,567.5", "hi")
def test_an_amount_that_reads_in_two_ways_is_never_guessed(text, locale):
    meant = amounts(text.strip(" "))
    spoken, code = money(text, locale=locale)
    if len(meant) == 1:
        assert (spoken, code) == (format_currency(meant.pop(), "USD", locale=locale), None)
    else:
        assert (spoken, code) == (None, "amount_ambiguous" if meant else "not_an_amount")


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("$5", "$5.00"), ("5 USD", "$5.00"), ("US$ 5", "$5.00"), ("usd 5", "$5.00"), ("-$5", "-$5.00"), ("$-5", "-$5.00"),
        ("−5", "-$5.00"), ("+5", "$5.00"), (".5", "$0.50"), ("007", "$7.00"), ("1'234.50", "$1,234.50"), ("1’234", "$1,234.00"), ("\u00a01\u202f234,50", "$1,234.50"),
    ],
)  # fmt: skip
def test_signs_and_the_currency_itself_may_stand_around_the_figures(text, spoken):
    assert money(text) == (spoken, None)


@pytest.mark.parametrize(
    "text", ["€5", "5 EUR", "--5", "-$-5", "5.", "1e5", "abc", "1" * 15, "0." + "1" * 11, "٥", "$"]
)
def test_what_is_no_amount_in_the_currency_is_told(text):
    assert money(text) == (None, "not_an_amount")


def test_a_sample_says_how_cells_write_amounts():
    assert money("1,234", sample="1,234.50") == ("$1,234.00", None)
    assert money("1,234", sample="1.234,50") == ("$1.23", None)
    assert money("1.234,50", sample="1,234.50") == (None, "not_an_amount")


@SLOWLY
@given(
    st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.sampled_from(LOCALES), st.sampled_from(["full", "d MMM y", None])
)
def test_a_date_is_written_as_babel_writes_it(day, locale, pattern):
    expected = format_date(day, pattern or "long", locale)
    assert made(f" {day} ", Filter("date", None, pattern), locale=locale) == (expected, None)
    assert made(f"{day:%d.%m.%y}", Filter("date", None, pattern), locale=locale)[1] == "not_a_date"
    written = made(f"{day:%d|%m|%Y}", Filter("date", None, pattern), locale=locale, written="%d|%m|%Y")
    assert written == (expected, None)


@pytest.mark.parametrize(
    ("text", "code"), [("03/04/2024", "date_ambiguous"), ("soon", "not_a_date"), ("13/13/2024", "not_a_date")]
)
def test_a_date_that_cannot_be_read_is_told_as_the_type_does(text, code):
    assert made(text, Filter("date")) == (None, code)


def test_a_date_that_reads_in_one_way_needs_no_format():
    assert made("15/03/2024", Filter("date"), locale="de") == ("15. März 2024", None)
    assert made("03/03/2024", Filter("date")) == ("March 3, 2024", None)


@SLOWLY
@given(st.text(st.sampled_from("ab ;|,\n"), max_size=14), st.sampled_from(LOCALES))
@example("a;b;c;d;e", "ml")
@example("a;b", "ti")
def test_a_list_is_written_as_babel_writes_it(text, locale):
    separator = next((each for each in ";|\n" if each in text), ",")
    parts = [part.strip() for part in text.split(separator) if part.strip()]
    expected = (format_list(parts, locale=locale), None) if parts else (None, "not_a_list")
    assert made(text, Filter("list"), locale=locale) == expected


def test_a_separator_that_is_given_is_the_only_one():
    assert made("Boots, brown; Hat", Filter("list", None, ";")) == ("Boots, brown and Hat", None)
    assert made("Boots, brown", Filter("list", None, ";")) == ("Boots, brown", None)
    assert made("a - b", Filter("list", None, " - ")) == ("a and b", None)


def name(text: str) -> str:
    """|name in plain Python, for languages whose i has a dot."""
    lower = text.replace("İ", "i").lower()
    if text not in {text.upper(), lower} or text.upper() == lower:
        return text
    words = 0

    def capital(found: re.Match) -> str:
        nonlocal words
        words += 1
        word = found[0]
        if words > 1 and word in _PARTICLES:
            return word
        if words > 1 and word in _NUMERALS:
            return word.upper()
        if re.match(r"[^\W\d_]['’][^\W\d_]", word):
            return word[:3].upper() + word[3:]
        if re.match(r"mc[^\W\d_]{2}", word):
            return f"Mc{word[2].upper()}{word[3:]}"
        return word[0].upper() + word[1:]

    return re.sub(r"(?:[^\W_]|['’])+", capital, lower)


NAME_PARTS = [*"aàbcdemnvßçñøяжα'’ -.&1", "mc", "van ", " de ", " iii", "o'"]


@SLOWLY
@given(st.lists(st.sampled_from(NAME_PARTS), max_size=8).map("".join))
@example("von der leyen")
@example("john smith iii")
def test_a_name_is_repaired_as_plain_python_would(text):
    for each in (text.lower(), text.upper(), text):
        assert made(each, Filter("name")) == (name(each), None)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("MCDONALD", "McDonald"), ("O'NEIL", "O'Neil"), ("JEAN-LUC", "Jean-Luc"), ("VAN DER BERG", "Van der Berg"),
        ("ludwig van beethoven", "Ludwig van Beethoven"), ("SA'AD", "Sa'ad"), ("D’ANGELO", "D’Angelo"), ("MACK", "Mack"),
        ("J.R.R. TOLKIEN", "J.R.R. Tolkien"), ("JOHN SMITH III", "John Smith III"), ("'T HOOFT", "'t Hooft"), ("e", "E"),
        ("ÉLODIE", "Élodie"), ("МАРИЯ", "Мария"), ("İBRAHİM", "Ibrahim"), ("JOHN’S", "John’s"), ("'", "'"),
    ],
)  # fmt: skip
def test_capitals_alone_and_small_letters_alone_are_repaired(text, spoken):
    assert made(text, Filter("name")) == (spoken, None)


@pytest.mark.parametrize(
    "text", ["Anna", "van der Berg", "JOHN smith", "X Æ A-12x", "田中", "MacDonald", "123", "DeShawn"]
)
def test_any_other_name_is_left_alone(text):
    assert made(text, Filter("name")) == (text, None)


@SLOWLY
@given(st.text(st.sampled_from("aAéÉßiIıİжЖσΣ 1'"), max_size=8))
def test_upper_and_lower_are_pythons_own_but_for_the_i_of_turkish(text):
    assert made(text, Filter("upper"), locale="de") == (text.upper(), None)
    assert made(text, Filter("lower"), locale="de") == (text.replace("İ", "i").lower(), None)
    assert made(text, Filter("upper"), locale="tr") == (text.replace("i", "İ").upper(), None)
    assert made(text, Filter("lower"), locale="tr") == (text.replace("İ", "i").replace("I", "ı").lower(), None)


def test_turkish_names_keep_their_letters():
    assert [made(text, Filter("name"), locale="tr")[0] for text in ("IŞIK", "ilker", "DİCLE")] == [
        "Işık",
        "İlker",
        "Dicle",
    ]


def test_filters_work_from_left_to_right():
    assert made("ANNA;BEN", Filter("name"), Filter("list"), locale="fr") == ("Anna et Ben", None)
    assert made("2024-05-03", Filter("date"), Filter("upper")) == ("MAY 3, 2024", None)
    assert made("x", Filter("money", "USD"), Filter("upper")) == (None, "not_an_amount")


def test_rounding_is_half_to_even_as_babel_rounds():
    for cents in range(40):
        amount = Decimal(cents) / 1000
        rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        assert money(f"{amount:.4f}", sample="1,234.50") == (f"${rounded}", None)
