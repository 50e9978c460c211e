"""Which campaign a command is about, whether or not its file is there; and the services that it was sent to."""

import os

from pipeline.campaign_file import load
from pipeline.commands.options import Common
from pipeline.deliver.asking import Services
from pipeline.ledger.store import Ledger
from pipeline.service.base_url import checked_base_url
from pipeline.service.client import Service
from pipeline.service.key import read_key
from schemas.errors import CampaignError

_TIMEOUT = 60.0


def campaign_of(common: Common, ledger: Ledger, given: str | None) -> str:
    """The name given, else that of the campaign file, else the only one in the ledger; it has to be in the ledger."""
    known = ledger.campaign_names()
    if given is None and common.campaign_file.exists():
        given = load(common.campaign_file)[0].campaign.name
    if given is None and len(known) == 1:
        return known[0]
    if given in known:
        return str(given)
    what = "no campaign file, and not one campaign" if given is None else f"no campaign {given}"
    has = ", ".join(known) or "none"
    raise CampaignError(f"there is {what} in the ledger {ledger.place}; name one with --name (it has: {has})")


def services() -> Services:
    """Clients with the key of the environment. A run's base URL is in the ledger: its batches are nowhere else."""
    key = read_key(os.environ)
    return Services(lambda base_url: Service(checked_base_url(base_url), key, timeout=_TIMEOUT))
