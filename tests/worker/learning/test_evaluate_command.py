"""`trailers evaluate` as a user runs it: shipped models, those of posters, of plots, joined ones, on any rows."""

import csv
import io
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from classifier.data.files import save_dataset
from classifier.data.films import Films
from classifier.data.training_films import TrainingFilms
from classifier.model import GenreModel
from classifier.shipped import shipped_models
from classifier.title_stem import title_stem
from db.queue.job_records import Inputs
from db.records import KeptPoster, TrailerLabels
from extractor.errors import WeightsError
from extractor.features import Provenance
from extractor.networks.backbone import nothing
from extractor.networks.names import INCEPTION
from extractor.networks.starter import starter_weights
from extractor.posters import shrink
from extractor.titles import read_title
from tests.support.cheap_work import CheapBackbone
from tests.support.encoders import install_encoder
from tests.support.homes import Command, Home
from tests.support.models import GENRES, TELLING, make_joined_model, make_model, put_to_use
from tests.support.networks import replace_network
from tests.support.posters import make_labelled_posters
from worker.learning.datasets import dataset_from_store
from worker.learning.evaluated_models import UNKNOWN, EvaluatedModel
from worker.learning.film_store import films_from_store
from worker.learning.listener import LearningListener
from worker.predicting.planning import plan_predictions
from worker.predicting.prediction import predict
from worker.progress import Quiet
from worker.runtime import Runtime
from worker.settings import read_settings

STARTER_ID = starter_weights().features_id
N = 40


@pytest.fixture
def trailers(run: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, with an Inception-V3 that costs nothing."""
    replace_network(monkeypatch, INCEPTION, lambda weights, *, precision: CheapBackbone(weights, nothing))
    return run


@pytest.fixture
def starter(trailers: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command of a fresh home, which sees by the starter."""
    monkeypatch.setenv("TRAILERS_BACKBONE", "starter")
    monkeypatch.delenv("TRAILERS_WEIGHTS")
    return trailers


def shipped(modality: str = "trailer+poster+plot+title") -> GenreModel:
    features_id = STARTER_ID if "poster" in modality else "words-r1"
    return GenreModel.load(shipped_models(features_id)[modality])


def genres_of(number: int) -> tuple[str, ...]:
    has = np.random.default_rng(number).random(len(GENRES)) < 0.5
    return tuple(genre for genre, it in zip(GENRES, has, strict=True) if it) or ("Western",)


def name(number: int) -> str:
    return "unheardof " + "".join(chr(97 + int(digit)) for digit in f"{number:03}")  # a number would be a sequel's


def plot_of(number: int) -> str:
    telling = [word for word, genre in TELLING.items() if genre in genres_of(number)]
    return " ".join(["a", "house", "of", f"word{number}", *telling])


def store_trailers(home: Home, features_id: str, n: int = N) -> None:
    """Store labelled trailers; all but every tenth have a poster, all but every seventh a plot."""
    for number in range(n):
        trailer_id = f"youtube:{number:011}"
        labels = TrailerLabels(genres=genres_of(number), source="imdb")
        home.add(trailer_id, title=name(number), labels=labels, features_id=features_id)
        if number % 10:
            give_poster(home, trailer_id, features_id, seed=number)
        if number % 7:
            home.store.trailers.add_inputs(trailer_id, Inputs(plot=plot_of(number)))


def give_poster(home: Home, trailer_id: str, features_id: str, *, seed: int) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 60), (seed, 0, 0)).save(buffer, "PNG")
    digest, small = sha256(buffer.getvalue()).hexdigest(), shrink(buffer.getvalue())
    vector = np.random.default_rng(seed).gamma(0.5, 0.8, 2048).astype(np.float32)
    made_by = Provenance("x", "00", "r1", "float32", {})
    home.store.posters.save(KeptPoster(digest, small.data, small.width, small.height))
    home.store.posters.save_vector(digest, features_id, vector, provenance=made_by)
    home.store.trailers.add_inputs(trailer_id, Inputs(poster="x.png", poster_sha256=digest))


@pytest.fixture
def table(tmp_path: Path) -> tuple[Path, Path]:
    """A zip of posters, and a table of them and of plots; every tenth film has no poster, every seventh no plot."""
    posters, labels = make_labelled_posters(tmp_path, N)
    with labels.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["title", "poster", "plot", "genres"])
        for number in range(N):
            poster, plot = f"{number}.png" if number % 10 else "", plot_of(number) if number % 7 else ""
            rows.writerow([name(number), poster, plot, "|".join(genres_of(number))])
    return posters, labels


