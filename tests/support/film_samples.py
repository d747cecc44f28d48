"""A trailer, its verdict and its neighbours as pages get them."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from classifier.prediction import DrivingWord, Evidence, GenrePrediction, GenreScore
from db.labelling.layers import Layer, effective_labels
from db.library_records import Decision, LibraryTrailer, Review, Verdict
from db.records import Source, TrailerLabels, VideoRecord
from extractor.video.filmstrip import Filmstrip
from web.comparison import compare
from web.reasons import explain, list_caveats
from worker.predicting.left_out import LeftOut
from worker.sites import YOUTUBE

NOW = datetime(2026, 11, 21, 22, 42, tzinfo=UTC)
GENRES = (
    "Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy",
    "Film-Noir", "History", "Horror", "Music", "Musical", "Mystery", "Romance", "Sci-Fi", "Sport", "Thriller", "War",
    "Western",
)  # fmt: skip
SCORES = {"Horror": 0.91, "Thriller": 0.74, "Mystery": 0.46, "Drama": 0.41, "Sci-Fi": 0.22, "Fantasy": 0.13}
SHARES = {"Horror": 0.1, "Thriller": 0.2, "Mystery": 0.1, "Drama": 0.45, "Sci-Fi": 0.1, "Fantasy": 0.1}
SECONDS = 142

PLOT = (
    "When a deep-sea rescue crew answers a distress call from a drowned research station, they find it sealed from "
    "the inside, its crew dead or missing, and something patient waiting in the dark between the compartments."
)
CONTRIBUTIONS = {
    "Horror": {"trailer": 3.4, "poster": -0.8, "plot": 1.9},
    "Thriller": {"trailer": -0.6, "poster": 0.1, "plot": 2.9},
    "Mystery": {"trailer": 0.02, "poster": 2.0, "plot": 0.0},
}
TITLES = (
    ("The Quiet Below: Official Trailer #2 (2026)", "Meridian Pictures", ("Horror", "Thriller")),
    ("Two Left Feet", "Aurora Filmverleih", ("Comedy", "Romance")),
    ("Kilometre Zero | Offizieller Trailer Deutsch", "Kinowelt Arthaus", ("Documentary",)),
    ("The Last Cartographer of the Northern Provinces and His Daughter's Improbable Return", "Studio North", ()),
    ("Ironheart Station", "Meridian Pictures", ("Sci-Fi", "Action", "Adventure")),
    ("Mme. Oiseau", "Pathé Lumière", ("Drama", "Biography")),
    ("Paper Tigers", "Lotus Entertainment", ("Animation", "Family")),
    ("Dust & Thunder", "Frontier Releasing", ("Western",)),
)
TOPS = (
    (("Horror", 0.91), ("Thriller", 0.74), ("Mystery", 0.46)),
    (("Comedy", 0.88), ("Romance", 0.69), ("Drama", 0.44)),
    (("Documentary", 0.79), ("History", 0.38), ("Drama", 0.31)),
    (("Drama", 0.66), ("Adventure", 0.57), ("Family", 0.29)),
    (("Sci-Fi", 0.94), ("Action", 0.82), ("Thriller", 0.51)),
    (("Drama", 0.83), ("Romance", 0.47), ("Music", 0.21)),
    (("Animation", 0.97), ("Family", 0.85), ("Comedy", 0.58)),
    (("Drama", 0.49), ("Western", 0.36), ("War", 0.33)),
)


def score_genres(pairs: tuple[tuple[str, float], ...]) -> tuple[GenreScore, ...]:
    cut = {"Drama": 0.48, "Mystery": 0.5, "Horror": 0.35, "Thriller": 0.42}
    rows = ((genre, score, cut.get(genre, 0.4)) for genre, score in pairs)
    return tuple(GenreScore(g, s, t, passed=s >= t, rank=rank) for rank, (g, s, t) in enumerate(rows, 1))


def trailer_id(number: int) -> str:
    return f"youtube:Sample{number:05}"


def make_library() -> tuple[LibraryTrailer, ...]:
    def trailer(i: int, title: str, uploader: str, tags: tuple[str, ...]) -> LibraryTrailer:
        stored = NOW - timedelta(minutes=3 + 260 * i)
        return LibraryTrailer(
            trailer_id(i),
            Source(f"https://www.youtube.com/watch?v=Sample{i:05}", "youtube", f"Sample{i:05}", title, uploader),
            replace(VIDEO, duration_s=94 + 17 * i % 80),
            labels=TrailerLabels(tags),
            verdict=Verdict(
                "m1", "f1", ("trailer",), dict(TOPS[i]),
                passed=tuple(score.genre for score in score_genres(TOPS[i]) if score.passed),
                top=tuple(genre for genre, _ in TOPS[i]),
                made_at=stored,
                disagreement=(0.0, 0.0, 0.12, 0.0, 0.21, 0.36, 0.05, 0.64)[i],
            ),
            reviewed_at=stored if i % 4 == 1 else None,
            created_at=stored,
            updated_at=stored,
        )  # fmt: skip

    return tuple(trailer(i, *row) for i, row in enumerate(TITLES))


def make_timeline() -> dict[str, tuple[float, ...]]:
    def wave(place: int, peak: float) -> tuple[float, ...]:
        centre = (97, 61, 33, 20, 118, 131)[place]
        return tuple(
            min(0.99, max(0.01, 0.12 + peak * math.exp(-(((s - centre) / (7 + place)) ** 2))
                          + 0.13 * math.sin(s / (3 + place)) ** 2 * peak))
            for s in range(SECONDS)
        )  # fmt: skip

    return {genre: wave(place, score) for place, (genre, score) in enumerate(SCORES.items())}


def make_strip() -> Filmstrip:
    colors = bytes(
        value
        for s in range(SECONDS)
        for value in (
            int(60 + 50 * math.sin(s / 9) + 30 * (s % 7 == 0)), int(50 + 34 * math.sin(s / 14 + 1)),
            int(70 + 60 * math.sin(s / 21 + 2)),
        )
    )  # fmt: skip
    return Filmstrip(b"", SECONDS, columns=20, width=96, height=54, colors=colors, cover=b"")


def make_prediction() -> GenrePrediction:
    rest = tuple((genre, 0.11 - 0.006 * i) for i, genre in enumerate(g for g in GENRES if g not in SCORES))
    return GenrePrediction(
        model_id="9f2a42332a625e7d09b1c3f4d5a6978812bc34de56f7890a1b2c3d4e5f60718293",
        features_id="inception_v3-imagenet-1a2b3c4d-r2",
        genres=score_genres((*SCORES.items(), *rest)),
        evidence=(
            Evidence("Horror", 92, 103, 0.93),
            Evidence("Thriller", 56, 67, 0.81),
            Evidence("Mystery", 29, 38, 0.57),
            Evidence("Drama", 17, 22, 0.52),
        ),
        timeline=make_timeline(),
        modalities=("trailer", "poster", "plot"),
        alone={name: dict.fromkeys(GENRES, 0.5) for name in ("trailer", "poster", "plot")},
        contributions={
            genre: CONTRIBUTIONS.get(genre, {"trailer": -0.4, "poster": -0.2, "plot": 0.0}) for genre in GENRES
        },
        words=(
            DrivingWord("Horror", "dead", 1.4),
            DrivingWord("Horror", "dark", 1.1),
            DrivingWord("Thriller", "missing", 0.8),
            DrivingWord("Mystery", "sealed", 0.6),
        ),
        warnings=("Unsure, too close to the threshold to call: Mystery (0.46).",),
    )


VIDEO = VideoRecord(142.3, 1920, 1080, 23.976, "h264", 38_412_776, "43a3b6f850dbba93" * 4)
LAYERS = (
    Layer("review", ("Horror", "Thriller", "Drama"), NOW, ("Drama", "Horror", "War"), by="anna", review_id="r1"),
    Layer("house", ("Thriller", "Drama", "Sport-Drama", "War"), NOW, list="films.csv"),
)
LABELS = replace(effective_labels(LAYERS), imdb_id="tt1234567")


def make_page() -> dict[str, Any]:
    """Return what the page of a trailer and its review both show."""
    prediction, first = make_prediction(), make_library()[0]
    left_out = (LeftOut("rating", 0, 4), LeftOut("titles", 68, 71), LeftOut("credits", 130, 142))
    reasons = explain(prediction, shares=SHARES, unsure=("Mystery",), left_out=left_out)
    source = replace(first.source, upload_date="2026-09-30")
    return {
        "trailer": replace(
            first, source=source, video=VIDEO, labels=LABELS, layers=LAYERS, plot=PLOT, poster_sha256="ab" * 32
        ),
        "description": "",
        "speech": "",
        "site": YOUTUBE,
        "prediction": prediction,
        "strip": make_strip(),
        "left_out": left_out,
        "seconds": SECONDS,
        "cuts": tuple(range(4, SECONDS, 3)),
        "has_stills": False,
        "reasons": reasons,
        "caveats": list_caveats(prediction, reasons),
        "comparison": compare(LABELS, prediction.genres),
        "review": make_review({"Horror": "accept", "Drama": "reject"}, "Drama only in the credits."),
    }


def make_review(decisions: dict[str, Decision], note: str) -> Review:
    return Review("r1", trailer_id(0), "m1", decisions, ("Horror",), "anna", note, NOW)
