"""Number formats of Excel: the text that a person sees where it says more than the number: 02139, 50%, 555-0123.

Separators of thousands and currencies are not added: a template, a `type` or a person reads the plain number better.
Source of the codes: ECMA-376 Part 1, 18.8.30 and 18.8.31.
"""

import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

#: The formats that have a number and no code in the file.
BUILT_IN = {1: "0", 2: "0.00", 9: "0%", 10: "0.00%"}
_TOKEN = re.compile(r'"([^"]*)"|\\(.)|_.|\*.|\[[^\]]*\]|(.)', re.DOTALL)
_DATES = re.compile(r"[ymdhsaeg?@/,]", re.IGNORECASE)


def is_shown(code: str) -> bool:
    """Whether a number in this format is shown in a way that `shown` knows and a plain number is not."""
    signs = _signs(_first(code))
    text = "".join(sign for sign, is_literal in signs if not is_literal)
    if not text or _DATES.search(text) or text.count(".") > 1:
        return False
    return "%" in text or "." in text or text.count("0") > 1


def shown(value: str, code: str) -> str | None:
    """A number as a cell of this format shows it; None where that is no plain matter."""
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    signs = _signs(_first(code))
    text = "".join(sign for sign, is_literal in signs if not is_literal)
    if "%" in text or "." in text:
        percent = "%" in text
        places = len(re.sub(r"[^0#]", "", text.partition(".")[2]))
        least = text.partition(".")[2].count("0")
        return _rounded(number * 100 if percent else number, places, least) + ("%" if percent else "")
    if number < 0 or number != number.to_integral_value():
        return None
    return _masked(f"{number:f}".partition(".")[0], signs)


def _first(code: str) -> str:
    """The section for positive numbers; the short numbers of a format with a condition are not looked at."""
    section = re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code)
    return section[1] if section[0].startswith("[<") and len(section) > 1 else section[0]


def _signs(section: str) -> list[tuple[str, bool]]:
    """The characters of a section, each with whether it stands for itself."""
    signs: list[tuple[str, bool]] = []
    for quoted, escaped, plain in _TOKEN.findall(section):
        signs += [(each, True) for each in quoted or escaped]
        signs += [(plain, plain in "-+() ")] if plain else []
    return signs


def _rounded(number: Decimal, places: int, least: int) -> str:
    text = f"{number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
    whole, _, part = text.partition(".")
    part = part[:least] + part[least:].rstrip("0")
    return f"{whole}.{part}" if part else whole


def _masked(digits: str, signs: list[tuple[str, bool]]) -> str:
    """The digits in their places, from the right; those without a place stand before the first."""
    rest, text = list(digits), []
    places = sum(sign in "0#" and not is_literal for sign, is_literal in signs)
    for sign, is_literal in reversed(signs):
        if is_literal:
            text.append(sign)
        elif sign in "0#":
            places -= 1
            taken = ["".join(rest)] if not places else rest[-1:]
            rest = [] if not places else rest[:-1]
            text.append("".join(taken) or ("0" if sign == "0" else ""))
    return "".join(reversed(text))
