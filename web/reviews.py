"""Reviews: a person's decision on each genre, and the labels that follow."""

from collections.abc import Mapping

from classifier.genres import CANONICAL
from db.fields import row_labels
from db.library_records import Decision, LibraryTrailer, NewReview, Review
from db.store import Store
from web.errors import Refused


def save_review(
    store: Store, trailer: LibraryTrailer, decisions: Mapping[str, Decision], *, reviewer: str, note: str | None
) -> Review:
    """Store a review: accepted and added genres become labels, rejected ones are removed, all others stay.

    Raises Refused for a genre that is neither in the verdict, the labels nor IMDb's vocabulary.
    """
    scores = trailer.verdict.scores if trailer.verdict else {}
    for genre in decisions:
        if genre not in scores and genre not in CANONICAL and genre not in trailer.labels.genres:
            raise Refused("bad_request", f"decisions: {genre!r} is not a known genre; known are {', '.join(CANONICAL)}")
    row = row_labels(trailer.labels)
    before = (*row.named, *row.unknown)
    rejected = {genre for genre, decision in decisions.items() if decision == "reject"}
    chosen = [genre for genre, decision in decisions.items() if decision != "reject"]
    return store.reviews.save(
        NewReview(
            trailer_id=trailer.trailer_id,
            model_id=trailer.verdict.model_id if trailer.verdict else None,
            decisions=decisions,
            genres=tuple(genre for genre in dict.fromkeys((*before, *chosen)) if genre not in rejected),
            known=tuple(sorted({*row.told, *decisions})),
            labels_before=trailer.labels,
            reviewer=reviewer,
            note=note,
        )
    )
