"""The events, as types: what each topic's value holds. `schemas/` is made from this file.

Values are plain JSON. A raw page is written by strangers, so most of it is optional. Everything that newsflow writes
has all its fields always: what is unknown is null or empty, never absent. Unknown fields are ignored, so a later minor
version may add some.

`gc=False`: events hold no cycles, and the garbage collector need not look at them.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

# Patterns end in \Z: Python's $ lets a last newline through. In schemas/ it is written as every dialect understands it.
ArticleId = Annotated[
    str, Meta(pattern=r"^[a-z2-7]{26}\Z", description="26 characters base32 of a blake2b-128: see streams/identity.py")
]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z", description="In hexadecimal")]
# RFC 3339 section 5.6; the pattern is the whole check in Python and in JSON Schema, so both agree.
Timestamp = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        r"[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])\Z",
        description="RFC 3339",
    ),
]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", description="BCP 47; und: not known")]
Base64 = Annotated[str, Meta(description="RFC 4648", extra_json_schema={"contentEncoding": "base64"})]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Count = Annotated[int, Meta(ge=0)]

# ---------------------------------------------------------------------------------------------- raw: a crawler's page


class RawSource(Struct, kw_only=True, frozen=True, gc=False):
    """Where the crawler found the page."""

    name: str | None = None
    domain: str | None = None


class Crawler(Struct, kw_only=True, frozen=True, gc=False):
    """Who fetched the page."""

    name: str | None = None
    version: str | None = None


class Hints(Struct, kw_only=True, frozen=True, gc=False):
    """What the crawler believes of the page: kept as one voice among others, not trusted."""

    title: str | None = None
    published_at: str | None = None
    language: str | None = None


GONE = frozenset({404, 410, 451})  # RFC 9110 15.5.5, 15.5.11; RFC 7725: the page is gone, or may not be shown any more


class RawPage(Struct, kw_only=True, frozen=True, gc=False):
    """A page as a crawler wrote it: `url` or `source`, and exactly one of `body` (text) and `body_b64` (bytes).

    A take-down (`takedown`, or an `http_status` of 404, 410 or 451) needs only a `url`.
    """

    url: Annotated[str, Meta(min_length=1)] | None = None
    source: RawSource | None = None
    body: Annotated[str, Meta(description="The page as text")] | None = None
    body_b64: Annotated[Base64, Meta(description="The page's bytes")] | None = None
    content_type: Annotated[str, Meta(description="As in HTTP; sniffed from the body where absent")] | None = None
    fetched_at: Annotated[Timestamp, Meta(description='Base for "38 minutes ago"')] | None = None
    # JSON Schema calls 404.0 an integer, as JSON knows one kind of number; msgspec does not. So any number is taken.
    http_status: Annotated[int | float, Meta(description="Of the fetch; 404, 410 and 451 are take-downs")] | None = None
    headers: Annotated[dict[str, Any], Meta(description="The page's HTTP headers")] | None = None
    crawler: Crawler | None = None
    hints: Hints | None = None
    takedown: Annotated[bool, Meta(description="The page is gone, or may not be shown any more")] = False

    @property
    def gone(self) -> bool:
        """Whether this is a take-down rather than a page."""
        return self.takedown or self.http_status in GONE

    def __post_init__(self) -> None:
        if self.url is None and (self.source is None or self.gone):
            raise ValueError("needs `url`" + ("" if self.gone else " or `source`"))
        if not self.gone and (self.body is None) == (self.body_b64 is None):
            raise ValueError("needs exactly one of `body` and `body_b64`")


# --------------------------------------------------------------------------------------------- clean: a page's article


class Source(Struct, kw_only=True, frozen=True, gc=False):
    """Who published the article."""

    name: str | None
    domain: str | None
    kind: Annotated[
        Literal["publisher", "aggregator", "wire"],
        Meta(description="publisher: shows its own stories; aggregator: shows those of others; wire: an agency"),
    ]


class Moment(Struct, kw_only=True, frozen=True, gc=False):
    """A time in the story's life, as exactly as the page tells it.

    `relative`: resolved from an age ("38 minutes ago") against the page's `fetched_at`. The offset that the page gave
    is kept in `value`; where it gave none, `tz` says whether UTC was assumed.
    """

    value: Timestamp
    precision: Literal["second", "minute", "day", "relative"]
    tz: Literal["explicit", "assumed", "unknown"]


class Image(Struct, kw_only=True, frozen=True, gc=False):
    """A picture of the story."""

    url: str
    caption: str | None
    credit: str | None


class Access(Struct, kw_only=True, frozen=True, gc=False):
    """Who may read and mine the page, as far as the page says: null where it says nothing."""

    free: Annotated[bool | None, Meta(description="Readable without an account or payment")]
    license: Annotated[str | None, Meta(description="As the page names it")]
    tdm_opt_out: Annotated[
        bool | None, Meta(description="Text and data mining is reserved (EU directive 2019/790, article 4)")
    ]


class Related(Struct, kw_only=True, frozen=True, gc=False):
    """Another story shown on the page. It is also an article of its own, under `article_id`."""

    article_id: ArticleId
    title: str | None
    source: Annotated[str, Meta(description="As printed")] | None
    age_text: Annotated[str, Meta(description='As printed: "38 minutes ago"')] | None
    published_at: Moment | None
    text: Annotated[str | None, Meta(description="As much of it as the page shows")]
    url: str | None


class Removed(Struct, kw_only=True, frozen=True, gc=False):
    """How much of the page was cut away as something else than the story, in characters."""

    kind: Literal["hashtags", "comments", "promo", "related", "nav"]
    chars: Count


class Provenance(Struct, kw_only=True, frozen=True, gc=False):
    """How a field was found."""

    method: Annotated[str, Meta(description="Where or by which rule")]
    confidence: Share


class Article(Struct, kw_only=True, gc=False):
    """The story of a page, and nothing else."""

    article_id: ArticleId
    url: Annotated[str | None, Meta(description="As the crawler gave it")]
    canonical_url: Annotated[str | None, Meta(description="The one address of the story, in normal form")]
    source: Source
    title: str | None
    authors: Annotated[list[str], Meta(description="As printed, without 'by'; empty rather than guessed")]
    published_at: Moment | None
    modified_at: Moment | None
    language: Language
    language_confidence: Share
    paragraphs: Annotated[list[str], Meta(description="The story in reading order, without its title")]
    text_sha256: Annotated[Sha256, Meta(description="SHA-256 of title and paragraphs joined by line feeds, in UTF-8")]
    word_count: Annotated[Count, Meta(description="Of the paragraphs")]
    images: list[Image]
    access: Access
    page_hashtags: Annotated[list[str], Meta(description="As printed, with #")]
    comments_count: Annotated[Count | None, Meta(description="As the page tells it")]
    related: list[Related]
    removed: list[Removed]
    provenance: Annotated[dict[str, Provenance], Meta(description="By name of the field")]
    part_of: Annotated[ArticleId | None, Meta(description="The page's article_id, on a story split out of that page")]


# -------------------------------------------------------------------------------------- dedupe: the same story once


class Neighbour(Struct, kw_only=True, frozen=True, gc=False):
    """An earlier article that resembles this one without being the same story."""

    article_id: ArticleId
    similarity: Share


class Dedupe(Struct, kw_only=True, frozen=True, gc=False):
    """Why the article passed."""

    verdict: Annotated[
        Literal["unique", "revision"], Meta(description="revision: a changed or fuller version of a known story")
    ]
    nearest: Annotated[list[Neighbour], Meta(description="Most similar first")]


class UniqueArticle(Article, kw_only=True, gc=False):
    """An article that is new, or a changed version of a known one."""

    revision: Annotated[int, Meta(ge=1, description="Counts the versions of this article")]
    story_id: Annotated[
        ArticleId, Meta(description="article_id of the story's first article; its copies and versions share it")
    ]
    supersedes: Annotated[list[ArticleId], Meta(description="Other articles that this one replaces")]
    dedupe: Dedupe


class Span(Struct, kw_only=True, frozen=True, gc=False):
    """A place in the article: `paragraphs[paragraph][start:end]`, in Unicode code points."""

    paragraph: Annotated[Count, Meta(description="Index in `paragraphs`, from 0")]
    start: Annotated[Count, Meta(description="Of the first character in the paragraph, in Unicode code points")]
    end: Annotated[Count, Meta(description="After the last character")]


class Passage(Span, kw_only=True, frozen=True, gc=False):
    """A place in the article and the words that stand there, verbatim."""

    text: str


class Duplicate(Struct, kw_only=True, gc=False):
    """The verdict on an article that repeats an earlier one, and its evidence."""

    article_id: ArticleId
    url: str | None
    source: Source
    title: str | None
    language: Language
    part_of: ArticleId | None
    story_id: Annotated[ArticleId, Meta(description="As on the article that it repeats")]
    duplicate_of: Annotated[ArticleId, Meta(description="The article that it repeats")]
    kind: Annotated[
        Literal["exact", "near", "contained", "revision_unchanged"],
        Meta(description="revision_unchanged: the same article once more, its text as before"),
    ]
    similarity: Share
    shared_passages: Annotated[list[Passage], Meta(description="Places in the duplicate of words that both hold")]


# ------------------------------------------------------------------------------------------------ tag and summarise


class Keyword(Struct, kw_only=True, frozen=True, gc=False):
    """A phrase of the article, as a person would write it."""

    text: str
    score: Share


class Entity(Struct, kw_only=True, frozen=True, gc=False):
    """A name and every place where it stands."""

    text: str
    type: Literal["person", "organisation", "place", "other"]
    offsets: list[Span]
    score: Share


class Topic(Struct, kw_only=True, frozen=True, gc=False):
    """A concept of the IPTC Media Topics."""

    id: Annotated[str, Meta(description="URI of the concept")]
    name: str
    top_level: Annotated[str, Meta(description="Name of the top-level concept above it")]
    confidence: Share


class TaggedArticle(UniqueArticle, kw_only=True, gc=False):
    """With what people search and click."""

    keywords: list[Keyword]
    entities: list[Entity]
    topics: list[Topic]
    hashtags: Annotated[list[str], Meta(description="With #, best first")]


# Why a language model's summary is not there: it was not asked, did not answer, or what it said was not kept.
FallbackReason = Literal[
    "budget",  # the calls of the minute or the day are spent
    "breaker",  # it failed again and again lately, so it is left alone for a while
    "timeout",  # no answer within the batch's deadline
    "rate_limited",  # 429, after retries
    "unavailable",  # no connection, or 5xx, after retries
    "refused",  # another 4xx: key, model or request are not accepted
    "malformed",  # no JSON in the form asked for, or larger than any summary
    "length",  # too short or too long
    "language",  # not the article's
    "unfaithful",  # says what the article does not: a number, a name, an address, or too many words
    "off_topic",  # not about what the article is about
]


class Summary(Struct, kw_only=True, frozen=True, gc=False):
    """The story in at most three sentences."""

    text: str
    headline: Annotated[str, Meta(description="The story in at most 15 words")]
    bullets: Annotated[list[str], Meta(max_length=3, description="The story in points, each a sentence")]
    kind: Literal["extractive", "abstractive"]
    sentences: Annotated[list[Passage], Meta(description="The sentences of the article that it rests on")]
    method: Annotated[str, Meta(description="Name of the algorithm or model")]
    fallback_reason: Annotated[
        FallbackReason | None, Meta(description="Why a simpler method than the one asked for was used")
    ]


class EnrichedArticle(TaggedArticle, kw_only=True, gc=False):
    """The finished article. `missing` names what could not be found; `complete` says that nothing is missing."""

    summary: Summary | None
    complete: bool
    missing: list[str]


# What the last stage looks for: these make `complete`. Narrower topics are told in one language: elsewhere they lack.
EXPECTED = ("title", "body", "published_at", "language", "keywords", "entities", "topics", "narrower_topics", "summary")
NARROWER_TOPICS_IN = "en"
