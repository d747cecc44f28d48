"""Reviews: what a person decides about each genre, turned into the labels that follow from it."""

from collections.abc import Mapping

from classifier.genres import CANONICAL
from db.fields import row_labels
from db.library_records import Decision, LibraryTrailer, NewReview, Review
from db.store import Store
from web.errors import Refused


def review(
    store: Store, trailer: LibraryTrailer, decisions: Mapping[str, Decision], *, reviewer: str, note: str | None
) -> Review:
    """Keep a review: genres accepted or added become labels, rejected ones are none, all others stay as they were.

    Raises Refused for a genre that neither the verdict, the labels nor IMDb's vocabulary has.
    """
    judged = trailer.verdict.scores if trailer.verdict else {}
    for genre in decisions:
        if genre not in judged and genre not in CANONICAL and genre not in trailer.labels.genres:
            raise Refused("bad_request", f"decisions: {genre!r} is no genre; there are {', '.join(CANONICAL)}")
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
