"""Languages are read as people write them, and what is unknown or could be two is not guessed."""

import polars as pl
import pytest
from babel import Locale

from pipeline.plan.languages import languages_of, nearest_languages


def read(*texts: str | None) -> list[str | None]:
    return languages_of(pl.Series(texts, dtype=pl.String)).to_list()


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("de", ["German", "Deutsch", "de", "DE", "de-DE", "de_AT", "ger", "deu", " german ", "allemand", "Alemán", "немецкий"]),
        ("en", ["English", "eng", "English (US)", "English - United States", "British English", "Anglais", "en-US"]),
        ("es", ["Spanish", "Español", "espanol", "Castilian", "spa", "Spanish (Mexico)"]),
        ("pt", ["Portuguese", "Brazilian Portuguese", "Português (Brasil)", "pt-BR"]),
        ("zh", ["Chinese", "Mandarin", "中文", "chi", "zho", "zh-Hant-TW", "Simplified Chinese"]),
        ("ja", ["Japanese", "日本語", "jpn"]),
        ("nl", ["Dutch", "Nederlands", "Flemish", "dut", "nld"]),
        ("fa", ["Farsi", "Persian", "per", "fas"]),
        ("he", ["Hebrew", "iw", "heb"]),
        ("no", ["Norwegian", "no", "Norsk"]),
        ("fil", ["Filipino", "Tagalog"]),
    ],
)  # fmt: skip
def test_a_language_has_many_names_and_codes(code, texts):
    assert read(*texts) == [code] * len(texts)


@pytest.mark.parametrize(
    "text",
    ["", " ", "Germn", "xq", "xq-XX", "N/A", "NA", "English / Spanish", "English - Spanish", "12", "und", "mul", "?"],
)
def test_what_names_no_language_or_two_is_unknown(text):
    assert read(text) == [None]


def test_nothing_stays_nothing_and_rows_keep_their_order():
    assert read("de", None, "English", "de") == ["de", None, "en", "de"]
    assert read() == []


def test_nearly_every_english_name_is_read_as_its_own_code():
    names = {name: code for code, name in Locale("en").languages.items() if "_" not in code}
    wrong = {name for name, code in zip(names, read(*names), strict=True) if code != names[name]}
    assert wrong <= {
        "Fanti", "Ga", "Kom", "Min Nan Chinese", "Multiple languages", "Nauru", "No linguistic content", "Oji-Cree",
        "Serbo-Croatian", "Tagalog", "Twi", "Unknown language",
    }  # fmt: skip


def test_the_nearest_is_named_where_one_is_near():
    texts = pl.Series(["Germn", "Inglish", "zzz", None], dtype=pl.String)
    assert nearest_languages(texts).to_list() == ["German", "English", None, None]
