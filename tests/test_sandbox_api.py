import httpx
import jsonschema
import pytest
from sandbox_client import BATCHES, VENDOR_EXAMPLE, Clock, batch, client, get, names, numbers, post, submit

from schemas.errors import CampaignError
from schemas.fields import contract
from schemas.receipts import Receipt
from schemas.template import placeholders_of


def test_the_vendors_example_is_accepted(sandbox):
    answer = submit(sandbox, VENDOR_EXAMPLE)
    assert answer.status_code == 200
    assert answer.json()["name"] == VENDOR_EXAMPLE["call_name"]
    assert answer.json()["whatsapp_params"] == VENDOR_EXAMPLE["whatsapp_params"]


def test_a_receipt_keeps_the_contract(sandbox):
    receipt = submit(sandbox, batch(*numbers(3), agent_phone_number_id="phone_1")).json()
    document = {"$ref": "#/components/schemas/BatchCallResponse", "components": contract()["components"]}
    jsonschema.validate(receipt, document)
    assert receipt.keys() == contract()["components"]["schemas"]["BatchCallResponse"]["properties"].keys()
    assert Receipt.model_validate(receipt).total_calls_scheduled == 3


def test_fields_newer_than_the_contract_are_tolerated(sandbox):
    assert submit(sandbox, batch(target_concurrency_limit=10, timezone="Europe/Berlin")).status_code == 200
    assert sandbox.calls.batches()[0].head["target_concurrency_limit"] == 10


@pytest.mark.parametrize("headers", [{}, {"xi-api-key": ""}])
def test_a_request_without_a_key_is_refused_in_the_vendors_shape(sandbox, headers):
    answer = httpx.post(f"{sandbox.url}{BATCHES}/submit", json=batch(), headers=headers, verify=False)
    assert answer.status_code == 401
    assert answer.json()["detail"].keys() == {"type", "code", "message", "status", "request_id", "param"}
    assert sandbox.calls.placed() == []


def test_only_the_key_that_was_asked_for_is_accepted(start_sandbox):
    sandbox = start_sandbox(key="right")
    url = f"{sandbox.url}{BATCHES}/workspace"
    assert httpx.get(url, headers={"xi-api-key": "wrong"}, verify=False).json()["detail"]["code"] == "invalid_api_key"
    assert httpx.get(url, headers={"xi-api-key": "right"}, verify=False).status_code == 200


def test_a_body_that_is_not_declared_as_json_is_refused(sandbox):
    with client(sandbox) as http:
        answer = http.post(f"{BATCHES}/submit", content=b"{}", headers={"content-type": "text/plain"})
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body"]


def test_a_refused_body_is_told_in_the_vendors_list(sandbox):
    people = numbers(17)
    answer = submit(sandbox, batch(*people, "0171 555"))
    assert answer.status_code == 422
    [told] = answer.json()["detail"]
    assert told["loc"] == ["body", "recipients", 17, "phone_number"]
    assert told.keys() == {"loc", "msg", "type"}
    assert sandbox.calls.placed() == []


def test_the_list_comes_in_pages_with_the_newest_first(sandbox):
    for number in range(5):
        submit(sandbox, batch(call_name=f"batch {number}"))
    first = get(sandbox, f"{BATCHES}/workspace", params={"limit": 2}).json()
    second = get(sandbox, f"{BATCHES}/workspace", params={"limit": 2, "last_doc": first["next_doc"]}).json()
    third = get(sandbox, f"{BATCHES}/workspace", params={"limit": 2, "last_doc": second["next_doc"]}).json()
    pages = [[found["name"] for found in page["batch_calls"]] for page in (first, second, third)]
    assert pages == [["batch 4", "batch 3"], ["batch 2", "batch 1"], ["batch 0"]]
    assert [page["has_more"] for page in (first, second, third)] == [True, True, False]
    assert "next_doc" not in third


def test_a_page_that_is_just_full_is_the_last_one(sandbox):
    submit(sandbox)
    submit(sandbox)
    assert get(sandbox, f"{BATCHES}/workspace", params={"limit": 2}).json()["has_more"] is False


def test_a_page_holds_a_hundred_batches_unless_told_otherwise(sandbox):
    with client(sandbox) as http:
        for _ in range(101):
            http.post(f"{BATCHES}/submit", json=batch())
        page = http.get(f"{BATCHES}/workspace").json()
    assert (len(page["batch_calls"]), page["has_more"]) == (100, True)


def test_the_list_can_be_of_one_agent(sandbox):
    submit(sandbox, batch(call_name="mine", agent_id="agent_1"))
    submit(sandbox, batch(call_name="another's", agent_id="agent_2"))
    assert names(sandbox, agent_id="agent_1") == ["mine"]
    assert names(sandbox) == ["another's", "mine"]


