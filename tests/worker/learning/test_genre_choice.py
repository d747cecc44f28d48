"""The genres a training learns: from tables, from the database, from files; the first genre of each film alone."""

from pathlib import Path

import numpy as np
import pytest

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.label_matrix import RowLabels
from classifier.data.labels import LabelColumns
from db.library_records import Decision
from db.records import TrailerLabels
from tests.support.homes import Command, Home
from worker.cli import build_parser
from worker.learning.data_arguments import labels_file, read_data, repeat_data
from worker.learning.genre_choice import SIX, GenreChoice, read_choice
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener
from worker.learning.text_data import text_dataset
from worker.progress import Quiet
from worker.reviewing.saving import save_review
from worker.runtime import Runtime
from worker.settings import read_settings

FIRST = GenreChoice(("Action", "Comedy", "Drama"), first_only=True)
SPELLED = ("Drama|Comedy", "Western|Drama", "Science Fiction|Drama", "comedy|Action", "Drama|Action", "Action")


def write_table(path: Path, spelled: tuple[str, ...] = SPELLED) -> LabelTable:
    """Return a table of films of their own, a plot each."""
    names = ("film " + "".join(chr(97 + int(digit)) for digit in f"{place:03}") for place in range(len(spelled)))
    rows = (f"{name},A plot of {name} on its own,{genres}" for name, genres in zip(names, spelled, strict=True))
    path.write_text("\n".join(("title,plot,genres", *rows)) + "\n")
    return LabelTable(path, LabelColumns(("plot",), (("genres", "other"),), ("title",)), choice=FIRST)


def test_of_a_table_a_film_counts_for_its_first_genre_alone_or_not_at_all(tmp_path: Path) -> None:
    said: list[str] = []
    data, _ = text_dataset(write_table(tmp_path / "films.csv"), LearningListener(said.append, Quiet()), home=tmp_path)
    named = [[genre for genre, has in zip(data.genres, row, strict=True) if has] for row in data.Y]
    assert named == [["Drama"], ["Comedy"], ["Drama"], ["Action"]]
    assert data.known.all()
    assert "4 of 6 rows count, each for its first genre alone" in said
    assert not [line for line in said if line.startswith("Warning")]


def test_the_first_genre_is_told_to_be_the_alphabets_where_lists_are_sorted() -> None:
    said: list[str] = []
    rows = [RowLabels(("Action", "Drama", "Romance"))] * 9 + [RowLabels(("Romance", "Drama"))]
    kept = FIRST.choose(rows, said.append)
    assert [row and row.genres for row in kept] == [("Action",)] * 9 + [None]
    assert said[1].startswith("Warning: 90% of the rows with several genres name them in alphabetical order")


def test_of_the_database_a_trailer_counts_for_its_first_genre_alone(home: Home) -> None:
    for place, (genres, source) in enumerate(
        [(("Drama", "Action"), "imdb"), (("Science Fiction", "Drama"), "tmdb"), (("Comedy",), "movielens"), ((), None)]
    ):
        home.add(f"youtube:AAAAAAAAA{place:02}", labels=TrailerLabels(genres, source) if genres else None)
    data, words = read_stored(home, "train", "--genres", "drama, comedy, scifi", "--first-genre-only")
    assert data.genres == ("Drama", "Comedy", "Sci-Fi")
    assert data.Y.tolist() == np.eye(3, dtype=bool)[[0, 2, 1]].tolist()
    assert words.endswith("of each film its first genre alone")


LAYERS: dict[str, dict[str, dict[str, bool]]] = {  # trailer -> genre -> yes or no
    "effective": {"A": {"Drama": True, "Comedy": True}, "B": {"Drama": True}, "C": {"Comedy": True, "Drama": False}},
    "review": {"A": {"Drama": True, "Comedy": True}, "C": {"Comedy": True, "Drama": False}},
    "house": {"A": {"Drama": True}, "B": {"Drama": True}},
}


