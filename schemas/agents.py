"""An agent, and the number it calls from, as the service describes them: what a plan must suit, and what people hear."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from schemas.fields import Place


class Check(StrEnum):
    """What is looked at before anything is sent. `agent` stands for all that is asked of the agent."""

    AGENT = "agent"
    NUMBER = "number"
    OVERRIDES = "overrides"
    PLACEHOLDERS = "placeholders"
    LANGUAGE = "language"


@dataclass(frozen=True)
class Words:
    """What an agent has to say by itself, `{{placeholders}}` and all; with an empty first message it waits."""

    first_message: str
    prompt: str


@dataclass(frozen=True)
class Agent:
    """An agent. `words` are by language, in lower case, its own language first.

    `permits` is the tree `platform_settings.overrides.conversation_config_override`, with a boolean for each property.
    """

    id: str
    name: str
    words: Mapping[str, Words]
    permits: Mapping[str, Any] = field(default_factory=dict)
    permits_extra_body: bool = True

    @property
    def language(self) -> str:
        """Its own language."""
        return next(iter(self.words))

    @property
    def own_words(self) -> Mapping[str, Words]:
        """What it says by language: its own, and those in which it says something else."""
        own = self.words[self.language]
        return {each: words for each, words in self.words.items() if each == self.language or words != own}

    def permits_override(self, place: Place) -> bool:
        """Whether it permits to override a property, by its keys below `conversation_config_override`; what is not said, it does not."""
        tree: Any = self.permits
        for key in place:
            tree = tree.get(key) if isinstance(tree, Mapping) else None
        return tree is True

    def __str__(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id


@dataclass(frozen=True)
class Caller:
    """A number of the account, masked; `dials`: whether it can be called from."""

    id: str
    label: str
    number: str
    dials: bool = True

    def __str__(self) -> str:
        return f"{' '.join(filter(None, (self.label, self.number)))} ({self.id})".strip()


@dataclass(frozen=True)
class Voice:
    """Who speaks in the batches of a route, 0 for those of no route; None: the service has no such agent or number, or was not asked."""

    route: int
    agent: Agent | None = None
    caller: Caller | None = None
