"""An agent as the service describes it: what it says, and which overrides it permits."""

from collections.abc import Mapping
from typing import Any

from pipeline.sandbox.settings import Settings
from schemas.errors import CampaignError
from schemas.fields import contract

NAME = "Sandbox agent"
#: The agent that is listed where every agent exists.
AGENT = "agent_sandbox"
#: The account's phone numbers, as the service lists them.
OWN_NUMBERS = [
    {
        "phone_number": "+15005550006", "label": "Sandbox line", "phone_number_id": "phnum_sandbox",
        "supports_inbound": True, "supports_outbound": True, "assigned_agent": None, "provider": "twilio",
    },
    {
        "phone_number": "+15005550007", "label": "Sandbox inbound", "phone_number_id": "phnum_inbound",
        "supports_inbound": True, "supports_outbound": False, "assigned_agent": None, "provider": "sip_trunk",
    },
]  # fmt: skip
#: What an agent speaks unless it is told what.
LANGUAGES = (
    *("en", "ar", "bg", "cs", "da", "de", "el", "es", "fi", "fr", "hi", "hr", "hu", "id", "it", "ja", "ko", "ms", "nl"),
    *("no", "pl", "pt", "pt-br", "ro", "ru", "sk", "sv", "ta", "tr", "uk", "vi", "zh"),
)


def agent(agent_id: str, settings: Settings, now: float) -> dict[str, Any]:
    """The configuration of an agent, which permits every override but the forbidden ones.

    Raises CampaignError for an override that the contract does not know.
    """
    permits = _permits("ConversationConfigClientOverride-Input")
    for place in settings.forbidden:
        _forbid(permits, place)
    return {
        "agent_id": agent_id,
        "name": NAME,
        "conversation_config": {
            "agent": _speech(settings),
            "language_presets": {language: {"overrides": {}} for language in _languages(settings)[1:]},
            "tts": {"voice_id": "cjVigY5qzO86Huf0OWal", "stability": 0.5, "similarity_boost": 0.8, "speed": 1.0},
        },
        "platform_settings": {
            "overrides": {
                "conversation_config_override": permits,
                "custom_llm_extra_body": True,
                "enable_conversation_initiation_client_data_from_webhook": False,
            },
        },
        "metadata": {"created_at_unix_secs": int(now), "updated_at_unix_secs": int(now)},
        "tags": [],
    }


def number(number_id: str) -> dict[str, Any]:
    """A phone number of the account: one of its own, or else any, from which one can call."""
    own = {each["phone_number_id"]: each for each in OWN_NUMBERS}
    return own.get(number_id) or {**OWN_NUMBERS[0], "phone_number_id": number_id}


def _languages(settings: Settings) -> tuple[str, ...]:
    return settings.languages or LANGUAGES


def _speech(settings: Settings) -> dict[str, Any]:
    """What the agent says by itself: every placeholder stands in its prompt, the first in its first message, too."""
    known = [f"{{{{{name}}}}}" for name in settings.placeholders]
    return {
        "first_message": " ".join(["Hello", *known[:1]]) + ", do you have two minutes for a question?",
        "language": _languages(settings)[0],
        "dynamic_variables": {"dynamic_variable_placeholders": dict.fromkeys(settings.placeholders, "an example")},
        "prompt": {
            "prompt": " ".join(["You ask people about their last purchase. It is {{system__time_utc}}.", *known]),
            "llm": "gpt-4o-mini",
        },
    }


def listed(agent_id: str, now: float) -> dict[str, Any]:
    """An agent as the list of agents tells it."""
    return {"agent_id": agent_id, "name": NAME, "tags": [], "created_at_unix_secs": int(now), "archived": False}


def _permits(schema: str) -> dict[str, Any]:
    """Every property that the contract lists under a schema, nested as there, and `True` for each."""
    properties = contract()["components"]["schemas"][schema].get("properties", {})
    return {name: _permits(inner) if (inner := _object(prop)) else True for name, prop in properties.items()}


def _object(prop: Mapping[str, Any]) -> str | None:
    """The name of the object schema that a property refers to."""
    for reference in (choice.get("$ref", "") for choice in prop.get("oneOf", ())):
        name = str(reference).rpartition("/")[2]
        if name and contract()["components"]["schemas"][name]["type"] == "object":
            return name
    return None


def _forbid(permits: dict[str, Any], place: str) -> None:
    """Turn off a place such as `tts.speed`, or all of one such as `tts`."""
    name, _, rest = place.partition(".")
    if name not in permits or (rest and permits[name] is True):
        raise CampaignError(f"--forbid {place}: there is no such override; here there are {', '.join(permits)}")
    if rest:
        return _forbid(permits[name], rest)
    permits[name] = _nothing(permits[name])
    return None


def _nothing(permits: dict[str, Any] | bool) -> dict[str, Any] | bool:  # noqa: FBT001 -- the tree's leaves are booleans
    return {name: _nothing(inner) for name, inner in permits.items()} if isinstance(permits, dict) else False
