"""The queue of reviews: what a person reviews next, what they put off, and what is assigned to whom."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query

from db.labelling.review_queue import QueueOrder
from web import review_responses as responses
from web.api.routing import CallerDep, Cursor, ServiceDep, TrailerId, make_router
from web.api.trailers import trailer_document
from web.cursors import read_cursor, write_cursor
from web.errors import Refused
from web.library_search import MAX_PAGE, read_genres
from web.request_bodies import Assignment, Reviewer
from worker.documents import fields_of

router = make_router("reviews")


@router.get("/reviews/queue", response_model=responses.ReviewQueue)
def list_review_queue(
    service: ServiceDep,
    caller: CallerDep,
    reviewer: Annotated[Reviewer | None, Query(description="whose queue; the caller's unless given")] = None,
    order: Annotated[QueueOrder, Query(description="what comes first")] = "disputed",
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="at most this many")] = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """List what somebody reviews next: what is assigned to them, then what is nobody's, then what they have skipped.

    The order `learning` begins with what would teach a model most. `next` is the cursor of the next page.
    """
    after = read_cursor(cursor, order) if cursor else None
    page = service.store.review_queue.find(reviewer or caller.name, order, limit=limit, after=after)
    stored = service.store.library.get_all([each.trailer_id for each in page.trailers])
    return {
        "reviewer": reviewer or caller.name,
        "order": order,
        "trailers": [
            {**trailer_document(stored[each.trailer_id]), **fields_of(each)}
            for each in page.trailers
            if each.trailer_id in stored
        ],
        "next": write_cursor(page.next, order) if page.next else None,
    }


@router.post("/reviews/assign", response_model=responses.Assigned)
def assign_reviews(new: Assignment, service: ServiceDep, caller: CallerDep) -> dict[str, Any]:
    """Ask somebody to review matching trailers that wait and are nobody's, or take back what was assigned.

    What is assigned comes first in that person's queue, and in nobody else's.
    """
    queue = service.store.review_queue
    wanted = new.to_query(read_genres(service.store, "genre", new.genre))
    if new.clear:
        return {"to": new.to, "assigned": 0, "cleared": queue.clear(wanted, to=new.to)}
    if new.to is None:
        raise Refused("bad_request", "to: name the person who is to review")
    n_assigned = queue.assign(wanted, to=new.to, by=caller.name, limit=new.limit, second_opinion=new.second_opinion)
    return {"to": new.to, "assigned": n_assigned, "cleared": 0}


@router.post("/trailers/{trailer_id}/review/skip", status_code=201, response_model=responses.Skipped)
def skip_review(trailer_id: TrailerId, service: ServiceDep, caller: CallerDep) -> dict[str, str | datetime]:
    """Put a trailer at the end of the caller's queue; it stays where it is in everybody else's."""
    time = service.store.review_queue.skip(trailer_id, reviewer=caller.name)
    if time is None:
        raise Refused("not_found", f"{trailer_id} is not stored; submit it to have it analysed")
    return {"trailer_id": trailer_id, "reviewer": caller.name, "skipped_at": time}
