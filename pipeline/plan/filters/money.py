"""|money: amounts as a language writes them. Babel is asked once for each language and currency how it does that."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import polars as pl
from babel.numbers import format_currency, get_currency_precision, get_currency_symbol, list_currencies

from schemas.filters import SAMPLES, Filter
from schemas.table import nearest

#: Together with the most decimals that a currency has, 4, they fit in 64 bits.
_MOST_DIGITS, MOST_DECIMALS = 14, 10
_SPACES = "[\u00a0\u2007\u2009\u202f]"
_GROUP = {".": r"\.", ",": ",", " ": " ", "'": "['’]"}


def money(texts: pl.Series, each: Filter, locale: str, _: str | None) -> pl.DataFrame:
    """Columns spoken and code (String). Rounded, where it must be, to the decimals of the currency, half to even."""
    currency = str(each.word)
    read = _read(texts, each.text, currency, locale)
    rounded = read.with_columns(_rounded(get_currency_precision(currency)).alias("units"))
    return rounded.select(_written(_style(locale, currency)).alias("spoken"), "code")


def currency_problem(code: str) -> str | None:
    """Why a currency cannot be used."""
    known = list_currencies()
    if code in known:
        return None
    near = nearest(code, known)
    return f"|money {code}: there is no such currency" + (f"; did you mean {near}?" if near else "")


def _read(texts: pl.Series, sample: str | None, currency: str, locale: str) -> pl.DataFrame:
    """Columns minus (Boolean), whole and part (String: digits without surplus zeros), code."""
    found = texts.to_frame("t").select(_parts(currency, locale)).unnest("found")
    minus = pl.concat_str(pl.col("sign").fill_null(""), pl.col("later").fill_null(""))
    read = found.select(
        minus=minus.is_in(["-", "−"]),
        figures=pl.when(minus.str.len_chars() <= 1).then("figures"),
    ).with_columns(_as_number("figures", ".").alias("point"), _as_number("figures", ",").alias("comma"))
    if sample is not None:
        number, is_ambiguous = pl.col("point" if sample == SAMPLES[0] else "comma"), pl.lit(value=False)
    else:
        number = pl.coalesce("point", "comma")
        is_ambiguous = (pl.col("point") != pl.col("comma")).fill_null(value=False)
    whole, part = number.str.split_exact(".", 1).struct.field("field_0"), number.str.extract(r"\.(.*)")
    fits = (whole.str.len_chars() <= _MOST_DIGITS) & (part.str.len_chars() <= MOST_DECIMALS) & ~is_ambiguous
    return read.select(
        "minus",
        whole=pl.when(fits).then(whole),
        part=pl.when(fits).then(part),
        code=pl.when(is_ambiguous)
        .then(pl.lit("amount_ambiguous"))
        .when(~fits.fill_null(value=False))
        .then(pl.lit("not_an_amount")),
    )


def _parts(currency: str, locale: str) -> pl.Expr:
    """The sign and the figures of an amount; none of them where another currency stands there."""
    symbols = {currency, get_currency_symbol(currency, locale), get_currency_symbol(currency, "en")}
    bare = {
        sign for symbol in symbols if (sign := re.sub(r"[\w\s\u200e\u200f]", "", symbol))
    }  # CA$ is written $ at home
    symbols |= bare | {currency[:2] + sign for sign in bare}
    symbol = "|".join(re.escape(each) for each in sorted(symbols, key=len, reverse=True))
    pattern = rf"^(?P<sign>[+\-−])? ?(?:(?i:{symbol}))? ?(?P<later>[+\-−])? ?(?P<figures>[0-9., '’]*[0-9]) ?(?:(?i:{symbol}))?$"
    return pl.col("t").str.replace_all(_SPACES, " ").str.strip_chars().str.extract_groups(pattern).alias("found")


def _as_number(column: str, point: str) -> pl.Expr:
    """Figures as digits, a point and digits, if that is how they read with this sign before the decimals."""
    other = "," if point == "." else "."
    grouped = "|".join(
        rf"[1-9][0-9]{{0,2}}(?:{_GROUP[each]}[0-9]{{2,3}})*{_GROUP[each]}[0-9]{{3}}" for each in (other, " ", "'")
    )
    figures = pl.col(column)
    fits = figures.str.contains(rf"^(?:[0-9]+|{grouped})?(?:{_GROUP[point]}[0-9]+)?$")
    plain = figures.str.replace_all(rf"[^0-9{_GROUP[point]}]", "").str.replace(point, ".", literal=True)
    whole = plain.str.extract(r"^0*([0-9]*)").replace("", "0")
    part = plain.str.extract(r"\.([0-9]*?)0*$").fill_null("")
    return pl.when(fits).then(pl.concat_str(whole, part, separator="."))


def _rounded(decimals: int) -> pl.Expr:
    """The amount in the currency's smallest unit (Int64), rounded half to even as Babel does."""
    kept = pl.concat_str("whole", pl.col("part").str.slice(0, decimals).str.pad_end(decimals, "0")).cast(pl.Int64)
    rest = pl.col("part").str.slice(decimals)
    up = pl.when(rest == "5").then(kept % 2 == 1).otherwise(rest.str.contains("^[5-9]"))
    return kept + up.cast(pl.Int64)


@dataclass(frozen=True)
class _Style:
    """How a language writes amounts of a currency. Around them stand `plus` or `minus`; groups are counted from the right."""

    plus: tuple[str, str]
    minus: tuple[str, str]
    decimals: int
    point: str
    group: str
    sizes: tuple[int, int]


@cache
def _style(locale: str, currency: str) -> _Style:
    """Read from an amount of ones, as Babel writes it."""
    decimals = get_currency_precision(currency)
    sample = Decimal(f"{'1' * _MOST_DIGITS}.{'1' * max(decimals, 1)}")
    plus, figures = _around(format_currency(sample, currency, locale=locale))
    minus, _ = _around(format_currency(-sample, currency, locale=locale))
    runs = re.findall("1+|[^1]+", figures)
    point = runs.pop(-2) if decimals else ""
    whole = runs[:-1] if decimals else runs
    groups = [run for run in whole if run[0] == "1"]
    sizes = (len(groups[-1]), len(groups[-2])) if len(groups) > 2 else (_MOST_DIGITS, _MOST_DIGITS)  # noqa: PLR2004
    return _Style(plus, minus, decimals, point, whole[1] if len(groups) > 1 else "", sizes)


def _around(written: str) -> tuple[tuple[str, str], str]:
    first, last = written.index("1"), written.rindex("1") + 1
    return (written[:first], written[last:]), written[first:last]


def _written(style: _Style) -> pl.Expr:
    digits = pl.col("units").cast(pl.String).str.zfill(style.decimals + 1)
    whole = digits.str.head(-style.decimals) if style.decimals else digits
    parts = [_grouped(whole, style)]
    if style.decimals:
        parts += [pl.lit(style.point), digits.str.tail(style.decimals)]
    before, after = (
        pl.when("minus").then(pl.lit(minus)).otherwise(pl.lit(plus))
        for plus, minus in zip(style.plus, style.minus, strict=True)
    )
    return pl.concat_str(before, *parts, after)


def _grouped(whole: pl.Expr, style: _Style) -> pl.Expr:
    """Digits in groups; counted from the right, so backwards."""
    first, later = style.sizes
    backwards = whole.str.reverse()
    rest = backwards.str.slice(first).str.replace_all(rf"([0-9]{{1,{later}}})", ",${1}")
    forwards = pl.concat_str(backwards.str.slice(0, first), rest).str.reverse()
    return forwards.str.replace_all(",", style.group, literal=True)
