from sandbox_client import batch, get, numbers, submit

HOSTILE = "<script>alert('x')</script>&\""


def test_the_page_shows_batches_and_masked_people(sandbox):
    submit(sandbox, batch("+14155552671", call_name="Survey of April"))
    page = get(sandbox, "/").text
    assert "Survey of April" in page
    assert "1 person in 1 batch," in page
    assert "+14155552671" not in page
    assert "+1415•••71" in page


def test_the_page_escapes_everything(sandbox):
    people = [{"id": HOSTILE, "whatsapp_user_id": HOSTILE}]
    submit(sandbox, batch(call_name=HOSTILE, agent_id=HOSTILE, recipients=people))
    page = get(sandbox, "/").text
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&amp;&quot;") == 3


def test_a_list_that_is_cut_says_so(sandbox):
    submit(sandbox, batch(*numbers(1234)))
    assert "… and 1,224 more" in get(sandbox, "/").text


def test_batches_that_are_not_shown_are_counted(sandbox):
    for number in range(52):
        submit(sandbox, batch(call_name=f"batch {number}!"))
    page = get(sandbox, "/").text
    assert "… and 2 earlier batches" in page
    assert "batch 51!" in page
    assert "batch 1!" not in page


def test_the_page_of_nothing_is_a_page(sandbox):
    assert "0 people in 0 batches" in get(sandbox, "/").text


def test_no_script_could_run_on_the_page(sandbox):
    assert get(sandbox, "/").headers["content-security-policy"].startswith("default-src 'none'")


def test_programs_read_who_was_called(sandbox):
    receipt = submit(sandbox, batch(recipients=[{"phone_number": "+14155552671", "id": "r1"}])).json()
    told = get(sandbox, "/calls").json()
    [placed] = told["batches"]
    assert (placed["id"], placed["call_name"]) == (receipt["id"], "Survey")
    assert placed["recipients"] == [{"id": "r1", "phone_number": "+14155552671"}]
    assert [(request["path"].rpartition("/")[2], request["status"]) for request in told["requests"]] == [
        ("submit", 200)
    ]
