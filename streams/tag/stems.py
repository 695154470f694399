"""What the forms of a word share: good enough to see that two phrases are the same, never shown to anybody."""

import re
from functools import lru_cache

_SLAVIC_CYRILLIC = re.compile(
    "(?:ами|ями|ого|его|ому|ему|ыми|ими|ах|ях|ов|ев|ів|їв|ая|яя|ое|ее|ые|ие|ый|ий|ої|ій|ой|ей|ом|ем|ам|ям|ую|юю|ої"
    "|[аяоеыиуюьіїй])$"
)
_ENDINGS = {
    "en": re.compile("(?:ies|es|s|ing|ed|ly)$"),
    "de": re.compile("(?:en|er|es|em|e|n|s)$"),
    "pl": re.compile("(?:ami|ach|ego|emu|ymi|imi|owi|ów|ie|em|om|ej|ych|ich|[ąęaeiouy])$"),
    "cs": re.compile("(?:ami|ách|ého|ému|ými|ích|ům|em|ou|[aáeéěiíouůyý])$"),
    "ru": _SLAVIC_CYRILLIC,
    "uk": _SLAVIC_CYRILLIC,
    "bg": _SLAVIC_CYRILLIC,
    "sr": _SLAVIC_CYRILLIC,
    "tr": re.compile("(?:lar|ler)?(?:[ıiuü]n|[yn]?[aeıiuü]|[td][ae]n?)?$"),
} | dict.fromkeys(("fr", "es", "pt", "it", "ro"), re.compile("(?:as|os|es|[aoeis])$"))
_ARABIC_PREFIX = re.compile("^(?:وال|بال|لل|ال)")
_CORE = 3  # letters that stay: what is shorter is no stem any more


@lru_cache(maxsize=20_000)  # the words of some hundred articles
def stem(word: str, language: str) -> str:
    """Cut a word to its stem: lower case, without the ending (Arabic: without the article)."""
    folded = word.casefold()
    if language == "ar":
        return _ARABIC_PREFIX.sub("", folded)
    endings = _ENDINGS.get(language)
    found = endings.search(folded) if endings else None
    if found is None or found.start() < _CORE:
        return folded
    return folded[: found.start()] + ("y" if found.group() == "ies" else "")
