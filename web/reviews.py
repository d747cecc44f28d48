"""Reviews: a person's decision on each genre, the labels that follow, and how they are taken back."""

from collections.abc import Mapping

from db.labelling.decisions import make_review
from db.library_records import Decision, LibraryTrailer, Review, Undo
from db.store import Store
from web.errors import Refused
from web.library_search import find_trailer

MAX_TRIES = 20  # each time some other review of the trailer has been saved


def save_review(
    store: Store, trailer: LibraryTrailer, decisions: Mapping[str, Decision], *, reviewer: str, note: str | None
) -> Review:
    """Store a review: accepted and added genres become labels, rejected ones are removed, all others stay.

    What stays is confirmed, and the review's from then on. Raises Refused for a genre that neither the verdict, the
    labels nor IMDb's vocabulary has, and where others review the trailer all the while.
    """
    for _ in range(MAX_TRIES):
        try:
            new = make_review(trailer, decisions, reviewer=reviewer, note=note)
        except ValueError as exc:
            raise Refused("bad_request", f"decisions: {exc}") from exc
        if saved := store.reviews.save(new):
            return saved
        trailer = find_trailer(store, trailer.trailer_id)
    raise Refused("conflict", f"others are reviewing {trailer.trailer_id} just now; try again")


def undo_review(store: Store, trailer_id: str, *, reviewer: str, review_id: str | None) -> Undo:
    """Take back the last review of a trailer; raises Refused (conflict) where there is none, or not the one named."""
    undo = store.reviews.undo(trailer_id, reviewer=reviewer, review_id=review_id)
    if undo is None:
        which = f"{review_id!r} is not the last review of {trailer_id}" if review_id else f"{trailer_id} has no review"
        raise Refused("conflict", f"{which}: nothing was undone")
    return undo
