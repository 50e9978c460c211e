"""Words of a header: what a CRM calls a column, in a form in which names can be compared."""

import re
import unicodedata

#: Where a word of `HasOptedOutOfCall`, `DNCList` or `phone2` ends.
_HUMP = re.compile(r"(?<=[a-zß])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[^\W\d_])(?=\d)")
_NO_LETTER = re.compile(r"[\W_]+")


def words_of(header: str) -> str:
    """The words of a header in lower case and without accents, one space between them: `E-Mail` is `e mail`."""
    letters = "".join(each for each in unicodedata.normalize("NFKD", header) if not unicodedata.combining(each))
    return _NO_LETTER.sub(" ", _HUMP.sub(" ", letters).casefold()).strip()
