"""Decisions: what a person says of a trailer's genres, and the labels that follow. Nothing here knows the database."""

from collections.abc import Mapping
from typing import get_args

from classifier.genres import CANONICAL
from db.fields import row_labels
from db.library_records import Decision, LibraryTrailer, NewReview

MAX_DECISIONS = 60
MAX_REASON, MAX_NOTE, MAX_REVIEWER = 300, 2000, 100  # characters


def make_review(
    trailer: LibraryTrailer,
    decisions: Mapping[str, Decision],
    *,
    reviewer: str,
    note: str | None = None,
    reasons: Mapping[str, str] | None = None,
) -> NewReview:
    """Return the review of a trailer as it was read: accepted and added genres become labels, rejected ones don't.

    What is left open stays and is confirmed. Raises ValueError where nothing is decided, for a genre that neither the
    verdict, the labels nor IMDb's vocabulary has, and for a reason without a decision.
    """
    if not decisions:
        raise ValueError("nothing is decided; accept, reject or add at least one genre, such as a tag that is right")
    for genre in decisions:
        if not is_genre_of(trailer, genre):
            raise ValueError(f"{genre!r} is not a known genre; known are {', '.join(CANONICAL)}")
    reasons = reasons or {}
    check_reasons(decisions, reasons)
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
        reasons=reasons,
    )


def is_genre_of(trailer: LibraryTrailer, genre: str) -> bool:
    """Tell whether a genre is one of ours, of the trailer's verdict or among its tags."""
    scores = trailer.verdict.scores if trailer.verdict else {}
    return genre in CANONICAL or genre in scores or genre in trailer.labels.genres


def check_reasons(decisions: Mapping[str, Decision], reasons: Mapping[str, str]) -> None:
    """Raise ValueError for a reason that belongs to no decision, or is too long."""
    for genre, text in reasons.items():
        if genre not in decisions:
            raise ValueError(f"there is a reason for {genre!r}, but no decision")
        if not 0 < len(text) <= MAX_REASON:
            raise ValueError(f"the reason for {genre!r} has {len(text):,} characters; give 1 to {MAX_REASON}")


def merge_decisions(named: Mapping[Decision, tuple[str, ...]]) -> dict[str, Decision]:
    """Return the decision of each genre; raises ValueError for a genre of which two things are said, or too many."""
    decisions: dict[str, Decision] = {}
    for decision in get_args(Decision):
        for genre in named.get(decision, ()):
            if decisions.setdefault(genre, decision) != decision:
                raise ValueError(f"{genre!r} can't be both: {decisions[genre]} and {decision}")
    if len(decisions) > MAX_DECISIONS:
        raise ValueError(f"there are {len(decisions):,} decisions; a review has at most {MAX_DECISIONS}")
    return decisions
