"""The page in a real browser: whole without a network, at any width, by keyboard, on paper, and for every eye."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from pipeline.report.page import write_page
from schemas.states import BatchState
from tests.browser import CHROMIUM, MISSING, chromium, opened
from tests.golden import FOLDER, zones
from tests.reports import MARKUP, ODD, a_report, after_run, filled_with, with_a_list

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=MISSING)

WIDTHS, SCHEMES = (360, 1280), ("light", "dark")
PAGES = ("sample", "ran", "stopped", "hostile", "zones", "lists")


@pytest.fixture(scope="module")
def browser():
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Where each page lies, by name."""
    states = (BatchState.ACCEPTED, BatchState.REFUSED, BatchState.UNCONFIRMED, BatchState.PLANNED)
    reports = {
        "ran": after_run(*states, said="no answer within 60 s", named_rows=(5, 19)),
        "stopped": a_report(went_well=False, refusals=("the start lies in the past; set it",)),
        "hostile": filled_with(f"{MARKUP} {ODD} {'x' * 10_000}", width=500),
        "zones": zones(),
        "lists": with_a_list(),
        "odd": filled_with(f"{MARKUP} {ODD}", width=2),
    }
    made = {name: write_page(each, [], tmp_path_factory.mktemp(name)) for name, each in reports.items()}
    return made | {"sample": FOLDER / "report.html"}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_it_opens_without_a_network_and_never_scrolls_sideways(browser, pages, name, width):
    with opened(browser, pages[name], width=width) as page:
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("script, img, iframe, link, object").count() == 0
        assert page.evaluate("getComputedStyle(document.querySelector('.legend')).display") == "flex"


def test_no_script_could_run(browser, pages):
    with browser.new_context(offline=True) as context:
        page = context.new_page()
        page.goto(pages["sample"].as_uri())
        ran = page.evaluate(
            """() => {
                const script = document.createElement('script');
                script.textContent = 'window.ran = true';
                document.body.append(script);
                return window.ran === true;
            }"""
        )
    assert not ran


@pytest.mark.parametrize(
    ("name", "scheme"), [("sample", "light"), ("sample", "dark"), ("ran", "light"), ("lists", "light"), ("odd", "dark")]
)
def test_axe_finds_nothing_serious(browser, pages, name, scheme):
    with opened(browser, pages[name], width=360, scheme=scheme) as page:
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found = Axe().run(page).response
    assert {"color-contrast", "heading-order", "list"} <= {each["id"] for each in found["passes"]}
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]] == []


def test_light_and_dark_differ_as_they_are_asked_for(browser, pages):
    grounds = []
    for scheme in SCHEMES:
        with opened(browser, pages["sample"], scheme=scheme) as page:
            grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


def test_the_keyboard_reaches_everything_in_order(browser, pages):
    with opened(browser, pages["sample"]) as page:
        wanted = page.evaluate("[...document.querySelectorAll('a, summary')].map(each => each.textContent)")
        reached = []
        for _ in wanted:
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.textContent"))
        assert reached == wanted
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_the_first_tab_offers_to_skip_to_the_report(browser, pages):
    with opened(browser, pages["sample"]) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_what_is_folded_opens_by_enter(browser, pages):
    with opened(browser, pages["sample"]) as page:
        folded = page.locator("details").first
        inside = folded.locator("dl")
        assert not inside.is_visible()
        folded.locator("summary").focus()
        page.keyboard.press("Enter")
        assert inside.is_visible()


def test_on_paper_nothing_is_folded(browser, pages):
    with opened(browser, pages["sample"]) as page:
        inside = page.locator("details > :not(summary)")
        assert not any(each.is_visible() for each in inside.all())
        page.emulate_media(media="print")
        heights = [each.bounding_box()["height"] for each in inside.all()]
        assert len(heights) > 5
        assert all(height > 10 for height in heights)
        assert not page.locator("nav").is_visible()


def test_every_piece_of_the_bar_can_be_seen(browser, pages):
    with opened(browser, pages["sample"], width=360) as page:
        boxes = [each.bounding_box() for each in page.locator("svg.whole rect").all()]
    assert len(boxes) == 3
    assert all(box["width"] > 1 for box in boxes)
    assert sum(box["width"] for box in boxes) == pytest.approx(328, abs=6)
