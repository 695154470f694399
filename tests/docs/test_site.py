"""The site is built with warnings as errors, and what it is made of is what the code says."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs import draw_flow, make_reference
from streams.errors import ErrorCode
from streams.settings import Broker, Settings
from tests.docs.blocks import ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html"]
    done = subprocess.run([*command, ROOT / "docs", made], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    return made


class Page(HTMLParser):
    """What a page links to, and what may be linked to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = dict(attributes)
        self.anchors.add(told.get("id") or "")
        link = told.get("href") if tag in {"a", "link"} else told.get("src")
        if link is not None:
            self.links.append(link)


def test_every_link_of_the_site_leads_somewhere(site: Path) -> None:
    pages = {path: Page(path) for path in site.rglob("*.html")}
    assert len(pages) > 25
    broken = []
    for path, page in pages.items():
        for link in page.links:
            address, _, anchor = link.partition("#")
            if re.match(r"\w+:", address):
                continue
            target = (path.parent / address.partition("?")[0]).resolve() if address else path
            if not target.exists() or (anchor and target in pages and anchor not in pages[target].anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loaded = re.compile(r"<(?:script|img|link)[^>]*(?:src|href)=\"(?:https?:)?//")
    assert [path.name for path in site.rglob("*.html") if loaded.search(path.read_text(encoding="utf-8"))] == []


def test_the_reference_has_all_of_it() -> None:
    pages = make_reference.pages()
    for kind in (Broker, Settings):
        for name in kind.model_fields:
            assert f"`{kind.model_config['env_prefix']}{name.upper()}`" in pages["reference/settings.md"]
    for code in ErrorCode:
        assert f"`{code}`" in pages["reference/errors.md"]
    for command in ("worker", "export", "topics create", "dead-letters replay"):
        assert f"## newsflow {command}\n" in pages["reference/commands.md"]
    assert "Usage: newsflow dead-letters replay" in pages["reference/commands.md"]
    assert "`newsflow_events_total` | counter | `stage`, `outcome`" in pages["reference/metrics.md"]
    assert "[NewsflowLag](../runbooks/lag.md)" in pages["reference/metrics.md"]


def test_the_pictures_are_those_of_the_flow() -> None:
    for path, picture in draw_flow.files().items():
        assert path.read_text(encoding="utf-8") == picture, "run `make manifests`"
