"""Exports of reviews: a table of them, the oldest first, that an import reads back."""

from collections.abc import Iterator
from itertools import islice

from db.library_records import ReviewQuery
from db.store import Store
from worker.exporting.tables import Row, Table
from worker.reviewing.rows import COLUMNS, to_row

CHUNK = 500


def review_table(store: Store, wanted: ReviewQuery) -> Table:
    """Return the reviews as a table, read while it is written."""
    return Table(COLUMNS, _read(store, wanted))


def _read(store: Store, wanted: ReviewQuery) -> Iterator[Row]:
    reviews = store.reviews.iterate(wanted)
    while chunk := list(islice(reviews, CHUNK)):
        trailers = store.library.get_all({review.trailer_id for review in chunk})
        yield from (to_row(review, trailers.get(review.trailer_id)) for review in chunk)
