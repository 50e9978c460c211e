"""Approval: whether a saved plan was approved, by the key of the environment where there is one."""

from collections.abc import Mapping

from pipeline.ledger.secret import secret_of
from pipeline.plan.archive import Archive
from schemas.sealed import RunFrom

KEY = "CAMPAIGN_APPROVAL_KEY"


def approval_key(environ: Mapping[str, str]) -> bytes | None:
    """The key under which approvals are given and checked; None where there is none. Raises CampaignError for a bad one."""
    return secret_of(environ, KEY).encode() or None


def approved(archive: Archive, key: bytes | None, *, required: bool) -> RunFrom:
    """Where a run of this plan comes from; raises CampaignError for a missing approval, and for one that does not hold."""
    given = archive.approval
    if given is None:
        if required:
            raise archive.refusal(
                "the plan is not approved, which [rules] approval asks for; see `campaign approve PLAN`"
            )
        return RunFrom(archive.seal, None, None)
    if key is not None and not given.keyed:
        raise archive.refusal(f"the plan was approved without {KEY}, which is set here; approve it with that key")
    if key is None and given.keyed:
        raise archive.refusal(f"the plan was approved with a key; set {KEY} to that key, so that it can be checked")
    if not given.holds(archive.seal, key):
        other = f", or was given with another {KEY}" if key else ""
        raise archive.refusal(
            f"the approval is not for this plan, or was changed{other}; look at it and approve it again"
        )
    return RunFrom(archive.seal, given.who, given.at, given.note)
