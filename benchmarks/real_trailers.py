"""The ten real trailers at hand, judged by the models that ship: too few to measure by, enough to see how it goes.

Their frames alone are at hand, a few dozen each. Posters of some of the films were among those the models learnt from.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.backbones import fastest
from benchmarks.distillation.pictures import FRAMES, Picture, list_frames, open_picture
from benchmarks.distillation.shards import shrink
from benchmarks.real_data import Row, open_teacher, read_films
from classifier.model import GenreModel
from classifier.shipped import shipped_models
from classifier.view import View
from extractor.networks.inception import Network
from extractor.networks.starter import Starter, starter_weights

FILMS = {
    "11_14": "tt0331811",
    "Brooklyn": "tt2381111",
    "Captain_America__The_First_Avenger": "tt0458339",
    "Cheaper_by_the_Dozen": "tt0349205",
    "Haywire": "tt1506999",
    "Home_Alone": "tt0099785",
    "Primer": "tt0390384",
    "Richard_III": "tt0114279",
    "Saint_Ralph": "tt0384488",
    "Step_Brothers": "tt0838283",
}  # by the folders of film_frames.zip
TOP = 3
USUAL = ("Drama", "Comedy", "Thriller")  # the commonest of the films that the models learnt from
BATCH = 32


def report() -> None:
    """Print the first three genres of each trailer by both networks, and how many are right."""
    print(
        f"\n**ten real trailers**, frames of {FRAMES.name}; the first three genres, those in IMDb's list in capitals\n"
    )
    films = {row["imdb_id"]: row for row in read_films()}
    networks: Sequence[Network] = (Starter(starter_weights(), precision=fastest()), open_teacher(fastest()))
    models = [GenreModel.load(shipped_models(network.features_id)[0].path) for network in networks]
    print("| film | frames | IMDb | starter | Inception-V3 |\n|---|---|---|---|---|")
    right, usual = np.zeros(len(networks), int), 0
    for folder, imdb_id in FILMS.items():
        row, pictures = films[imdb_id], [picture for picture in list_frames() if f"/{folder}/" in picture.name]
        answers = [_top(network, model, pictures) for network, model in zip(networks, models, strict=True)]
        right += [len(_genres(row) & set(answer)) for answer in answers]
        usual += len(_genres(row) & set(USUAL))
        said = " | ".join(", ".join(_mark(genre, row) for genre in answer) for answer in answers)
        print(f"| {row['title']} | {len(pictures)} | {row['genres_imdb'].replace('|', ', ')} | {said} |", flush=True)
    of = TOP * len(FILMS)
    print(f"| right of {of} ({', '.join(USUAL)} always: {usual}) | | | {' | '.join(map(str, right))} |")


def _top(network: Network, model: GenreModel, pictures: Sequence[Picture]) -> list[str]:
    parts = []
    for start in range(0, len(pictures), BATCH):
        frames = [shrink(open_picture(picture), network.frame_size) for picture in pictures[start : start + BATCH]]
        parts.append(network(np.stack(frames)))
    prediction = model.predict({"trailer": View(np.concatenate(parts), network.features_id)})
    return [score.genre for score in prediction.top(TOP)]


def _genres(row: Row) -> set[str]:
    return set(row["genres_imdb"].split("|"))


def _mark(genre: str, row: Row) -> str:
    return genre.upper() if genre in _genres(row) else genre
