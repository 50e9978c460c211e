"""E.164 for a whole column: for every text and region the library's own answer."""

import re._parser as regex

import phonenumbers
import polars as pl
import pytest
from fuzz_phone import EXTENSIONS, TYPES, Fuzz, differences, plans
from hypothesis import example, given, settings
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneNumber, PhoneNumberFormat

from pipeline.phone import REASONS, to_e164
from pipeline.phone.column import FEWEST_IN_ALL, FEWEST_ROWS
from pipeline.phone.library import by_library


def one(number, region, **options):
    answers = to_e164(pl.Series([number], dtype=pl.String), pl.Series([region], dtype=pl.String), **options)
    return answers.row(0)


def written(plan, national):
    """One number in the forms in which people and programs write it."""
    code, prefix = plan.country_code, plan.national_prefix or ""
    number = PhoneNumber(country_code=code, national_number=int(national))
    number.italian_leading_zero = national.startswith("0") or None
    idd = "011" if plan.international_prefix == "011" else "00"
    rfc3966 = phonenumbers.format_number(number, PhoneNumberFormat.RFC3966)
    formatted = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    full = f"+{code}{national}"
    yield from (full, international, formatted, rfc3966, rfc3966 + ";ext=12", national, prefix + national)
    yield from (
        f"{idd}{code}{national}",
        f"{idd} {international[1:]}",
        f"+{idd}{code}{national}",
        f"++{code}{national}",
    )
    yield from (f"{code}{national}", f"{code}{prefix}{national}", f"+{code} ({prefix or 0}) {national}", f"0{national}")
    yield from (f"0 15 {national}", f"015{national}", f"1{national}", f"({national[:3]}) {national[3:]}.")
    yield from (
        full[:-1],
        full[:-3],
        full + "1",
        full + "123",
        national[:-1],
        national[:4],
        national + "12",
        national * 2,
    )
    yield from (formatted.replace(" ", "\u00a0"), formatted.replace(" ", "\u2013"), f"\u202a{international}\u202c")
    yield from (f"tel:{national};phone-context=+{code}", f"{formatted} / {formatted}", f"Tel. {formatted} home")
    yield from (text.translate(str.maketrans("0123456789", "０１２３４５６７８９")) for text in (full, national))
    yield from (text.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) for text in (full, national))
    yield from (
        national[:-4] + "CALL",
        full[:-5] + "FLOWE",
        formatted.replace("0", "O"),
        f"{national[:5]}x{national[5:]}",
    )
    yield from (formatted + extension.replace("{}", "123") for extension in EXTENSIONS)


def examples():
    """The library's example number of every region and type, in every form, with hints right, shared, wrong and none."""
    for plan in plans():
        descs = [desc for name in TYPES if (desc := getattr(plan, name)) is not None]
        regions = COUNTRY_CODE_TO_REGION_CODE[plan.country_code]
        shared = regions[(regions.index(plan.id) + 1) % len(regions)]
        for national in {desc.example_number for desc in descs if desc.example_number}:
            for text in written(plan, national):
                yield text, plan.id
            for text in (f"+{plan.country_code}{national}", national, f"{plan.country_code}{national}"):
                yield from ((text, hint) for hint in (shared, "US", "DE", plan.id.lower(), "001", "ZZ", "", None))


def test_example_numbers_of_every_region_and_type_in_every_form_have_the_librarys_answer():
    pairs = pl.DataFrame(list(examples()), schema={"number": pl.String, "region": pl.String}, orient="row")
    assert pairs.height > 80_000
    assert differences(pairs).rows() == []


def test_a_hundred_thousand_numbers_from_the_plans_own_patterns_have_the_librarys_answer():
    assert differences(Fuzz(seed=20261124).pairs(100_000)).rows() == []


