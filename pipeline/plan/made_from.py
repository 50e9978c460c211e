"""Made from: what a plan depends on besides its export, by what it is called for people, so that a change can be named."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256

from pipeline.plan.files import digest_of, named
from schemas.campaign import Campaign
from schemas.written import file_texts


def made_from(campaign: Campaign, text: str, lists: Iterable[str]) -> dict[str, str]:
    """The SHA-256 (hex) of the campaign file, of the files whose texts it says, and of its lists, which `lists` gives."""
    texts = {"the campaign file": text, **{f"the file {name}": each for name, each in file_texts(campaign).items()}}
    numbered = enumerate(zip(campaign.rules.suppression, lists, strict=True), 1)
    return {
        **{name: sha256(each.encode()).hexdigest() for name, each in texts.items()},
        **{f"list {number} ({rule.file.name})": digest for number, (rule, digest) in numbered},
    }


def lists_now(campaign: Campaign) -> list[str]:
    """The SHA-256 of the lists as they are; raises CampaignError where one is not there."""
    return [digest_of(named([rule.file])) for rule in campaign.rules.suppression]


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """Yield what is not as it was, in words."""
    for name in sorted({*before, *now}):
        if name not in now:
            yield f"{name} is not used any more"
        elif name not in before:
            yield f"{name} is new"
        elif before[name] != now[name]:
            yield f"{name} has changed"
