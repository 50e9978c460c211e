"""Where the service is: the base URL, checked before a key is sent there."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address, ip_address

import httpx

from schemas.errors import CampaignError

VARIABLE = "ELEVENLABS_BASE_URL"
DEFAULT = "https://api.elevenlabs.io"

_HOST = re.compile(rb"[a-z0-9._:-]+")
_PORTS = {None, *range(1, 2**16)}


def chosen_base_url(environ: Mapping[str, str], written: str | None) -> str:
    """ELEVENLABS_BASE_URL, else `written` in the campaign file, else the vendor's; checked.

    An empty variable is an error: falling back from a sandbox to the real service would call people.
    """
    return checked_base_url(environ.get(VARIABLE, written or DEFAULT))


def checked_base_url(text: str) -> str:
    """The URL without a slash at its end. Only https, or plain http to loopback: the key travels in a header.

    Raises CampaignError, which shows neither user info nor a query, since either may hold a secret.
    """
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise _refusal(text, "is no URL") from error
    if url.scheme not in ("https", "http") or not _HOST.fullmatch(url.raw_host) or url.port not in _PORTS:
        raise _refusal(text, "is not of the form https://host")
    if url.userinfo or url.query or url.fragment or "?" in text or "#" in text:
        raise _refusal(text, "holds more than scheme, host and path")
    if url.scheme == "http" and not is_loopback(url.host):
        raise _refusal(text, "would send the key unencrypted; plain http is for loopback only")
    return str(url).rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether the host is 127.0.0.0/8, ::1 or the name localhost."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback and (isinstance(address, IPv4Address) or address.compressed == "::1")


def _refusal(text: str, what: str) -> CampaignError:
    shown = text.rsplit("@", 1)[-1].split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    return CampaignError(f"the base URL {shown!r} {what}; write {DEFAULT} or another https address ({VARIABLE})")
