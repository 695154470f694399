"""An enriched article as IPTC ninjs 3.1, the news agencies' JSON: https://iptc.org/standards/ninjs/.

ninjs has no place for how sure one is of a title or a date, so that stands in `edNote`, which is for the receiver's
staff. Topics keep their confidence and keywords their score, as ninjs has both.
"""

from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

from msgspec import Struct

from streams.client import Event
from streams.events import EnrichedArticle, Image, Moment

MEDIA_TOPIC = "http://cv.iptc.org/newscodes/mediatopic/"  # qcode: medtop:
URI_CHARACTERS = ":/?#[]@!$&'()*+,;=%-._~"  # RFC 3986, besides letters and digits; the rest is escaped


class _Node(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """ninjs leaves out what is not known; it allows no nulls."""


class Standard(_Node, frozen=True, kw_only=True, omit_defaults=False):
    """What the document conforms to."""

    name: str = "ninjs"
    version: str = "3.1"
    schema: str = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json"


class Text(_Node, frozen=True, kw_only=True):
    """A headline, a body or a description."""

    role: str
    content_type: str = ""
    char_count: int = 0
    word_count: int = 0
    value: str


class Named(_Node, frozen=True, kw_only=True):
    """A person, an organisation or a place."""

    name: str
    rel: Literal["mentions"]


class Subject(_Node, frozen=True, kw_only=True):
    """A topic, a keyword, or a name that is none of a person, organisation or place."""

    name: str
    rel: Literal["about", "keyword", "mentions"]
    uri: str = ""
    literal: str = ""
    creator: str
    relevance: int = 0
    confidence: int = 0


class Source(_Node, frozen=True, kw_only=True):
    """Who published the article."""

    name: str = ""
    role: str
    literal: str = ""


class Rendition(_Node, frozen=True, kw_only=True):
    """Where it can be seen."""

    name: str
    href: str
    content_type: str = ""


class AltId(_Node, frozen=True, kw_only=True):
    """Another name of the same."""

    role: str
    value: str


class Association(_Node, frozen=True, kw_only=True):
    """A picture, a related story, or an article that this one replaces."""

    name: str
    rel: str
    uri: str
    type: Literal["text", "picture"]
    by: str = ""
    title: str = ""
    descriptions: tuple[Text, ...] = ()
    renditions: tuple[Rendition, ...] = ()


class NewsItem(_Node, frozen=True, kw_only=True):
    """The document."""

    standard: Standard
    uri: str
    type: Literal["text"]
    pub_status: Literal["usable", "canceled"]
    representation_type: Literal["full", "partial", ""] = ""
    version: str = ""
    version_created: str = ""
    content_created: str = ""
    language: str = ""
    by: str = ""
    usage_terms: str = ""
    ed_note: str = ""
    headlines: tuple[Text, ...] = ()
    descriptions: tuple[Text, ...] = ()
    bodies: tuple[Text, ...] = ()
    people: tuple[Named, ...] = ()
    organisations: tuple[Named, ...] = ()
    places: tuple[Named, ...] = ()
    subjects: tuple[Subject, ...] = ()
    info_sources: tuple[Source, ...] = ()
    renditions: tuple[Rendition, ...] = ()
    associations: tuple[Association, ...] = ()
    alt_ids: tuple[AltId, ...] = ()


def ninjs(event: Event) -> NewsItem:
    """Write an event as ninjs: an article, or a take-down as a canceled item."""
    article = event.article
    if article is None:
        return NewsItem(
            standard=Standard(),
            uri=_urn(event.article_id),
            type="text",
            pub_status="canceled",
            version_created=event.written_at,
            ed_note=f"Taken down: {event.reason}.",
        )
    kept_back = article.part_of is not None or article.access.free is False
    return NewsItem(
        standard=Standard(),
        uri=_urn(article.article_id),
        type="text",
        pub_status="usable",
        representation_type="partial" if kept_back else "full",
        version=str(article.revision),
        version_created=event.written_at,
        content_created=_moment(article.published_at),
        language="" if article.language == "und" else article.language,
        by=", ".join(article.authors),
        usage_terms=_terms(article),
        ed_note=_note(article),
        headlines=tuple(_headlines(article)),
        descriptions=(_text("summary", article.summary.text),) if article.summary else (),
        bodies=(_body(article),),
        people=_names(article, "person"),
        organisations=_names(article, "organisation"),
        places=_names(article, "place"),
        subjects=tuple(_subjects(article, f"newsflow {event.pipeline_version}".strip())),
        info_sources=(_source(article),),
        renditions=_page(article),
        associations=tuple(_associations(article)),
        alt_ids=tuple(_alt_ids(article)),
    )


def _urn(article_id: str) -> str:
    return f"urn:newsflow:article:{article_id}"


def _uri(url: str) -> str:
    return quote(url, safe=URI_CHARACTERS)


def _moment(moment: Moment | None) -> str:
    return moment.value.upper().replace(" ", "T") if moment else ""


def _text(role: str, value: str) -> Text:
    return Text(role=role, content_type="text/plain", value=value)


def _headlines(article: EnrichedArticle) -> Iterator[Text]:
    if article.title:
        yield _text("main", article.title)
    if article.summary and article.summary.headline not in {"", article.title}:
        yield _text("summary", article.summary.headline)


def _body(article: EnrichedArticle) -> Text:
    text = "\n\n".join(article.paragraphs)
    return Text(role="main", content_type="text/plain", char_count=len(text), word_count=article.word_count, value=text)


def _names(article: EnrichedArticle, kind: str) -> tuple[Named, ...]:
    return tuple(Named(name=entity.text, rel="mentions") for entity in article.entities if entity.type == kind)


def _subjects(article: EnrichedArticle, creator: str) -> Iterator[Subject]:
    for topic in article.topics:
        yield Subject(
            name=topic.name,
            rel="about",
            uri=topic.id,
            literal=topic.id.replace(MEDIA_TOPIC, "medtop:"),
            creator=creator,
            confidence=round(100 * topic.confidence),
        )
    for keyword in article.keywords:
        yield Subject(name=keyword.text, rel="keyword", creator=creator, relevance=round(100 * keyword.score))
    for entity in article.entities:
        if entity.type == "other":
            yield Subject(name=entity.text, rel="mentions", creator=creator, confidence=round(100 * entity.score))


def _source(article: EnrichedArticle) -> Source:
    return Source(name=article.source.name or "", role=article.source.kind, literal=article.source.domain or "")


def _page(article: EnrichedArticle) -> tuple[Rendition, ...]:
    url = article.canonical_url  # the one as the crawler gave it may be anything
    return (Rendition(name="web", href=_uri(url), content_type="text/html"),) if url else ()


def _associations(article: EnrichedArticle) -> Iterator[Association]:
    for number, image in enumerate(article.images, 1):
        yield _picture(f"picture-{number}", image)
    for number, story in enumerate(article.related, 1):
        yield Association(
            name=f"related-{number}", rel="related", uri=_urn(story.article_id), type="text", title=story.title or ""
        )
    for number, replaced in enumerate(article.supersedes, 1):
        yield Association(name=f"superseded-{number}", rel="supersedes", uri=_urn(replaced), type="text")


def _picture(name: str, image: Image) -> Association:
    return Association(
        name=name,
        rel="picture",
        uri=_uri(image.url),
        type="picture",
        by=image.credit or "",
        descriptions=(_text("caption", image.caption),) if image.caption else (),
        renditions=(Rendition(name="web", href=_uri(image.url)),),
    )


def _alt_ids(article: EnrichedArticle) -> Iterator[AltId]:
    yield AltId(role="article_id", value=article.article_id)
    yield AltId(role="story_id", value=article.story_id)
    yield AltId(role="text_sha256", value=article.text_sha256)
    if article.part_of:
        yield AltId(role="part_of", value=article.part_of)


def _terms(article: EnrichedArticle) -> str:
    told = [f"Licence as the page names it: {article.access.license}."] if article.access.license else []
    if article.access.tdm_opt_out:
        told.append("Text and data mining is reserved (EU directive 2019/790, article 4).")
    return " ".join(told)


def _note(article: EnrichedArticle) -> str:
    told = [
        f"{field}: {found.method}, confidence {found.confidence:.2f}."
        for field, found in sorted(article.provenance.items())
    ]
    moment = article.published_at
    if moment and (moment.precision != "second" or moment.tz != "explicit"):
        told.append(f"Time of publication: precision {moment.precision}, time zone {moment.tz}.")
    if article.summary:
        told.append(f"Summary: {article.summary.kind}, by {article.summary.method}.")
    if article.missing:
        told.append(f"Not found: {', '.join(article.missing)}.")
    return " ".join(told)
