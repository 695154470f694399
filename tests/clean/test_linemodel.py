"""The line model of flattened pages: its measures, its choice of lines, and the labels that it is fitted on."""

from importlib.resources import files

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.clean.plain import layout, linemodel, lines
from streams.clean.tables import make_lines
from streams.clean.trees import Trees
from tests.clean.test_layout import BASE

HEADLINE = "Harbour talks go on for another week"
STORY = [
    "The minister said on Tuesday that the talks on the harbour would go on next week, despite many objections.",
    "Several members of the council had asked for more time before the harbour is sold, and they got it.",
    "“We want to know who will pay for the new bridge,” said Jo Roe, who has sat in the council since 2011.",
    "The talks on the harbour began in March, when the port lost its largest customer to a neighbour.",
    "Since then two hundred people have lost their work, and the city has lost a tenth of what it earns.",
    "A buyer from abroad has offered to keep the cranes, but not the people who have worked on them for years.",
    "“That is no offer,” the minister said, and asked the council to wait until the end of the month.",
    "Whether it will is not known: a vote is planned for Friday, and both sides say that they have the numbers.",
]
MENU = ["Home", "World", "Sport", "Business", "Sign in", "Newsletters", "Contact us", "Privacy policy", "Follow us"]
TEASERS = ["Dolphins seen off the coast", "Bakery wins a prize for bread", "Old bridge to be closed", "Rain expected"]
FLATTENED = "\n".join(
    [
        *MENU,
        "",
        HEADLINE,
        "",
        "By Jo Roe",
        "12 June 2025",
        "",
        "\n\n".join(STORY),
        "",
        *TEASERS,
        "",
        *MENU,
        "© 2025 Post",
    ]
)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30), st.integers(0, 8))
def test_windows_sum_what_is_near(values: list[int], reach: int) -> None:
    expected = [sum(values[max(0, i - reach) : i + reach + 1]) for i in range(len(values))]
    assert linemodel.windowed(np.array(values), reach).tolist() == expected


@settings(deadline=None)  # the first page loads the weights
@given(
    st.lists(
        st.text(alphabet="aB1 .|#日’", min_size=1, max_size=12).map(str.strip).filter(bool), min_size=1, max_size=40
    )
)
def test_any_page_is_measured(texts: list[str]) -> None:
    found = linemodel.scores(layout.read_lines("\n".join(texts)))
    assert found.shape == (len(texts),)
    assert ((found >= 0) & (found <= 1)).all()


def test_the_likeliest_lines_are_kept() -> None:
    scores, words = np.array([0.1, 0.9, 0.8, 0.2, 0.95], np.float32), np.array([3, 30, 30, 3, 30])
    assert lines.story(scores, words) == [1, 2, 4]
    assert lines.story(np.zeros(3, np.float32), np.array([1, 1, 1])) != []


def test_a_flattened_page() -> None:
    found = lines.extract(layout.read_lines(FLATTENED), BASE)
    assert found.paragraphs[: len(STORY)] == STORY
    assert not set(found.paragraphs) & {*MENU, "© 2025 Post"}
    assert found.title == HEADLINE
    assert {cut.kind for cut in found.cut} == {"nav"}
    assert found.published_at is not None
    assert found.published_at.value == "2025-06-12T00:00:00Z"


def test_what_networks_and_trees_say_is_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    page = layout.read_lines(FLATTENED)
    columns, borders, leaves = np.zeros((1, 6), np.int16), np.zeros((1, 6), np.float32), np.zeros((1, 64), np.float32)
    sides = [
        Trees(columns=columns, borders=borders, leaves=leaves, bias=np.array(side, np.float32)) for side in (-30, 30)
    ]
    found = []
    for trees in sides:
        weights = linemodel._weights()._replace(second=trees)
        with monkeypatch.context() as patch:
            patch.setattr(linemodel, "_weights", lambda weights=weights: weights)
            found.append(linemodel.scores(page))
    assert found[1] - found[0] == pytest.approx(0.5, abs=1e-3)  # half of the way between "no" and "yes"


def test_a_page_without_end_is_read_up_to_a_limit() -> None:
    found = lines.extract(layout.read_lines(FLATTENED + "\nMenu" * 20_000), BASE)
    assert found.paragraphs[: len(STORY)] == STORY


def test_pages_are_flattened_to_blocks_of_lines() -> None:
    markup = (
        "<html><head><title>T</title></head><body><ul><li>Home</li><li>World</li></ul><h1>Talks  <b>go</b> on</h1>"
        "<p>One<br>two , three.</p><script>no</script><!-- no --><div>Four</div>five</body></html>"
    )
    assert make_lines.flatten(markup) == "Home\nWorld\n\nTalks go on\n\nOne\ntwo , three.\n\nFour\nfive"


def test_lines_are_labelled_by_their_shingles() -> None:
    page = layout.read_lines("\n".join([MENU[0], HEADLINE, STORY[0], "***", STORY[1], *TEASERS]))
    assert make_lines.label(page, "\n".join(STORY)) == [False, False, True, True, True, *[False] * len(TEASERS)]


def stump(values: linemodel.Floats, _labels: linemodel.Floats, weights: linemodel.Floats, _trees: int) -> Trees:
    assert len(values) == len(weights)
    columns, borders = np.zeros((1, 6), np.int16), np.zeros((1, 6), np.float32)
    return Trees(columns=columns, borders=borders, leaves=np.zeros((1, 64), np.float32), bias=np.zeros((), np.float32))


def test_the_script_makes_arrays_like_those_that_ship(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make_lines, "EPOCHS", 1)
    page = layout.read_lines(FLATTENED)
    pages = [
        (f"https://harbour.example/{i}", page, [line.text in STORY for line in page])
        for i in range(make_lines.FEWEST_PAGES)
    ]
    copies = make_lines.shortened(pages)
    made = make_lines.fit([make_lines.Example(*p) for p in pages], [make_lines.Example(*p) for p in copies], stump)
    with files("streams.clean.tables").joinpath("lines.npz").open("rb") as file, np.load(file) as shipped:
        assert {name: array.shape[1:] for name, array in made.items()} == {
            name: shipped[name].shape[1:] for name in shipped.files
        }
    odds = dict(zip(bytes(made["words"]).decode().split("\n"), made["odds"].tolist(), strict=True))
    assert odds["council"] > 0 > odds["newsletters"]
