from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.summarise.sentences import sentences

# A bar stands where a sentence ends.
MARKED = [
    ("en", "Mr. Smith met President J. Biden at 3.5 p.m. on Jan. 5.| He said no.| They left."),
    ("en", "The U.S. Senate voted.| He left the U.S. The bill passed.".replace("U.S. The", "U.S.| The")),
    ("en", '"Why?" he asked.| "I do not know."| She laughed!| Prices rose 3.2 percent to $1.5 bn.'),
    ("en", "It failed...| Then no. 5 won.| St. Petersburg was cold."),
    ("de", "Am 3. Oktober kam Dr. Müller z.B. nach Berlin.| Es war 2020.| „Nein!“, sagte er.| Dann ging er."),
    ("fr", "M. Dupont est arrivé.| « Pourquoi ? » a-t-il demandé.| Personne n'a répondu."),
    ("es", "El Sr. García llegó a EE.UU. ayer.| ¿Qué pasó?| Nadie lo sabe."),
    ("pt", "O Sr. Silva chegou.| A Av. Paulista parou.| Ninguém saiu."),
    ("it", "Il dott. Rossi è arrivato.| «Bene!» ha detto.| Poi è partito."),
    ("pl", "Spotkanie z prof. Kowalskim odbyło się 3. maja.| To był sukces."),
    ("ru", "А. С. Пушкин жил на ул. Мойка.| Это было давно.| «Да!» — сказал он."),
    ("uk", "Зустріч із проф. Коваленком відбулася.| Усі пішли."),
    ("ar", "قال الرئيس إن الأمر مهم.| هل هذا صحيح؟| نعم."),
    ("tr", "Prof. Yılmaz 3. kez geldi.| Toplantı bitti."),
    ("zh", "中国经济增长。|专家说：“很好！”|然后离开了。"),
    ("ja", "東京で会議が開かれた。|「行こう。」|と彼は言った。"),
    ("en", "He works at Apple Inc. Tim Cook runs it.".replace("Inc. ", "Inc.| ")),
    ("en", "They left.|The bill passed.| See www.example.com or version 2.0.1 for more."),
    ("en", "J. K. Rowling wrote it.| “It sold well!” she said.| “Really?”| He nodded."),
    ("en", "At 5 p.m. the vote began.| Gov. Lee, Sen. Roe et al. left at 9 a.m.| Then it rained."),
    ("en", "The company (formerly Acme Ltd.) closed.| (It had 200 staff.)| Nobody was told."),
    ("de", "Er kam um ca. 8 Uhr.| Am 24. Dezember schneite es.| Der FC St. Pauli siegte.| Es stand 2:1."),
    ("fr", "Le 1er mai, Mme. Curie parla.| L’usine ferme : 300 emplois perdus.| « Jamais ! »| Il partit."),
    ("es", "La Sra. Ruiz vive en la Av. Libertad.| ¡Qué sorpresa!| Fueron 3.500 personas."),
    ("ru", "В 2024 г. цены выросли на 5 млн руб. за год.| Это много.| Почему?"),
    ("uk", "Ціни зросли на 3 млрд грн за рік.| Чому?| Ніхто не знає."),
    ("pl", "Firma zarobiła 5 mln zł w 2023 r. mimo strat.| Kurs spadł."),
    ("ar", "وصل الوفد صباحاً.| متى يعود؟| لا أحد يعلم!| هكذا قال د. سعيد أمس."),
    ("zh", "他说：“我不知道。”|记者问：“为什么？”|没有人回答！|会议结束。"),
    ("ja", "気温は3.5度だった。|「寒い！」|と住民は話した。"),
    ("ko", "대통령은 3.5% 성장을 약속했다.| 야당은 반대했다.| 왜일까?"),
    ("hi", "डॉ. शर्मा दिल्ली पहुँचे।| क्या हुआ?| किसी को नहीं पता।"),
    ("el", "Ο κ. Παπαδόπουλος έφυγε.| Γιατί;| Κανείς δεν ξέρει.".replace(";|", ";")),
    ("hi", "भारत ने प्रक्षेपण किया।| मोदी ने बधाई दी।"),
]


@pytest.mark.parametrize(("language", "marked"), MARKED)
def test_sentences_end_where_a_reader_ends_them(language: str, marked: str) -> None:
    text = marked.replace("|", "")
    assert [text[a:b] for a, b in sentences(text, language)] == [part.strip() for part in marked.split("|")]


@given(st.text(alphabet='aB. \n!?。’"1؟'), st.sampled_from(["en", "de", "zh", "ar", "und"]))
def test_sentences_cover_all_but_white_space(text: str, language: str) -> None:
    spans = list(sentences(text, language))
    assert all(a < b for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text.split())


def test_boundaries_are_found_in_every_language() -> None:
    right = found = true = 0
    for language, marked in MARKED:
        text = marked.replace("|", "")
        ends: set[int] = set()
        for part in marked.split("|"):
            ends.add((max(ends, default=0)) + len(part))
        got = {end for _, end in sentences(text, language)}
        right, found, true = right + len(got & ends), found + len(got), true + len(ends)
    assert 2 * right / (found + true) >= 0.98
