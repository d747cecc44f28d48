"""Tags as a table: a row for each trailer with its house's tags, its verdict, people's tags, and those in effect."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from classifier.prediction import Evidence, GenrePrediction
from classifier.taxonomy import HOUSE, NO_TAXONOMY, Taxonomy
from classifier.warnings import UNSURE
from db.labelling.layers import Layer, find_review
from db.library_records import LibraryQuery, LibraryTrailer
from worker.exporting.library import read_trailers
from worker.exporting.parquet import Kind
from worker.exporting.tables import Row, Table
from worker.exporting.top_scores import TOP_COLUMNS, top_columns
from worker.predicting.flags import NAMES
from worker.predicting.prediction import DAMAGED
from worker.runtime import Runtime

COLUMNS: Mapping[str, Kind] = {
    "external_id": "text",
    "title": "text",
    "year": "whole",
    "film_id": "text",
    "trailer_id": "text",
    "source": "text",
    "house_tags": "texts",
    "verdict": "texts",
    **TOP_COLUMNS,
    "reviewed_tags": "texts",
    "effective_tags": "texts",
    "effective_words": "texts",
    "labels_source": "text",
    "evidence": "texts",
    "model_id": "text",
    "reviewer": "text",
    "reviewed_at": "time",
    "updated_at": "time",
    "flags": "texts",
    "imdb_id": "text",
    "franchise": "text",
    "metadata": "object",
}
AS_THEY_ARE = ("external_id", "year", "film_id", "trailer_id", "updated_at", "franchise")


def _is_flagged(name: str, _: LibraryTrailer, prediction: GenrePrediction | None) -> bool:
    return prediction is not None and name in prediction.flags


FLAGS: Mapping[str, Callable[[LibraryTrailer, GenrePrediction | None], bool]] = {
    "disputed": lambda trailer, _: trailer.verdict is not None and bool(trailer.verdict.disputed),
    "contested": lambda trailer, _: find_review(trailer.layers) is not None and trailer.reviewed_at is None,
    "waits_for_review": lambda trailer, _: trailer.verdict is not None and trailer.reviewed_at is None,
    "unknown_words": lambda trailer, _: any(layer.row.unknown for layer in trailer.layers),
    "damaged": lambda _, prediction: _has_warning(prediction, DAMAGED),
    "unsure": lambda _, prediction: _has_warning(prediction, UNSURE),
    "no_verdict": lambda _, prediction: prediction is None,
    **{name: partial(_is_flagged, name) for name in NAMES},
}


def tag_table(runtime: Runtime, wanted: LibraryQuery) -> Table:
    """Return the tags of the trailers wanted, in house words of the taxonomy in use.

    Another taxonomy may change the words of every trailer: where it was imported since, all count as changed.
    """
    last = runtime.patiently(runtime.store.taxonomies.last)
    if last and wanted.changed_since and last.created_at >= wanted.changed_since:
        wanted = replace(wanted, changed_since=None)
    return Table(COLUMNS, _read_rows(runtime, wanted, last.taxonomy if last else NO_TAXONOMY))


def _read_rows(runtime: Runtime, wanted: LibraryQuery, taxonomy: Taxonomy) -> Iterator[Row]:
    for trailer, prediction in read_trailers(runtime, wanted, without=("words", "timeline")):
        yield {
            **dict.fromkeys(COLUMNS),
            **{name: getattr(trailer, name) for name in AS_THEY_ARE},
            "title": trailer.shown_title,
            "source": trailer.source.url,
            **_tags(trailer, taxonomy),
            **_verdict(prediction),
            "flags": [flag for flag, applies in FLAGS.items() if applies(trailer, prediction)],
            "imdb_id": trailer.labels.imdb_id,
            "metadata": dict(trailer.metadata),
        }


def _tags(trailer: LibraryTrailer, taxonomy: Taxonomy) -> Row:
    house = next((layer for layer in trailer.layers if layer.source == HOUSE), None)
    review, written, effective = find_review(trailer.layers), _written(house), trailer.labels.genres
    return {
        "house_tags": list(written),
        "reviewed_tags": list(review.genres) if review else [],
        "effective_tags": list(effective),
        "effective_words": list(taxonomy.words_for(effective, written) if taxonomy.words else effective),
        "labels_source": trailer.labels.source,
        "reviewer": review.by if review else None,
        "reviewed_at": review.at if review else None,
    }


def _written(house: Layer | None) -> tuple[str, ...]:
    """Return the house's tags as they were written."""
    return (house.words or house.genres) if house else ()


def _verdict(prediction: GenrePrediction | None) -> Row:
    if prediction is None:
        return {"verdict": [], "evidence": []}
    return {
        "verdict": [score.genre for score in prediction.genres if score.passed],
        **top_columns((score.genre, score.score) for score in prediction.genres),
        "evidence": [_in_seconds(stretch) for stretch in prediction.evidence],
        "model_id": prediction.model_id,
    }


def _in_seconds(stretch: Evidence) -> str:
    return f"{stretch.genre} {stretch.start_s:g}-{stretch.end_s:g}"


def _has_warning(prediction: GenrePrediction | None, beginning: str) -> bool:
    return prediction is not None and any(warning.startswith(beginning) for warning in prediction.warnings)
