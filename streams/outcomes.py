"""What a stage can make of an article, besides an event for its next topic.

A stage returns an event, a list of them, or one of these; it raises `streams.errors.Refused` for input that holds no
article. The runner writes each outcome where it belongs: nothing else happens to a record.
"""

from msgspec import Struct

from streams.errors import ErrorCode
from streams.events import ArticleId, Related


class TakeDown(Struct, kw_only=True, frozen=True):
    """The article is to be shown no more: a tombstone goes down the chain under its id."""

    article_id: ArticleId
    reason: str


class PartRefused(Struct, kw_only=True, frozen=True):
    """One story of a page could not be made an article; the page and its other stories go on.

    `part` is the value of the dead letter: what the page showed of the story.
    """

    part: Related
    part_of: ArticleId
    code: ErrorCode
    message: str
