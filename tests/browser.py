"""A real browser, Debian's Chromium without a window, for pages that are opened from disk with the network off."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

CHROMIUM = shutil.which("chromium")
MISSING = "there is no chromium here; `apt-get install chromium`"
#: Chromium has no sandbox of its own for root, and too little shared memory in containers.
_FLAGS = ["--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that Debian has installed; none is downloaded."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Browser, path: Path, *, width: int = 1280, scheme: str = "light") -> Iterator[Page]:
    """A page of a file, offline. In the end nothing may have been said on the console, and nothing else asked for."""
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []

    def note(message: ConsoleMessage) -> None:
        said.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(path.as_uri())
        yield page
    finally:
        context.close()
    assert said == []
    assert asked == [path.as_uri()]
