"""Cursors: the place where a listing continues, as an opaque text."""

import base64
import json
from datetime import UTC, datetime
from typing import Literal

from db.labelling.review_queue import QueueOrder
from db.library_records import Order, Place
from db.records import is_trailer_id
from web.errors import Refused

MAX_LENGTH = 800
Listing = Order | QueueOrder | Literal["audit"]


def write_cursor(place: Place, order: Listing) -> str:
    """Return the cursor of a place in an order."""
    value = place.value.isoformat() if isinstance(place.value, datetime) else place.value
    return (
        base64.urlsafe_b64encode(json.dumps([order, value, place.trailer_id], ensure_ascii=False).encode())
        .decode()
        .rstrip("=")
    )


def read_cursor(text: str, order: Listing) -> Place:
    """Return the place of a cursor; raises Refused for one that is not ours, or of another order."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        written_order, value, trailer_id = json.loads(data)
        place = Place(_parse_value(value, order), trailer_id)
    except (ValueError, TypeError, OverflowError, RecursionError) as exc:
        raise Refused("bad_request", "cursor: not a cursor of this listing; start without one") from exc
    if written_order != order or not (isinstance(trailer_id, str) and is_trailer_id(trailer_id)):
        raise Refused("bad_request", "cursor: it belongs to another sort order; start without one")
    return place


def _parse_value(value: object, order: Listing) -> float | datetime | str:
    if order in ("newest", "changed", "title"):
        if not isinstance(value, str):
            raise TypeError("not a time or a title")
        return value if order == "title" else datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a score")
    return float(value)
