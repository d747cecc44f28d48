"""The layers of a trailer's tags, one for each source, and all that follows from them: its labels, its last review.

Nothing here knows the database. Layers are never changed in place; each function returns new ones.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from classifier.data.label_matrix import OTHER_SOURCE, RowLabels
from classifier.genres import CANONICAL
from classifier.taxonomy import HOUSE, Taxonomy, read_tags
from db.records import TrailerLabels

REVIEW = "review"
ORDER = (  # of two layers that decide a genre, the earlier one here counts
    REVIEW, HOUSE, "imdb", "tmdb", "movielens", "lmtd9", "movienet", "trailers12k", "trailers15k", OTHER_SOURCE,
)  # fmt: skip
MAX_EARLIER = 20
GENRES = frozenset(CANONICAL)
TICK = timedelta(milliseconds=1)  # the finest time that MongoDB stores


@dataclass(frozen=True, slots=True)
class EarlierTags:
    """The tags that a source gave before."""

    genres: tuple[str, ...]
    known: tuple[str, ...] | None = None
    at: datetime | None = None
    list: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """The tags of a trailer by one source: canonical genres, and words that were not understood, as written.

    `at` is when the source first gave these tags. `known` are the genres that it decided on, None for all of its
    vocabulary. `list` is the name of the list that gave them, `by` the person, `review_id` the review. Of the house's
    tags, `words` are those written, `taxonomy` is the version they were read by, and `offered` are the words that the
    list had to choose from, if that is known.
    """

    source: str
    genres: tuple[str, ...]
    at: datetime
    known: tuple[str, ...] | None = None
    list: str | None = None
    by: str | None = None
    review_id: str | None = None
    words: tuple[str, ...] | None = None
    taxonomy: int | None = None
    offered: tuple[str, ...] | None = None
    earlier: tuple[EarlierTags, ...] = ()

    @property
    def row(self) -> RowLabels:
        """Its tags in canonical genres."""
        return RowLabels(self.genres, self.source, self.known)

    @property
    def decided(self) -> frozenset[str]:
        """The genres about which it says yes or no, and the other words that it names."""
        return self.row.decided.union(self.genres)

    def means_as(self, other: "Layer | EarlierTags") -> bool:
        """Tell whether it says the same of the genres as another, in whatever order and words."""
        return set(self.genres) == set(other.genres) and _as_set(self.known) == _as_set(other.known)


Layers = tuple[Layer, ...]  # one a source, in the order in which they decide


def make_layer(labels: TrailerLabels, at: datetime, taxonomy: Taxonomy) -> Layer | None:
    """Return the layer of a source's labels, None if they say nothing; here words become genres.

    A source that is neither a person nor a vocabulary is a list of the house, in words of its `taxonomy`.
    """
    source, name = labels.source or OTHER_SOURCE, labels.list
    if source not in ORDER:
        source, name = HOUSE, name or source
    layer = _read(Layer(source, (), at, list=name), labels.genres, taxonomy, labels.offered)
    if labels.known is not None:
        layer = replace(layer, known=labels.known)
    return None if not layer.genres and layer.known is None else layer


def read_again(layers: Layers, taxonomy: Taxonomy) -> Layers:
    """Return the layers with the house's words as this taxonomy reads them; the source has said nothing new."""
    return tuple(
        _read(layer, layer.words or layer.genres, taxonomy, layer.offered or ()) if layer.source == HOUSE else layer
        for layer in layers
    )


def _read(layer: Layer, words: tuple[str, ...], taxonomy: Taxonomy, offered: tuple[str, ...]) -> Layer:
    """Return a layer with what these words of its source mean."""
    tags = read_tags(words, layer.source, taxonomy, offered)
    return replace(
        layer,
        genres=tags.genres,
        known=tags.known,
        words=tags.words or None,
        taxonomy=tags.taxonomy,
        offered=tags.offered or None,
    )


def add_layer(layers: Layers, new: Layer) -> Layers:
    """Return the layers with the new tags of a source; those it gave before are kept with them, unless the same.

    Other words that mean the same are kept, too, but are nothing new: they are as old as the tags. Nor are tags that
    the source gave before and gives again, as where two lists are run by turns.
    """
    old = next((layer for layer in layers if layer.source == new.source), None)
    if old and old.means_as(new):
        same = set(old.words or ()) == set(new.words or ())
        return layers if same else _replace(layers, replace(new, at=old.at, earlier=old.earlier))
    if old:
        before = EarlierTags(old.genres, old.known, old.at, old.list, old.by)
        first = next((tags for tags in old.earlier if new.means_as(tags)), None)
        others = tuple(tags for tags in old.earlier if tags is not first)
        at = first.at if first and first.at else new.at
        new = replace(new, at=at, earlier=(*others, before)[-MAX_EARLIER:])
    return _replace(layers, new)


def replace_review(layers: Layers, review: Layer | None) -> Layers:
    """Return the layers with another review, or none; earlier reviews have a collection of their own."""
    return _replace(layers, review) if review else tuple(layer for layer in layers if layer.source != REVIEW)


def find_review(layers: Layers) -> Layer | None:
    """Return the layer of the review in effect."""
    return next((layer for layer in layers if layer.source == REVIEW), None)


def effective_labels(layers: Layers) -> TrailerLabels:
    """Return the labels that follow from the layers: of a genre the first that decides it counts.

    `source` is the first that says anything. `known` is None where one layer alone counts and has none itself. Genres
    keep the order that lists gave them, as the first may be the main one; those of reviews alone come last.
    """
    genres: set[str] = set()
    decided: set[str] = set()
    counting: list[Layer] = []
    for layer in layers:
        new = layer.decided - decided
        if new:
            counting.append(layer)
            genres |= new.intersection(layer.genres)
            decided |= new
    if not counting:
        return TrailerLabels()
    alone = len(counting) == 1 and counting[0].known is None
    known = None if alone else tuple(sorted(frozenset().union(*(layer.row.decided for layer in counting))))
    named = [genre for layer in sorted(layers, key=lambda layer: layer.source == REVIEW) for genre in layer.genres]
    ordered = tuple(genre for genre in dict.fromkeys(named) if genre in genres)
    return TrailerLabels(ordered, counting[0].source, known=known)


def contested_by(layers: Layers) -> Layers:
    """Return the layers that contradict the review in effect."""
    review = find_review(layers)
    return tuple(layer for layer in layers if review and _contradicts(layer, review))


def reviewed_at(layers: Layers) -> datetime | None:
    """Return the time of the review in effect, None where there is none, or other tags have contradicted it since."""
    review = find_review(layers)
    if review is None or any(layer.at > review.at for layer in contested_by(layers)):
        return None
    return review.at


def next_time(layers: Layers, now: datetime) -> datetime:
    """Return the time of a change: now, but after all changes before it, whatever their machines' clocks said."""
    return max([now, *(layer.at + TICK for layer in layers)])


def _contradicts(layer: Layer, review: Layer) -> bool:
    """Tell whether a layer names a genre that the review doesn't, or says no to one that the review names.

    Genres count that its source has no name for, too, as they do among the tags; words that are no genres don't.
    """
    named, reviewed = (GENRES.intersection(each.genres) for each in (layer, review))
    return bool(named - reviewed or (reviewed - named) & layer.row.decided)


def _replace(layers: Layers, new: Layer) -> Layers:
    others = (layer for layer in layers if layer.source != new.source)
    return tuple(sorted((*others, new), key=lambda layer: ORDER.index(layer.source)))


def _as_set(known: tuple[str, ...] | None) -> frozenset[str] | None:
    return None if known is None else frozenset(known)
