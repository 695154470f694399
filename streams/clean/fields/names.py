"""Names of authors as pages print them: lists parted, "By", roles, degrees, addresses and agencies taken off."""

import re
from functools import lru_cache
from html import unescape

from streams.clean import sanitise
from streams.clean.tables import words

MOST = 12  # more are a masthead, not a byline
WORDS = range(2, 6)  # of a person's name: given and family name, at most three more
LONGEST = 60  # characters of a name
LONGEST_LIST = 400  # characters of a line that begins with names
_JOINED = frozenset(("and", "und", "et", "y", "och", "og", "и", "та", "ve", "with", "e", "en", "i", "d'", "d’"))
_PARTICLES = words("name_particles")
_NOT_NAMES = words("not_names")
_WIRES = words("wires")
_TOKEN = re.compile(r"[^\W\d_](?:[\w.'’‐-]*[^\W_.])?,?\.?")
_KIND = (
    r"(?:article|articles|words|story|text|texte|written|posted|published|reported|reviewed|created|contributed|"
    r"guest post|report|interview|foto|photos?)"
)
_WORD_BY = (
    r"(?:by|von|por|par|di|door|av|af|autor|autora|autore|auteur|author|authors|autoren|author\(s\)|writer|автор|"
    r"авторы|yazan|oleh|作者|文|記者|记者|기자|بقلم|كتب)"
)
BY = re.compile(
    rf"^(?:{_KIND}\s+)?{_WORD_BY}\s*[:|：]?\s+(?=\S)|^(?:author|autor|text|作者|文|撰文)s?\s*[:：]\s*", re.IGNORECASE
)
BY_ALONE = re.compile(
    rf"^(?:{_KIND}\s+)?{_WORD_BY}\s*[:：]?$"
    r"|^.{0,30}\b(?:written|posted|published|created|reported|authored)\s+by\s*:?$"
    r"|^contributors?\s*:$|^authors?(?: of this article)?\s*:$",
    re.IGNORECASE,
)
_AND = re.compile(
    r"\s*(?:,|;|·|•|\||/)\s*(?:(?:and|und|et|&|y|e|och|og|en|и|та|i|ve)\s+)?|\s+(?:and|und|et|&|y|och|og|и|та|ve|with)\s+",
    re.IGNORECASE,
)
_STOP = re.compile(
    r"\s*(?:[|•·–—@(\[]|\s-\s|,\s|\bon\b|\bin\b|\bat\b|\d|\bupdated\b|\bpublished\b|\bfor\b|\bis\b|\bwas\b|\bhas\b).*$",
    re.IGNORECASE,
)
_DEGREE = re.compile(
    r"^(?:m\.?d|ph\.?\s?d|r\.?n|r\.?d|rdn|ld|cpa|cfp|cfa|mba|dds|dmd|dvm|vmd|j\.?d|mph|lcsw|lmft|m\.?sc?|m\.?a|b\.?sc?|b\.?a|jr|"
    r"sr|esq|ed\.?d|psy\.?d|facp|faan|fand|ccc-slp|cscs|cpt|ii|iii|np|pa-?c|do|dc|dpt|pt|ms|cepf|cfei|ea|pe|aia|faclm)\.?®?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S+@\S+|https?://\S*|www\.\S+|(?:^|\s)@\w+|\(\s*\)|<[^<>]*>")
_ROLE_AFTER = re.compile(r"\s+[-–—|]\s+.*$|\s*\((?!.*\)\s*\w).*$")
_BEFORE_ROLE = re.compile(r"[-–—|(]")
_NO_NAME = re.compile(
    r"\d{3,}|^(?:admin|administrator|editor|editors|guest|user|author|unknown|anonymous|none|null|n/a|"
    r"undefined|web ?master|root|test|site ?admin|contributor|wp ?engine|updated|published|redaktion|redacción|"
    r"rédaction|view (?:all|profile|bio|posts).*|read more.*|about the author.*|share.*|follow.*|posted.*|\W*)$",
    re.IGNORECASE,
)
_ROLES = re.compile(
    r"\b(?:editor|writer|reporter|correspondent|contributor|manager|director|officer|founder|ceo|cto|president|"
    r"consultant|specialist|analyst|journalist|columnist|redakteur|korrespondent|expert|professor|dietitian|grader|"
    r"horticulturalist|strategist|marketing|reviewer|lecturer|engineer|coach)\b",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"\b(?:team|staff|desk|newsroom|news|media|editors|redaktion|agency|inc|llc|ltd|gmbh|university|"
    r"institute|foundation|group)\b",
    re.IGNORECASE,
)


def parted(text: str) -> list[str]:
    """Part a list of names: "By Jane Doe, MD and Li Wei" is Jane Doe and Li Wei."""
    text = _without_addresses(sanitise.line(unescape(text[:500])))
    return [name for part in _AND.split(_without_by(text.strip())) if (name := clean(part))][:MOST]


def _without_addresses(text: str) -> str:
    """Blank out addresses, handles, empty brackets and tags; most lines have none, which five looks tell."""
    some = "@" in text or "://" in text or "www." in text or "(" in text or "<" in text
    return _ADDRESS.sub(" ", text) if some else text


def _without_by(text: str) -> str:
    by = BY.match(text)
    return text[by.end() :] if by else text


def clean(text: str) -> str | None:
    """Clean one name; None where nothing of a name is left."""
    name = _without_by(" ".join(_without_addresses(text).split()))
    name = (_ROLE_AFTER.sub("", name) if _BEFORE_ROLE.search(name) else name).strip(" ,;:|-–—•·.\"'“”*")
    if not name or len(name) > LONGEST or _NO_NAME.search(name) or not any(map(str.isalpha, name)):
        return None
    if _DEGREE.match(name) or name.casefold() in _WIRES:
        return None
    return name


def is_person(name: str) -> bool:
    """Whether a text looks like a person's name and nothing else."""
    tokens = name.split()
    if len(tokens) not in WORDS or _ROLES.search(name) or _BODY.search(name):
        return False
    for token in tokens:
        folded = token.casefold()
        if folded.strip(".,") in _NOT_NAMES or not _TOKEN.fullmatch(token):
            return False
        if token[0].islower() and folded not in _PARTICLES and not token.startswith(("d'", "d’", "al-", "el-")):
            return False
    return tokens[0][0].isupper() or not tokens[0][0].islower()


def kind_of(listed: list[str]) -> str:
    """Tell what names look like: persons, what somebody does, a body of several, a login, a word, something else."""
    if all(map(is_person, listed)):
        return "persons"
    if any(_BODY.search(name) for name in listed):
        return "body"
    if any(_ROLES.search(name) for name in listed):
        return "role"
    if len(listed[0].split()) == 1:
        return "login" if listed[0].islower() or not listed[0].isalpha() else "word"
    return "other"


def persons(text: str) -> list[str]:
    """Give the persons that a line begins with, up to the first that is none."""
    begin = text.split(maxsplit=2)
    if len(begin) < WORDS.start or len(text) > LONGEST_LIST:
        return []
    second = begin[1]
    if second[0].islower() and second not in _PARTICLES and second not in _JOINED and not BY.match(text):
        return []  # prose, told from a name at a tenth of the cost
    return list(_persons(text))


@lru_cache(maxsize=2048)  # a page's lines are asked for by several sources
def _persons(text: str) -> tuple[str, ...]:
    found: list[str] = []
    for part in parted(text):
        name = _STOP.sub("", part).strip(" ,;:|-–—•·.")
        if not is_person(name):
            break
        found.append(name)
    return tuple(found)
