"""Names: what a header says that its column is, by the words that CRMs and people use for it."""

import re

from schemas.proposal import Meaning
from schemas.words import words_of

#: Looked for as whole words in `words_of` a header, the first meaning that is found counts. The first part of each is in
#: English, as HubSpot, Salesforce, Pipedrive, Zoho, Dynamics, Mailchimp, ActiveCampaign, Shopify and Stripe write it.
_WORDS: dict[Meaning, str] = {
    Meaning.WHATSAPP: r"whats ?app|wa id",
    Meaning.PRIVATE: (
        r"e ?mails?|mail|correo|courriel|sms|newsletter|fax|telefax|extension|ext|durchwahl|phone (?:type|status|verified|carrier)"
        r"|notes?|comments?|remarks?|description|summary|message|bio"
        r"|notiz(?:en)?|bemerkung(?:en)?|kommentare?|beschreibung|anmerkung(?:en)?|remarques?|commentaires?|notas?"
        r"|observa(?:ciones|coes)|comentarios?|osservazioni|commenti|opmerking(?:en)?|omschrijving"
        r"|owner|created|create date|modified|updated|changed|last (?:modified|activity|contacted|viewed|referenced)|assigned|added"
        r"|import(?:ed)?|sync|(?:erstellt|geandert|angelegt|bearbeitet)\w*|besitzer|zustandig\w*|proprietaire|propietario"
        r"|cree|modifie|creado|modificado|criado|creato|gemaakt|gewijzigd|eigenaar|eigentumer"
        r"|address(?!.* (?:phone|tel|country|city|zip|province|company))|street|adresse|anschrift|strasse|str|hausnummer|direccion|calle|rue|endereco|rua|indirizzo|adres|straat"
        r"|birth ?(?:day|date)?|date of birth|dob|geburts\w*|naissance|nacimiento|nascimento|nascita|geboorte\w*|age|alter"
        r"|gender|sex|geschlecht|sexe|sexo|genero|sesso|geslacht|religion|salary|income|gehalt|health|diagnos\w*"
        r"|iban|bic|vat|tax|tax id|ssn|social security|passport|password|passwort|token|secret|card|ust id"
        r"|url|website|webseite|linkedin|facebook|twitter|instagram|xing|photo|avatar|image|domain|ip"
        r"|utm|gclid|score|rating|tags?|segments?|source|medium|referrer|optin time|confirm time|optin ip|confirm ip"
        r"|latitude|longitude|lat|lon|lng|gmtoff|dstoff|time ?zone|zeitzone|guid|uuid|euid|leid|hash|checksum|row version"
    ),
    Meaning.COMPANY_PHONE: (
        r"(?:company|business|account|associated|main|switchboard|assistant|asst|office|hq) .*(?:phone|telephone|tel)"
        r"|phone .*(?:company|account|assistant)|zentrale|telefonzentrale|firmentelefon\w*"
    ),
    Meaning.MOBILE: (
        r"mobile(?: ?phone)?|cell(?: ?phone)?|cellular|gsm|mobil|mobil\w*(?:nummer|nr|telefon|funk)|mobilfunk\w*|handy\w*"
        r"|portable|movil|celular(?:es)?|telemovel|cellulare|mobiel\w*|携帯\w*|手机\w*"
    ),
    Meaning.PHONE: (
        r"phone(?:s| ?numbers?)?|telephone|tel|landline|msisdn|contact (?:no|number)|call ?number"
        r"|telefon\w*|tel ?nr|fon|rufnummer|festnetz\w*|fixe|telefono|telefone|telefoon\w*|電話\w*|电话\w*"
    ),
    Meaning.COUNTRY: r"country|country region|^cc$|country code|nation|land|landerkennung|staat|pays|pais|paese|landen|国",
    Meaning.LANGUAGE: (
        r"languages?|locale|lang|sprache|korrespondenzsprache|langue|idioma|lingua|taal|language code|言語"
    ),
}
#: Identifiers, whole headers only, those that CRMs give to a record before those that people give.
_IDS = (
    r"record id|contact id|lead id|person id|people id|subscriber id|hs object id|vid|do not modify (?:contact|lead|account)",
    r"customer (?:id|no|number|nr)|client (?:id|no|number)|member (?:id|no|number)|user id|account (?:id|no|number)",
    r"id|identifier|external id|kunden ?(?:nr|nummer|id)|kontakt ?id|datensatz ?id|mitglieds ?(?:nr|nummer)",
    r"(?:numero|no|n|code|codigo|id) (?:de |del |du )?(?:client[e]?|contacto?|contato|contatto)|identifiant|codice cliente",
    r"klant ?(?:nr|nummer)|id (?:de )?registro|顧客(?:番号|id)",
    r"[\w ]+ id",
)
_NAMED = re.compile(r"(?:first|last|full|given|family|sur|middle|nick) ?name")


def meaning_of(header: str) -> Meaning | None:
    """What a column is by its header; None where that tells nothing."""
    words = words_of(header)
    if rank_of_id(header) is not None:
        return Meaning.ID
    if _NAMED.search(words):
        return None
    return next((meaning for meaning, known in _WORDS.items() if re.search(rf"(?<!\w)(?:{known})(?!\w)", words)), None)


def rank_of_id(header: str) -> int | None:
    """How likely a header names what a record is known by, 0 first; None where it does not."""
    words = words_of(header)
    return next((rank for rank, known in enumerate(_IDS) if re.fullmatch(known, words)), None)


def variable_name(header: str, taken: set[str], otherwise: str) -> str:
    """A header as a dynamic variable: `first_name`; made unique, and none of the service's own names."""
    plain = re.sub(r"[^a-z0-9]+", "_", words_of(header)).strip("_")[:60]
    if not plain or plain.startswith(("system", "secret")):
        plain = f"{otherwise}_{plain}".rstrip("_")
    number, name = 1, plain
    while name in taken:
        number += 1
        name = f"{plain}_{number}"
    return name
