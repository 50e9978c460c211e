"""Upper and lower case: |upper, |lower, and |name, which repairs names that are all capitals or all small letters."""

import polars as pl

#: Languages in which i and ı are two letters.
_DOTTED = ("tr", "az")
#: Small words inside of names, as most of their bearers write them; at the beginning they have a capital.
_PARTICLES = (
    "af", "al", "aan", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "e", "el",
    "ibn", "la", "las", "le", "los", "op", "ten", "ter", "van", "vom", "von", "y", "zu", "zum", "zur",
)  # fmt: skip
_NUMERALS = ("ii", "iii", "iv")
_WORD = r"[\p{L}\p{M}\p{N}'’]+"
_TOKENS = rf"{_WORD}|[^\p{{L}}\p{{M}}\p{{N}}'’]+"


def uppered(texts: pl.Series, locale: str) -> pl.Series:
    """|upper."""
    return texts.to_frame("t").select(_upper(pl.col("t"), locale)).to_series()


def lowered(texts: pl.Series, locale: str) -> pl.Series:
    """|lower."""
    return texts.to_frame("t").select(_lower(pl.col("t"), locale)).to_series()


def named(texts: pl.Series, locale: str) -> pl.Series:
    """|name: texts that are all capitals or all small letters as names are written; all others as they are."""
    text = pl.col("t")
    upper, lower = _upper(text, locale), _lower(text, locale)
    frame = texts.to_frame("t").with_row_index("at")
    damaged = frame.filter((upper != lower) & ((text == upper) | (text == lower)))
    mended = _mended(damaged, locale)
    return frame.join(mended, on="at", how="left", maintain_order="left").select(pl.coalesce("mended", "t")).to_series()


def _mended(frame: pl.DataFrame, locale: str) -> pl.DataFrame:
    """In: at, t. Out: at, mended. Word by word."""
    words = frame.select("at", word=_lower(pl.col("t"), locale).str.extract_all(_TOKENS)).explode("word")
    is_first = pl.col("word").str.contains(rf"^{_WORD}$").cum_sum().over("at") <= 1
    return (
        words.select("at", _capital(pl.col("word"), is_first, locale))
        .group_by("at")
        .agg(pl.col("word").str.join("").alias("mended"))
    )


def _capital(word: pl.Expr, is_first: pl.Expr, locale: str) -> pl.Expr:
    """A word in small letters with its capitals: O'Neil, McDonald, III, and none for particles."""
    initial = word.str.contains(r"^\p{L}['’]\p{L}")
    scottish = word.str.contains(r"^mc\p{L}{2}")
    return (
        pl.when(~is_first & word.is_in(_PARTICLES))
        .then(word)
        .when(~is_first & word.is_in(_NUMERALS))
        .then(word.str.to_uppercase())
        .when(initial)
        .then(_upper(word.str.slice(0, 3), locale) + word.str.slice(3))
        .when(scottish)
        .then("Mc" + _upper(word.str.slice(2, 1), locale) + word.str.slice(3))
        .otherwise(_upper(word.str.slice(0, 1), locale) + word.str.slice(1))
    )


def _upper(text: pl.Expr, locale: str) -> pl.Expr:
    dotted = text.str.replace_all("i", "İ", literal=True) if _is_dotted(locale) else text
    return dotted.str.to_uppercase()


def _lower(text: pl.Expr, locale: str) -> pl.Expr:
    """İ is i in every language here: Unicode's own i with a dot above is no letter that anybody types."""
    plain = text.str.replace_all("İ", "i", literal=True)
    return (plain.str.replace_all("I", "ı", literal=True) if _is_dotted(locale) else plain).str.to_lowercase()


def _is_dotted(locale: str) -> bool:
    return locale.split("_", maxsplit=1)[0] in _DOTTED
