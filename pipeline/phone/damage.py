"""What spreadsheets, forms and keyboards do to numbers: expressions over a column `number` (String) that tell it by name."""

from dataclasses import dataclass

import polars as pl

_NUMBER = pl.col("number")
#: Anything but digits and what groups them, or decimals. One look that nearly all numbers pass.
_MARK = r"[^0-9+() .\-/]|\.0+ *$"
#: A mark that reads a text away from its number: they are stripped before a number is looked at.
_QUOTES = " \t\r\n'\"`´‘’“”="
#: Characters that cannot be seen, spaces but the plain one, and dots that group digits where they hang in the air.
_INVISIBLE = r"\p{Cf}"
_SPACES = r"[\p{Zs}--[ ]]"
_DOTS = r"[·•∙‧]"
#: What a spreadsheet makes of a long number: one digit, decimals, an exponent.
_EXPONENT = r"^\+?[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,2}$"
_AMOUNT = r"^\+?[0-9]{3,}[.,]0{1,2}$|^\+?[0-9]{1,3}(?:,[0-9]{3}){2,}(?:\.0{1,2})?$"
_FLOAT = r"^\+?[0-9]{3,}\.0{1,2}$"
_FORMULA_ERROR = r"^#[\p{Lu}/0_]+[!?]?$|^#{3,}$"
_LOOKALIKE = r"[0-9][OoIl]+(?:[^\p{L}]|$)|(?:^|[^\p{L}])[OoIl]+[0-9]"
#: What stands between two numbers of one cell, besides what the library tells by itself; RFC 3966 has parameters, too.
_BETWEEN = r"[;:,|&\t\n·•，；、/\\]+|\p{L}[\p{L} .:#]*"
_PARAMETERS = r"(?i);(?:ext|isub|phone-context)="
_LONG = r"[^0-9\x1F]*(?:[0-9][^0-9\x1F]*){7,}"  # seven digits or more; fewer are an extension or a local number
_SEVERAL = rf"{_LONG}\x1F(?:(?s:.)*\x1F)?{_LONG}"
#: A word behind a number: the library would read it as digits, as those of 1-800-FLOWERS.
_WORD_BEHIND = r"(?:[0-9][^0-9\p{L}]*){8,}\p{L}{3}"
_EXTENSION = r"(?i)(?:e?xt(?:ensi[oó]n)?|anexo|int|доб|[x#~,])[ .:=\-]*[0-9]{1,20}[^\p{L}0-9]*$"

#: What people and programs write where there is no number, without case and punctuation.
_WORDS = """
na none null nil nan undefined unknown no nophone nonumber notavailable notprovided notgiven notknown missing blank empty
tbd tba tbc x xx xxx xxxx kein keine keineangabe ka unbekannt entfällt aucun aucune inconnu néant nc ninguno ninguna
desconocido sintelefono sinteléfono nessuno nessuna sconosciuto nd nenhum desconhecido geen onbekend ingen okänd ukjent
brak yok bilinmiyor нет неизвестно なし 不明 无 無
"""
#: In these the library would read another number than was meant.
MISREAD = ("phone_exponent", "phone_decimal")
_MADE_UP = "^(?:" + "|".join(f"{digit}{{5,}}" for digit in range(10)) + "|[01]?123456(?:7(?:89?0?)?)?)$"


@dataclass(frozen=True)
class Kind:
    """One kind of damage: its row code, how it shows, and the text that is left to be read, None where nothing is."""

    code: str
    shows: pl.Expr
    text: pl.Expr | None


def is_marked() -> pl.Expr:
    """Whether the text is anything but digits and what groups them: only then is there something to tell."""
    return _NUMBER.str.contains(_MARK)


def fillers(numbers: pl.Series) -> pl.Series:
    """Which texts stand for "there is no number" (Boolean)."""
    frame = numbers.to_frame("number").select("number", hollow=~_NUMBER.str.contains("[1-9]").fill_null(value=True))
    if not frame["hollow"].any():
        return frame["hollow"]
    words = frame.filter("hollow").select(_is_filler()).to_series()
    return frame["hollow"].scatter(frame["hollow"].arg_true(), words)


