"""Opt-out columns: headers by which an export says who must not be called, and how their cells say yes and no.

The lists are of what CRMs and people write, in a dozen languages. A header that is taken for one by mistake
costs a line in the campaign file; one that is missed, a call to somebody who said no.
"""

import re
from enum import StrEnum

from schemas.words import words_of

_PLAIN_YES = (
    "yes y true t 1 1.0 on x checked ja j oui si sí sì s sim tak wahr vrai verdadero verdadeiro vero waar ✓ ✔ ☑"
)
_PLAIN_NO = "no n false f 0 0.0 off nein non não nao nee nej nie falsch faux falso onwaar ☐"
_OPTED_OUT = "dnc,opted out,opted-out,opt-out,opt out,unsubscribed,do not call,do not contact,do not allow"
_OPTED_IN = "subscribed,allow,allowed,opted in,opted-in,opt-in,opt in"
#: Cells in lower case that plainly say yes or no to "must they not be called?".
YES = frozenset([*_PLAIN_YES.split(), *_OPTED_OUT.split(",")])
NO = frozenset([*_PLAIN_NO.split(), *_OPTED_IN.split(",")])
#: Cells in lower case that plainly say yes to "do they agree to be called?".
AGREED = frozenset([*_PLAIN_YES.split(), *_OPTED_IN.split(","), "granted"])


class Asks(StrEnum):
    """What a yes in the column means. A consent that was REVOKED is told by whatever stands there, as by a day."""

    OPT_OUT = "opt-out"
    CONSENT = "consent"
    REVOKED = "consent revoked"


