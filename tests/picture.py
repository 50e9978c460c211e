"""The picture of the page in README.md, made of the golden page; `python -m tests.picture` makes it anew."""

from pathlib import Path

from tests.browser import chromium, opened
from tests.golden import FOLDER

PICTURE = Path(__file__).parent.parent / "sample_data" / "report.png"
_WIDTH = 1000

if __name__ == "__main__":
    with chromium() as browser, opened(browser, FOLDER / "report.html", width=_WIDTH) as page:
        end = page.locator(".times tbody tr").nth(4).bounding_box()
        height = end["y"] + end["height"] + 8
        page.screenshot(path=PICTURE, clip={"x": 0, "y": 0, "width": _WIDTH, "height": height}, full_page=True)
