"""Response bodies about tags: in effect, by each source, and the words of the house."""

from datetime import datetime

from web.api_model import ApiModel


class Labels(ApiModel):
    """The tags of a trailer that are in effect."""

    genres: list[str]
    """the genres, and words of lists that are not understood"""
    source: str | None
    """the first source that says anything, null: none does"""
    imdb_id: str | None
    """IMDb's id of the film"""


class EarlierTags(ApiModel):
    """The tags that a source gave before."""

    genres: tuple[str, ...]
    """the genres"""
    known: tuple[str, ...] | None
    """the genres that it decided on, null: all of its vocabulary"""
    at: datetime | None
    """when it gave them"""
    list: str | None
    """the name of the list that they came with"""
    by: str | None
    """the person who gave them"""


class Layer(ApiModel):
    """The tags of a trailer by one source; `labels` follow from all of them."""

    source: str
    """review, house, or the name of a data set"""
    genres: tuple[str, ...]
    """the genres, and words that are not understood, as written"""
    known: tuple[str, ...] | None
    """the genres that it decided on, null: all of its vocabulary"""
    at: datetime
    """when it first gave these tags"""
    list: str | None
    """the name of the list that they came with"""
    by: str | None
    """the person who gave them"""
    review_id: str | None
    """the review that they came from"""
    words: tuple[str, ...] | None
    """the house's words, as written"""
    taxonomy: int | None
    """the version of the house taxonomy by which they were read"""
    offered: tuple[str, ...] | None
    """the words that the list had to choose from, null: that is not known"""
    earlier: tuple[EarlierTags, ...]
    """what it said before, the oldest first"""


class HouseWord(ApiModel):
    """A word of the house."""

    word: str
    """as the house writes it"""
    genres: list[str]
    """the genres that it means; none: it is not a genre"""


class Taxonomy(ApiModel):
    """A version of the house taxonomy."""

    version: int
    """1 for the first"""
    name: str
    """the name of the file that it was imported from"""
    words: list[HouseWord]
    """its words, in their order"""
    created_at: datetime
    """when it was imported"""
