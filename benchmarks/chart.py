"""Draws the bench's figures as bars: an SVG that reads on light and on dark pages."""

from pathlib import Path

WIDTH, LEFT, ROW, TOP = 720, 250, 26, 34  # pixels
BAR = WIDTH - LEFT - 130  # of the longest; the rest is for its figure
STYLE = """
text{font:13px system-ui,sans-serif;fill:#57606a}.own{font-weight:600}
rect{fill:#8c959f}rect.own{fill:#0969da}rect.bare{fill:#4c9a6a}
@media(prefers-color-scheme:dark){text{fill:#c9d1d9}rect.own{fill:#58a6ff}}"""


def draw(path: Path, title: str, bars: list[tuple[str, str, float]]) -> None:
    """Write the picture.

    Args:
        path: where to.
        title: above the bars.
        bars: name, kind ("own", "bare" or "") and µs an article, in the order to be drawn.
    """
    scale = BAR / max(value for _, _, value in bars)
    rows = []
    for number, (name, kind, value) in enumerate(bars):
        top = TOP + number * ROW
        rows.append(
            f'<text class="{kind}" x="{LEFT - 10}" y="{top + 15}" text-anchor="end">{name}</text>'
            f'<rect class="{kind}" x="{LEFT}" y="{top + 3}" width="{value * scale:.0f}" height="{ROW - 9}" rx="3"/>'
            f'<text class="{kind}" x="{LEFT + value * scale + 8:.0f}" y="{top + 15}">{value:,.0f} µs</text>'
        )
    height = TOP + len(bars) * ROW + 6
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">'
        f'<style>{STYLE}</style><text class="own" x="10" y="20">{title}</text>\n' + "\n".join(rows) + "\n</svg>\n",
        encoding="utf-8",
    )
