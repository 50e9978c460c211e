"""Headers by which an export says who must not be called are known in many CRMs and languages; others are left alone."""

import pytest

from schemas.opt_out import AGREED, NO, YES, Asks, asks


@pytest.mark.parametrize(
    "header",
    [
        "DoNotCall", "Do Not Call", "do_not_call", "DO_NOT_CALL__c", "donotphone", "Do not allow Phone Calls", "DNC",
        "HasOptedOutOfCall", "Opted Out", "Unsubscribed", "Do Not Contact", "Opt-out date", "On suppression list",
        "Nicht anrufen", "Werbesperre", "Telefonsperre", "Keine Anrufe", "Robinsonliste", "Ne pas appeler", "Bloctel",
        "No llamar", "Não ligar", "Non chiamare", "Registro delle opposizioni", "Niet bellen", "Niet meer bellen", "電話不可",
        "Opted out of email and calls",
    ],
)  # fmt: skip
def test_a_yes_in_these_means_do_not_call(header):
    assert asks(header) is Asks.OPT_OUT


@pytest.mark.parametrize(
    "header",
    [
        "Opt-in", "OptIn", "Marketing consent", "Consent to call", "Permission to contact", "Accepts Marketing",
        "May we call", "Einwilligung Telefon", "Werbeerlaubnis", "Darf angerufen werden", "Consentement", "Acepta llamadas",
        "Consentimento", "Aceita ligações", "Consenso marketing", "Toestemming bellen", "Consent (yes/no)", "Opt-in Ja/Nein",
        "Consent Y/N", "Marketing permission", "Not opted out", "Consent not withdrawn", "Kein Widerspruch",
    ],
)  # fmt: skip
def test_a_no_in_these_means_do_not_call(header):
    assert asks(header) is Asks.CONSENT


@pytest.mark.parametrize(
    "header",
    [
        "Consent Withdrawn", "Opt In Revoked", "Einwilligung widerrufen", "Consent revoked on", "ConsentRevocationDate",
        "Consent Withdrawal Date", "OPTIN_CANCELLED", "Consent refused", "Consent declined", "No consent", "Not opted in",
        "Call permission revoked", "Einwilligung zurückgezogen", "Keine Einwilligung", "Zustimmung entzogen",
        "Consentement retiré", "Consentimiento revocado", "Consentimento revogado", "Consenso revocato",
        "Toestemming ingetrokken", "同意撤回", "Consent expired", "Consent not given",
    ],
)  # fmt: skip
def test_these_say_that_a_consent_was_taken_back_or_never_given(header):
    assert asks(header) is Asks.REVOKED


@pytest.mark.parametrize(
    "header",
    [
        "HasOptedOutOfEmail", "Accepts Email Marketing", "SMS Opt-out", "Unsubscribed from all email", "HasOptedOutOfFax",
        "Do not allow Bulk Emails", "Consent Date", "OPTIN_TIME", "Phone No", "Contact No", "No. of Calls", "Total Calls",
        "Number of times contacted", "Contact owner", "Option", "Steps", "American call", "Postal Code", "Notes", "VIP",
        "Laptop outlet", "Phone Number", "Last Contacted", "Marketing contact status", "Email consent withdrawn", "Amount withdrawn", "", "   ", "#",
    ],
)  # fmt: skip
def test_these_are_about_something_else(header):
    assert asks(header) is None


def test_no_word_is_both_a_yes_and_a_no():
    assert not YES & NO


def test_no_word_of_an_opt_out_is_a_consent():
    assert not AGREED & {"unsubscribed", "opted out", "do not call", "dnc", "no", ""}
    assert {"yes", "opted in", "subscribed"} < AGREED
