"""`trailers list`: genres of ours and of the house, words, orders and scores."""

import json

import pytest

from classifier.prediction import GenrePrediction, GenreScore
from classifier.taxonomy import make_taxonomy
from db.queue.job_records import Inputs
from tests.support.homes import Command, Home

SCORES = {"Heat": {"Crime": 0.9, "Thriller": 0.7}, "Alien": {"Crime": 0.6, "Horror": 0.8}}


@pytest.fixture(autouse=True)
def library(home: Home) -> None:
    """Two trailers, Heat and Alien, and a word of the house."""
    for number, (title, scores) in enumerate(SCORES.items()):
        trailer_id = f"file:{number}123456789abcdef"
        home.add(trailer_id, title=f"{title}.mp4")
        home.store.trailers.add_inputs(trailer_id, Inputs(external_ids=(f"WB-{number}",)))
        genres = tuple(
            GenreScore(genre, score, 0.5, True, rank) for rank, (genre, score) in enumerate(scores.items(), start=1)
        )
        made = GenrePrediction("m" * 64, home.features_id, genres, (), {})
        home.store.predictions.save(trailer_id, made)
    home.store.verdicts.update(f"file:{number}123456789abcdef" for number in range(2))
    rows = {"Krimi": ["Crime", "Thriller"], "Neuheit": []}
    home.store.taxonomies.add(make_taxonomy(rows.items()), name="words.csv")


def titles(run: Command, *options: str) -> list[str]:
    status, out, _ = run("list", "--json", *options)
    assert status == 0
    return [json.loads(line)["title"] for line in out.splitlines()]


def test_genres_are_ours_or_words_of_the_house_and_a_trailer_has_them_all(run: Command) -> None:
    assert sorted(titles(run, "--genre", "crime")) == ["Alien", "Heat"]
    assert titles(run, "--genre", "Krimi") == ["Heat"]
    assert titles(run, "--genre", "Crime", "--genre", "Horror") == ["Alien"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("Krimmi", "'Krimmi' is not a genre; did you mean Krimi"), ("Neuheit", "is not a genre"), ("x", "genres are ")],
)
def test_an_unknown_genre_is_an_error_with_the_near_names(run: Command, name: str, hint: str) -> None:
    for command in ("list", "export tags", "audit", "review assign --to ann"):
        status, out, err = run(*command.split(), "--genre", name)
        assert (status, out, hint in err) == (2, "", True)


def test_trailers_are_searched_and_sorted_and_told_with_their_scores(run: Command) -> None:
    assert titles(run, "--search", "he") == ["Heat"]
    assert titles(run, "--sort", "title") == ["Alien", "Heat"]
    assert titles(run, "--genre", "Crime", "--sort", "score") == ["Heat", "Alien"]
    status, _, err = run("list", "--sort", "score")
    assert (status, "--genre" in err) == (2, True)
    (found,) = map(json.loads, run("list", "--json", "--search", "alien")[1].splitlines())
    assert (found["scores"], found["passed"]) == (SCORES["Alien"], ["Crime", "Horror"])


@pytest.mark.parametrize("words", [("list", "--id"), ("list", "--film"), ("models", "show"), ("jobs", "show")])
def test_bytes_that_are_no_text_are_told(run: Command, words: tuple[str, ...]) -> None:
    status, _, err = run(*words, "a\udcff")
    assert (status, err) == (2, "trailers: '\\udcff' in an argument is not valid text; write it in UTF-8\n")


def test_a_list_that_goes_on_says_so(run: Command) -> None:
    assert "--limit N" in run("list", "--limit", "1")[2]
    assert run("list", "--limit", "2")[2] == ""
