"""Who an article is: its id, its URL in normal form, its text's hash, its lane. Pure and the same on every machine."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import quote, urlsplit, urlunsplit

import courlan

LONGEST_LANE = 253  # characters: a domain name's most (RFC 1035); a page may call its source anything

# What newsletters, ad networks and social networks add to a link; a list of whole names, so that no site's own is hit.
_TRACKER = re.compile(
    r"utm_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|li_fat_id|mc_[ce]id|"
    r"_ga|_gl|_hsenc|_hsmi|__twitter_impression|mkt_tok|oly_(?:anon|enc)_id|vero_id|wt_mc|xtor|at_\w+|ns_\w+|cmpid|ncid",
    re.IGNORECASE,
)
# As the AMP project and most publishing systems write them (amp.dev, "Make your pages discoverable").
_AMP_CACHE = re.compile(r"(?:www\.google\.[a-z.]+/amp/s/|[a-z0-9-]+\.cdn\.ampproject\.org/[a-z]/s/)(.+)")
_AMP_PATH = re.compile(r"^/amp(?=/.)|/amp/?$|\.amp$|\.amp(\.html?)$")
_AMP_PARAMETER = re.compile(r"amp(?:=(?:1|true|amp)?)?|outputType=(?:amp|default-amp)|platform=amp", re.IGNORECASE)
_TWIN_HOST = re.compile(r"^(?:amp|m|mobile)\.(?=[^.]+\.[^.]+)")
_DIGITS = "abcdefghijklmnopqrstuvwxyz234567"
_BASE32 = [
    first + second for first in _DIGITS for second in _DIGITS
]  # ten bits at a time: base64.b32encode takes thrice
_WORD = re.compile(r"[^\W_]+")
_ASCII_WORDS = bytes(ord(chr(i).lower()) if i < 128 and chr(i).isalnum() else 32 for i in range(256))  # noqa: PLR2004
_BLANKS = re.compile(rb"  +")
_TYPOGRAPHY = "’‘“”–—…"  # what else most English text has


def short_hash(*parts: str) -> str:
    """Hash any strings to 26 characters base32 (blake2b-128): an article_id."""
    number = int.from_bytes(_blake2b(parts).digest(), "big") << 2  # 130 bits: RFC 4648's, without its padding
    return "".join([_BASE32[number >> shift & 1023] for shift in range(120, -1, -10)])


def event_id(*parts: str) -> str:
    """Hash any strings to 32 hexadecimal digits (blake2b-128): an event's `ce_id`, four to an article."""
    return _blake2b(parts).hexdigest()


def _blake2b(parts: Sequence[str]) -> "hashlib.blake2b":
    return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=16)


@lru_cache(maxsize=64)  # a page's is needed twice
def normal_url(url: str) -> str:
    """Bring a URL to the form that names one page: host in lower case, no fragment, no tracking parameters.

    Parameters that are not known trackers stay: sites whose articles differ only in `?id=7` would become one otherwise,
    as would all that begin like a tracker (`?game=7`) by courlan's own rules. A URL that cannot be read is returned
    stripped, as it is.
    """
    url = url.strip()
    address, _, query = url.partition("#")[0].partition("?")
    try:
        parts = urlsplit(courlan.normalize_url(address, strict=False))
    except (ValueError, TypeError):
        return url
    pairs = [quote(pair, safe="%/:?@!$'()*+,;=~-._", errors="replace") for pair in query.split("&") if pair]
    kept = sorted(pair for pair in pairs if not _TRACKER.fullmatch(pair.partition("=")[0]))
    return urlunsplit(parts._replace(query="&".join(kept), fragment="")) if parts.netloc else url


def page_key(url: str) -> str:
    """Bring a URL to the form that names one article: `normal_url`, less the ways in which sites serve the same page.

    http and https; `www.`; AMP by its own path, parameter or cache; the mobile host. Nothing else goes: a path, a host
    or a parameter that is not one of these names another article. What is left has a path, so that no front page
    (`m.site.example/`, `site.example/amp`) becomes an article.
    """
    normal = normal_url(url)
    try:
        parts = urlsplit(normal)
    except ValueError:
        return normal
    cached = _AMP_CACHE.fullmatch(f"{parts.netloc}{parts.path}")
    if cached:
        address, _, path = cached[1].partition("/")
        parts = parts._replace(netloc=address, path=f"/{path}")
    if parts.scheme not in {"http", "https"}:
        return normal
    host, path = parts.netloc.removesuffix(":80").removesuffix(":443"), _AMP_PATH.sub(r"\1", parts.path)
    query = "&".join(pair for pair in parts.query.split("&") if not _AMP_PARAMETER.fullmatch(pair))
    if path.strip("/"):
        host = _TWIN_HOST.sub("", host, count=1)
    else:
        path = parts.path
    return urlunsplit(("https", host.removeprefix("www."), path, query, ""))


def article_id(url: str | None, source: str | None, title: str | None, paragraphs: Sequence[str]) -> str:
    """Name an article by its canonical URL; without one by its source, title and text, never by a resolved date."""
    if url:
        return short_hash("url", page_key(url))
    return short_hash("text", folded(source or ""), folded(title or ""), folded(" ".join(paragraphs)))


def folded(text: str) -> str:
    """Fold what differs between copies of the same words: case, width, punctuation, white space."""
    plain = text
    if not plain.isascii():
        for mark in _TYPOGRAPHY:
            plain = plain.replace(mark, " ")
    if plain.isascii():  # the same, at a third of the cost
        return _BLANKS.sub(b" ", plain.encode("ascii").translate(_ASCII_WORDS)).strip().decode("ascii")
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(_WORD.findall(text))


def text_sha256(title: str | None, paragraphs: Sequence[str]) -> str:
    """Hash the text as it is, title included: another headline is another text."""
    return hashlib.sha256("\n".join([title or "", *paragraphs]).encode("utf-8", "replace")).hexdigest()


def lane(language: str, source: str | None) -> str:
    """Key of the clean topic, so that copies of a story meet on one partition: they do not cross languages.

    Where the language is not known (`und`), the source keeps its own copies together.
    """
    primary = language.split("-", maxsplit=1)[0]
    lane = primary if primary != "und" else (source or "und").lower()
    return lane if len(lane) <= LONGEST_LANE else short_hash(lane)
