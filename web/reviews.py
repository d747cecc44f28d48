"""Reviews by callers: what can't be saved or undone is refused."""

from collections.abc import Mapping

from db.labelling.layers import find_review
from db.library_records import Decision, LibraryTrailer, Review, Undo
from db.store import Store
from web.errors import Refused
from web.request_bodies import NewReview
from worker.reviewing import saving


def save_review(
    store: Store,
    trailer: LibraryTrailer,
    decisions: Mapping[str, Decision],
    *,
    reviewer: str,
    note: str | None,
    reasons: Mapping[str, str] | None = None,
) -> Review:
    """Store a review; raises Refused for decisions that make none, and where others review the trailer all the while.

    Accepted and added genres become labels, rejected ones are removed, all others stay and are confirmed. A genre may
    be a word of the house.
    """
    taxonomy = store.taxonomies.current()
    words = {each: [word for word, its in decisions.items() if its == each] for each in set(decisions.values())}
    try:
        read = saving.read_decisions(trailer, words, taxonomy)
        why = saving.read_reasons(trailer, reasons or {}, taxonomy)
        saved = saving.save_review(store, trailer, read, reviewer=reviewer, note=note, reasons=why)
    except ValueError as exc:
        raise Refused("bad_request", f"decisions: {exc}") from exc
    if saved is None:
        raise Refused("conflict", f"others are reviewing {trailer.trailer_id} just now; try again")
    return saved


def find_sent_before(store: Store, trailer: LibraryTrailer, new: NewReview, *, reviewer: str) -> Review | None:
    """Return the review in effect if it is this one, which is sent again because its response was lost.

    Raises Refused (conflict) if another review has come, or was undone, since the one that the reviewer has seen.
    """
    layer = find_review(trailer.layers)
    last = store.reviews.get(layer.review_id) if layer and layer.review_id else None
    if new.seen is None or new.seen == (last.review_id if last else ""):
        return None
    if last is None:
        raise Refused(
            "conflict", f"the review of {trailer.trailer_id} was undone since you saw it; look at its tags now"
        )
    if (last.reviewer, dict(last.decisions), last.note) == (reviewer, new.decisions, new.note):
        return last
    raise Refused(
        "conflict", f"{last.reviewer} has reviewed {trailer.trailer_id} since you saw it; look at its tags now"
    )


def undo_review(store: Store, trailer_id: str, *, reviewer: str, review_id: str | None) -> Undo:
    """Take back the last review of a trailer; raises Refused (conflict) where there is none, or not the one named."""
    undo = store.reviews.undo(trailer_id, reviewer=reviewer, review_id=review_id)
    if undo is None:
        which = f"{review_id!r} is not the last review of {trailer_id}" if review_id else f"{trailer_id} has no review"
        raise Refused("conflict", f"{which}: nothing was undone")
    return undo
