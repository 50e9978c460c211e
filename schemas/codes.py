"""Row codes: the stable names of everything that can be said about a row, each with a remedy."""

from dataclasses import dataclass

from schemas.outcomes import Weight

#: The code of rows that the service refused by name.
REFUSED_BY_SERVICE = "refused_by_service"


@dataclass(frozen=True)
class Code:
    """One row code: `meaning` completes "this row …", `remedy` is an instruction to the file's owner.

    `repaired` completes "the cell was …" where such damage can be repaired; it is said then, and the row is not to fix for it.
    """

    name: str
    weight: Weight
    meaning: str
    remedy: str
    repaired: str = ""


def _fix(name: str, meaning: str, remedy: str, repaired: str = "") -> Code:
    return Code(name, Weight.TO_FIX, meaning, remedy, repaired)


def _out(name: str, meaning: str, remedy: str) -> Code:
    return Code(name, Weight.LEFT_OUT, meaning, remedy)


def _say(name: str, meaning: str, remedy: str, repaired: str = "") -> Code:
    return Code(name, Weight.SAID, meaning, remedy, repaired)


_AS_TEXT = "format the column as text and export again"


# fmt: off
CODES: dict[str, Code] = {
    code.name: code
    for code in (
        _fix("fields_missing", "has fewer fields than the header",
             "add the missing separators, or export the file again"),
        _fix("fields_extra", "has more fields than the header", "put quotes around the cell that holds a separator"),
        _fix("quotes_broken", "has text after a closing quote", "double every quote inside a quoted cell"),
        _fix("phone_not_a_number", "holds no phone number", "enter the number in digits, with + and country code"),
        _fix("phone_too_short", "holds a number that is too short", "add the missing digits"),
        _fix("phone_too_long", "holds a number that is too long", "remove the surplus digits"),
        _fix("phone_unknown_country_code", "begins with a country code that does not exist",
             "correct the digits after +"),
        _fix("phone_not_assigned", "holds a number that is not in use in its country",
             "check the number with the person"),
        _fix("phone_letters", "holds letters in the number", "write the number in digits only"),
        _fix("phone_several", "holds several numbers in one cell",
             "leave one number in the cell, or give the others a column of their own"),
        _fix("digits_lost", "holds a number that a spreadsheet has shortened, as 4.15556E+09: digits are lost",
             _AS_TEXT),
        _fix(
            "phone_formula_error",
            "holds a spreadsheet's error, such as #N/A, instead of a number",
            "correct the formula, or widen the column, and export again",
        ),
        _fix("phone_lookalike", "holds a letter that looks like a digit, as O or l", "write 0 or 1 in its place"),
        _fix("phone_plus_lost", "seems to have lost its +, and can be read in more than one way",
             "write the number with + and country code"),
        _fix("phone_made_up", "holds a made-up number, such as 9999999999", "enter the real number, or empty the cell"),
        _fix("phone_zero_lost", "has lost its leading zero to a spreadsheet, and can be read in more than one way",
             "write the number with + and country code",
             "read with the leading zero that a spreadsheet had taken away"),
        _fix("phone_double_zero", "begins with 00 instead of +", "write + for the leading 00",
             "read with + for its leading 00"),
        _fix("phone_decimal", "is written as an amount, as 4155552671.0 or 4,155,552,671", _AS_TEXT,
             "read without a spreadsheet's decimals and thousands separators"),
        _fix("phone_exponent", "is written with an exponent, as 4.155552671E+09", _AS_TEXT,
             "read without its exponent: all digits are there"),
        _fix("phone_invisible", "holds invisible characters, or uncommon spaces, in the number", "type the number anew",
             "read without invisible characters and uncommon spaces"),
        _fix("phone_filler", "holds a filler such as n/a instead of a number", "empty the cell, or enter the number",
             "counted as empty: a filler such as n/a"),
        _fix("phone_country_missing", "has a number without + and no country",
             "add the country, or write the number with +"),
        _fix("country_missing", "has a blank country and a number without +",
             "fill in the country, or set [phone] blank_country"),
        _fix("country_unknown", "names a country that is not known", "use the country's ISO code, such as US"),
        _fix("required_missing", "lacks a value that the call needs", "fill in the cell, or give the field a default"),
        _fix("not_an_integer", "holds something else than a whole number", "write digits only, such as 12"),
        _fix("not_a_number", "holds something else than a number", "write a plain decimal number, such as 12.5"),
        _fix("not_a_boolean", "holds something else than yes or no", "write yes or no (or true, false, 1, 0)"),
        _fix("not_a_date", "holds something that is no date", "write the date as 2024-03-15, or as `format` says"),
        _fix("date_serial", "holds a spreadsheet's day number, as 45123, instead of a date",
             "format the column as a date and export again"),
        _fix("date_ambiguous", "holds a date whose day and month can be swapped",
             "set `format` for the field, such as %m/%d/%Y"),
        _fix("language_unknown", "names a language that is not known",
             "write the language's name or ISO code, such as German or de"),
        _fix("not_an_amount", "holds something that is no amount in the currency of the campaign file",
             "write the amount in digits, such as 1234.50"),
        _fix("amount_ambiguous", "holds an amount whose separator may be for thousands or for decimals",
             'write 1234.50, or say how cells write amounts: {Total|money USD "1,234.50"}'),
        _fix("not_a_list", "holds separators and nothing between them", "empty the cell, or fill in the list"),
        _fix("value_not_allowed", "holds a value that the campaign file does not list", "use one of the listed values"),
        _fix("out_of_range", "holds a number outside the service's bounds", "correct the number"),
        _fix("text_too_long", "holds a text that is too long for its field", "shorten the text"),
        _fix("placeholder_in_cell", "holds {{, which the service would expand", "remove the braces from the cell"),
        _fix("recipient_too_large", "is larger than a whole request may be",
             "shorten its texts, or raise [limits] max_bytes"),
        _fix("do_not_call_unclear",
             "holds a word in a do-not-call column that is neither a yes nor a no, or has the number of such a row",
             "write yes or no, or add the word to `values` or `free` of [rules] do_not_call"),
        _fix("time_zone_unknown", "names a time zone that is not known",
             "write America/New_York, or Eastern, or empty it"),
        _fix("state_unknown", "names no state of the United States", "write FL, or Florida, or empty it"),
        _fix(REFUSED_BY_SERVICE, "was refused by the service", "mend what the service's words name"),
        _out("no_phone", "has no phone number", "add a number if the person should be called"),
        _out("no_whatsapp_id", "has no WhatsApp id", "add the id if the person should be called"),
        _out("do_not_call", "says not to call, or has the number of a row that does",
             "nothing to do; ask the person, and change every row of the number, if that is wrong"),
        _out("zone_unknown", "has no known time zone", "add one, or a postal code, or set [rules.hours] unknown"),
        _out("no_common_hours", "may be in time zones that share no hour in which people may be called",
             "correct the time zone or the postal code, or widen [rules.hours]"),
        _out("suppressed", "has a number that stands in a suppression list, or shares a number with a row that has",
             "nothing to do; take the number off the list if that is wrong"),
        _out("no_consent", "has no consent to be called, or none that is dated",
             "nothing to do; enter the consent, and its day, if the person has given it"),
        _out("consent_too_old", "has a consent that is older than the rules allow", "ask the person anew"),
        _out("consent_refused",
             "says something else than a consent where that is asked for, or has the number of a row that does",
             "nothing to do; add the word to `values` of [rules.consent] if it is a consent"),
        _out("consent_revoked", "has a consent that was taken back, or the number of such a row",
             "nothing to do; ask the person, and change every row of the number, if that is wrong"),
        _out("country_not_allowed", "has a number of a country whose people are not called",
             "check the number; name the country in [rules] allowed_countries if people there are to be called"),
        _out("number_type_refused", "has a number of a kind that is not called, such as premium rate or a pager",
             "enter another number; [rules] refuse_types says which kinds are not called"),
        _out("duplicate_phone", "has the number of an earlier row", "nothing to do; the earlier row is called"),
        _out("duplicate_whatsapp", "has the WhatsApp id of an earlier row", "nothing to do; the earlier row is called"),
        _out("duplicate_id", "has the id of an earlier row", "give each record its own id if both should be called"),
        _out("called_before", "was called before under this campaign's name",
             "use another campaign name to call again, or [recall] where nobody was reached"),
        _out("called_too_often",
             "has been called as often as [rules.frequency] allows, or will be, whichever campaign it was",
             "run again when its `days` are over"),
        _out("called_too_recently",
             "was called less than the `gap` of [rules.frequency] ago, or is about to be, whichever campaign it was",
             "run again when the gap is over"),
        _out("blocked", "belongs to somebody who must never be called",
             "nothing to do; campaign people release lifts the block if the person wants to be called"),
        _out("forgotten", "is of a forgotten person, who was called or is blocked", "nothing to do"),
        _out(
            "no_route",
            "fits no [[route]], and [campaign] has no agent_id for the others",
            "add what its cell holds to `when` of a [[route]], or give [campaign] an agent_id, if the person should be called",
        ),
        _out("over_limit", "comes after the number of people asked for with --limit",
             "run again to call the next ones"),
        _out(
            "not_in_time",
            "cannot be called in time: its hours have no room for the call before [schedule] finish_by, or within a year",
            "set a later finish_by, raise [rules.capacity], or widen [rules.hours]",
        ),
        _say("phone_fallback", "has a bad number and is called on a later phone column",
             "correct the number, or empty the cell"),
        _say("phone_extension", "has a number with an extension",
             "nothing to do, if the main number is the one to call",
             "read without its extension, which is not dialled"),
        _say("phone_wrapped", "has an apostrophe, quotes or an equals sign around the number", "nothing to do",
             "read without the apostrophe, quotes or equals sign around it"),
        _say("phone_digits", "has a number in full-width digits or in those of another script", "nothing to do",
             "read in the usual digits"),
        _say("country_disagrees", "names another country than its number is of", "check the number and the country"),
        _say("whatsapp_id_unusual", "has a WhatsApp id that is no number",
             "check that it is digits with the country code"),
        _say("language_unlisted", "names a language that the service's list lacks", "check the language code"),
        _say("language_without_formats",
             "has a language in which dates, amounts and lists cannot be written, and has them in the campaign's",
             "check the language code"),
        _say("postal_code_unknown", "has a ZIP code that is none", "correct it; what else tells the place counts"),
        _say("llm_unlisted", "names a model that the contract's list lacks", "check the model's name"),
    )
}
# fmt: on
#: The names of the codes of each weight.
NAMES = {weight: [code.name for code in CODES.values() if code.weight is weight] for weight in Weight}
