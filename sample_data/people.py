"""Who stands in contacts.csv, and what is wrong with some of them: the lists from which generate.py draws."""

from collections.abc import Callable
from dataclasses import dataclass

Cells = dict[str, str]


@dataclass(frozen=True)
class Country:
    """`blocks` are national numbers, x a free digit; `styles` write one, by the groups that `blocks` have.

    `cities` are city|postal code; `share` is of PEOPLE.
    """

    code: str
    share: int
    names: tuple[str, ...]
    blocks: tuple[str, ...]
    styles: tuple[str, ...]
    first: tuple[str, ...]
    last: tuple[str, ...]
    cities: tuple[str, ...]
    languages: tuple[str, ...]


_NORTH_AMERICAN = (
    "({0}) {1}-{2}", "{0}-{1}-{2}", "{0}.{1}.{2}", "+1 {0}-{1}-{2}", "+1{0}{1}{2}", "{0}{1}{2}", "1-{0}-{1}-{2}",
    "1 ({0}) {1}-{2}", "+1 ({0}) {1} {2}", "({0}) {1}-{2} ext. 12", "{0} {1} {2}", "{0}-{1}-{2} x4",
    "+1\u00a0{0}\u00a0{1}\u00a0{2}", "tel:+1-{0}-{1}-{2}",
)  # fmt: skip

