"""The genres a training learns: from tables, from the database, from files; the first genre of each film alone."""

from pathlib import Path

import numpy as np
import pytest

from classifier.data.label_matrix import RowLabels
from classifier.data.labels import LabelColumns
from db.records import TrailerLabels
from tests.support.homes import Command, Home
from worker.cli import build_parser
from worker.learning.data_arguments import read_data
from worker.learning.genre_choice import SIX, GenreChoice, read_choice
from worker.learning.label_table import LabelTable
from worker.learning.listener import LearningListener
from worker.learning.plot_data import plot_dataset
from worker.progress import Quiet
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
    data, _ = plot_dataset(write_table(tmp_path / "films.csv"), LearningListener(said.append, Quiet()))
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
    arguments = build_parser(["train"]).parse_args(["train", "--genres", "drama, comedy, scifi", "--first-genre-only"])
    with Runtime(read_settings({"TRAILERS_HOME": str(home.folder), "TRAILERS_WEIGHTS": str(home.weights)})) as runtime:
        data, words = read_data(
            arguments,
            runtime,
            features_id=home.features_id,
            backbone=lambda: pytest.fail("no network is needed"),
            listener=LearningListener(lambda line: None, Quiet()),
            choice=read_choice(arguments),
        )
    assert data.genres == ("Drama", "Comedy", "Sci-Fi")
    assert data.Y.tolist() == np.eye(3, dtype=bool)[[0, 2, 1]].tolist()
    assert words.endswith("of each film its first genre alone")


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
