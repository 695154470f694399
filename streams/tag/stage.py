"""The tag stage: what people search and click. Its front door is `tag`."""

from collections.abc import Iterator, Sequence

from streams.events import TaggedArticle, UniqueArticle
from streams.settings import Settings
from streams.tag.entities import entities
from streams.tag.hashtags import hashtags
from streams.tag.keywords import keywords
from streams.tag.tokens import read
from streams.tag.topics import topics

# 40,000 words, a short novel, take half a second, and a page may take two. The longest of 897 web pages has 50,525.
MOST_CHARACTERS = 2**18


def tag(article: UniqueArticle, *, entity_model: str = "") -> TaggedArticle:
    """Add keywords, entities, topics and hashtags to an article.

    A pure function of the article: no clock, no network, no model to download. It raises nothing for any text. Of a
    text that is longer than any article the beginning is read.

    Args:
        article: what dedupe let pass; its `language` chooses the rules, its `page_hashtags` come first.
        entity_model: finds the names instead of our rules, as in `recognise.py`; empty: the rules.

    Returns:
        The article with `keywords` (at most 15, best first), `entities` (at most 50, exact offsets), `topics` (at most
        3 of the IPTC Media Topics, surest first) and `hashtags` (at most 8). What cannot be found is an empty list:
        topics in a language without a lexicon, entities in a script without capitals.
    """
    paragraphs = list(_begin(article.paragraphs))
    named = entities(paragraphs, article.language, entity_model)
    reading = read(article.title, paragraphs, article.language)
    found = keywords(reading)
    return TaggedArticle(
        **{name: getattr(article, name) for name in UniqueArticle.__struct_fields__},
        keywords=found,
        entities=named,
        topics=topics(reading),
        hashtags=hashtags(article.page_hashtags, named, found),
    )


def _begin(paragraphs: Sequence[str]) -> Iterator[str]:
    left = MOST_CHARACTERS
    for paragraph in paragraphs:
        yield paragraph[:left]
        left -= len(paragraph)
        if left <= 0:
            return


def by_rules(settings: Settings) -> bool:
    """Whether our own rules find the names: a recogniser of the operator's choice needs more than a page may take."""
    return not settings.entity_model


def warm() -> None:
    """Load the tables of names and topics: half a second, which no article is to wait for."""
    told = ["Ingrid Dahle, the mayor of Norvik, said on Tuesday that the harbour council had voted for the pier."]
    entities(told, "en", "")
    topics(read("Norvik votes for a pier", told, "en"))
