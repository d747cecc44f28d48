"""`trailers train` of several modalities, as a user runs it: from a table with pictures, and from the database."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from classifier.model import GenreModel
from db.queue.job_records import Inputs
from db.records import KeptPoster, TrailerLabels
from extractor.features import Provenance
from extractor.networks.backbone import nothing
from extractor.networks.names import INCEPTION
from extractor.plots import WORDS_ID
from extractor.posters import shrink
from extractor.titles import TITLE_ID
from tests.support.cheap_work import CheapBackbone
from tests.support.encoders import install_encoder
from tests.support.homes import Command, Home
from tests.support.networks import replace_network

GENRES = ("Action", "Comedy", "Drama", "Horror")
WORDS = {"Drama": ("grief", "illness", "divorce"), "Horror": ("ghost", "demon", "haunted")}
PLAIN = ("the", "old", "house", "of", "a", "family", "in", "town", "who", "finds", "young", "night")
N = 270
TRAIN = ("--head", "logistic_mean", "--head", "tfidf", "--min-positives", 20)


class Tiles(CheapBackbone):
    """Vectors in which pictures of random patches lie far apart: the tiles' means times random numbers."""

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing) -> NDArray[np.float32]:
        tiles = frames.reshape(len(frames), 13, 23, 13, 23, 3).mean(axis=(2, 4), dtype=np.float32) - 127
        turn = np.random.default_rng(1).normal(0, 0.01, (13 * 13 * 3, 2048)).astype(np.float32)
        vectors: NDArray[np.float32] = tiles.reshape(len(frames), -1) @ turn
        return vectors


@pytest.fixture
def trailers(run: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, with a network that costs nothing."""
    replace_network(monkeypatch, INCEPTION, lambda weights, *, precision: Tiles(weights, nothing))
    return run


def film(number: int) -> tuple[tuple[str, ...], bytes, str]:
    """Return a made-up film: its genres, a poster bright for two of them, a plot whose words tell the others."""
    random = np.random.default_rng(number)
    has = random.random(4) < 0.45
    pixels = np.kron(random.integers(0, 190, (15, 10, 3)), np.ones((4, 4, 1)))
    pixels[..., :2] += 65 * has[:2]
    picture = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(picture, "PNG")
    genres = tuple(genre for genre, it in zip(GENRES, has, strict=True) if it) or ("Western",)
    told = [random.choice(WORDS[genre]) for genre in genres if genre in WORDS for _ in range(2)]
    words = [*random.choice(PLAIN, 8), *told, f"unique{number}"]
    return genres, picture.getvalue(), " ".join(random.permutation(words))


def name(number: int) -> str:
    return "film " + "".join(chr(97 + int(digit)) for digit in f"{number:03}")  # a number would be a sequel's


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A zip of posters and a table; one film in ten has no poster, another one no plot."""
    folder = tmp_path_factory.mktemp("films")
    posters, labels = folder / "posters.zip", folder / "films.csv"
    with zipfile.ZipFile(posters, "w") as archive, labels.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["title", "poster", "plot", "genres"])
        for number in range(N):
            genres, picture, plot = film(number)
            archive.writestr(f"{number}.png", picture)
            poster = "" if number % 10 == 3 else f"{number}.png"
            rows.writerow([name(number), poster, "" if number % 10 == 7 else plot, "|".join(genres)])
    return posters, labels


def train(trailers: Command, table: tuple[Path, Path], *more: object) -> tuple[int, str, str]:
    posters, labels = table
    columns = ("--file-column", "poster", "--plot-column", "plot", "--group-column", "title")
    return trailers("train", "--posters", posters, "--labels", labels, *columns, *TRAIN, *more)


@pytest.mark.slow
def test_posters_and_plots_of_a_table_make_one_model_that_predicts_from_whichever_there_is(
    trailers: Command, home: Home, table: tuple[Path, Path], tmp_path: Path
) -> None:
    status, out, err = train(
        trailers, table, "--join", "late", "--join", "stacked", "--out", tmp_path / "model.zip", "--use"
    )
    assert status == 0, err
    assert "poster: logistic_mean: macro AP" in err
    assert "plot: tfidf: macro AP" in err
    assert "By what is at hand" in out
    assert "now predicts for posters and plots, from features of" in out
    model = GenreModel.load(tmp_path / "model.zip")
    assert model.manifest.modality == "poster+plot"
    figures = [model.manifest.metrics[f"macro_ap_of_{name}"] for name in ("poster", "plot", "poster+plot")]
    assert figures[2] > max(figures[:2]) + 0.05
    assert "posters and plots" in (tmp_path / "model.md").read_text()
    picture = tmp_path / "poster.png"
    picture.write_bytes(film(0)[1])
    status, answer = trailers.json("poster", picture)
    assert (status, answer["model_id"], answer["modalities"]) == (0, model.model_id, ["poster"])
    columns = ("--file-column", "poster", "--plot-column", "plot", "--group-column", "title")
    status, document = trailers.json("evaluate", "--posters", table[0], "--labels", table[1], *columns)
    (found,) = document["models"].values()
    assert (status, found["n_rows"]) == (0, model.manifest.trained_on.n_test)  # the films that tested it
    assert found["figures"]["macro_ap"] > document["beside"]["prior"]["figures"]["macro_ap"] + 0.2