POSTERS = ("--file-column", "poster", "--group-column", "title")
PLOTS = ("--plot-column", "plot", "--group-column", "title")


def only(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = document["models"].values()
    return dict(found)


def test_the_shipped_model_is_evaluated_on_labelled_trailers(starter: Command, home: Home) -> None:
    store_trailers(home, STARTER_ID)
    status, out, err = starter("evaluate")
    assert status == 0, err
    assert "prior top-3" in out
    assert f"predicts {N} from trailer\n" in err
    status, document = starter.json("evaluate", "--with", "poster", "--with", "plot")
    assert (status, only(document)["n_rows"]) == (0, N)
    assert any("from trailer+poster+plot" in note for note in document["notes"])


def test_titles_of_the_database_are_read_as_a_prediction_reads_them(home: Home, runtime: Runtime) -> None:
    horror = TrailerLabels(genres=("Horror",), source="imdb")
    home.add("youtube:AAAAAAAAAAA", title="A Ghost - Official Horror Trailer (1999)", labels=horror)
    home.add("file:0123456789abcdef", title="a_joke.mp4", labels=horror)
    films, told = films_from_store(
        runtime,
        modalities=("trailer", "title"),
        features_id=home.features_id,
        listener=LearningListener(print, Quiet()),
    )
    titles = films.views.parts["title"]
    assert dict(zip(films.ids, titles.present.tolist(), strict=True)) == {
        "youtube:AAAAAAAAAAA": True,
        "file:0123456789abcdef": False,
    }
    np.testing.assert_array_equal(titles.X[0], read_title("A Ghost", year=1999).vectors)
    assert told.endswith("1 with a title")


def test_plots_of_the_database_are_read_as_sentences_where_the_encoder_is_installed(
    home: Home, runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for trailer_id in ("youtube:AAAAAAAAAAA", "youtube:BBBBBBBBBBB"):
        home.add(trailer_id, labels=TrailerLabels(genres=("Horror",), source="imdb"))
    home.store.trailers.add_inputs("youtube:BBBBBBBBBBB", Inputs(plot="A ghost."))

    def read(needed: bool) -> Films:
        return films_from_store(
            runtime,
            modalities=("trailer", "sentence"),
            features_id=home.features_id,
            listener=LearningListener(print, Quiet()),
            needed=needed,
        )[0]

    assert read(needed=False).views.modalities == ("trailer",)
    with pytest.raises(WeightsError, match="pip install"):
        read(needed=True)
    encoder = install_encoder(tmp_path, monkeypatch)
    sentences = read(needed=False).views.parts["sentence"]
    assert (sentences.features_id, sentences.present.sum()) == (encoder.features_id, 1)
    (vector,) = encoder.encode(["A ghost."], on_count=lambda done, total: None)
    assert sentences.X[0][0] == pytest.approx(vector, abs=1e-6)


def test_a_trailer_is_judged_as_analyze_judges_it(
    starter: Command, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.learning.evaluated_models.FILMS_AT_ONCE", 5)
    store_trailers(home, STARTER_ID, n=12)
    settings = read_settings({"TRAILERS_HOME": str(home.folder), "TRAILERS_BACKBONE": "starter"})
    with Runtime(settings) as runtime:
        films, _ = films_from_store(
            runtime,
            modalities=("trailer", "poster", "plot", "title"),
            features_id=STARTER_ID,
            listener=LearningListener(print, Quiet()),
        )
        record = runtime.model_record(STARTER_ID)
        scored = EvaluatedModel(record, runtime.model(record)).score(films.with_genres(record.genres))
        for row, trailer_id in enumerate(films.ids):
            ((_, features),) = home.store.features.load_all([trailer_id], STARTER_ID)
            (planned,) = plan_predictions(runtime, [(trailer_id, Inputs())], features_id=STARTER_ID)
            verdict = predict(runtime, planned, features)
            said = {genre.genre: (genre.score, genre.threshold) for genre in verdict.genres}
            cells = zip(scored.scores[row].tolist(), scored.thresholds[row].tolist(), strict=True)
            ours = dict(zip(record.genres, cells, strict=True))
            assert all(ours[genre] == said[genre] for genre in films.genres)


@pytest.mark.slow
def test_posters_of_a_table_are_judged_by_the_shipped_model_without_those_it_has_seen(
    starter: Command, tmp_path: Path
) -> None:
    posters, labels = make_labelled_posters(tmp_path, 30)
    film = ("Casablanca (1942)", "Fargo")  # in the training part of what ships
    assert all(title_stem(title) in shipped().seen for title in film)
    text = labels.read_text()
    for made_up, real in zip((",unheardof aa\n", ",unheardof ac\n"), film, strict=True):
        text = text.replace(made_up, f",{real}\n")
    labels.write_text(text)
    status, document = starter.json("evaluate", "--posters", posters, "--labels", labels, "--group-column", "film")
    assert (status, only(document)["n_rows"]) == (0, 28)
    assert "2 of 30 rows left out: the model was made with their films" in document["notes"]
    assert "predicts 28 from poster" in document["notes"][-1]
    assert UNKNOWN not in document["notes"]


def test_films_that_the_model_knows_by_no_name_of_theirs_get_a_warning(starter: Command, tmp_path: Path) -> None:
    posters, labels = make_labelled_posters(tmp_path, 20)
    status, document = starter.json("evaluate", "--posters", posters, "--labels", labels, "--group-column", "film")
    assert (status, only(document)["n_rows"]) == (0, 20)
    assert UNKNOWN in document["notes"]


def test_without_a_group_column_it_is_said_that_films_are_known_by_file_names(starter: Command, tmp_path: Path) -> None:
    posters, labels = make_labelled_posters(tmp_path, 20)
    status, _, err = starter("evaluate", "--posters", posters, "--labels", labels)
    assert status == 0, err
    assert "--group-column NAME, as in the training" in err


def test_plots_alone_are_judged_by_the_shipped_model_of_plots(starter: Command, table: tuple[Path, Path]) -> None:
    n_plots = sum(number % 7 > 0 for number in range(N))
    status, document = starter.json("evaluate", "--labels", table[1], *PLOTS)
    assert (status, only(document)["n_rows"]) == (0, n_plots)
    assert next(iter(document["models"])).startswith("plots ")


def test_a_joined_model_judges_each_row_by_what_it_has(trailers: Command, home: Home, table: tuple[Path, Path]) -> None:
    put_to_use(home.store, make_joined_model(home.features_id))
    posters, labels = table
    status, document = trailers.json("evaluate", "--posters", posters, "--labels", labels, *POSTERS, *PLOTS[:2])
    assert status == 0
    counts = {
        "plot": sum(number % 10 == 0 and number % 7 > 0 for number in range(N)),
        "poster": sum(number % 10 > 0 and number % 7 == 0 for number in range(N)),
        "poster+plot": sum(number % 10 > 0 and number % 7 > 0 for number in range(N)),
    }
    assert only(document)["n_rows"] == sum(counts.values())
    assert all(f"{n} from {by}" in document["notes"][-1] for by, n in counts.items())
    assert only(document)["figures"]["macro_ap"] > document["beside"]["prior"]["figures"]["macro_ap"] + 0.3


def test_two_models_of_different_modalities_are_compared_on_rows_that_both_can_judge(
    trailers: Command, home: Home, table: tuple[Path, Path]
) -> None:
    put_to_use(home.store, make_joined_model(home.features_id))
    put_to_use(home.store, make_model(home.features_id, name="pictures"))
    posters, labels = table
    data = ("--posters", posters, "--labels", labels, *POSTERS, *PLOTS[:2])
    status, out, err = trailers("evaluate", "joined", "--against", "pictures", *data)
    assert status == 0, err
    assert out.splitlines()[-1].startswith("joined")
    assert "is better than pictures" in out
    without = sum(number % 10 == 0 and number % 7 > 0 for number in range(N))
    assert f"{without} of {N - 1} rows left out: they have nothing that the models use" in err


def test_a_file_of_features_is_judged_by_the_model_in_use_for_them(
    trailers: Command, home: Home, tmp_path: Path
) -> None:
    store_trailers(home, "other-00000000-r2")
    save_dataset(dataset_from_store(home.store, "other-00000000-r2"), tmp_path / "films.npz")
    put_to_use(home.store, make_model("other-00000000-r2", modality="trailer"))
    status, document = trailers.json("evaluate", "--features", tmp_path / "films.npz")
    assert (status, only(document)["n_rows"]) == (0, N)
    with np.load(tmp_path / "films.npz") as arrays:
        np.savez(tmp_path / "odd.npz", **{**arrays, "modality": np.frombuffer(b'"smell"', np.uint8)})
    status, _, err = trailers("evaluate", "--features", tmp_path / "odd.npz")
    assert status == 1
    assert "not of 'smell'" in err


def test_a_model_of_plots_judges_trailers_by_the_plots_that_are_known_of_them_or_says_what_it_needs(
    starter: Command, home: Home
) -> None:
    store_trailers(home, STARTER_ID)
    put_to_use(home.store, shipped("plot"))
    status, document = starter.json("evaluate", "plots", "--with", "plot")
    assert (status, only(document)["n_rows"]) == (0, sum(number % 7 > 0 for number in range(N)))
    status, out, err = starter("evaluate", "plots")
    assert (status, out) == (1, "")
    assert "features_mismatch" in err
    assert "model 'plots' uses plots, the rows have trailers" in err


def test_features_of_another_network_are_refused_before_any_picture_is_looked_at(
    trailers: Command, home: Home, table: tuple[Path, Path]
) -> None:
    put_to_use(home.store, make_model(home.features_id))
    data = ("--posters", table[0], "--labels", table[1], *POSTERS)
    status, out, err = trailers("evaluate", "random", *data, "--backbone", "starter")
    assert (status, out) == (1, "")
    assert f"{STARTER_ID!r}, but model 'random' needs" in err
    assert "extracted" not in err


def test_a_model_that_has_seen_all_films_of_a_table_is_not_judged(
    trailers: Command, home: Home, table: tuple[Path, Path]
) -> None:
    model = replace(make_model(home.features_id), seen=TrainingFilms.from_groups([name(number) for number in range(N)]))
    put_to_use(home.store, model)
    status, out, err = trailers("evaluate", "--posters", table[0], "--labels", table[1], *POSTERS)
    assert (status, out) == (1, "")
    assert "has seen all 36 films" in err


def test_labels_in_words_that_the_model_has_not_say_so(trailers: Command, home: Home, tmp_path: Path) -> None:
    put_to_use(home.store, make_model(home.features_id))
    posters, labels = make_labelled_posters(tmp_path, 9)
    labels.write_text("file,genres\n1.png,Lustspiel\n2.png,Trauerspiel|Lustspiel\n3.png,Trauerspiel\n")
    status, _, err = trailers("evaluate", "--posters", posters, "--labels", labels)
    assert status == 1
    assert "the labels name Lustspiel, Trauerspiel, none of the genres that are predicted: Action" in err
    status, _, err = trailers("evaluate", "--posters", posters, "--labels", labels, "--genres-column", "genres=imdb")
    assert (status, "the labels name none of the genres that are predicted: Action" in err) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--posters", "posters.zip", "--labels", "labels.csv", "--file-column", "nowhere"), "no column 'nowhere'"),
        (("--posters", "none.zip", "--labels", "labels.csv", *POSTERS), "no file or folder 'none.zip'"),
        (("--posters", "/dev/null", "--labels", "labels.csv", *POSTERS), "'/dev/null' is neither a zip nor a folder"),
        (
            ("--posters", "broken", "--labels", "labels.csv", "--file-column", "title"),
            "none of the labelled files is in",
        ),
        (("--posters", "posters.zip", "--labels", "none.csv", *POSTERS), "none.csv can't be read"),
        (("--posters", "broken", "--labels", "labels.csv", *POSTERS), "labelled files of 'broken' can be read"),
        (("--posters", "posters.zip"), "--posters needs --labels"),
        (("--labels", "labels.csv"), "need --posters PATH, --plot-column NAME or --title-column NAME"),
        (("--features", "none.npz"), "there is no data set"),
        (("--with", "plot", "--features", "none.npz"), "--with is for the database"),
        (("--backbone", "starter"), "need --posters"),
    ],
)
def test_what_cant_be_read_is_told(
    trailers: Command,
    home: Home,
    table: tuple[Path, Path],
    nowhere: Path,
    arguments: tuple[str, ...],
    words: str,
) -> None:
    put_to_use(home.store, make_model(home.features_id))
    (nowhere / "broken").mkdir()
    (nowhere / "broken" / "1.png").write_bytes(b"no picture")
    status, out, err = trailers("evaluate", *arguments)
    assert (status, out) == (1, "")
    assert words in err
    assert "internal" not in err