def _is_filler() -> pl.Expr:
    key = _NUMBER.str.to_lowercase().str.replace_all(r"[^\p{L}\p{Nd}]", "")
    is_known = key.str.contains("^0*$") | key.is_in(pl.Series(_WORDS.split()).implode())
    return is_known & ~_NUMBER.str.contains(_FORMULA_ERROR)


def is_made_up() -> pl.Expr:
    """Whether the digits are one repeated, or counted up: nobody's number, where it is none."""
    return _NUMBER.str.replace_all("[^0-9]", "").str.contains(_MADE_UP)


def judged(marked: pl.DataFrame) -> pl.DataFrame:
    """Add `damage` (String: the first kind that shows, null = none) and `text` (String: what is left to be read) to `number`.

    A program that takes a column for numbers makes floats of all of it: those are told at a glance. They come first.
    """
    is_float = _NUMBER.str.contains(_FLOAT)
    digits = _NUMBER.str.replace(r"\.0+$", "")
    floats = marked.filter(is_float).with_columns(damage=pl.lit("phone_decimal"), text=digits)
    return pl.concat([floats, _told_apart(marked.filter(~is_float))])


def _told_apart(marked: pl.DataFrame) -> pl.DataFrame:
    code, text = pl.lit(None, pl.String), _clean()
    for kind in reversed(_kinds()):
        code = pl.when(kind.shows).then(pl.lit(kind.code)).otherwise(code)
        left = pl.lit(None, pl.String) if kind.text is None else kind.text
        text = pl.when(kind.shows).then(left).otherwise(text)
    return marked.lazy().with_columns(damage=code, text=text).collect()


def _clean() -> pl.Expr:
    visible = _NUMBER.str.replace_all(_INVISIBLE, "").str.replace_all(_SPACES, " ").str.replace_all(_DOTS, ".")
    return visible.str.strip_chars(_QUOTES)


def _kinds() -> tuple[Kind, ...]:
    """The first that shows is told: what cannot be read before what can."""
    clean = _clean()
    digits = clean.str.replace(r"[.,]0{1,2}$", "").str.replace_all(",", "")
    has_exponent = clean.str.contains(_EXPONENT)
    return (
        Kind("digits_lost", has_exponent & ~_has_all_digits(clean), None),
        Kind("phone_exponent", has_exponent, clean.str.replace("[eE].*", "").str.replace("[.,]", "")),
        Kind("phone_formula_error", clean.str.contains(_FORMULA_ERROR), None),
        Kind("phone_several", _holds_several(), None),
        Kind("phone_lookalike", clean.str.contains(_LOOKALIKE), None),
        Kind("phone_letters", clean.str.contains(_WORD_BEHIND) & ~clean.str.contains(_EXTENSION), None),
        Kind("phone_decimal", clean.str.contains(_AMOUNT), digits),
        Kind("phone_invisible", _NUMBER.str.contains(f"{_INVISIBLE}|{_SPACES}|{_DOTS}"), clean),
        Kind("phone_wrapped", _NUMBER.str.contains(r"^\s*['\"`´‘’“”=]"), clean),
        Kind("phone_digits", clean.str.contains(r"[\p{Nd}--[0-9]]"), clean),
        Kind("phone_extension", clean.str.contains(_EXTENSION), clean),
    )


def _has_all_digits(text: pl.Expr) -> pl.Expr:
    """Whether the decimals are as many as the exponent moves."""
    decimals = text.str.extract(r"[.,]([0-9]+)").str.len_bytes().fill_null(0)
    return decimals == text.str.extract(r"([0-9]+)$").cast(pl.UInt32, strict=False)


def _holds_several() -> pl.Expr:
    parts = _NUMBER.str.replace_all(_BETWEEN, "\x1f")
    return parts.str.contains(_SEVERAL) & ~_NUMBER.str.contains(_PARAMETERS)
