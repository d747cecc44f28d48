"""Decisions: what a person says of a trailer's genres, and the labels that follow. Nothing here knows the database."""

from collections.abc import Mapping

from classifier.genres import CANONICAL
from db.fields import row_labels
from db.library_records import Decision, LibraryTrailer, NewReview


def make_review(
    trailer: LibraryTrailer, decisions: Mapping[str, Decision], *, reviewer: str, note: str | None = None
) -> NewReview:
    """Return the review of a trailer as it was read: accepted and added genres become labels, rejected ones don't.

    What is left open stays and is confirmed. Raises ValueError for a genre that neither the verdict, the labels nor
    IMDb's vocabulary has.
    """
    for genre in decisions:
        if not is_genre_of(trailer, genre):
            raise ValueError(f"{genre!r} is not a known genre; known are {', '.join(CANONICAL)}")
    row = row_labels(trailer.labels)
    before = (*row.named, *row.unknown)
    rejected = {genre for genre, decision in decisions.items() if decision == "reject"}
    chosen = [genre for genre, decision in decisions.items() if decision != "reject"]
    return NewReview(
        trailer_id=trailer.trailer_id,
        model_id=trailer.verdict.model_id if trailer.verdict else None,
        decisions=decisions,
        genres=tuple(genre for genre in dict.fromkeys((*before, *chosen)) if genre not in rejected),
        known=tuple(sorted({*row.decided, *decisions})),
        labels_before=trailer.labels,
        reviewer=reviewer,
        note=note,
    )


def is_genre_of(trailer: LibraryTrailer, genre: str) -> bool:
    """Tell whether a genre is one of ours, of the trailer's verdict or among its tags."""
    scores = trailer.verdict.scores if trailer.verdict else {}
    return genre in CANONICAL or genre in scores or genre in trailer.labels.genres
