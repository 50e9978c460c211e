"""How the service describes an agent (API.md, Endpoints), read into what is used of it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.service.client import ServiceError
from schemas.agents import Agent, Caller, Words
from schemas.masking import masked
from schemas.receipts import ListedNumber


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Prompt(_Part):
    prompt: str | None = None


class _Speech(_Part):
    first_message: str | None = None
    language: str | None = None
    prompt: _Prompt | None = None


class _Overridden(_Part):
    agent: _Speech | None = None


class _Translation(_Part):
    text: str | None = None


class _Preset(_Part):
    """What differs in a language: said by hand, or else translated."""

    overrides: _Overridden | None = None
    first_message_translation: _Translation | None = None


class _Conversation(_Part):
    agent: _Speech
    language_presets: dict[str, _Preset] | None = None


class _Overrides(_Part):
    conversation_config_override: dict[str, Any] | None = None
    custom_llm_extra_body: bool | None = None


class _Platform(_Part):
    overrides: _Overrides | None = None


class _Described(_Part):
    agent_id: str
    name: str | None = None
    conversation_config: _Conversation
    platform_settings: _Platform | None = None


def agent_of(found: Mapping[str, Any]) -> Agent:
    """The agent that the service describes; raises ServiceError for what cannot be read.

    An agent whose language is not said speaks English, the service's default.
    """
    try:
        read = _Described.model_validate(found)
    except ValidationError as error:
        places = sorted({".".join(map(str, problem["loc"])) for problem in error.errors(include_input=False)})
        raise ServiceError(f"the agent cannot be read: {', '.join(places)} is not as it should be") from None
    overrides = (read.platform_settings and read.platform_settings.overrides) or _Overrides()
    return Agent(
        id=read.agent_id,
        name=read.name or "",
        words=dict(_words(read.conversation_config)),
        permits=overrides.conversation_config_override or {},
        permits_extra_body=overrides.custom_llm_extra_body is not False,
    )


def caller_of(found: ListedNumber) -> Caller:
    """The number that the service describes, masked."""
    number = masked(found.phone_number) if found.phone_number else ""
    return Caller(found.phone_number_id, found.label or "", number, found.supports_outbound)


def _words(conversation: _Conversation) -> Iterator[tuple[str, Words]]:
    """The words by language; a preset that says nothing of its own leaves the agent's."""
    speech = conversation.agent
    own = Words(speech.first_message or "", _prompt(speech))
    language = (speech.language or "en").lower()
    yield language, own
    for name, preset in (conversation.language_presets or {}).items():
        changed = (preset.overrides and preset.overrides.agent) or _Speech()
        translated = preset.first_message_translation and preset.first_message_translation.text
        message = changed.first_message or translated or own.first_message
        if name.lower() != language:
            yield name.lower(), Words(message, _prompt(changed) or own.prompt)


def _prompt(speech: _Speech) -> str:
    return (speech.prompt and speech.prompt.prompt) or ""