@pytest.mark.slow
def test_plots_as_words_and_sentences_and_titles_of_a_table_make_one_model_without_posters(
    trailers: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = install_encoder(tmp_path / "packages", monkeypatch)
    with (tmp_path / "films.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "year", "plot", "genres", "known"])
        for number in range(N):
            genres, _, plot = film(number)
            rows.writerow(
                [f"{name(number)} {plot.split()[0]}", 1980 + number % 30, plot, "|".join(genres), "movielens"]
            )
    columns = ("--plot-column", "plot", "--title-column", "name", "--year-column", "year", "--known-column", "known")
    out = tmp_path / "model.zip"
    status, _, err = trailers(
        "train", "--labels", tmp_path / "films.csv", *columns, *TRAIN, "--sentences", "--join", "late", "--out", out
    )
    assert status == 0, err
    model = GenreModel.load(out)
    assert model.manifest.inputs == {"plot": WORDS_ID, "title": TITLE_ID, "sentence": encoder.features_id}
    assert len(model.manifest.decisions) == 7


@pytest.mark.slow
def test_the_same_table_and_request_give_the_same_model(
    trailers: Command, table: tuple[Path, Path], tmp_path: Path
) -> None:
    for number in (1, 2):
        assert train(trailers, table, "--join", "late", "--out", tmp_path / f"{number}.zip")[0] == 0
    one, two = (GenreModel.load(tmp_path / f"{number}.zip") for number in (1, 2))
    assert one.manifest.decisions == two.manifest.decisions
    assert one.manifest.trained_on == two.manifest.trained_on


@pytest.fixture
def known(home: Home) -> Home:
    """Labelled trailers of the database, most of them with a poster and a plot."""
    made_by = Provenance("inception_v3", "00", "r1", "float32", {})
    backbone_like = np.random.default_rng(9).normal(0, 1, (4, 2048)).astype(np.float32)
    for number in range(N):
        trailer_id = f"youtube:{number:011}"
        genres, picture, plot = film(number)
        home.add(trailer_id, title=name(number), labels=TrailerLabels(genres=genres, source="imdb"))
        digest = sha256(picture).hexdigest()
        if number % 10 != 3:
            small = shrink(picture)
            home.store.posters.save(KeptPoster(digest, small.data, small.width, small.height))
            home.store.trailers.add_inputs(trailer_id, Inputs(poster="x.png", poster_sha256=digest))
            has = np.array([genre in genres for genre in GENRES[:2]], dtype=np.float32)
            noise = np.random.default_rng(number).normal(0, 1, 2048).astype(np.float32)
            if number % 10 != 5:  # nobody has looked at these posters yet
                vector = has @ backbone_like[:2] + noise
                home.store.posters.save_vector(digest, home.features_id, vector, provenance=made_by)
        if number % 10 != 7:
            home.store.trailers.add_inputs(trailer_id, Inputs(plot=plot))
    return home


@pytest.mark.slow
def test_trailers_of_the_database_are_joined_with_their_posters_and_plots(
    trailers: Command, known: Home, tmp_path: Path
) -> None:
    out = tmp_path / "model.zip"
    more = ("--features-id", known.features_id, "--join", "late", "--out", out, "--use")
    status, _, err = trailers("train", "--with", "poster", "--with", "plot", *TRAIN, *more)
    assert status == 0, err
    model = GenreModel.load(out)
    assert model.manifest.modality == "trailer+poster+plot"
    assert len(model.manifest.decisions) == 7
    assert f"{N} labelled trailers of the database, 243 with a poster, 243 with a plot" in (
        model.manifest.trained_on.description
    )
    metrics = model.manifest.metrics
    assert metrics["macro_ap_of_trailer+poster+plot"] > metrics["macro_ap_of_trailer"] + 0.2
    listed = [json.loads(line) for line in trailers("models", "list", "--json")[1].splitlines()]
    used = [row for row in listed if row["active"] and row["features_id"] == known.features_id]
    assert [row["card"]["modality"] for row in used] == ["trailer+poster+plot"]


def test_what_no_trailer_has_is_named(trailers: Command, home: Home) -> None:
    for number in range(3):
        home.add(f"youtube:{number:011}", labels=TrailerLabels(genres=("Drama",), source="imdb"))
    status, _, err = trailers("train", "--with", "plot", "--features-id", home.features_id)
    assert status == 1
    assert "none of the 3 labelled trailers has a plot" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--posters", "x.zip", "--plot-column", "plot"), "needs --labels"),
        (("--with", "plot", "--features", "x.npz"), "--with is for the database"),
        (("--with", "plot", "--plot-column", "plot", "--labels", "x.csv"), "does not go with --features or --with"),
        (("--plot-encoder", "x"), "needs --plot-column"),
        (
            ("--posters", "x.zip", "--labels", "x.csv", "--plot-column", "plot", "--fine-tune", 1),
            "needs --posters, and no texts",
        ),
        (("--title-column", "title"), "--title-column needs --labels CSV"),
        (("--sentences",), "--sentences needs --plot-column NAME, and no --plot-encoder"),
        (("--labels", "x.csv", "--plot-column", "plot", "--year-column", "year"), "--year-column needs --title-column"),
        (("--known-column", "known"), "--labels and its columns need --posters PATH"),
        (
            ("--labels", "x.csv", "--plot-column", "p", "--title-column", "t", "--plot-encoder", "e"),
            "--plot-encoder does not go with --posters or --title-column",
        ),
        (("--join", "glue"), "there is no way of joining 'glue'"),
        (
            ("--posters", "x.zip", "--labels", "x.csv", "--head", "tfidf"),
            "no head 'tfidf' for these modalities",
        ),
        (("--plot-column", "p", "--labels", "x.csv", "--head", "gru"), "there is no head 'gru' for these modalities"),
    ],
)
def test_arguments_that_contradict_each_other_are_refused_before_any_work(
    trailers: Command, arguments: tuple[object, ...], words: str
) -> None:
    status, _, err = trailers("train", *arguments)
    assert status == 1
    assert words in err
