"""Draws docs/reader-light.png and docs/reader-dark.png: `python -m tests.reader.draw`. Needs Chromium."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from streams.reader.intake import load
from tests.reader.conftest import Served
from tests.reader.pages import raw_pages
from tests.stream.stream import NEWSFLOW

DOCS = Path(__file__).parents[2] / "docs"
SIZE = (1280, 860)


def draw() -> None:
    """Take the front page in light, and the story that has copies in dark."""
    with tempfile.TemporaryDirectory() as scratch, Served() as served, sync_playwright() as playwright:
        raw, articles = Path(scratch) / "raw.jsonl", Path(scratch) / "articles.jsonl"
        raw.write_text("\n".join(raw_pages()))
        with articles.open("wb") as out:
            subprocess.run([NEWSFLOW, "enrich", raw], stdout=out, check=True)
        served.do(lambda shelf: load(shelf, articles))
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        width, height = SIZE
        for scheme, name in (("light", "reader-light.png"), ("dark", "reader-dark.png")):
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
            page.goto(served.url)
            page.wait_for_selector("[data-state=live]")
            if scheme == "dark":
                page.click(".articles li:has-text('copies') .headline")
                page.wait_for_selector(".story")
                page.locator("#copies summary").first.click()
                page.evaluate("document.activeElement.blur()")
            page.screenshot(path=DOCS / name)
        browser.close()


if __name__ == "__main__":
    draw()
