from streams.events import Entity, Keyword
from streams.tag.hashtags import camel_case, hashtags


def keyword(text: str, score: float = 1.0) -> Keyword:
    return Keyword(text=text, score=score)


def entity(text: str) -> Entity:
    return Entity(text=text, type="person", offsets=[], score=1.0)


def test_the_pages_own_come_first_as_printed() -> None:
    assert hashtags(["#Klima_wende", "cop30"], [], [keyword("carbon tax")]) == ["#Klima_wende", "#cop30", "#CarbonTax"]


def test_phrases_are_written_in_camel_case_in_any_script() -> None:
    assert camel_case("prisoner exchange") == "#PrisonerExchange"
    assert camel_case("O’Neill's F-16") == "#ONeillsF16"
    assert camel_case("réforme des retraites") == "#RéformeDesRetraites"
    assert camel_case("ключевая ставка") == "#КлючеваяСтавка"
    assert camel_case("قمة المناخ") == "#قمة_المناخ"
    assert camel_case("中国经济") == "#中国经济"
    assert camel_case("प्रधानमंत्री मोदी") == "#प्रधानमंत्री_मोदी"


def test_near_repeats_are_left_out() -> None:
    words = [keyword("Storm Ana"), keyword("storm"), keyword("Storm-Ana"), keyword("river")]
    assert hashtags([], [entity("Storm Ana")], words) == ["#StormAna", "#River"]


def test_what_differs_by_its_ending_only_is_a_near_repeat() -> None:
    words = [keyword("Россия"), keyword("России"), keyword("policy"), keyword("policies"), keyword("Iran")]
    assert hashtags([], [], [*words, keyword("Iraq")]) == ["#Россия", "#Policy", "#Iran", "#Iraq"]


def test_there_are_at_most_eight_and_no_unsure_ones() -> None:
    words = [keyword(f"{letter}lpha") for letter in "BCDEFGHIJK"]
    assert len(hashtags([], [], words)) == 8
    assert hashtags([], [], [keyword("maybe", 0.1)]) == []


def test_numbers_and_sentences_are_no_hashtags() -> None:
    assert hashtags(["#2024", "#"], [], [keyword("a very long phrase that nobody would ever click on")]) == []