@pytest.mark.parametrize("limit", ["0", "-1", "many", "²", ""])
def test_a_limit_that_is_no_number_is_refused(sandbox, limit):
    answer = get(sandbox, f"{BATCHES}/workspace", params={"limit": limit})
    assert answer.json()["detail"][0]["loc"] == ["query", "limit"]


def test_an_unknown_cursor_is_refused(sandbox):
    answer = get(sandbox, f"{BATCHES}/workspace", params={"last_doc": "btcal_none"})
    assert (answer.status_code, answer.json()["detail"]["param"]) == (400, "last_doc")


def test_a_batch_is_shown_with_its_people(sandbox):
    people = [{"id": "r1", "phone_number": "+14155550100"}, {"whatsapp_user_id": "14155550101"}]
    receipt = submit(sandbox, batch(recipients=people)).json()
    found = get(sandbox, f"{BATCHES}/{receipt['id']}").json()
    assert {name: found[name] for name in receipt} == {**receipt, "last_updated_at_unix": found["last_updated_at_unix"]}
    first, second = found["recipients"]
    assert (first["id"], first["phone_number"], first["whatsapp_user_id"]) == ("r1", "+14155550100", None)
    assert (second["phone_number"], second["whatsapp_user_id"]) == (None, "14155550101")
    assert second["id"] != ""
    keys = {"id", "phone_number", "whatsapp_user_id", "status", "created_at_unix", "updated_at_unix", "conversation_id"}
    assert first.keys() == keys


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/cancel"), ("POST", "/retry")])
def test_an_unknown_batch_is_not_found(sandbox, method, path):
    with client(sandbox) as http:
        answer = http.request(method, f"{BATCHES}/btcal_none{path}")
    assert (answer.status_code, answer.json()["detail"]["code"]) == (404, "batch_call_not_found")


def test_cancelling_ends_every_open_call(start_sandbox):
    clock = Clock()
    sandbox = start_sandbox(clock=clock, call_seconds=60.0, at_once=1)
    receipt = submit(sandbox, batch(*numbers(3))).json()
    clock.now += 90
    cancelled = post(sandbox, f"{BATCHES}/{receipt['id']}/cancel").json()
    clock.now += 900
    found = get(sandbox, f"{BATCHES}/{receipt['id']}").json()
    assert (cancelled["status"], found["status"]) == ("cancelled", "cancelled")
    assert [person["status"] for person in found["recipients"]][1:] == ["cancelled", "cancelled"]
    assert [person["conversation_id"] is not None for person in found["recipients"]] == [True, True, False]
    assert found["total_calls_dispatched"] == 2


def test_cancelling_twice_is_cancelling_once(start_sandbox):
    clock = Clock()
    sandbox = start_sandbox(clock=clock)
    receipt = submit(sandbox, batch(scheduled_time_unix=int(clock.now) + 600)).json()
    post(sandbox, f"{BATCHES}/{receipt['id']}/cancel")
    clock.now += 60
    post(sandbox, f"{BATCHES}/{receipt['id']}/cancel")
    assert sandbox.calls.batches()[0].cancelled_at == clock.now - 60


def test_cancelling_what_is_over_changes_nothing(sandbox):
    receipt = submit(sandbox).json()
    assert post(sandbox, f"{BATCHES}/{receipt['id']}/cancel").json()["status"] == "completed"


def test_a_retry_calls_those_again_whose_calls_failed(sandbox):
    receipt = submit(sandbox, batch(*numbers(100))).json()
    before = get(sandbox, f"{BATCHES}/{receipt['id']}").json()["recipients"]
    failed = [person["phone_number"] for person in before if person["status"] == "failed"]
    retried = post(sandbox, f"{BATCHES}/{receipt['id']}/retry").json()
    assert 0 < len(failed) < 30
    assert (retried["retry_count"], retried["total_calls_scheduled"]) == (1, 100 + len(failed))
    assert [placed.address for placed in sandbox.calls.placed()] == [*numbers(100), *failed]


def test_a_cancelled_batch_is_not_retried(sandbox):
    receipt = submit(sandbox).json()
    post(sandbox, f"{BATCHES}/{receipt['id']}/cancel")
    assert post(sandbox, f"{BATCHES}/{receipt['id']}/retry").status_code == 400


def test_any_agent_exists_and_permits_every_override(sandbox):
    found = get(sandbox, "/v1/convai/agents/agent_1").json()
    permits = found["platform_settings"]["overrides"]["conversation_config_override"]
    assert found["agent_id"] == "agent_1"
    assert permits == {
        "turn": {"soft_timeout_config": {"message": True}},
        "tts": {"voice_id": True, "stability": True, "speed": True, "similarity_boost": True},
        "conversation": {"text_only": True},
        "agent": {
            "first_message": True,
            "language": True,
            "prompt": {"prompt": True, "llm": True, "native_mcp_server_ids": True},
        },
    }


