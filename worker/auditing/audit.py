"""The audit of the library: its trailers ranked by how likely it is that a tag is wrong or missing."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from classifier.arrays import Bools, Floats
from classifier.data.label_matrix import label_matrix
from classifier.evaluation.audit import Doubts, find_doubts
from db.fields import row_labels
from db.library_records import ScoredTrailer
from db.store import Store

ALSO = 0.25  # of the likeliest mistake: one of the other kind that is as likely is suggested with it


@dataclass(frozen=True, slots=True)
class Doubt:
    """A genre that is likely to be wrong or missing, and the probability that this is the trailer's mistake."""

    genre: str
    probability: float


@dataclass(frozen=True, slots=True)
class Finding:
    """A trailer with the probability that a tag is wrong or missing, and the likeliest mistake of either kind.

    `tags` are those that were audited, `suggestion` those that it should rather have.
    """

    trailer_id: str
    probability: float
    tags: tuple[str, ...]
    doubtful: Doubt | None
    missing: Doubt | None
    suggestion: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """The doubts about all trailers that have tags and a prediction, and how many have none.

    `tags` and `doubts.genres` are of shape (trailers, genres).
    """

    trailers: tuple[ScoredTrailer, ...]
    genres: tuple[str, ...]
    tags: Bools
    doubts: Doubts
    n_untagged: int
    n_unscored: int

    @property
    def n_reviewed(self) -> int:
        """The number of trailers whose tags come from a review."""
        return sum(trailer.reviewed_at is not None for trailer in self.trailers)

    def rank(self, *, genre: str | None = None, reviewed: bool = False) -> Iterator[Finding]:
        """Yield the findings from the likeliest mistake down, equal ones by id: any mistake, or only in a genre.

        Trailers whose tags come from a review are left out unless `reviewed`.
        """
        places = [place for place, name in enumerate(self.genres) if genre in (None, name)]
        doubts = self.doubts.genres[:, places]
        totals = doubts.sum(axis=1)
        for row in np.argsort(-totals, kind="stable").tolist():
            if totals[row] > 0 and (reviewed or self.trailers[row].reviewed_at is None):
                yield self._find(row, doubts[row], places)

    def _find(self, row: int, doubts: Floats, places: list[int]) -> Finding:
        trailer = self.trailers[row]
        likeliest = sorted(zip(doubts.tolist(), places, strict=True), key=lambda pair: -pair[0])
        by_kind = {
            is_tag: [pair for pair in likeliest if self.tags[row, pair[1]] == is_tag] for is_tag in (True, False)
        }
        doubtful, missing = (
            next((Doubt(self.genres[place], chance) for chance, place in by_kind[is_tag] if chance), None)
            for is_tag in (True, False)
        )
        tags = trailer.labels.genres
        return Finding(
            trailer.trailer_id, float(doubts.sum()), tags, doubtful, missing, _suggest(tags, doubtful, missing)
        )


def make_audit(store: Store) -> Audit:
    """Return the audit of all stored trailers, from their newest predictions and the tags in effect."""
    trailers: list[ScoredTrailer] = []
    n_untagged = n_unscored = 0
    for trailer in store.library.iterate_scored():
        if not row_labels(trailer.labels).named:
            n_untagged += 1
        elif not trailer.scores:
            n_unscored += 1
        else:
            trailers.append(trailer)
    rows = [row_labels(trailer.labels) for trailer in trailers]
    genres = tuple(
        sorted({name for trailer in trailers for name in trailer.scores}.union(*(row.named for row in rows)))
    )
    tags, known = label_matrix(rows, genres)
    scores = np.full(tags.shape, np.nan)
    for place, trailer in enumerate(trailers):
        scores[place] = [trailer.scores.get(genre, np.nan) for genre in genres]
    groups = [trailer.film_id or trailer.trailer_id for trailer in trailers]
    doubts = find_doubts(tags, scores, known=known, groups=groups)
    return Audit(tuple(trailers), genres, tags, doubts, n_untagged, n_unscored)


def _suggest(tags: tuple[str, ...], doubtful: Doubt | None, missing: Doubt | None) -> tuple[str, ...]:
    """Return the tags without the doubtful one, with the missing one, or both: a tag is left, if only the missing."""
    wrong, lacking = (doubt.probability if doubt else 0.0 for doubt in (doubtful, missing))
    kept = [tag for tag in tags if not (doubtful and tag == doubtful.genre and wrong >= ALSO * lacking)]
    if missing and (lacking >= ALSO * wrong or not kept):
        kept.append(missing.genre)
    return tuple(kept)
