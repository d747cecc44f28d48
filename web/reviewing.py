"""Reviews: what a person decides about each genre, turned into the labels that follow from it."""

from collections.abc import Mapping

from classifier.genres import CANONICAL, known_genres, read_genres
from db.library_records import Decision, LibraryTrailer, NewReview, Review
from db.store import Store
from web.errors import Refused

OTHER_SOURCE = "other"


def review(
    store: Store, trailer: LibraryTrailer, decisions: Mapping[str, Decision], *, reviewer: str, note: str | None
) -> Review:
    """Keep a review: genres accepted or added become labels, rejected ones are none, all others stay as they were.

    Raises Refused for a genre that neither the verdict nor IMDb's vocabulary has.
    """
    judged = trailer.verdict.scores if trailer.verdict else {}
    for genre in decisions:
        if genre not in judged and genre not in CANONICAL:
            raise Refused("bad_request", f"decisions: {genre!r} is no genre; there are {', '.join(CANONICAL)}")
    labels = trailer.labels
    source = labels.source or OTHER_SOURCE
    before = read_genres(labels.genres, source).genres
    rejected = {genre for genre, decision in decisions.items() if decision == "reject"}
    chosen = [genre for genre, decision in decisions.items() if decision != "reject"]
    told = (known_genres(source) if labels.known is None else labels.known) if before else ()
    return store.reviews.save(
        NewReview(
            trailer_id=trailer.trailer_id,
            model_id=trailer.verdict.model_id if trailer.verdict else None,
            decisions=decisions,
            genres=tuple(genre for genre in dict.fromkeys((*before, *chosen)) if genre not in rejected),
            known=tuple(sorted({*told, *decisions})),
            labels_before=labels,
            reviewer=reviewer,
            note=note,
        )
    )
