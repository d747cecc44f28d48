"""Scores as tables in long form: a row for each genre of a prediction, or for each of its seconds and genres."""

from collections.abc import Iterator, Mapping

from classifier.prediction import GenrePrediction
from db.library_records import LibraryQuery, LibraryTrailer
from worker.exporting.library import read_trailers
from worker.exporting.parquet import Kind
from worker.exporting.tables import Row, Table
from worker.runtime import Runtime

PREDICTION_COLUMNS: Mapping[str, Kind] = {
    "trailer_id": "text",
    "external_id": "text",
    "film_id": "text",
    "model_id": "text",
    "features_id": "text",
    "modalities": "texts",
    "rank": "whole",
    "genre": "text",
    "score": "number",
    "threshold": "number",
    "passed": "yes_or_no",
    "start_s": "number",
    "end_s": "number",
}
TIMELINE_COLUMNS: Mapping[str, Kind] = {
    "trailer_id": "text",
    "second": "whole",
    "genre": "text",
    "score": "number",
    "mark": "text",
}


def prediction_table(runtime: Runtime, wanted: LibraryQuery, *, model_id: str | None) -> Table:
    """Return the newest prediction of each trailer wanted, or that by a model."""
    pairs = read_trailers(runtime, wanted, model_id=model_id, without=("words", "timeline"))
    rows = (row for trailer, prediction in pairs if prediction for row in _by_genre(trailer, prediction))
    return Table(PREDICTION_COLUMNS, rows)


def timeline_table(runtime: Runtime, wanted: LibraryQuery, *, model_id: str | None) -> Table:
    """Return the scores of each second by the newest prediction of each trailer wanted, or by that of a model."""
    pairs = read_trailers(runtime, wanted, model_id=model_id, without=("words", "evidence"))
    rows = (row for trailer, it in pairs if it for row in _by_second(runtime, trailer.trailer_id, it))
    return Table(TIMELINE_COLUMNS, rows)


def _by_genre(trailer: LibraryTrailer, prediction: GenrePrediction) -> Iterator[Row]:
    stretches = {stretch.genre: stretch for stretch in prediction.evidence}
    for score in prediction.genres:
        stretch = stretches.get(score.genre)
        yield {
            "trailer_id": trailer.trailer_id,
            "external_id": trailer.external_id,
            "film_id": trailer.film_id,
            "model_id": prediction.model_id,
            "features_id": prediction.features_id,
            "modalities": list(prediction.modalities),
            "rank": score.rank,
            "genre": score.genre,
            "score": score.score,
            "threshold": score.threshold,
            "passed": score.passed,
            "start_s": stretch.start_s if stretch else None,
            "end_s": stretch.end_s if stretch else None,
        }


def _by_second(runtime: Runtime, trailer_id: str, prediction: GenrePrediction) -> Iterator[Row]:
    marked = runtime.patiently(lambda: runtime.store.features.marks(prediction.features_id, [trailer_id]))
    marks = {second: kind for kind, seconds in marked.get(trailer_id, {}).items() for second in seconds}
    for genre, scores in prediction.timeline.items():
        for second, score in enumerate(scores):
            yield {
                "trailer_id": trailer_id,
                "second": second,
                "genre": genre,
                "score": score,
                "mark": marks.get(second),
            }
