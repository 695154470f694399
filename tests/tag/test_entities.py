import pytest

from streams.tag.entities import entities

STORY = [
    (
        "Ukraine's president Vladimir Zelensky met Maria Zakharova, the spokeswoman of the Russian Foreign Ministry, "
        "in Istanbul on Monday. The talks were held by the University of Oslo."
    ),
    (
        "Zakharova said NATO had no part in it. “Zelensky’s plan is not ours,” Zakharova told reporters. Foreign "
        "Minister Sergey Lavrov was in Moscow. Russians voted for the World Cup."
    ),
]


def named(paragraphs: list[str], language: str = "en") -> dict[str, str]:
    return {entity.text: entity.type for entity in entities(paragraphs, language)}


def test_names_are_told_apart() -> None:
    assert named(STORY) == {
        "Ukraine": "place",
        "Vladimir Zelensky": "person",
        "Maria Zakharova": "person",
        "Russian Foreign Ministry": "organisation",
        "Istanbul": "place",
        "University of Oslo": "organisation",
        "NATO": "organisation",
        "Sergey Lavrov": "person",
        "Moscow": "place",
        "World Cup": "other",
    }


def test_short_mentions_join_the_full_name_at_their_own_places() -> None:
    found = {entity.text: entity.offsets for entity in entities(STORY, "en")}
    for name, short, count in (("Maria Zakharova", "Zakharova", 3), ("Vladimir Zelensky", "Zelensky", 2)):
        spans = found[name]
        texts = [STORY[span.paragraph][span.start : span.end] for span in spans]
        assert texts == [name] + [short] * (count - 1)


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("de", "Bundeskanzler Friedrich Merz sprach im Bundestag in Berlin.", {"Friedrich Merz": "person"}),
        ("de", "Oberbürgermeister Jürgen Dupper kam. Dupper ging.", {"Jürgen Dupper": "person"}),
        ("fr", "L'entraîneur Luis Enrique est satisfait.", {"Luis Enrique": "person"}),
        ("fr", "Le président Emmanuel Macron est arrivé à Paris.", {"Emmanuel Macron": "person", "Paris": "place"}),
        ("es", "El ministro habló con Pedro Sánchez en España.", {"Pedro Sánchez": "person", "España": "place"}),
        ("pl", "Premier Donald Tusk mówił w Warszawie. Sejm głosował.", {"Donald Tusk": "person"}),
        ("ru", "Вчера президент Владимир Путин был в России.", {"Владимир Путин": "person", "России": "place"}),
        ("uk", "У Києві Володимир Зеленський підписав закон.", {"Володимир Зеленський": "person"}),
        ("de", "Der Technologiekonzern Siemens baut ab. Die Aktie von Siemens fiel.", {"Siemens": "organisation"}),
        ("de", "Es warnte der Deutsche Wetterdienst.", {"Deutsche Wetterdienst": "organisation"}),
        ("es", "El Real Madrid venció en Santiago de Compostela.", {"Real Madrid": "organisation"}),
        ("es", "Lo dijo en Santiago de Compostela.", {"Santiago de Compostela": "place"}),
        ("fr", "Jean-Pierre Farandou a parlé.", {"Jean-Pierre Farandou": "person"}),
        ("ru", "Глава Центробанка Эльвира Набиуллина сказала.", {"Эльвира Набиуллина": "person"}),
        ("ru", "Президент России Владимир Путин уехал.", {"Владимир Путин": "person", "России": "place"}),
        ("tr", "Karar Ankara'da açıklandı.", {"Ankara": "place"}),
        ("tr", "Dün Mehmet Yılmaz Ankara'da konuştu.", {"Mehmet Yılmaz": "person", "Ankara": "place"}),
    ],
)
def test_names_are_found_in_other_languages(language: str, text: str, wanted: dict[str, str]) -> None:
    assert wanted.items() <= named([text], language).items()


@pytest.mark.parametrize("language", ["zh", "ja", "ar", "ko", "hi", "th"])
def test_scripts_without_capitals_have_none(language: str) -> None:
    assert named(["中国人民银行。قال الرئيس. 日本銀行は。"], language) == {}


def test_what_only_begins_a_sentence_is_no_name() -> None:
    assert named(["Prices rose. Yesterday it rained. President and minister met."]) == {}


def test_agencies_that_name_themselves_are_not_in_the_story() -> None:
    assert named(["LONDON (Reuters) - Dr. Adrian Quarterman went from St. Louis to New York with Mr. Ames."]) == {
        "LONDON": "place",
        "Adrian Quarterman": "person",
        "St. Louis": "place",
        "New York": "place",
        "Ames": "person",
    }


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("The U.S. and the UK met in Geneva.", {"U.S.": "place", "UK": "place", "Geneva": "place"}),
        ("She said Canadian Ben Johnson won the race.", {"Ben Johnson": "person"}),
        ("Johnson works for Brightwater Holdings Inc in Oslo.", {"Brightwater Holdings Inc": "organisation"}),
        ("They play for the Chicago Cubs.", {"Chicago Cubs": "organisation"}),
        ("OIL PRICES IN NEW YORK FALL AGAIN", {"NEW YORK": "place"}),
        ("The Secretary of State spoke. He met Ursula von der Leyen.", {"Ursula von der Leyen": "person"}),
    ],
)
def test_what_stands_around_a_name_tells_its_kind(text: str, wanted: dict[str, str]) -> None:
    found = named([text])
    assert {name: found.get(name) for name in wanted} == wanted
    assert "Secretary of State" not in found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Siemens said it would cut jobs. Shares of Siemens fell.", {"Siemens": "organisation"}),
        ("He went to the Department of Health and Human Services.", {"Department of Health and Human Services"}),
        ("France and Germany signed it.", {"France", "Germany"}),
        ("She met Canadian Foreign Minister Mélanie Joly.", {"Mélanie Joly"}),
        ("Syria's president Bashar al-Assad fled.", {"Syria", "Bashar al-Assad"}),
        ("He was born in St. Petersburg, Mr. Lavrov said.", {"St. Petersburg", "Lavrov"}),
    ],
)
def test_a_run_of_capitals_is_cut_into_its_names(text: str, wanted: set[str] | dict[str, str]) -> None:
    found = named([text])
    assert set(wanted) <= set(found)
    assert not isinstance(wanted, dict) or wanted.items() <= found.items()


def test_every_place_of_a_name_holds_it() -> None:
    for entity in entities(STORY, "en"):
        forms = [STORY[span.paragraph][span.start : span.end] for span in entity.offsets]
        assert all(form == entity.text or form in entity.text.split() for form in forms)
        assert 0 < entity.score <= 1