COUNTRIES = (
    Country(
        "1", 340, ("United States", "United States", "USA", "US"),
        ("212 555 01xx", "312 555 01xx", "415 555 01xx", "512 555 01xx", "617 555 01xx", "973 555 01xx", "206 555 01xx"),
        _NORTH_AMERICAN,
        ("Ava", "Ben", "Carla", "Deshawn", "Ethan", "Fiona", "Grace", "Hector", "Imani", "Jake", "Kayla", "Liam", "Mia"),
        ("Abbott", "Brooks", "Carter", "Diaz", "Ellis", "Foster", "Greene", "Hughes", "O'Neill", "Smith-Jones", "Washington"),
        ("Cambridge|02139", "Newark|07102", "Hartford|06103", "Portland|04101", "San Francisco|94103", "New York|10001",
         "Washington, DC|20001", "Austin|73301", "Seattle|98101", "Chicago|60601"),
        ("English", "English", "English", "Spanish"),
    ),
    Country(
        "49", 150, ("Germany", "Germany", "Deutschland", "DE"),
        ("30 23125 xxx", "69 90009 xxx", "40 66969 xxx", "89 99998 xxx", "171 39200 xx", "176 04069 0xx"),
        ("0{0} {1}{2}", "0{0}/{1}-{2}", "+49 {0} {1}{2}", "+49 (0){0} {1}{2}", "0049 {0} {1}{2}", "+49-{0}-{1}-{2}",
         "+49{0}{1}{2}", "(0{0}) {1} {2}", "'+49 {0} {1} {2}"),
        ("Anneliese", "Björn", "Çağla", "Dörte", "Friedrich", "Günther", "Heike", "Jürgen", "Käthe", "Lukas", "Zoë"),
        ("Bäcker", "Förster", "Größmann", "Jäger", "Krüger", "Müller", "Schäfer", "Weiß", "von der Heide", "Yıldız"),
        ("Berlin|10115", "Dresden|01067", "Leipzig|04109", "Köln|50667", "München|80331", "Hamburg|20095"),
        ("German",),
    ),
    Country(
        "44", 130, ("United Kingdom", "United Kingdom", "UK", "GB"),
        ("20 7946 0xxx", "113 496 0xxx", "161 496 0xxx", "28 9018 0xxx", "191 498 0xxx"),
        ("0{0} {1} {2}", "(0{0}) {1} {2}", "+44 {0} {1} {2}", "+44 (0){0} {1} {2}", "+44{0}{1}{2}", "0044 {0} {1} {2}",
         "0{0}{1}{2}"),
        ("Alice", "Bronwen", "Callum", "Daisy", "Euan", "Freya", "Gareth", "Harriet", "Isla", "Niamh"),
        ("Ashworth", "Bell", "Clarke", "Davies", "Evans", "Fletcher", "MacLeod", "O’Brien", "Patel", "Singh"),
        ("London|SW1A 1AA", "Leeds|LS1 4DY", "Manchester|M1 1AE", "Belfast|BT1 5GS", "Newcastle upon Tyne|NE1 7RU"),
        ("English",),
    ),
    Country(
        "33", 110, ("France", "France", "FR"),
        ("1 99 00 xx xx", "2 61 91 xx xx", "3 53 01 xx xx", "4 65 71 xx xx", "5 36 49 xx xx"),
        ("0{0} {1} {2} {3} {4}", "0{0}.{1}.{2}.{3}.{4}", "+33 {0} {1} {2} {3} {4}", "+33 (0){0} {1} {2} {3} {4}",
         "0{0}{1}{2}{3}{4}", "0033{0}{1}{2}{3}{4}", "0{0}-{1}-{2}-{3}-{4}", "+33{0}{1}{2}{3}{4}"),
        ("Amélie", "Benoît", "Chloé", "Désirée", "Étienne", "François", "Gaëlle", "Hélène", "Jérôme", "Noël"),
        ("Béranger", "Chevalier", "d'Artois", "Lefèvre", "L’Hermite", "Mercier", "N'Diaye", "Rousseau", "Sûreau"),
        ("Paris|75001", "Nice|06000", "Bourg-en-Bresse|01000", "Rennes|35000", "Lyon|69001", "Besançon|25000"),
        ("French",),
    ),
    Country(
        "1", 90, ("Canada", "Canada", "CA"),
        ("416 555 01xx", "514 555 01xx", "604 555 01xx", "613 555 01xx"),
        _NORTH_AMERICAN,
        ("Aiden", "Brigitte", "Chantal", "Devon", "Élodie", "Gabriel", "Harpreet", "Kateri", "Marc-André", "Olivia"),
        ("Beaulieu", "Campbell", "Desjardins", "Gagné", "Leblanc", "MacDonald", "Nguyễn", "Tremblay", "Wong"),
        ("Toronto|M5H 2N2", "Montréal|H2X 1Y4", "Vancouver|V6B 1A1", "Ottawa|K1P 1J1", "Trois-Rivières|G9A 1A1"),
        ("English", "English", "French"),
    ),
    Country(
        "39", 60, ("Italy", "Italia", "IT"),
        ("06 0000 xxxx", "02 0000 xxxx", "325 000 xxxx"),
        ("{0} {1} {2}", "+39 {0} {1} {2}", "0039 {0} {1}{2}", "{0}/{1}{2}", "+39{0}{1}{2}"),
        ("Alessandra", "Bruno", "Chiara", "Donatella", "Enzo", "Giosuè", "Lucrezia", "Niccolò", "Zoè"),
        ("Bianchi", "Colombo", "D'Angelo", "Esposito", "Fabbri", "Lo Piccolo", "Marchetti", "Zanardi"),
        ("Roma|00184", "Milano|20121", "Forlì|47121", "Cagliari|09124"),
        ("Italian",),
    ),
    Country(
        "52", 60, ("Mexico", "México", "MX"),
        ("55 0xxx xxxx", "33 0xxx xxxx", "81 0xxx xxxx"),
        ("{0} {1} {2}", "+52 {0} {1} {2}", "({0}) {1}-{2}", "+52{0}{1}{2}", "{0}{1}{2}"),
        ("Alejandra", "Beltrán", "Citlali", "Diego", "Íñigo", "José Luis", "María José", "Ximena", "Yólotl"),
        ("Álvarez", "Cárdenas", "de la O", "Fernández", "Ibáñez", "Muñoz", "Peña", "Xicoténcatl"),
        ("Ciudad de México|06600", "Guadalajara|44100", "Monterrey|64000", "Cuauhtémoc|06500"),
        ("Spanish",),
    ),
    Country(
        "81", 60, ("Japan", "日本", "JP"),
        ("3 1xxx xxxx", "6 1xxx xxxx"),
        ("0{0}-{1}-{2}", "+81 {0}-{1}-{2}", "0{0}({1}){2}", "+81 (0){0} {1} {2}", "+81{0}{1}{2}", "０{0}－{1}－{2}"),
        ("葵", "陽翔", "さくら", "健太", "Yūko", "Shōta", "美咲", "蓮", "エミリー", "Kaori"),
        ("佐藤", "鈴木", "高橋", "田中", "Ōtani", "渡辺", "山本", "髙島", "𠮷田"),
        ("東京|100-0001", "大阪市|530-0001", "Ōsaka|540-0002", "横浜市|231-0017"),
        ("Japanese",),
    ),
)  # fmt: skip

NOTES = (
    "Prefers calls after lunch",
    "Asked for a catalogue, twice",
    'Said: "the blue tent leaks, the green one doesn\'t"',
    "Moved in May.\nNew address confirmed.",
    "1st call: no answer\r\n2nd call: \"ring me at noon\", she said\r\n3rd call: done",
    "Loves 🐶 and 🏔️ – send the hiking list",
    "Interested in: boots, poles; maybe a rucksack",
    "登山靴について質問あり。折り返し希望。",
    "Größe 43½, Farbe «Moos»",
    "Réclamation réglée le 3 mars — très satisfaite",
    "-10% voucher sent",
    "=SUM(A1:A3) came out of the old system",
    "Order form saved under C:\\Orders\\2025\\new",
    "Custom fit {left: 42, right: 42.5}",
    "  spaces before and after  ",
    "Tab\there, and a 5\" pole strap",
    "100 % happy & says hello to <everyone>",
)  # fmt: skip

_NO_MOBILE = {"Mobile Phone Number": ""}
_US = {"Country/Region": "United States", **_NO_MOBILE}
_GB = {"Country/Region": "United Kingdom", **_NO_MOBILE}
_DE = {"Country/Region": "Germany", **_NO_MOBILE}
_FR = {"Country/Region": "France", **_NO_MOBILE}

