"""Why a run would send nothing: the campaign's own limits, each as a sentence with its remedy."""

from collections.abc import Iterator
from datetime import datetime

import polars as pl

from pipeline.plan.schedule import finish_of, zone_of
from schemas.campaign import PLACEHOLDER, Campaign, Rules
from schemas.fields import Binding
from schemas.filters import FORMATS
from schemas.headers import Headers
from schemas.opt_out import Asks, asks
from schemas.outcomes import Outcome
from schemas.value import shown


def refusals_of(
    campaign: Campaign, headers: Headers, rows: pl.DataFrame, start: datetime | None, now: datetime, *, late: int = 0
) -> tuple[str, ...]:
    """The reasons not to run a plan of these rows (ROWS_SCHEMA); empty means go. `start` None means now.

    `late` people are left out because they cannot be called in time: where nobody else is left, that is no quiet night.
    """
    planned = int((rows["outcome"] == Outcome.PLANNED).sum())
    reasons = [*_unheeded(campaign, headers), *_too_many_to_fix(campaign, rows)]
    if planned:
        reasons += [*_too_many_calls(campaign, planned), *_past(campaign, start, now)]
    elif late:
        reasons.append(f"none of {late:,} people can be called in time; {_remedy(campaign, start or now)}")
    return tuple(reasons)


def _remedy(campaign: Campaign, begin: datetime) -> str:
    """What lets people be called in time; no hours are wide enough where the end comes before the beginning."""
    finish = finish_of(campaign.schedule, begin)
    if finish is None or finish > begin:
        return "set a later [schedule] finish_by, or widen [rules.hours]"
    zone = zone_of(campaign.schedule, begin)
    ends, begins = (f"{each.astimezone(zone):%Y-%m-%d %H:%M}" for each in (finish, begin))
    return (
        f"[schedule] finish_by, {ends}, is not after their start, {begins}: set a later finish_by, or an earlier start"
    )


def _unheeded(campaign: Campaign, headers: Headers) -> Iterator[str]:
    """A column that seems to say who must not be called, and that no rule reads; to be said as a variable is not enough."""
    rules = campaign.rules
    values = [rule.column for rule in rules.do_not_call] + list(rules.consent.columns.values() if rules.consent else ())
    read = (each.name for value in values for each in value.columns)
    heeded = headers.places([*read, *campaign.source.ignore])
    for index, text in enumerate(headers.texts):
        if index in heeded or (what := asks(text)) is None or (column := headers.reference(index)) is None:
            continue
        yield (
            f"the column {headers.names[index]} seems to say who must not be called, and nothing heeds it; write "
            f"{_heeding(rules, shown(column), what)}, or [source] ignore = [{shown(column)}]"
        )


def _heeding(rules: Rules, column: str, what: Asks) -> str:
    """The rule that reads such a column; of a consent that was taken back anything but a no tells, as a day does."""
    if what is Asks.REVOKED and rules.consent is not None and rules.consent.revoked is None:
        return f"[rules.consent] revoked = {column}"
    keys = {
        Asks.OPT_OUT: "",
        Asks.CONSENT: ', values = ["*"], free = ["yes"]',
        Asks.REVOKED: ', values = ["*"]',
    }
    return f"[rules] do_not_call = {{ column = {column}{keys[what]} }}"


def _too_many_calls(campaign: Campaign, planned: int) -> Iterator[str]:
    most = campaign.rules.max_calls
    if planned > most:
        yield (
            f"{planned:,} people would be called, more than [rules] max_calls = {most:,} allows; "
            "was a filter lost? If not, raise max_calls, or call a part with --limit"
        )


def _too_many_to_fix(campaign: Campaign, rows: pl.DataFrame) -> Iterator[str]:
    """Only rows that are new count: an export that grows every night brings the same bad rows every night."""
    new = rows.filter((pl.col("outcome") != Outcome.CALLED_BEFORE) & ~pl.col("told"))
    to_fix = int((new["outcome"] == Outcome.TO_FIX).sum())
    most = campaign.rules.max_to_fix
    if to_fix > most.of(new.height):
        yield (
            f"{to_fix:,} of {new.height:,} new rows are to fix, more than [rules] max_to_fix = {most} allows; "
            "mend them (see to-fix.xlsx), or raise max_to_fix"
        )


def _past(campaign: Campaign, start: datetime | None, now: datetime) -> Iterator[str]:
    if start is not None and start < now:
        local = start.astimezone(zone_of(campaign.schedule, now))
        shown = f"{local:%Y-%m-%d %H:%M} ({campaign.schedule.timezone or local.tzname()})"
        yield f'the start {shown} lies in the past; set [schedule] start to a later time, "next 09:00" or "now"'


def notes_of(campaign: Campaign, binding: Binding) -> tuple[str, ...]:
    """What a plan assumes, in sentences."""
    notes = [f"{key} will be filled in before `run`, which refuses {PLACEHOLDER}." for key in campaign.unfilled]
    if binding.country is None and campaign.phone.default_region and binding.phones:
        region = campaign.phone.default_region
        notes.append(f"Numbers without + were read as numbers of {region} ([phone] default_region).")
    if binding.country is not None and campaign.phone.blank_country:
        region = campaign.phone.blank_country
        notes.append(f"Rows without a country were read as rows of {region} ([phone] blank_country).")
    notes += [
        f"{field.key} = {field.constant!r} is not in the service's published list; it is sent as it is."
        for field in binding.carried
        if field.is_constant and field.rule.open_list and str(field.constant) not in field.rule.listed()
    ]
    notes += [f"{key}: no template uses it." for key in binding.unused]
    notes += [*_language_notes(binding), *_time_notes(campaign)]
    return tuple(notes)


def any_hour(campaign: Campaign) -> Iterator[str]:
    """That nothing keeps calls from the night."""
    if campaign.rules.hours == "any":
        yield 'People may be called at any hour: [rules] hours = "any".'


def _time_notes(campaign: Campaign) -> Iterator[str]:
    """That nobody has said how long the calls take, where that matters."""
    ends = ["the hours"] if campaign.rules.hours != "any" else []
    ends += ["[schedule] finish_by"] if campaign.schedule.finish_by else []
    if ends and campaign.rules.capacity is None:
        yield (
            f"All calls were taken to be over before {' and '.join(ends)} end: "
            "how many the service makes is not said ([rules.capacity])."
        )


def _language_notes(binding: Binding) -> Iterator[str]:
    """That a language of all recipients is one in which dates, amounts and lists cannot be written."""
    language = binding.language
    written = any(each.name in FORMATS for field in binding.fields for each in field.value.filters)
    if language is None or not language.is_constant or not written:
        return
    from pipeline.plan.filters.locales import locale_of, usual_locale  # noqa: PLC0415 -- Babel, only for filters

    if locale_of(str(language.constant)) is None:
        yield (
            f"Dates, amounts and lists are written in {usual_locale(binding)} ([campaign] language): "
            f"there are no formats for {language.constant!r}."
        )
