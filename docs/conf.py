"""Settings of the site: `make docs`. Pages that are made from code are written first, by make_reference.py."""

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parent.parent))

from docs import make_reference
from streams import __version__

make_reference.write(Path(__file__).parent)

project = "newsflow"
author = "the newsflow contributors"
copyright = "the newsflow contributors, Apache-2.0"  # noqa: A001 - Sphinx's name
version = release = __version__

extensions = ["myst_parser"]
myst_heading_anchors = 3
myst_enable_extensions = ["attrs_inline", "colon_fence"]
exclude_patterns = ["**/__pycache__"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_title = "newsflow"
html_show_sphinx = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}


def setup(app: Sphinx) -> None:
    """Let the index name pages that may not be there: Sphinx warns of a pattern without a match."""
    here = Path(__file__).parent

    def leave_out(_app: Sphinx, name: str, source: list[str]) -> None:
        if name == "index":
            source[0] = re.sub(
                r"^(\w+\*)\n", lambda line: line[0] if any(here.glob(line[1])) else "", source[0], flags=re.MULTILINE
            )

    app.connect("source-read", leave_out)