@pytest.mark.parametrize("layer", LAYERS)
def test_of_the_database_the_tags_of_one_layer_alone_are_learnt(home: Home, layer: str) -> None:
    names = {letter: f"youtube:{letter * 11}" for letter in "ABCD"}
    home.add(names["A"], labels=TrailerLabels(("Drama",), "house"))
    home.add(names["B"], labels=TrailerLabels(("Drama",), "house"))
    home.add(names["C"], labels=TrailerLabels(("Drama",), "imdb"))
    home.add(names["D"])
    decide(home, names["A"], {"Comedy": "add"})
    decide(home, names["C"], {"Comedy": "add", "Drama": "reject"})
    data, words = read_stored(home, "train", "--labels", layer)
    assert data.ids == tuple(names[letter] for letter in LAYERS[layer])
    for row, says in enumerate(LAYERS[layer].values()):
        for genre, yes in says.items():
            column = data.genres.index(genre)
            assert (data.Y[row, column], data.known[row, column]) == (yes, True)
    assert (
        words
        == {
            "effective": "3 labelled trailers of the database",
            "review": "2 labelled trailers of the database, as reviewed",
            "house": "2 labelled trailers of the database, as your house tags them",
        }[layer]
    )


def test_a_file_may_have_the_name_of_a_layer_and_is_told_from_it(run: Command, tmp_path: Path) -> None:
    parser = build_parser(["train"])
    given = ["train", "--plot-column", "plot", "--labels"]
    assert labels_file(parser.parse_args([*given, "review"])) is None
    file = parser.parse_args([*given, "./review"])
    assert labels_file(file) == Path("review")
    assert repeat_data(file)[:2] == ["--labels", "./review"], "so that the command it prints means the file, too"
    assert repeat_data(parser.parse_args([*given[:3], "--sentences"])) == ["--plot-column", "plot", "--sentences"]
    status, _, err = run(*given, "review")
    assert (status, "a file of this name is ./review" in err) == (1, True)
    assert "for the trailers of the database" in run("train", "--features", "films.npz", "--labels", "house")[2]


def test_where_nobody_has_reviewed_there_is_nothing_to_learn(home: Home, run: Command) -> None:
    home.add("youtube:AAAAAAAAAAA", labels=TrailerLabels(("Drama",), "imdb"))
    assert "no trailer with a review has features" in run("train", "--labels", "review")[2]


def decide(home: Home, trailer_id: str, decisions: dict[str, Decision]) -> None:
    trailer = home.store.library.get(trailer_id)
    assert trailer is not None
    assert save_review(home.store, trailer, decisions, reviewer="anna")


def read_stored(home: Home, *words: str) -> tuple[Dataset | Films, str]:
    arguments = build_parser([words[0]]).parse_args(words)
    with Runtime(read_settings({"TRAILERS_HOME": str(home.folder), "TRAILERS_WEIGHTS": str(home.weights)})) as runtime:
        return read_data(
            arguments,
            runtime,
            features_id=home.features_id,
            backbone=lambda: pytest.fail("no network is needed"),
            listener=LearningListener(lambda line: None, Quiet()),
            choice=read_choice(arguments),
        )


def test_six_genres_is_one_flag_and_learns_them_from_all_genres_of_a_film(run: Command, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    spelled = ["|".join(random.permutation((*SIX, "War"))[:3]) for _ in range(400)]
    table = write_table(tmp_path / "films.csv", tuple(spelled)).path
    options = ("--plot-column", "plot", "--labels", table, "--group-column", "title", "--min-positives", 20)
    status, document = run.json("train", *options, "--genres-column", "genres=other", "--six-genres")
    assert status == 0
    assert run.json("models", "show", document["model_id"])[1]["genres"] == list(SIX)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--genres", "Action,Drama"), "names 2 genres; name 3 at least"),
        (("--genres", "Action,Drama,Westren"), "no row names the genre 'Westren'"),
        (("--first-genre-only", "--features", "films.npz"), "--first-genre-only does not go with --features"),
    ],
)
def test_a_choice_that_can_not_be_learnt_is_refused_with_the_way_out(
    run: Command, home: Home, options: tuple[str, ...], message: str
) -> None:
    home.add("youtube:AAAAAAAAAAA", labels=TrailerLabels(("Drama",), "imdb"))
    status, _, err = run("train", *options)
    assert status == 1
    assert message in err
