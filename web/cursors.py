"""Cursors: where a listing goes on, as a text that means nothing to its reader."""

import base64
import json
from datetime import UTC, datetime

from db.library_records import Order, Place
from db.records import is_trailer_id
from web.errors import Refused

MAX_LENGTH = 400


def write_cursor(place: Place, order: Order) -> str:
    """Return the cursor of a place in an order."""
    value = place.value.isoformat() if isinstance(place.value, datetime) else place.value
    return base64.urlsafe_b64encode(json.dumps([order, value, place.trailer_id]).encode()).decode().rstrip("=")


def read_cursor(text: str, order: Order) -> Place:
    """Return the place of a cursor; raises Refused for one that isn't ours, or of another order."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        of, value, trailer_id = json.loads(data)
        place = Place(_value(value, order), trailer_id)
    except (ValueError, TypeError, OverflowError, RecursionError) as exc:
        raise Refused("bad_request", "cursor: it is none of this listing; begin without one") from exc
    if of != order or not (isinstance(trailer_id, str) and is_trailer_id(trailer_id)):
        raise Refused("bad_request", "cursor: it belongs to another order; begin without one")
    return place


def _value(value: object, order: Order) -> float | datetime:
    if order == "newest":
        if not isinstance(value, str):
            raise TypeError("no time")
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no score")
    return float(value)