def test_an_agent_speaks_with_the_placeholders_that_were_asked_for(start_sandbox):
    sandbox = start_sandbox(placeholders=("customer_name", "last_purchase_date"))
    speech = get(sandbox, "/v1/convai/agents/agent_1").json()["conversation_config"]["agent"]
    assert placeholders_of(speech["first_message"]) == ("customer_name",)
    assert "last_purchase_date" in placeholders_of(speech["prompt"]["prompt"])


def test_an_agent_needs_no_variable_unless_it_is_asked_for(sandbox):
    speech = get(sandbox, "/v1/convai/agents/agent_1").json()["conversation_config"]["agent"]
    assert placeholders_of(speech["first_message"]) == ()
    assert placeholders_of(speech["prompt"]["prompt"]) == ("system__time_utc",)


def test_an_agent_speaks_the_languages_that_were_asked_for(start_sandbox):
    spoken = get(start_sandbox(languages=("es", "fr")), "/v1/convai/agents/agent_1").json()["conversation_config"]
    assert (spoken["agent"]["language"], [*spoken["language_presets"]]) == ("es", ["fr"])


def test_any_phone_number_is_there_or_only_those_that_were_asked_for(start_sandbox, sandbox):
    assert get(sandbox, "/v1/convai/phone-numbers/phone_1").json()["supports_outbound"]
    assert not get(sandbox, "/v1/convai/phone-numbers/phnum_inbound").json()["supports_outbound"]
    one = start_sandbox(numbers=("phone_1",))
    assert get(one, "/v1/convai/phone-numbers/phone_1").json()["phone_number_id"] == "phone_1"
    assert get(one, "/v1/convai/phone-numbers/phone_2").status_code == 404
    assert [each["phone_number_id"] for each in get(one, "/v1/convai/phone-numbers").json()] == ["phone_1"]


def test_overrides_can_be_forbidden(start_sandbox):
    sandbox = start_sandbox(forbidden=("tts.speed", "agent.prompt"))
    agent = get(sandbox, "/v1/convai/agents/agent_1").json()
    permits = agent["platform_settings"]["overrides"]["conversation_config_override"]
    assert permits["tts"] == {"voice_id": True, "stability": True, "speed": False, "similarity_boost": True}
    assert permits["agent"]["prompt"] == {"prompt": False, "llm": False, "native_mcp_server_ids": False}


@pytest.mark.parametrize("place", ["sped", "tts.sped", "tts.speed.fast", ""])
def test_an_override_that_does_not_exist_cannot_be_forbidden(start_sandbox, place):
    with pytest.raises(CampaignError, match="no such override"):
        start_sandbox(forbidden=(place,))


def test_only_the_agents_that_were_asked_for_exist(start_sandbox):
    sandbox = start_sandbox(agents=("agent_1",))
    assert get(sandbox, "/v1/convai/agents/agent_1").status_code == 200
    assert get(sandbox, "/v1/convai/agents/agent_2").status_code == 404
    assert submit(sandbox, batch(agent_id="agent_2")).json()["detail"]["code"] == "agent_not_found"


def test_agents_are_listed_by_pages(start_sandbox):
    sandbox = start_sandbox(agents=("agent_b", "agent_a", "agent_c"))
    first = get(sandbox, "/v1/convai/agents?page_size=2").json()
    assert [agent["agent_id"] for agent in first["agents"]] == ["agent_a", "agent_b"]
    assert (first["has_more"], first["next_cursor"]) == (True, "agent_b")
    last = get(sandbox, "/v1/convai/agents?page_size=2&cursor=agent_b").json()
    assert [agent["agent_id"] for agent in last["agents"]] == ["agent_c"]
    assert (last["has_more"], last["next_cursor"]) == (False, None)


def test_where_every_agent_exists_one_is_listed_and_the_numbers_are_an_array(sandbox):
    (agent,) = get(sandbox, "/v1/convai/agents").json()["agents"]
    assert agent.keys() >= {"agent_id", "name"}
    numbers_there = get(sandbox, "/v1/convai/phone-numbers").json()
    assert [number["supports_outbound"] for number in numbers_there] == [True, False]
    assert get(sandbox, "/v1/convai/agents?page_size=x").status_code == 422


def test_what_is_no_endpoint_is_not_found_and_remembered(sandbox):
    assert get(sandbox, "/elsewhere").status_code == 404
    assert get(sandbox, f"{BATCHES}/submit").status_code == 404  # a GET asks for the batch named "submit"
    assert [(request.path, request.status) for request in sandbox.calls.requests("elsewhere")] == [("/elsewhere", 404)]
