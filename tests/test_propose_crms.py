"""Exports of the CRMs that people have, in their languages: what `campaign init` makes of each of them."""

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.propose.guess import propose
from pipeline.propose.sample import sampled
from schemas.proposal import Proposal

FOLDER = Path(__file__).parent / "data" / "exports"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Expected:
    """What must come out. `known` are the active dynamic variables, `private` some that must not be."""

    phones: tuple[str, ...]
    id: str | None
    country: str | None = None
    region: str | None = None
    zone: str = ""
    opt_outs: tuple[str, ...] = ()
    known: set[str] = field(default_factory=set)
    languages: dict[str, str] | None = None


EXPECTED = {
    "hubspot": Expected(
        ("{Mobile Phone Number}", "{Phone Number}"), "{Record ID}", "{Country/Region}", None, "America/Los_Angeles",
        ("{Do Not Call}",),
        {"first_name", "last_name", "lead_status", "marketing_contact_status", "associated_company"},
        {"English": "en", "French": "fr", "German": "de"},
    ),
    "salesforce": Expected(
        ("{MobilePhone}", "{Phone}"), "{Id}", "{MailingCountry}", None, "America/Chicago", ("{DoNotCall}",),
        {"first_name", "last_name", "account_name", "title", "mailing_city", "mailing_postal_code"},
    ),
    "pipedrive": Expected(
        ("{Person - Phone - Mobile}", "{Person - Phone - Work}"), "{Person - ID}", None, "US", "America/Chicago", (),
        {"person_name", "person_organization", "person_open_deals", "person_marketing_status"},
    ),
    "zoho": Expected(
        ("{Mobile}", "{Phone}"), "{Record Id}", "{Mailing Country}", None, "Europe/London", ("{Do Not Call}",),
        {"first_name", "last_name", "account_name"},
    ),
    "dynamics": Expected(
        ("{Mobile Phone}", "{Business Phone}"), "{(Do Not Modify) Contact}", "{Address 1: Country/Region}", None,
        "America/Chicago", ("{Do not allow Phone Calls}",), {"full_name", "company_name", "status_reason"},
    ),
    "mailchimp": Expected(
        ("{Phone Number}",), None, "{CC}", None, "America/Los_Angeles", (), {"first_name", "last_name", "region"},
    ),
    "activecampaign": Expected(
        ("{Phone}",), "{Contact ID}", None, "AU", "Australia/Sydney", (),
        {"first_name", "last_name", "organization", "customer_since"},
    ),
    "shopify": Expected(
        ("{Default Address Phone}", "{Phone}"), "{Customer ID}", "{Default Address Country Code}", None,
        "America/Los_Angeles", (),
        {"first_name", "last_name", "default_address_city", "default_address_province_code", "default_address_zip",
         "total_spent", "total_orders"},
    ),
    "stripe": Expected(
        ("{Phone}",), "{id}", "{Address Country}", None, "America/Los_Angeles", (),
        {"name", "address_city", "currency", "total_spend", "payment_count", "delinquent"},
    ),
    "german": Expected(
        ("{Handynummer}", "{Telefon (geschäftlich)}"), "{Kunden-Nr.}", "{Land}", None, "Europe/Berlin",
        ("{Nicht anrufen}",), {"anrede", "vorname", "nachname", "firma", "plz", "ort", "letzter_kauf"},
        {"Deutsch": "de", "Englisch": "en"},
    ),
    "french": Expected(
        ("{Téléphone portable}", "{Téléphone}"), "{Identifiant}", "{Pays}", None, "Europe/Paris", ("{Ne pas appeler}",),
        {"prenom", "nom", "societe", "ville", "dernier_achat"}, {"français": "fr", "anglais": "en"},
    ),
    "spanish": Expected(
        ("{Teléfono móvil}", "{Teléfono}"), "{ID de registro}", "{País}", None, "Europe/Madrid", ("{No llamar}",),
        {"nombre", "apellidos", "empresa", "ciudad"}, {"español": "es", "inglés": "en"},
    ),
    "portuguese": Expected(
        ("{Celular}", "{Telefone}"), "{Código cliente}", "{País}", None, "America/Sao_Paulo", ("{Não ligar}",),
        {"nome", "empresa", "cidade"}, {"português": "pt", "inglês": "en"},
    ),
    "italian": Expected(
        ("{Cellulare}", "{Telefono}"), "{Codice cliente}", "{Paese}", None, "Europe/Rome",
        ("{Non chiamare}", "{Consenso marketing}"), {"nome", "cognome", "azienda", "citta"},
        {"italiano": "it", "inglese": "en"},
    ),
    "dutch": Expected(
        ("{Mobiel}", "{Telefoonnummer}"), "{Klantnummer}", "{Land}", None, "Europe/Amsterdam", ("{Niet bellen}",),
        {"voornaam", "achternaam", "bedrijf", "plaats"}, {"Nederlands": "nl", "Engels": "en"},
    ),
    "bare": Expected(("{B}",), None, None, "US", "America/Chicago", (), {"a", "c"}),
}  # fmt: skip


def proposed(name: str) -> Proposal:
    return propose(sampled(FOLDER / f"{name}.csv"), None, NOW)


def test_every_export_is_expected_to_become_something():
    assert EXPECTED.keys() == {path.stem for path in FOLDER.iterdir()}


@pytest.mark.parametrize("name", EXPECTED)
def test_an_export_becomes_what_a_person_would_have_written(name):
    found = proposed(name)
    assert EXPECTED[name] == Expected(
        phones=tuple(phone.chosen for phone in found.phones),
        id=found.id.chosen if found.id else None,
        country=found.country.chosen if found.country else None,
        region=found.region.chosen if found.region else None,
        zone=found.zone.chosen,
        opt_outs=tuple(column.column for column in found.opt_outs),
        known={variable.name for variable in found.variables if variable.active},
        languages=dict(found.language.codes) if found.language else None,
    )


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_made_of_it_passes_check(desk, name):
    ended = desk.call("init", str(FOLDER / f"{name}.csv"))
    assert (ended.code, ended.err) == (0, "")
    checked = desk.call("check", str(FOLDER / f"{name}.csv"), "--no-report", "--strict", "--json")
    assert checked.code == 0, checked.out
    assert checked.document["counts"]["planned"] > 0


def test_who_said_no_is_not_called(desk):
    left_out = {}
    for name, expected in EXPECTED.items():
        if expected.opt_outs:
            desk.call("init", str(FOLDER / f"{name}.csv"))
            report = desk.call("check", str(FOLDER / f"{name}.csv"), "--no-report", "--json").document
            left_out[name] = report["counts"]["left_out"]
            (desk.folder / "campaign.toml").unlink()
    assert left_out == dict.fromkeys(left_out, 1)


def test_dates_are_read_as_they_are_written(desk):
    desk.call("init", str(FOLDER / "german.csv"))
    content = tomllib.loads((desk.folder / "campaign.toml").read_text("utf-8"))
    assert content["dynamic_variables"]["letzter_kauf"] == {
        "column": "{Letzter Kauf}", "type": "date", "format": "%d.%m.%Y",
    }  # fmt: skip
