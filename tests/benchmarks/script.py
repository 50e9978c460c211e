"""The script that a user would write instead of `campaign check`: row by row, with the standard library and phonenumbers.

`python -m tests.benchmarks.script EXPORT FOLDER` does to an export what campaign.toml beside this file asks for: the same
people with the same words in the same batches, and the same rows in to-call.csv, to-fix.csv and left-out.csv. It is held to
that by a test. It does what such scripts do, and nothing twice; of the report it leaves all but the row files out.
"""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

REGIONS = {
    "United States": "US", "USA": "US", "US": "US",
    "Germany": "DE", "Deutschland": "DE", "DE": "DE",
    "United Kingdom": "GB", "UK": "GB", "GB": "GB",
    "France": "FR", "FR": "FR",
    "Canada": "CA", "CA": "CA",
    "Italy": "IT", "Italia": "IT", "IT": "IT",
    "Mexico": "MX", "México": "MX", "MX": "MX",
    "Japan": "JP", "日本": "JP", "JP": "JP",
}  # fmt: skip
PHONES = ("Mobile Phone Number", "Phone Number")
REQUIRED = ("First Name", "Last Name", "Last Purchase", "City", "Postal Code")
BOOLEANS = {"yes": True, "no": False, "": False}
MAX_RECIPIENTS, MAX_BYTES = 5_000, 5_000_000
#: Room for the mark and the token that are added to the call name when a batch is sent.
TOKEN = " [0000-0000000000]"

Row = dict[str, str]


class ToFixError(Exception):
    """The row must be mended."""


class LeftOutError(Exception):
    """The row is not called, although nothing is wrong with it."""


def number_of(row: Row) -> str:
    """The first valid number of a row, in E.164."""
    region = REGIONS.get(row["Country/Region"])
    reasons = []
    for column in PHONES:
        if not row[column].strip():
            continue
        try:
            number = phonenumbers.parse(row[column], region)
        except phonenumbers.NumberParseException as error:
            reasons.append(f"{column}: {error}")
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        reasons.append(f"{column}: is not a valid number")
    if reasons:
        raise ToFixError("; ".join(reasons))
    raise LeftOutError("has no phone number")


def recipient_of(row: Row) -> dict[str, Any]:
    """What the service gets about a row."""
    missing = [column for column in REQUIRED if not row[column].strip()]
    if missing:
        raise ToFixError(f"{', '.join(missing)}: is empty")
    try:
        purchased = datetime.strptime(row["Last Purchase"], "%m/%d/%Y").date()  # noqa: DTZ007 -- a date has no zone
        vip = BOOLEANS[row["VIP"].strip().lower()]
    except (ValueError, KeyError) as error:
        raise ToFixError(f"Last Purchase, VIP: cannot be read ({error})") from error
    agent = {"first_message": f"Hello {row['First Name'] or 'there'}, thank you for being a valued customer!"}
    if row["Preferred Language"]:
        agent["language"] = row["Preferred Language"]
    client: dict[str, Any] = {
        "conversation_config_override": {"agent": agent},
        "dynamic_variables": {
            "customer_name": f"{row['First Name']} {row['Last Name']}",
            "last_purchase_date": purchased.isoformat(),
            "vip_status": vip,
            "city": row["City"],
            "postal_code": row["Postal Code"],
        },
    }
    if row["Customer No"]:
        client["user_id"] = row["Customer No"]
    return {"id": row["Record ID"], "phone_number": number_of(row), "conversation_initiation_client_data": client}


class Seen:
    """Numbers and ids of the rows so far."""

    def __init__(self) -> None:
        self.numbers: set[str] = set()
        self.ids: set[str] = set()

    def check(self, recipient: dict[str, Any]) -> None:
        """Leave a row out that has the number or the id of an earlier one."""
        number, record = recipient["phone_number"], recipient["id"]
        repeated = number in self.numbers or record in self.ids
        self.numbers.add(number)
        self.ids.add(record)
        if repeated:
            raise LeftOutError("has the number or the id of an earlier row")


def recipients(export: Path, folder: Path) -> Iterator[dict[str, Any]]:
    """Whom to call, in order; every row is written into one of the three files on the way."""
    with ExitStack() as stack:
        reader = csv.DictReader(stack.enter_context(export.open(encoding="utf-8-sig", newline="")))
        names = [*(reader.fieldnames or ()), "campaign_row", "campaign_told"]
        writers = {}
        for name in ("to-call", "to-fix", "left-out"):
            file = stack.enter_context((folder / f"{name}.csv").open("w", encoding="utf-8", newline=""))
            writers[name] = csv.DictWriter(file, names)
            writers[name].writeheader()
        seen = Seen()
        for number, row in enumerate(reader, 2):
            try:
                recipient = recipient_of(row)
                seen.check(recipient)
            except ToFixError as error:
                writers["to-fix"].writerow({**row, "campaign_row": number, "campaign_told": error})
            except LeftOutError as error:
                writers["left-out"].writerow({**row, "campaign_row": number, "campaign_told": error})
            else:
                told = recipient["phone_number"]
                writers["to-call"].writerow({**row, "campaign_row": number, "campaign_told": told})
                yield recipient


def head(now: datetime) -> str:
    """A request up to its first recipient; calls start at the next 09:00 in New York."""
    local = now.astimezone(ZoneInfo("America/New_York"))
    start = local.replace(hour=9, minute=0, second=0, microsecond=0)
    if start <= local:
        start += timedelta(days=1)
    fields = {
        "call_name": "benchmark" + TOKEN,
        "agent_id": "agent_9f8b7c6d5e4a3b2c1d0e",
        "agent_phone_number_id": "phone_num_789xyz",
        "scheduled_time_unix": int(start.timestamp()),
    }
    return json.dumps(fields)[:-1] + ', "recipients": ['


def bodies(people: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Requests of at most MAX_RECIPIENTS people and MAX_BYTES; each person is encoded once."""
    begin, end = head(datetime.now(UTC)), "]}"
    texts: list[str] = []
    size = empty = len(begin) + len(end)
    for person in people:
        text = json.dumps(person)
        if texts and (len(texts) == MAX_RECIPIENTS or size + len(text) + 2 > MAX_BYTES):
            yield begin + ", ".join(texts) + end
            texts, size = [], empty
        texts.append(text)
        size += len(text) + 2
    if texts:
        yield begin + ", ".join(texts) + end


def main() -> None:
    """The command line: an export, and a folder for the row files."""
    export, folder = map(Path, sys.argv[1:])
    folder.mkdir(exist_ok=True)
    sizes = [len(body) for body in bodies(recipients(export, folder))]
    print(f"{len(sizes)} requests, {sum(sizes):,} bytes")


if __name__ == "__main__":
    main()
