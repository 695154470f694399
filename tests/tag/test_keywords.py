import pytest

from streams.events import Keyword
from streams.tag.keywords import keywords as keywords_of
from streams.tag.stems import stem
from streams.tag.tokens import read


def keywords(title: str | None, paragraphs: list[str], language: str) -> list[Keyword]:
    return keywords_of(read(title, paragraphs, language))


TEXTS = {
    "en": (
        "Storm Ana floods the river valley",
        (
            "Storm Ana flooded the river valley on Monday. Maria Lopez, the mayor, visited the river valley with "
            "rescue workers. They evacuated 300 residents after heavy rain. Forecasters said Storm Ana "
            "would bring heavy rain until Thursday. Schools stay closed, and trains between the capital and the coast "
            "run late. Farmers fear for the harvest: the valley grows most of the country's wheat. Insurers expect "
            "claims of 40 million euros. Storm Ana is the third of the season, and heavy rain is forecast again."
        ),
        ["Storm Ana", "river valley"],
    ),
    "de": (
        "Bundestag beschließt Heizungsgesetz",
        "Der Bundestag hat das Heizungsgesetz beschlossen. Robert Habeck lobte das Heizungsgesetz.",
        ["Bundestag", "Heizungsgesetz", "Robert Habeck"],
    ),
    "fr": (
        "La réforme des retraites adoptée",
        "La réforme des retraites est adoptée. Emmanuel Macron a défendu la réforme des retraites à Paris.",
        ["réforme des retraites", "Emmanuel Macron", "Paris"],
    ),
    "es": (
        "Suben los tipos de interés",
        "Los tipos de interés subieron. Christine Lagarde defendió los tipos de interés.",
        ["tipos de interés", "Christine Lagarde"],
    ),
    "pt": (
        "Petrobras reduz o preço da gasolina",
        "A Petrobras reduziu o preço da gasolina. O preço da gasolina caiu em Brasília.",
        ["Petrobras", "preço da gasolina", "Brasília"],
    ),
    "it": (
        "Approvata la manovra economica",
        "Il governo di Giorgia Meloni ha approvato la manovra economica. Proteste contro la manovra economica a Roma.",
        ["manovra economica", "Giorgia Meloni", "Roma"],
    ),
    "pl": (
        "Sejm przyjął ustawę budżetową",
        "Sejm przyjął ustawę budżetową. Donald Tusk mówi, że ustawę budżetową poprze Sejm.",
        ["Sejm", "ustawę budżetową", "Donald Tusk"],
    ),
    "ru": (
        "Банк повысил ключевую ставку",
        "Банк повысил ключевую ставку. Эльвира Набиуллина: ключевую ставку снизят. Ключевая ставка высока.",
        ["ключевую ставку", "Эльвира Набиуллина"],
    ),
    "uk": (
        "Рада ухвалила закон про мобілізацію",
        "Рада ухвалила закон. Володимир Зеленський підписав закон про мобілізацію у Києві.",
        ["закон", "Володимир Зеленський", "мобілізацію"],
    ),
    "ar": (
        "قمة المناخ في دبي",
        "انطلقت قمة المناخ في دبي. وتبحث قمة المناخ خفض الانبعاثات.",
        ["قمة المناخ", "دبي"],
    ),
    "tr": (
        "Merkez Bankası faizi artırdı",
        "Merkez Bankası faizi artırdı. Türkiye'de Merkez Bankası kararı bekleniyordu.",
        ["Merkez Bankası"],
    ),
    "zh": (
        "央行下调存款准备金率",
        "央行宣布下调存款准备金率。存款准备金率仍有空间。房地产市场低迷，房地产市场需要支持。",
        ["存款准备金率", "房地产市场"],
    ),
    "ja": (
        "日銀、マイナス金利政策を解除",
        "日本銀行はマイナス金利政策の解除を決めた。マイナス金利政策の解除は利上げとなる。",
        ["マイナス金利政策", "解除"],
    ),
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_words_of_the_story_are_found_in_every_language(language: str) -> None:
    title, text, wanted = TEXTS[language]
    found = [keyword.text for keyword in keywords(title, [text], language)]
    assert set(wanted) <= set(found[:7])


@pytest.mark.parametrize("language", TEXTS)
def test_no_keyword_repeats_another_or_comes_from_nowhere(language: str) -> None:
    title, text, _ = TEXTS[language]
    found = [keyword.text for keyword in keywords(title, [text], language)]
    stems = [" ".join(stem(word, language) for word in phrase.split()) for phrase in found]
    assert all(f" {a} " not in f" {b} " for a in stems for b in stems if a is not b)
    assert all(phrase in f"{title}\n{text}" for phrase in found)


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("de", "Vorstandschef Roland Busch sprach. Vorstandschef Roland Busch ging.", "Roland Busch"),
        ("pl", "Wczoraj premier Donald Tusk przyjechał. Premier Donald Tusk powiedział.", "Donald Tusk"),
        ("uk", "Міністр Рустем Умєров заявив. Міністр Рустем Умєров поїхав.", "Рустем Умєров"),
    ],
)
def test_a_title_is_no_part_of_a_name(language: str, text: str, name: str) -> None:
    found = [keyword.text for keyword in keywords(None, [text], language)]
    assert name in found
    assert not any(word in phrase.lower() for phrase in found for word in ("vorstandschef", "premier", "міністр"))


def test_a_phrase_of_title_and_body_is_whole_without_capitals() -> None:
    text = "قرر البنك المركزي رفع أسعار الفائدة في اجتماع استثنائي بالقاهرة."
    assert "أسعار الفائدة" in [k.text for k in keywords("البنك المركزي يرفع أسعار الفائدة", [text], "ar")]


def test_scores_fall_from_one() -> None:
    title, text, _ = TEXTS["en"]
    scores = [keyword.score for keyword in keywords(title, [text], "en")]
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)


def test_possessives_and_quotes_are_no_part_of_a_keyword() -> None:
    found = [
        k.text for k in keywords(None, ["The zoo's antelope fell ill. 'Zoo antelope' news: the zoo's antelope."], "en")
    ]
    assert "zoo" in found
    assert not any("'" in text for text in found)


def test_a_title_alone_has_keywords() -> None:
    assert "Grindavik" in keywords("Lava reaches Grindavik harbour", [], "en")[0].text


def test_far_down_only_what_repeats_is_a_keyword() -> None:
    filling = ["So it is, and so it was, as they say of it here and there."] * 20
    story = "The council sold the harbour. Critics of the sale went home."
    once = [k.text for k in keywords(None, [story, *filling, "Photovoltaic greenhouses are popular."], "en")]
    twice = [k.text for k in keywords(None, [story, *filling, *["Photovoltaic greenhouses are popular."] * 2], "en")]
    assert any("Photovoltaic" in text for text in twice)
    assert not any("Photovoltaic" in text for text in once)
