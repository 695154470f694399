"""Where words and sentences begin and end, in any script: what tagging and summarising share. Pure functions.

Sentences are found by rules (stop marks, lists of abbreviations, what follows the mark), as no light library does it
better: on English news pysbd finds the same boundaries at a three-hundredth of the speed.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

# Vowel signs and accents that follow their letter: Python's \w leaves them out, and words would break at them.
MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u0655\u0670\u0900-\u0963\u0966-\u0dff\u0e31-\u0e4e\u200c\u200d"
_LETTERS = f"[\\w{MARKS}]"
_WORD = re.compile(
    rf"(?:[A-Z]\.){{2,}}"  # U.S., J.R.R.
    rf"|\d+(?:[.,:]\d+)+%?"  # 1,212 3.5% 10:30
    rf"|{_LETTERS}+(?:['’&‑-]{_LETTERS}+)*(?:\+\+)?",  # mother-in-law, O'Neill, AT&T, F-16, C++
)


class Word(NamedTuple):
    """A word and its place: `text[start:end]`, in Unicode code points."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Every word of a text in order; numbers, initials and hyphenated words are one word each."""
    return [Word(found.group(), found.start(), found.end()) for found in _WORD.finditer(text)]


# --------------------------------------------------------------------------------------------------------- sentences

_CLOSERS = "\"'”’»›)\\]"
_STOPS = re.compile(
    rf"[.!?…؟۔।॥։]+(?:[{_CLOSERS}]|[ \u00a0\u202f]»)*(?=\s|$)"  # a mark that white space must follow
    rf"|[。！？｡]+[」』”’）】》\"]*"  # CJK: nothing need follow
)
_OPENERS = "\"'“‘„«‹‚([¿¡—–-•·「『 \t\u00a0"
_LAST_WORD = re.compile(rf"({_LETTERS}+(?:\.{_LETTERS}+)*)\.$")

