"""Plain texts: those of which `phonenumbers.parse` keeps all ASCII digits, a leading plus, and nothing else.

A plain text is the library's `_extract_possible_number`, `_is_viable_phone_number`, `_maybe_strip_extension` and
`_normalize` without surprises: no letters but before the number and in a simple extension, no digits but ASCII, no
second plus inside, no parameters (";"), at least three digits.
"""

import polars as pl

#: The library's _VALID_PUNCTUATION but "x" and the tildes, which may begin an extension.
_PUNCTUATION = (
    r"\-\x{2010}-\x{2015}\x{2212}\x{30FC}\x{FF0D}-\x{FF0F} \x{A0}\x{AD}\x{200B}\x{2060}\x{3000}"
    r"()\x{FF08}\x{FF09}\x{FF3B}\x{FF3D}.\[\]/"
)
#: Marks that come with copied text; they are neither digits nor letters.
_INVISIBLE = r"\x{A0}\x{200B}\x{200E}\x{200F}\x{202A}-\x{202E}\x{2060}\x{2066}-\x{2069}\x{FEFF}"
_BEFORE = rf"[\x00-*,-/:<-\x7F{_INVISIBLE}]*"  # anything but digits, a plus and ";"
_NUMBER = rf"\+*(?:[{_PUNCTUATION}]*[0-9]){{3,}}[{_PUNCTUATION}]*"
_EXTENSION = r"[ ,]*(?i:x|ext|extn|extension)[:.]?[ ,\-]*[0-9]{1,9}"
_AFTER = rf"[\x00-\x22\x24-/:<-@\[-`{{-\x7F{_INVISIBLE}]*"  # anything but digits, letters, "#" and ";"

_PLAIN = rf"^{_BEFORE}{_NUMBER}{_AFTER}$"
_EXTENDED = rf"^{_BEFORE}({_NUMBER}){_EXTENSION}{_AFTER}$"

#: The library's _MAX_INPUT_STRING_LENGTH.
_LONGEST = 250


def is_plain(text: pl.Expr) -> pl.Expr:
    """Whether the text is plain and has no extension."""
    return text.str.contains(_PLAIN) & (text.str.len_bytes() <= _LONGEST)


def plain_numbers(texts: pl.DataFrame) -> pl.DataFrame:
    """Take the plain texts out of a frame: `plus` (Boolean) and `digits` (String, at least three) instead of `number`."""
    number = pl.col("number")
    plain = texts.select(is_plain(number)).to_series()
    without_extension = texts.filter(~plain & (texts["number"].str.len_bytes() <= _LONGEST)).with_columns(
        number.str.extract(_EXTENDED)
    )
    return (
        pl.concat([texts.filter(plain), without_extension.drop_nulls("number")])
        .with_columns(plus=number.str.contains(r"^[^0-9]*\+"), digits=number.str.replace_all("[^0-9]+", ""))
        .drop("number")
    )
