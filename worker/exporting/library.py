"""Trailers of the library with their newest predictions, for exports: some at a time, in bounded memory."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from classifier.prediction import GenrePrediction
from db.library_records import LibraryPage, LibraryQuery, LibraryTrailer, Place
from db.predictions import LongPart
from worker.runtime import Runtime

AT_ONCE = 100  # trailers; their timelines take 20 MB
Pair = tuple[LibraryTrailer, GenrePrediction | None]


def read_trailers(
    runtime: Runtime, wanted: LibraryQuery, *, model_id: str | None = None, without: Sequence[LongPart] = ()
) -> Iterator[Pair]:
    """Yield the trailers wanted, each once, the newest first, with their newest predictions, or those by a model.

    When a trailer was stored never changes, so that none is lost or read twice where others work meanwhile.
    """
    wanted = replace(wanted, order="newest")
    place: Place | None = None
    while True:
        page = _read_page(runtime, wanted, place)
        ids = [trailer.trailer_id for trailer in page.trailers]
        predictions = _read_predictions(runtime, ids, model_id, without)
        yield from ((trailer, predictions.get(trailer.trailer_id)) for trailer in page.trailers)
        if (place := page.next) is None:
            break


def _read_page(runtime: Runtime, wanted: LibraryQuery, place: Place | None) -> LibraryPage:
    return runtime.patiently(lambda: runtime.store.library.find(wanted, limit=AT_ONCE, after=place))


def _read_predictions(
    runtime: Runtime, trailer_ids: Sequence[str], model_id: str | None, without: Sequence[LongPart]
) -> dict[str, GenrePrediction]:
    predictions = runtime.store.predictions
    return runtime.patiently(lambda: predictions.latest_for(trailer_ids, model_id=model_id, without=without))
