"""Cursors: the place where a listing continues, as an opaque text."""

import base64
import json
from datetime import UTC, datetime
from typing import Any, Literal

from db.labelling.review_queue import QueueOrder
from db.library_records import Order, Place
from db.queue.job_records import Moment
from db.records import is_trailer_id
from web.errors import Refused

MAX_LENGTH = 800
Listing = Order | QueueOrder | Literal["audit"]
TimeListing = Literal["jobs", "batches"]
NOT_OURS = "cursor: not a cursor of this listing; start without one"


def write_cursor(place: Place, order: Listing) -> str:
    """Return the cursor of a place in an order."""
    value = place.value.isoformat() if isinstance(place.value, datetime) else place.value
    return _encode([order, value, place.trailer_id])


def read_cursor(text: str, order: Listing) -> Place:
    """Return the place of a cursor; raises Refused for one that is not ours, or of another order."""
    try:
        written_order, value, trailer_id = _decode(text)
        place = Place(_parse_value(value, order), trailer_id)
    except (ValueError, TypeError, OverflowError, RecursionError) as exc:
        raise Refused("bad_request", NOT_OURS) from exc
    if written_order != order or not (isinstance(trailer_id, str) and is_trailer_id(trailer_id)):
        raise Refused("bad_request", "cursor: it belongs to another sort order; start without one")
    return place


def write_moment(moment: Moment, listing: TimeListing) -> str:
    """Return the cursor of a moment in a listing by time."""
    return _encode([listing, moment[0].isoformat(), moment[1]])


def read_moment(text: str, listing: TimeListing) -> Moment:
    """Return the moment of a cursor; raises Refused for one that is not of this listing."""
    try:
        written, time, key = _decode(text)
        moment = datetime.fromisoformat(time).astimezone(UTC), str(key).encode().decode()
    except (ValueError, TypeError, OverflowError, RecursionError) as exc:
        raise Refused("bad_request", NOT_OURS) from exc
    if written != listing:
        raise Refused("bad_request", NOT_OURS)
    return moment


def _encode(parts: list[object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, ensure_ascii=False).encode()).decode().rstrip("=")


def _decode(text: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _parse_value(value: object, order: Listing) -> float | datetime | str:
    if order in ("newest", "changed", "title"):
        if not isinstance(value, str):
            raise TypeError("not a time or a title")
        return value if order == "title" else datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a score")
    return float(value)
