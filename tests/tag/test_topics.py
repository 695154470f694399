from itertools import pairwise

import pytest

from streams.events import Topic
from streams.tag.tokens import read
from streams.tag.topics import MOST, THRESHOLD, concepts, tops
from streams.tag.topics import topics as topics_of

ENGLISH = {
    "arts, culture, entertainment and media": "The singer's new album and her concert tour delighted the audience.",
    "conflict, war and peace": "Troops shelled the rebels' front line; the ceasefire lasted an hour, soldiers said.",
    "crime, law and justice": "Detectives arrested a suspect over the robbery; prosecutors charged him on Friday.",
    "disaster, accident and emergency incident": "The earthquake left survivors in the rubble; rescuers dug all night.",
    "economy, business and finance": "Shares fell after the central bank raised interest rates; investors sold bonds.",
    "education": "Pupils sat the exam in their classrooms as teachers and the headteacher watched.",
    "environment": "Carbon emissions and deforestation threaten the habitat of endangered species.",
    "health": "Doctors gave the patients a vaccine against the virus; the hospital reported few infections.",
    "human interest": "The puppy was reunited with its overjoyed owner on the grandmother's 100th birthday.",
    "labour": "Union members voted for industrial action over wages; the employer offered overtime pay.",
    "lifestyle and leisure": "The chef's recipe for a chocolate cake delights tourists at the hotel restaurant.",
    "politics": "The prime minister lost the vote in parliament, and the opposition demands an election.",
    "religion": "The archbishop led prayers in the cathedral; imams and rabbis joined the worshippers.",
    "science and technology": "Astronomers found a planet with the space telescope, say researchers at NASA.",
    "society": "Activists marched against racism and discrimination of ethnic minorities and migrants.",
    "sport": "The striker scored twice as the club won the league match; the goalkeeper saved a penalty.",
    "weather": "Forecasters expect heavy rain, gales and thunderstorms; temperatures will fall to 3 degrees Celsius.",
}


OTHERS = {
    "de": ("Der Bundestag stimmt über das Gesetz ab, die Koalition streitet.", "Der Stürmer traf zweimal im Stadion."),
    "fr": ("Les députés votent la loi au Sénat, l'opposition proteste.", "L'attaquant a marqué deux buts au stade."),
    "es": ("El Congreso vota la ley y la oposición pide elecciones.", "El delantero marcó dos goles en el estadio."),
    "pt": ("O Senado vota a lei e a oposição pede eleições.", "O atacante marcou dois gols no estádio."),
    "it": ("Il Senato vota la legge, l'opposizione chiede elezioni.", "L'attaccante ha segnato due gol allo stadio."),
    "pl": ("Sejm głosuje nad ustawą, opozycja chce wyborów.", "Napastnik strzelił dwa gole na stadionie, mecz trwa."),
    "ru": ("Депутаты парламента приняли закон, оппозиция против.", "Нападающий забил два гола, тренер доволен матчем."),
    "uk": (
        "Депутати парламенту ухвалили закон, опозиція проти.",
        "Нападник забив два голи, тренер задоволений матчем.",
    ),
    "tr": ("Meclis yasayı oyladı, muhalefet seçim istiyor.", "Forvet iki gol attı, takım maçı kazandı."),
    "ar": ("صوت البرلمان على القانون والمعارضة تطالب بانتخابات.", "سجل المهاجم هدفين في المباراة وفاز الفريق بالدوري."),
    "zh": ("议会表决通过法案，反对党要求提前选举。", "前锋攻入两球，球队在联赛中战胜对手。"),
    "ja": ("国会は法案を可決し、野党は総選挙を求めた。", "選手が二度ゴールを決め、チームは試合に勝利した。"),
}


def topics(title: str | None, paragraphs: list[str], language: str = "en") -> list[Topic]:
    return topics_of(read(title, paragraphs, language))


@pytest.mark.parametrize("top_level", ENGLISH)
def test_each_top_level_is_told_by_its_words(top_level: str) -> None:
    best = topics(None, [ENGLISH[top_level]])[0]
    assert best.top_level == top_level
    assert best.id.startswith("http://cv.iptc.org/newscodes/mediatopic/")


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages_have_topics(language: str) -> None:
    politics, sport = (topics(None, [text], language)[0].top_level for text in OTHERS[language])
    assert (politics, sport) == ("politics", "sport")


def test_there_are_at_most_three_the_surest_first_and_none_unsure() -> None:
    mixed = " ".join(ENGLISH.values())
    for text in [mixed, *ENGLISH.values()]:
        found = topics(None, [text])
        assert len(found) <= MOST
        assert all(topic.confidence <= before.confidence for before, topic in pairwise(found))
        assert all(topic.confidence >= THRESHOLD for topic in found)
    assert topics(None, [mixed]) == []  # everything is nothing


def test_a_narrower_concept_needs_to_be_named_again() -> None:
    text = "The cyclists rode through the rain. Basketball was on television as the team won the final match."
    assert [topic.name for topic in topics("Basketball final", [text])] == ["sport", "basketball"]
    assert [topic.name for topic in topics(None, [text])] == ["sport"]


@pytest.mark.parametrize("text", ["", "It was so.", "xyzzy plugh"])
def test_a_text_that_tells_nothing_has_none(text: str) -> None:
    assert topics(None, [text]) == []


def test_a_language_without_a_lexicon_has_none() -> None:
    assert topics("Election", ["The president of parliament."], "nl") == []


def test_concepts_are_whole() -> None:
    assert len(tops()) == 17
    assert set(ENGLISH) == {concepts()[code][0] for code in tops()}
    assert all(concepts()[top][1] == top for _, top in concepts().values())
