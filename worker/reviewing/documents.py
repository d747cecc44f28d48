"""JSON documents of what reviewers say, for commands, the API and the page."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from db.labelling.opinions import TrailerOpinions
from db.library_records import LibraryTrailer, Review
from db.store import Store
from worker.documents import fields_of
from worker.reviewing.agreement import agree

CHUNK = 100


def review_document(review: Review) -> dict[str, Any]:
    """Return a review with its undoing."""
    return fields_of(review, without=("labels_before",))


def find_disagreements(store: Store, *, after: str = "") -> Iterator[dict[str, Any]]:
    """Yield the trailers about which reviewers differ, those with ids after one, in the order of their ids."""
    differing = (each for each in store.opinions.iterate(after=after) if each.disputed)
    while chunk := list(islice(differing, CHUNK)):
        trailers = store.library.get_all(each.trailer_id for each in chunk)
        yield from (_disagreement(each, trailers.get(each.trailer_id)) for each in chunk)


def disputes(found: TrailerOpinions) -> list[dict[str, Any]]:
    """Return for each genre about which reviewers differ who says yes and who no, and the reasons they gave."""
    return [
        {
            "genre": genre,
            "yes": [name for name, yes in votes.items() if yes],
            "no": [name for name, yes in votes.items() if not yes],
            "reasons": {each.reviewer: each.reasons[genre] for each in found.opinions if genre in each.reasons},
        }
        for genre, votes in found.disputed.items()
    ]


def agreement_document(store: Store) -> dict[str, Any]:
    """Return how far reviewers agree, genre by genre, over the trailers that several of them reviewed."""
    found = agree(store.opinions.iterate())
    return {
        "reviewers": list(found.reviewers),
        "trailers": found.n_trailers,
        "genres": [
            {
                "genre": genre,
                "method": each.method,
                "kappa": None if each.kappa is None else round(each.kappa, 4),
                "observed": round(each.observed, 4),
                "trailers": each.n_rows,
                "reviewers": each.n_raters,
            }
            for genre, each in found.genres.items()
        ],
    }


def _disagreement(found: TrailerOpinions, trailer: LibraryTrailer | None) -> dict[str, Any]:
    return {
        "trailer_id": found.trailer_id,
        "external_id": trailer.external_id if trailer else None,
        "title": trailer.shown_title if trailer else None,
        "genres": disputes(found),
    }