#: What is wrong with a person's cells, one person each: row codes separated by spaces, and the cells.
FAULTY: tuple[tuple[str, Cells], ...] = (
    ("phone_not_a_number", {**_US, "Phone Number": "see notes"}),
    ("phone_formula_error", {**_DE, "Phone Number": "#NV"}),
    ("phone_too_short", {**_US, "Phone Number": "555-0142"}),
    ("phone_too_short", {**_FR, "Phone Number": "01 99 00"}),
    ("phone_too_long", {**_US, "Phone Number": "+1 415 555 0142 77"}),
    ("phone_plus_lost", {**_US, "Phone Number": "493023125142"}),
    ("phone_unknown_country_code", {**_US, "Phone Number": "+999 415 555 0142"}),
    ("phone_unknown_country_code", {**_GB, "Phone Number": "+0 20 7946 0142"}),
    ("phone_not_assigned", {**_GB, "Phone Number": "07700 900142"}),
    ("phone_letters", {**_FR, "Phone Number": "01 99 00 01 42 bureau"}),
    ("phone_made_up", {**_US, "Phone Number": "(999) 999-9999"}),
    ("phone_lookalike", {**_US, "Phone Number": "415-555-O142"}),
    ("digits_lost", {**_DE, "Phone Number": "4.93023E+12"}),
    ("phone_several", {**_DE, "Phone Number": "030 23125142 / 0171 3920042"}),
    ("phone_several", {**_US, "Phone Number": "(415) 555-0142; (415) 555-0143"}),
    ("country_missing", {**_NO_MOBILE, "Country/Region": "", "Phone Number": "(617) 555-0199"}),
    ("country_missing", {**_NO_MOBILE, "Country/Region": "", "Phone Number": "030 23125199"}),
    ("country_unknown", {**_NO_MOBILE, "Country/Region": "Atlantis", "Phone Number": "020 7946 0199"}),
    ("required_missing", {"Last Name": ""}),
    ("required_missing", {"Last Purchase": ""}),
    ("not_an_integer", {"Number of Orders": "three"}),
    ("not_a_number", {"Total Revenue": "1,249.50"}),
    ("not_a_boolean", {"VIP": "maybe"}),
    ("date_serial", {"Last Purchase": "46022"}),
    ("not_a_date", {"Last Purchase": "last spring"}),
    ("value_not_allowed", {"Preferred Language": "Portuguese"}),
    ("text_too_long", {"Notes": "Called again. " * 30}),
    ("placeholder_in_cell", {"Notes": "Dear {{ contact.firstname }}, your tent has shipped"}),
    ("placeholder_in_cell", {"First Name": "{{first_name}}"}),
    ("not_a_date phone_too_short", {**_US, "Phone Number": "617-555", "Last Purchase": "02/30/2026"}),
    ("not_a_boolean not_an_integer", {"VIP": "gold", "Number of Orders": "2.5"}),
)


def _unquoted(line: str) -> str:
    return line.replace('"', "")


def _undoubled(line: str) -> str:
    return line.replace('""', '"')


def _cut(fields: int) -> Callable[[str], str]:
    return lambda line: line.rsplit(",", fields)[0]


#: What is wrong with a person's line as some tool wrote it: the row code, cells, and what the tool did to the line.
BROKEN: tuple[tuple[str, Cells, Callable[[str], str]], ...] = (
    ("fields_extra", {"Notes": "Likes tents, wants a call"}, _unquoted),
    ("fields_extra", {"City": "Leeds, Yorkshire", "Notes": ""}, _unquoted),
    ("fields_missing", {"City": "Leeds", "Notes": ""}, _cut(1)),
    ("fields_missing", {"City": "Leeds", "Notes": ""}, _cut(7)),
    ("quotes_broken", {"City": "Leeds", "Notes": 'Wants the 5" strap'}, _undoubled),
    ("quotes_broken", {"City": "Leeds", "Notes": 'Said "call me"'}, _undoubled),
)

#: Whose number is not called, though it is one: the row code, and the cells.
UNREACHED: tuple[tuple[str, Cells], ...] = (
    ("country_not_allowed", {**_US, "Phone Number": "(876) 555-0142"}),  # Jamaica
    ("number_type_refused", {**_GB, "Phone Number": "0909 879 0142"}),  # premium rate
)

#: Cells of people who can be called although something is odd about them.
ODD: tuple[Cells, ...] = (
    *({"First Name": ""} for _ in range(8)),
    *(
        {"Mobile Phone Number": text}
        for text in ("n/a", "same", "07700 900123", "?", "555-0142", "+1 415", "none", "-")
    ),
    *({"Country/Region": "", "Mobile Phone Number": ""} for _ in range(10)),
    {"VIP": "TRUE"},
    {"Number of Orders": "0", "Total Revenue": "0"},
    {"First Name": "Zoe\u0301 🌸", "Last Name": "Nu\u0301n\u0303ez"},  # accents as a Mac decomposes them
    {"City": 'Saint "Jim" Bay'},
)
