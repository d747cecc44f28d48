"""A library with mistakes in its tags: films of two kinds, and a few whose tags are not what their scores say."""

from classifier.prediction import GenrePrediction, GenreScore
from db.records import Source, Trailer, TrailerLabels, VideoRecord
from db.store import Store

KINDS = (("Comedy", "Romance"), ("Crime", "Thriller"))
GENRES = ("Comedy", "Crime", "Horror", "Romance", "Thriller")
TOO_MANY, TOO_FEW = "youtube:film0000004", "youtube:film0000007"  # Horror is wrong; Thriller is missing
N = 20


def audited_id(number: int) -> str:
    """Return the trailer_id of a film."""
    return f"youtube:film{number:07}"


def tags_of(number: int) -> tuple[str, ...]:
    """Return the tags of a film, as its list has them."""
    right = KINDS[number % 2]
    return {TOO_MANY: (*right, "Horror"), TOO_FEW: right[:1]}.get(audited_id(number), right)


def fill_library(store: Store, *, source: str = "imdb") -> None:
    """Store twenty films with tags and a prediction, one without tags and one without a prediction."""
    for number in range(N):
        scores = {genre: 0.9 if genre in KINDS[number % 2] else 0.05 + number / 1000 for genre in GENRES}
        add_film(store, number, tags=tags_of(number), scores=scores, source=source)
    add_film(store, N, tags=(), scores=dict.fromkeys(GENRES, 0.5))
    add_film(store, N + 1, tags=KINDS[0], scores={})


def add_film(
    store: Store, number: int, *, tags: tuple[str, ...], scores: dict[str, float], source: str = "imdb"
) -> None:
    """Store a film with tags and scores, where it has any."""
    trailer_id, name = audited_id(number), f"film{number:07}"
    video = VideoRecord(30.0, 640, 360, 24.0, "h264", 1000, name.ljust(64, "0"))
    store.trailers.save(Trailer(trailer_id, Source(f"https://x/{name}", "youtube", name, f"=Film {number}"), video))
    if tags:
        store.labels.update({trailer_id: TrailerLabels(tags, source)})
    if scores:
        ranked = sorted(scores.items(), key=lambda item: -item[1])
        genres = (GenreScore(genre, score, 0.5, score >= 0.5, rank) for rank, (genre, score) in enumerate(ranked, 1))
        store.predictions.save(trailer_id, GenrePrediction("m" * 64, "features", tuple(genres), (), {}))
