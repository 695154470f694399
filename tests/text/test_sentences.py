from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.text import sentences, words

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


def test_words_keep_together_what_people_read_as_one() -> None:
    text = "The U.S. mother-in-law’s F-16 cost 1,212.50 at AT&T; भारत में"
    assert [w.text for w in words(text)] == [
        "The", "U.S.", "mother-in-law’s", "F-16", "cost", "1,212.50", "at", "AT&T", "भारत", "में",
    ]  # fmt: skip
    assert all(text[w.start : w.end] == w.text for w in words(text))
