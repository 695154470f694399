"""Pages that ask for something: to be fetched, to read a file, to unfold. They are read; nothing else happens."""

import base64
import gzip
import json
import socket
import subprocess
import sys
import textwrap
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from streams.clean.decoding import decode
from streams.errors import Refused
from streams.events import RawPage

STORY = "The harbour council voted on Tuesday to rebuild the northern pier before the winter storms. " * 4
SECRET = "top-secret-of-this-machine"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

# In the body of an HTML page, unless it begins with a tag. @W: an address where a server listens; @F: a file of this
# machine; @L: nine entities, each ten times the one before it.
ASKING = {
    "links in the head": """<html><head><base href="@W/base/"><link rel=stylesheet href="@W/a.css">
      <link rel=canonical href="@W/c"><link rel=preload href="@W/p" as=image><link rel=amphtml href="@W/amp">
      <script src="@W/a.js"></script><meta http-equiv=refresh content="0;url=@W/r">
      <meta property="og:image" content="@W/og.png"><meta property="og:url" content="@W/og"></head><body>""",
    "links in the body": """<img src="@W/i.png" srcset="@W/1x 1x, @W/2x 2x" data-src="@W/lazy">
      <iframe src="@W/frame" srcdoc="<img src=@W/doc>"></iframe><object data="@W/o"></object><embed src="@W/e">
      <video poster="@W/v" src="@W/v.mp4"></video><p style="background:url(@W/css)">Words</p>
      <svg><image xlink:href="@W/svg"/><use href="@W/use#x"/></svg><form action="@W/form"></form>""",
    "JSON-LD": """<script type="application/ld+json">{"@context": "@W/context", "@type": "NewsArticle",
      "headline": "A pier", "image": "@W/ld.png", "url": "@W/ld", "mainEntityOfPage": {"@id": "@W/id"}}</script>""",
    "external DTD": """<?xml version="1.0"?><!DOCTYPE html SYSTEM "@W/a.dtd"><html><body>""",
    "external entities": """<?xml version="1.0"?><!DOCTYPE html [<!ENTITY file SYSTEM "file://@F">
      <!ENTITY web SYSTEM "@W/entity"><!ENTITY % p SYSTEM "@W/parameter">%p;]><html><body><p>&file; &web;</p>""",
    "XInclude": """<?xml version="1.0"?><html xmlns:xi="http://www.w3.org/2001/XInclude"><body>
      <p>Here: <xi:include href="file://@F" parse="text"/><xi:include href="@W/xi"/></p>""",
    "XSLT": """<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="@W/a.xsl"?><html><body>""",
    "file names": """<html><head><base href="file://@F"><link rel=canonical href="file://@F">
      <meta property="og:image" content="file://@F"></head><body><img src="../../../../@F"><a href="@F">a</a>""",
    "a billion laughs": """<?xml version="1.0"?><!DOCTYPE html [<!ENTITY l0 "ha">@L]><html><body><p>&l9;</p>""",
}
# Runs the whole chain on raw events and prints what each became, and all that Python was asked to do outside of itself.
CHAIN = """
    import json, sys, sysconfig
    from pathlib import Path
    import streams
    from streams.app import flow
    from streams.dedupe.state import Arrival, State, View
    from streams.settings import Settings
    from streams.work import Work

    settings, arrival = Settings(), Arrival("raw/0/0/0", 1, "v")
    works = [Work(stage, settings, "v") for stage in flow]
    state = State.empty(settings)
    def run(value):
        values = [value]
        for work in works:
            view = View(state) if work.stage.state else None
            outputs = [output for each in values for output in work(each, arrival, view=view)[0]]
            values = [output.value for output in outputs if output.topic == work.stage.next.name]
        return [(output.outcome, output.code, (output.value or b"").decode()) for output in outputs]

    lines = sys.stdin.buffer.read().splitlines()
    run(lines[0])
    own = [sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")]
    own = (str(Path(streams.__file__).parent), *own)
    asked = []
    def hook(event, arguments):
        if event.startswith(("socket.", "subprocess.", "os.", "shutil.", "urllib.", "ctypes.dlopen")):
            asked.append([event, str(arguments)])
        if event == "open" and not str(arguments[0]).startswith(own):
            asked.append([event, str(arguments)])
    sys.addaudithook(hook)
    told = [run(line) for line in lines[1:]]
    print(json.dumps({"told": told, "asked": [e for e in asked if e[0] not in ("os.listdir", "os.scandir")]}))
"""


@pytest.fixture
def server() -> Iterator[tuple[str, list[bytes]]]:
    """A web server that notes what it is asked for."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    seen.append(connection.recv(200))

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", seen
        listening.shutdown(socket.SHUT_RDWR)


def test_nothing_is_fetched_no_file_is_read_no_entity_unfolds(server: tuple[str, list[bytes]], tmp_path: Path) -> None:
    where, seen = server
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    pages = []
    for number, text in enumerate([*ASKING.values(), where, str(file)]):
        asking = text.replace("@W", where).replace("@F", str(file)).replace("@L", LAUGHS)
        own = text if number >= len(ASKING) else f"https://harbour.example/{number}"
        body = f"{asking}<h1>Pier number {number}</h1><p>{STORY} It is number {number}.</p>"
        pages.append(
            {
                "url": own,
                "body": body if asking.startswith(("<html", "<?xml")) else f"<html><body>{body}</body></html>",
                "source": {"name": f"../../..{file}", "domain": str(file)},
                "headers": {"link": f"<{where}/header>; rel=preload", "location": where},
            }
        )
    ready = {"url": "https://harbour.example/ready", "body": f"<html><body><h1>Ready</h1><p>{STORY}</p></body></html>"}
    run = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHAIN)],
        input="\n".join(json.dumps(page) for page in (ready, *pages)),
        capture_output=True, text=True, check=True, timeout=120, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    answer = json.loads(run.stdout)
    assert answer["asked"] == []
    assert seen == []
    for name, (first, *_) in zip((*ASKING, "own url", "own file"), answer["told"], strict=True):
        outcome, code, value = first
        assert (outcome, code) == ("passed", ""), name
        assert "harbour council voted" in value
        assert SECRET not in value
        assert len(value) < 20_000, name


def body_of(data: bytes) -> RawPage:
    return RawPage(url="https://harbour.example/1", body_b64=base64.b64encode(data).decode())


@pytest.mark.parametrize("wrappings", [1, 2, 3])
def test_a_zip_bomb_is_refused_without_unfolding(wrappings: int) -> None:
    bomb = b"\n" * 2**26  # 64 MiB, of which a thousandth is left
    for _ in range(wrappings):
        bomb = gzip.compress(bomb, 9)
    limit = 2**20
    tracemalloc.start()
    try:
        with pytest.raises(Refused) as refused:
            decode(body_of(bomb), limit)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.code == ("too_large" if wrappings < 3 else "not_article")
    assert peak < 8 * limit


def test_a_page_of_the_largest_size_in_gzip_is_read() -> None:
    assert decode(body_of(gzip.compress(b"a" * 2**20)), 2**20).text == "a" * 2**20