#: Looked for in `words_of` a header, each from the beginning of a word on.
_OPT_OUT = (
    r"do(?:es)? ?not (?:allow )?(?:bulk )?(?:call|contact|phone|telephone|ring|dial|solicit|disturb|market)",
    r"donot(?:call|contact|phone)|don ?t (?:call|contact|phone)",
    r"no (?:more )?(?:(?:phone |cold |sales |marketing )?calls?|contact)\b(?! id)",
    r"dnc\b|c?tps\b|opt(?:ed|s|ing)? ?out|optout|unsubscribed?\b|(?:call|phone) (?:block|suppress|opt ?out)",
    r"suppress(?:ed|ion)?\b|blacklist|blocklist|robinson|bloctel",
    r"nicht (?:mehr )?(?:anrufen|kontaktieren|telefonieren)|keine? (?:anrufe?|werbe|werbung|kontakt)",
    r"(?:anruf|telefon|werbe|kontakt)sperre|(?:anruf|werbe)verbot|(?:werbe)?widerspruch|sperrvermerk",
    r"ne (?:pas|plus) (?:appeler|contacter|demarcher|telephoner|solliciter)|opposition|desabonne|desinscri",
    r"no (?:llamar|contactar|molestar|telefonear|desea)",
    r"nao (?:ligar|telefonar|contatar|contactar|perturb|me ligue|deseja)|descadastrad",
    r"non (?:chiamare|contattare|disturbare|telefonare)|registro (?:delle |pubblico )?opposizioni|disiscritt",
    r"niet (?:meer )?(?:bellen|contacteren|benaderen|storen)|bel me niet|uitgeschreven|afgemeld",
    r"nie dzwonic|ring (?:ej|inte|ikke)|電話不可|架電(?:不可|禁止)|連絡不要",
)
_CONSENT = (
    r"opt(?:ed|s)? ?in\b|optin\b|consent|permission(?:s)? to (?:call|contact|phone)",
    r"(?:may|can|ok|okay) (?:to |we )?(?:be )?(?:call|contact|phone)(?:ed)?\b|callable\b|contactable\b",
    r"accepts? (?:phone |telephone |sales )?(?:calls|marketing)|allow(?:s|ed)? (?:phone |telephone )?(?:calls?|contact)\b",
    r"(?:call|calling|contact|phone|marketing) permissions?\b|permissions? (?:revo|withdr)|eingewilligt|zugestimmt",
    r"einwilligung|(?:werbe|anruf|kontakt)erlaubnis|(?:werbe)?zustimmung|darf (?:angerufen|kontaktiert)|anruf erlaubt",
    r"accepte (?:les )?appels|(?:acepta|permite) (?:las )?llamadas|aceita (?:as )?(?:ligacoes|chamadas)",
    r"consenso|toestemming|mag (?:gebeld|gecontacteerd)|同意",
)  # fmt: skip
#: With a consent in the header: it was taken back, or refused, or never given.
_TAKEN_BACK = (
    r"withdr[ae]w|revo[ckqg]|rescind|cancel|refus|declin|denied|reject|remove|expired\b|lapsed\b|terminat|object|missing\b",
    r"widerruf|zuruck(?:gezogen|genommen)|entzogen|abgelehnt|verweiger|erloschen|abgelaufen|gekundigt",
    r"reti(?:re|rad)|retrait|anul|annul|rechaz|negad|negat|ritirat|revocat|rifiutat|recusad|cancelad",
    r"ingetrokken|herroepen|geweiger|wycofan|cofniet|aterkalla|trukket|tilbagekald|同意の?(?:撤回|取消)",
)
_NOT_GIVEN = r"(?:no|not|without|never|lacks?|nicht|keine?|ohne|pas|sans|sin|sem|nao|non|senza|geen|niet|zonder|bez|ej|inte|ikke)\b"
#: Not to have opted out is to agree.
_NOT_TAKEN_BACK = (
    r"(?:not|never|nicht) (?:yet )?(?:opt(?:ed)? ?out|unsubscribed|suppressed|withdrawn|revoked|widerrufen|abgemeldet)"
    r"|keine? (?:werbe)?(?:widerruf|widerspruch)"
)
#: A question with its answers, in which a no denies nothing.
_EITHER = r"\b(?:yes|y|ja|j|oui|si|sim) (?:(?:or|oder|ou|o) )?(?:no|n|nein|non|nao|nee)\b"
#: A header about another channel does not speak of calls, unless it names them too.
_OTHER_CHANNEL = r"(?:e ?mails?|mail(?:ing|ings)?|newsletter|sms|texts?|fax|post(?:al)?|letters?|brief|whats ?app|push|cookies?|correos?|courriel|courrier|posta)\b"
_CALLS = r"call|phone|tele|anruf|appel|llam|lig(?:ar|acoes)|chiam|bel(?:len|me)|voice|電話"
#: Columns that tell of a consent when, where and how it was given. Those of an opt-out say that there was one.
_ABOUT_IT = r"(?:date|time|timestamp|datum|zeit|fecha|data|source|quelle|ip|method|version|by|reason|id|url|text|form)$"


def asks(header: str) -> Asks | None:
    """Whether a column seems to say who may be called, and what a yes in it means then; None where it does not."""
    words = re.sub(_EITHER, "", words_of(header))
    if _has(_OTHER_CHANNEL, words) and not _has(_CALLS, words):
        return None
    if _has(_NOT_TAKEN_BACK, words):
        return Asks.CONSENT
    if any(_has(phrase, words) for phrase in _OPT_OUT):
        return Asks.OPT_OUT
    return _of_consent(words) if any(_has(phrase, words) for phrase in _CONSENT) else None


def _of_consent(words: str) -> Asks | None:
    """What a header that names a consent asks: whoever withdrew it must not be taken for somebody who gave it."""
    if any(_has(phrase, words) for phrase in (*_TAKEN_BACK, _NOT_GIVEN)):
        return Asks.REVOKED
    return None if _has(_ABOUT_IT, words) else Asks.CONSENT


def _has(phrase: str, words: str) -> bool:
    return re.search(rf"(?<![^\W\d])(?:{phrase})", words) is not None
