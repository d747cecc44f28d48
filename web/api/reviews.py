"""Reviews: all that people decided, where they differ, and how far they agree."""

from itertools import islice
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from db.labelling.decisions import MAX_REVIEWER
from db.library_records import Review as StoredReview
from db.library_records import ReviewQuery
from db.records import TRAILER_ID
from web.api.routing import CallerDep, ReviewId, ServiceDep, TrailerId, make_router
from web.errors import Refused
from web.library_search import MAX_PAGE, Time, find_trailer
from web.review_responses import Agreement, Disagreements, Review, Reviews, Undo
from web.reviews import undo_review
from web.service import Service
from worker.documents import fields_of
from worker.reviewing.documents import agreement_document, find_disagreements, review_document

router = make_router("reviews")
Cursor = Annotated[str, Field(pattern=r"^[0-9a-f]{24}$")]


class Page(BaseModel):
    """The parameters of a listing of reviews."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE, description="at most this many")] = 50
    cursor: Cursor | None = Field(default=None, description="`next` of the page before")


class ReviewSearch(Page):
    """The same, of some reviews alone."""

    trailer_id: Annotated[str, Field(pattern=f"^{TRAILER_ID}$")] | None = Field(
        default=None, description="of this trailer alone"
    )
    reviewer: Annotated[str, Field(max_length=MAX_REVIEWER)] | None = Field(
        default=None, description="by this person alone"
    )
    since: Time | None = Field(default=None, description="made on this day or later, or at this time (UTC)")


@router.get("/reviews", response_model=Reviews)
def list_reviews(search: Annotated[ReviewSearch, Query()], service: ServiceDep) -> dict[str, Any]:
    """List the reviews of all trailers, the newest first, those that were undone among them."""
    return _find(service, ReviewQuery(search.trailer_id, search.reviewer, search.since), search)


@router.get("/reviews/disagreements", response_model=Disagreements)
def list_disagreements(
    service: ServiceDep,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="at most this many")] = 50,
    cursor: Annotated[str, Query(pattern=f"^({TRAILER_ID})?$", description="`next` of the page before")] = "",
) -> dict[str, Any]:
    """List the trailers about which reviewers differ, each by their last review that isn't undone."""
    found = list(islice(find_disagreements(service.store, after=cursor), limit + 1))
    return {"disagreements": found[:limit], "next": found[limit - 1]["trailer_id"] if len(found) > limit else None}


@router.get("/reviews/agreement", response_model=Agreement)
def get_agreement(service: ServiceDep) -> dict[str, Any]:
    """Tell how far reviewers agree about each genre, over the trailers that several of them decided."""
    return agreement_document(service.store)


@router.get("/trailers/{trailer_id}/reviews", response_model=Reviews)
def list_trailer_reviews(trailer_id: TrailerId, page: Annotated[Page, Query()], service: ServiceDep) -> dict[str, Any]:
    """List the reviews of a trailer, the newest first, those that were undone among them."""
    find_trailer(service.store, trailer_id)
    return _find(service, ReviewQuery(trailer_id), page)


@router.get("/reviews/{review_id:review}", response_model=Review)
def get_review(review_id: ReviewId, service: ServiceDep) -> dict[str, Any]:
    """Get one review, also one that was undone."""
    return review_document(_get(service, review_id))


@router.delete("/reviews/{review_id:review}", response_model=Undo)
def delete_review(review_id: ReviewId, service: ServiceDep, caller: CallerDep) -> dict[str, Any]:
    """Take a review back, as undoing it does: the review itself is kept. 409 where it is not its trailer's last."""
    trailer_id = _get(service, review_id).trailer_id
    return fields_of(undo_review(service.store, trailer_id, reviewer=caller.name, review_id=review_id))


def _get(service: Service, review_id: str) -> StoredReview:
    review = service.store.reviews.get(review_id)
    if review is None:
        raise Refused("not_found", f"there is no review {review_id}")
    return review


def _find(service: Service, wanted: ReviewQuery, page: Page) -> dict[str, Any]:
    """Return a page of reviews; raises Refused for a cursor that is not ours."""
    limit, after = page.limit, service.store.reviews.get(page.cursor) if page.cursor else None
    if page.cursor and after is None:
        raise Refused("bad_request", "cursor: not a cursor of this listing; start without one")
    found = service.store.reviews.find(wanted, limit=limit + 1, after=after)
    documents = [review_document(review) for review in found[:limit]]
    return {"reviews": documents, "next": found[limit - 1].review_id if len(found) > limit else None}
