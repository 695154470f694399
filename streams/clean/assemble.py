"""An extraction to article events: the page's own article first, then one for each related story."""

import re
from urllib.parse import urlsplit

import courlan

from streams import identity
from streams.clean import language
from streams.clean.extraction import Extraction, Story
from streams.clean.fields.addresses import web_address
from streams.clean.tables import words
from streams.errors import ErrorCode
from streams.events import Access, Article, ArticleId, RawPage, Related, Source
from streams.outcomes import PartRefused

# The agencies whose texts others print, as they sign: the members of MINDS International and the five world agencies.
WIRES = words("wires")
_HOST = re.compile(r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)/?", re.IGNORECASE)


def articles(page: RawPage, found: Extraction) -> list[Article | PartRefused]:
    """Make the events of a page."""
    title, paragraphs = found.title, found.paragraphs
    source, told_by, sure = _page_source(page, found)
    found.found("source", told_by, sure)
    name = identity.article_id(page.url, source.name or source.domain, title, paragraphs)
    code, confidence = language.detect(title, paragraphs, found.declared_language)
    found.found("language", "function words or py3langid, title and first characters", confidence)
    own = Article(
        article_id=name,
        url=page.url,
        canonical_url=_canonical(found.canonical_url or page.url),
        source=source,
        title=title,
        authors=found.authors,
        published_at=found.published_at,
        modified_at=found.modified_at,
        language=code,
        language_confidence=confidence,
        paragraphs=paragraphs,
        text_sha256=identity.text_sha256(title, paragraphs),
        word_count=_words(paragraphs),
        images=found.images,
        access=found.access,
        page_hashtags=found.hashtags,
        comments_count=found.comments_count,
        related=[],
        removed=found.removed(),
        provenance=found.provenance,
        part_of=None,
    )
    outcomes: list[Article | PartRefused] = [own]
    for story in found.related:
        row = _related(story)
        own.related.append(row)
        if story.title or story.text:
            outcomes.append(_part(story, row, name, code))
        else:
            message = "a related story without title and text"
            outcomes.append(PartRefused(part=row, part_of=name, code=ErrorCode.NO_TEXT, message=message))
    return outcomes


def _related(story: Story) -> Related:
    return Related(
        article_id=identity.article_id(story.url, story.source, story.title, story.text),
        title=story.title,
        source=story.source,
        age_text=story.age_text,
        published_at=story.published_at,
        text="\n".join(story.text) or None,
        url=story.url,
    )


def _part(story: Story, row: Related, part_of: ArticleId, page_language: str) -> Article:
    code, confidence = language.detect(story.title, story.text, page_language)
    return Article(
        article_id=row.article_id,
        url=story.url,
        canonical_url=_canonical(story.url),
        source=_named(story.source, None),
        title=story.title,
        authors=[],
        published_at=story.published_at,
        modified_at=None,
        language=code,
        language_confidence=confidence,
        paragraphs=story.text,
        text_sha256=identity.text_sha256(story.title, story.text),
        word_count=_words(story.text),
        images=[],
        access=Access(free=None, license=None, tdm_opt_out=None),
        page_hashtags=[],
        comments_count=None,
        related=[],
        removed=[],
        provenance={},
        part_of=part_of,
    )


def _canonical(url: str | None) -> str | None:
    return web_address(identity.normal_url(url), None) if url else None  # a crawler's may be "javascript:"


def _words(paragraphs: list[str]) -> int:
    return sum(paragraph.count(" ") + 1 for paragraph in paragraphs)  # sanitised: one blank between two words


def host(url: str | None) -> str | None:
    """Give a URL's host without "www."."""
    try:
        name = urlsplit(url or "").hostname
    except ValueError:
        return None
    return name.removeprefix("www.") if name else None


def _named(name: str | None, domain: str | None) -> Source:
    if domain is None and name and (match := _HOST.fullmatch(name)) and courlan.extract_domain(f"https://{match[1]}"):
        domain = match[1].lower()  # a name that ends in a top-level domain: "page.html" is a file
    kind = "wire" if name and name.casefold() in WIRES else "publisher"
    return Source(name=name, domain=domain, kind=kind)  # type: ignore[arg-type]


def _page_source(page: RawPage, found: Extraction) -> tuple[Source, str, float]:
    """Give the page's source, what its kind was told by, and how sure that is: no gold, so an estimate."""
    given = page.source
    domain = (given and given.domain) or host(page.url) or host(found.canonical_url)
    source = _named((given and given.name) or found.site, domain)
    own = (source.name or "").casefold()
    if {(story.source or "").casefold() for story in found.related} - {own, ""}:
        return Source(name=source.name, domain=source.domain, kind="aggregator"), "shows stories of others", 0.95
    if source.kind == "wire":
        return source, "its name is an agency's", 0.95
    return source, "neither shows stories of others nor is an agency", 0.8
