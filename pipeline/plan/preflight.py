"""Preflight: whether the agents and numbers that the service describes suit the plan, one line a miss, remedy included."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.plan.hearing import MESSAGE, PROMPT, missing
from schemas.agents import Agent, Check, Voice
from schemas.fields import EXTRA_BODY, OVERRIDE, VARIABLES, Binding, Field
from schemas.masking import masked_text
from schemas.plan import Plan
from schemas.template import placeholders_of

#: So many languages are named.
_MOST = 12


def misses(plan: Plan, voices: Sequence[Voice], skipped: Check | None) -> tuple[str, ...]:
    """Why the service's agents and numbers would not do what is planned; `skipped` was not asked for, or is passed over."""
    found = [
        *((Check.AGENT, line) for line in _no_agent(plan, voices)),
        *((Check.NUMBER, line) for line in _no_number(plan, voices)),
        *((Check.OVERRIDES, line) for line in _forbidden(plan.binding, voices)),
        *_unheard(plan, voices),
    ]
    return tuple(dict.fromkeys(f"{check}: {line}" for check, line in found if check is not skipped))


def _no_agent(plan: Plan, voices: Sequence[Voice]) -> Iterator[str]:
    for voice in voices:
        if voice.agent is None:
            agent_id = plan.heads[voice.route].agent_id
            yield f"the service has no agent {agent_id}; correct agent_id, or use a key of the agent's workspace"


def _no_number(plan: Plan, voices: Sequence[Voice]) -> Iterator[str]:
    for voice in voices:
        number = plan.heads[voice.route].agent_phone_number_id
        if number and voice.caller is None:
            yield f"the account has no phone number {number}; correct agent_phone_number_id"
        if number and voice.caller and not voice.caller.dials:
            yield f"{voice.caller} takes calls only, and cannot be called from; choose another agent_phone_number_id"


def _forbidden(binding: Binding, voices: Sequence[Voice]) -> Iterator[str]:
    """What is sent and not permitted fails the call (API.md, "What bites", 3)."""
    for agent in _agents(voices):
        for field in binding.carried:
            if field.place[: len(OVERRIDE)] == OVERRIDE and not agent.permits_override(field.place[len(OVERRIDE) :]):
                yield (
                    f"the agent {agent} does not permit what {field.key} overrides, and such calls fail; permit it in "
                    "the agent's security settings, or take it out"
                )
        if not agent.permits_extra_body and any(
            each.place[: len(EXTRA_BODY)] == EXTRA_BODY for each in binding.carried
        ):
            yield (
                f"the agent {agent} does not permit [custom_llm_extra_body]; permit it in the agent's security settings, "
                "or take it out"
            )


def _agents(voices: Sequence[Voice]) -> list[Agent]:
    return list({voice.agent.id: voice.agent for voice in voices if voice.agent}.values())


def _unheard(plan: Plan, voices: Sequence[Voice]) -> Iterator[tuple[Check, str]]:
    """What only the rows tell. They are not looked at where nothing of them can be missing."""
    names = _doubtful(plan.binding, _agents(voices))
    if not names and plan.binding.language is None:
        return
    agents = {voice.route: voice.agent for voice in voices if voice.agent}
    lines = missing(plan, voices, names).to_dicts()
    languages = [line for line in lines if line["check"] == Check.LANGUAGE]
    for line in languages[:_MOST]:
        yield Check.LANGUAGE, _unspoken(line["what"], agents[line["route"]], _who(line), plan.binding)
    if more := languages[_MOST:]:
        people = sum(line["people"] for line in more)
        yield Check.LANGUAGE, f"{len(more):,} more languages ({people:,} people) that the agent does not speak"
    for line in (line for line in lines if line["check"] == Check.PLACEHOLDERS):
        yield Check.PLACEHOLDERS, _unfed(line["what"], agents[line["route"]], _who(line), plan.binding)


def _who(line: Mapping[str, Any]) -> str:
    first = f"row {line['first']}"
    return f"{line['people']:,} people, the first in {first}" if line["people"] > 1 else first


def _doubtful(binding: Binding, agents: Sequence[Agent]) -> list[str]:
    """The variables that texts need and that a row may lack."""
    sent = {name for field in binding.fields for name in field.value.placeholders}
    own = {
        name
        for agent in agents
        for words in agent.words.values()
        for name in _own(binding, words.first_message, words.prompt)
    }
    always = {field.place[-1] for field in binding.carried if field.place[:-1] == VARIABLES and _is_always_there(field)}
    return sorted(name for name in sent | own if name not in always and not name.startswith("system__"))


def _own(binding: Binding, message: str, prompt: str) -> Iterator[str]:
    """The variables of an agent's own texts, unless every row has another in its place."""
    replaced = {field.place for field in binding.carried if _is_always_there(field)}
    for place, text in ((MESSAGE, message), (PROMPT, prompt)):
        if place not in replaced:
            yield from placeholders_of(text)


def _is_always_there(field: Field) -> bool:
    return field.is_constant or field.required or field.value.default is not None


def _unspoken(language: str, agent: Agent, who: str, binding: Binding) -> str:
    spoken = [*agent.words]
    more = f" and {len(spoken) - _MOST} more" if len(spoken) > _MOST else ""
    key = binding.language.key if binding.language else "the language"
    return (
        f"the agent {agent} does not speak {masked_text(language)} ({who}), but {', '.join(spoken[:_MOST])}{more}; add the language "
        f"to the agent, or let {key} send another"
    )


def _unfed(name: str, agent: Agent, who: str, binding: Binding) -> str:
    """A variable that is needed and not sent ends the call (API.md, "What bites", 4)."""
    own = {"first message": "first_message", "prompt": "prompt"}
    texts = [
        text
        for text, attribute in own.items()
        if any(name in placeholders_of(getattr(words, attribute)) for words in agent.words.values())
    ]
    where = f"the {' and the '.join(texts)} of the agent {agent}" if texts else "what [overrides.agent] says"
    is_known = any(field.place == (*VARIABLES, name) for field in binding.carried)
    what, remedy = (
        ("some rows have no", "give it a default") if is_known else ("nothing feeds", "add it to [dynamic_variables]")
    )
    return f"{what} {{{{{name}}}}} for {where} ({who}), and such calls end; {remedy}, or change the text"
