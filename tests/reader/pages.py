"""Pages of newspapers that do not exist: what the reader is tested on and drawn with."""

import json
import re
from pathlib import Path
from typing import NamedTuple


class Story(NamedTuple):
    """A story of stories.txt."""

    paper: str
    language: str
    title: str
    paragraphs: list[str]


def stories() -> list[Story]:
    """Read stories.txt."""
    found = []
    for part in re.split(r"^# ", Path(__file__).with_name("stories.txt").read_text(), flags=re.MULTILINE)[1:]:
        head, *paragraphs = [" ".join(block.split()) for block in part.split("\n\n") if block.strip()]
        paper, language, title = re.fullmatch(r"(.+) \((..)\) (.+)", head).groups()  # type: ignore[union-attr]
        found.append(Story(paper, language, title, paragraphs))
    return found


def raw_pages() -> list[str]:
    """Raw events, one JSON object each: the stories, newest last, and two copies of the first in other papers."""
    told = stories()
    first = told[0]
    copies = [
        first._replace(paper="Orkney Herald", title="Orkney's tidal power station goes on line"),
        first._replace(paper="Energy Week", paragraphs=[*first.paragraphs, f"Reporting by the {first.paper}."]),
    ]
    order = [*reversed(told), *copies]
    return [_event(number, story) for number, story in enumerate(order)]


def _event(number: int, story: Story) -> str:
    domain = story.paper.lower().replace(" ", "-") + ".example"
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in story.paragraphs)
    head = f"<title>{story.title}</title>"
    head += f'<meta property="article:published_time" content="2025-06-07T{number + 2:02}:{number * 7:02}:00+01:00">'
    head += f'<meta property="og:site_name" content="{story.paper}">'
    article = f"<article><h1>{story.title}</h1>{paragraphs}</article>"
    return json.dumps(
        {
            "url": f"https://{domain}/news/{number}",
            "fetched_at": f"2025-06-07T{number + 2:02}:59:00+01:00",
            "source": {"name": story.paper},
            "body": f'<html lang="{story.language}"><head>{head}</head><body>{article}</body></html>',
        }
    )