# Words that end in a stop mark without ending a sentence, in lower case. Where a sentence often does end after one
# ("etc.", "a.m.", "Inc."), it is left out and what follows decides.
_ABBREVIATIONS = {
    "en": "mr mrs ms mx dr prof sen rep reps gov gen col maj capt lt sgt cpl pvt cmdr adm rev hon st mt ft pres supt "
    "det insp sr messrs vs viz approx no nos fig figs vol pp ch sec dept est ext al eg ie e.g i.e cf jan feb mar "
    "apr jun jul aug sept sep oct nov dec mon tue tues wed thu thurs fri op ed eds trans univ assn bros ave blvd "
    "rd",
    "de": "dr prof hr fr frl st nr bzw ca vgl z.b d.h u.a o.ä u.ä s.o s.u i.d.r z.t evtl ggf inkl exkl abs art bd hrsg "
    "jan feb mär apr jun jul aug sept okt nov dez mio mrd tel str geb gest dipl ing med jur phil gen vs sog bspw "
    "zzgl a.d",
    "fr": "m mm mme mmes mlle mlles dr pr me mgr st ste av bd env ex p pp vol n no art chap cf fig éd janv févr avr "
    "juil sept oct nov déc c.-à-d p.ex",
    "es": "sr sra sres sras srta dr dra prof profa d dña lic ing arq av avda núm nº pág págs art cap vol ej p.ej fig "
    "aprox gral cnel tte sto sta ud uds vd vds ee.uu cf ed",
    "pt": "sr sra srs sras srta dr dra drs prof profa d av núm nº pág págs art cap vol ex p.ex fig aprox gen cel ten "
    "sto sta exmo exma eng arq cf ed r",
    "it": "sig sigg sig.ra sigra sig.na dott dr dott.ssa prof prof.ssa avv ing arch on sen gen col cap ten mons rev s "
    "ss art cap pag pagg vol fig es ecc n nn cfr ca ed",
    "nl": "dhr mevr mr mw drs dr prof ir ing st nr blz bijv bv o.a d.w.z m.b.t t.o.v z.g i.p.v ca resp vgl jl a.s",
    "pl": "dr prof mgr inż hab ks bp abp kard gen płk mjr kpt por sierż p pp ul al pl św np m.in tzw tj tzn itp nr str "
    "ok ur zm r w godz min zob por wg pt red woj pow gm ww n.e p.n.e mln mld tys zł",
    "ru": "г гг в вв т.е т.д т.п т.к т.н им ул пр просп пл д стр корп кв обл р-н пос с см рис табл гл ст п пп ред "
    "проф акад доц д-р канд млн млрд тыс руб коп км м св н.э до н.э др тов гн г-н ген полк",
    "uk": "р рр ст т.зв т.д т.п ім вул просп пл буд обл р-н смт с м див рис табл гл п пп ред проф акад доц д-р канд "
    "млн млрд тис грн коп км св н.е ін гр п-н ген полк напр",
    "tr": "dr prof doç av sn bkz vb vs örn yy mah cad sok apt no tel st alb gen org öğr uzm müh mim yrd",
    "sv": "dr prof st nr bl.a t.ex d.v.s dvs s.k m.m ca kl jfr resp tel",
    "da": "dr prof nr bl.a f.eks dvs s.k ca kl jf hr fr skt pga mio mia",
    "no": "dr prof nr bl.a f.eks dvs s.k ca kl jf hr st pga mill mrd",
    "cs": "dr prof doc ing mgr bc mudr judr rndr č čl str např tzn tzv tj aj apod atd r st sv ul nám tel mil mld tis",
    "hu": "dr prof ifj id özv sz u stb pl ún kb ill vö u.n ld",
    "ro": "dr prof ing av dl dna d-l d-na str nr art al pag vol ex gen col sf bd",
    "id": "dr drs prof ir h hj jl no tgl dll dsb yth a.n",
    "ar": "د أ م ص هـ",
    "el": "κ κκ δρ καθ αρ σελ βλ π.χ δηλ λ.χ κ.ά",
}
# Those that are words, too, or stand before a number only: "no. 5", but "He said no."
_BEFORE_NUMBER = frozenset(
    ["no", "nos", "nr", "núm", "art", "fig", "figs", "op", "ch", "sec", "s", "p", "pp", "ok", "str"]
)
_ABBREVIATION = {language: frozenset(listed.split()) for language, listed in _ABBREVIATIONS.items()}
_NO_ABBREVIATION: frozenset[str] = frozenset()
# Where a number and a stop make an ordinal: "am 3. Oktober", "3. října".
_ORDINALS = frozenset({"de", "da", "no", "nb", "nn", "cs", "sk", "sl", "hr", "bs", "sr", "hu", "fi", "et", "pl", "tr"})
_DAY = 2  # digits of a day or a rank; more are a year or a sum
# English words that begin a sentence after "U.S.", "Inc.", "a.m.": the rest of a name would follow else.
_STARTERS_LISTED = (
    "a an and as at but by for from he her his however i if in it its meanwhile most no on one she so some that "
    "the their then there these they this those to we what when where while with you"
)
_STARTERS = frozenset(_STARTERS_LISTED.split())


def sentences(text: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence of a paragraph stands: `text[start:end]`, without white space around it."""
    abbreviations = _ABBREVIATION.get(language.partition("-")[0], _NO_ABBREVIATION)
    ordinals = language.partition("-")[0] in _ORDINALS
    start = 0
    for stop in _STOPS.finditer(text):
        end = stop.end()
        if _ends(text, stop.group(), stop.start(), end, abbreviations, ordinals=ordinals):
            yield from _stripped(text, start, end)
            start = end
    yield from _stripped(text, start, len(text))


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield start, end


def _ends(text: str, mark: str, at: int, end: int, abbreviations: frozenset[str], *, ordinals: bool) -> bool:
    """Whether a stop mark ends a sentence, by the word before it and the letter after it."""
    after = text[end : end + 24].lstrip().lstrip(_OPENERS).lstrip()
    if not after or mark[0] in "。！？｡؟۔।॥։":
        return True
    if after[0].islower():
        return False
    before = _LAST_WORD.search(text, max(0, at - 20), at + 1) if mark == "." else None
    if before is None:
        return True
    word = before.group(1)
    if word.isdigit():
        return not (ordinals and len(word) <= _DAY)
    if word != "I" and ((len(word) == 1 and word.isupper()) or "." in word):  # an initial; U.S., a.m.
        return after.split(maxsplit=1)[0].lower().rstrip(",") in _STARTERS
    word = word.lower()
    return word not in abbreviations or (word in _BEFORE_NUMBER and not after[0].isdigit())