@settings(max_examples=100, deadline=None)
@given(
    st.one_of(st.text(), st.text("0123456789+ -()./x;,#", max_size=30), st.text("0123456789+", max_size=260)),
    st.one_of(st.none(), st.sampled_from(["US", "AR", "BR", "IT", "DE", "CA", "KZ", "us"]), st.text(max_size=3)),
)
@example("+" + "1" * 249, "US")
@example("+" * 10 + "14155552671", None)
@example("4155552671\n", "US")
def test_any_text_with_any_region_has_the_librarys_answer(number, region):
    pair = pl.DataFrame({"number": [number], "region": [region]}, schema={"number": pl.String, "region": pl.String})
    assert one(number, region, fewest_rows=1, fewest_in_all=1) == by_library(pair).row(0)


@pytest.mark.parametrize(
    ("number", "region", "e164"),
    [
        ("011 15-2345-6789", "AR", 5491123456789),  # the prefix's captured area code comes back behind a 9
        ("0 15 21 3456 7890", "BR", 552134567890),  # a carrier code is cut off
        ("555-1234", "AG", None),
        ("464-1234", "AG", 12684641234),  # a local number gains its island's code
        ("06 698 12345", "IT", 390669812345),  # an Italian zero stays
        ("8 912 345-67-89", "RU", 79123456789),
        ("8 701 234-56-78", "KZ", 77012345678),
        ("1 506 234 5678", "CA", 15062345678),
        ("+0049 171 1234567", "DE", 491711234567),  # a plus and an international prefix
        ("33 6 12 34 56 78", "FR", 33612345678),  # its own code without a plus
        ("07797 712345", "GB", 447797712345),  # a Jersey number, which has the same code
        ("+800 1234 5678", None, 80012345678),  # a code of no country
    ],
)
def test_well_known_traps(number, region, e164):
    assert one(number, region, fewest_rows=1, fewest_in_all=1)[0] == e164


def test_what_every_size_of_column_gets_is_the_same():
    pairs = Fuzz(seed=3).pairs(FEWEST_IN_ALL)
    pairs = pl.concat(
        [pairs, pairs.with_columns(region=pl.lit("US")), pairs.with_columns(region=pl.lit(None, pl.String))]
    )
    expected = by_library(pairs)
    for rows in (0, 1, FEWEST_ROWS, FEWEST_IN_ALL - 1, FEWEST_IN_ALL, pairs.height):
        part = pairs.tail(rows)
        assert to_e164(part["number"], part["region"]).equals(expected.tail(rows))


def test_the_columns_have_the_promised_types_even_without_rows():
    answers = to_e164(pl.Series([], dtype=pl.String), pl.Series([], dtype=pl.String))
    assert answers.schema == {"e164": pl.Int64, "reason": REASONS}


def test_no_number_is_no_finding():
    assert to_e164(pl.Series([None, None]), pl.Series(["US", None])).rows() == [(None, None)] * 2
    assert one(None, "US", fewest_rows=1, fewest_in_all=1) == (None, None)


def test_the_metadata_holds_only_patterns_that_both_engines_read_alike():
    """No look-around, no back-reference, no lazy or empty repeat: what `metadata` hands to polars means the same."""
    known = {"LITERAL", "IN", "MAX_REPEAT", "BRANCH", "SUBPATTERN", "AT", "RANGE", "CATEGORY"}
    for plan in plans():
        descs = [desc for name in TYPES if (desc := getattr(plan, name)) is not None]
        patterns = [desc.national_number_pattern for desc in descs]
        patterns += [plan.international_prefix, plan.national_prefix_for_parsing, plan.leading_digits]
        for pattern in filter(None, patterns):
            assert kinds(regex.parse(pattern)) <= known, (plan.id, pattern)


def kinds(tokens):
    """The names of all constructs in a parsed pattern."""
    if isinstance(tokens, regex.SubPattern):
        return set().union(*({str(kind)} | kinds(value) for kind, value in tokens))
    if isinstance(tokens, (list, tuple)):
        return set().union(*map(kinds, tokens))
    return set()


def test_the_longest_number_fits_its_column():
    longest = max(
        int(str(plan.country_code) + "9" * max(desc.possible_length))
        for plan in plans()
        for name in TYPES
        if (desc := getattr(plan, name)) is not None and desc.possible_length
    )
    assert longest < 2**63
