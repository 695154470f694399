"""Draws docs/flow.svg and docs/flow-dark.svg from the flow in streams/app.py: `make manifests`."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from streams.app import flow
from streams.cli.connection import short_name
from streams.flow import Stage
from streams.topics import DEAD_LETTER
from streams.work import MEASURED

HERE = Path(__file__).parent
BOX, HEIGHT, GAP = 118, 56, 92  # pixels: a stage's box, and between two of them room for a topic's name
TOP, LEFT = 46, 104
FIELDS = 4  # of those that a stage adds are named, the rest is three dots
LINE = 17


class Colours(NamedTuple):
    """Of one theme, as GitHub has them: contrast of text at least 4.5."""

    text: str
    faint: str
    line: str
    box: str
    edge: str
    end: str


LIGHT = Colours("#1f2328", "#59636e", "#818b98", "#ddf4ff", "#0969da", "#f6f8fa")
DARK = Colours("#f0f6fc", "#9198a1", "#656c76", "#10233d", "#4493f8", "#151b23")


def draw(colours: Colours) -> str:
    """Draw the flow: stages as boxes, topics on the arrows, what each stage adds below it."""
    stages = list(flow)
    width = 2 * LEFT + len(stages) * BOX + (len(stages) + 1) * GAP
    height = 264
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    fonts = 'font-family="ui-sans-serif, system-ui, -apple-system, sans-serif"'
    head = 'viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="t" {fonts}>',
        f'<title id="t">{escape(told())}</title>',
        f'<defs><marker id="a" {head}><path d="M0 0L8 4L0 8z" fill="{colours.line}"/></marker></defs>',
        *_end(4, "crawlers", colours),
        *_end(width - LEFT + 4, "you", colours),
    ]
    x = LEFT
    parts += _arrow(x, x + GAP, short_name(stages[0].source.name), colours)
    for stage in stages:
        x += GAP
        parts += _stage(x, stage, colours)
        x += BOX
        parts += _arrow(x, x + GAP, short_name(stage.next.name), colours)
    parts += _dead_letters(height, len(stages), colours)
    return "\n".join([*parts, "</svg>"]) + "\n"


def told() -> str:
    """Tell the picture in words, for who does not see it."""
    steps = ", ".join(f"{stage.name} writes {short_name(stage.next.name)}" for stage in flow)
    return f"Crawlers write raw; {steps}; dedupe sets duplicates apart; any stage may write a dead letter."


def _end(x: float, name: str, colours: Colours) -> Iterator[str]:
    width = LEFT - 8
    yield (
        f'<rect x="{x}" y="{TOP}" width="{width}" height="{HEIGHT}" rx="{HEIGHT / 2}" fill="{colours.end}" '
        f'stroke="{colours.line}"/>'
    )
    yield _text(x + width / 2, TOP + HEIGHT / 2 + 5, name, colours.text, 15)


def _arrow(begin: float, end: float, topic: str, colours: Colours) -> Iterator[str]:
    y = TOP + HEIGHT / 2
    yield f'<path d="M{begin + 3} {y}H{end - 3}" stroke="{colours.line}" stroke-width="1.5" marker-end="url(#a)"/>'
    yield _text((begin + end) / 2, y - 9, topic, colours.faint, 13)


def _stage(x: float, stage: Stage, colours: Colours) -> Iterator[str]:
    middle, bottom = x + BOX / 2, TOP + HEIGHT
    yield (
        f'<rect x="{x}" y="{TOP}" width="{BOX}" height="{HEIGHT}" rx="8" fill="{colours.box}" stroke="{colours.edge}" '
        'stroke-width="1.5"/>'
    )
    yield _text(middle, TOP + HEIGHT / 2 + 6, stage.name, colours.text, 17, weight=600)
    for topic in stage.route.outputs[1:]:
        yield (
            f'<path d="M{middle} {TOP}V{TOP - 18}H{x + BOX + 24}" fill="none" stroke="{colours.line}" '
            'stroke-width="1.5" marker-end="url(#a)"/>'
        )
        yield _text(x + BOX + 30, TOP - 14, short_name(topic.name), colours.faint, 13, anchor="start")
    added = sorted(stage.assigns, key=lambda field: field not in MEASURED)  # what a reader sees, first
    for row, field in enumerate([*added[:FIELDS], *(["…"] if len(added) > FIELDS else [])], 1):
        yield _text(middle, bottom + 6 + LINE * row, field if field == "…" else f"+ {field}", colours.faint, 13)


def _dead_letters(height: float, stages: int, colours: Colours) -> Iterator[str]:
    y = height - 38
    begin, end = LEFT + GAP, LEFT + stages * (BOX + GAP)
    yield f'<path d="M{begin} {y - 8}V{y}H{end}V{y - 8}" fill="none" stroke="{colours.line}" stroke-width="1.5"/>'
    said = f"any stage → {short_name(DEAD_LETTER.name)}: the original bytes, and why"
    yield _text((begin + end) / 2, y + 22, said, colours.faint, 13)


def _text(x: float, y: float, said: str, colour: str, size: int, *, weight: int = 400, anchor: str = "middle") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" fill="{colour}" font-size="{size}" font-weight="{weight}" '
        f'text-anchor="{anchor}">{escape(said)}</text>'
    )


def files() -> dict[Path, str]:
    """Make both pictures, by file."""
    return {HERE / "flow.svg": draw(LIGHT), HERE / "flow-dark.svg": draw(DARK)}


if __name__ == "__main__":
    for path, picture in files().items():
        path.write_text(picture, encoding="utf-8")
