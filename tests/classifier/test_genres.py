import numpy as np
import pytest

from classifier.data.label_matrix import RowLabels, label_matrix
from classifier.genres import CANONICAL, VOCABULARIES, known_genres, read_genres
from classifier.title_stem import group_films, title_stem


@pytest.mark.parametrize("text", ["Sci-Fi", "Science Fiction", "SciFi", "Sci Fi", "sci_fi", "SCIENCE-FICTION"])
def test_a_genre_is_understood_in_each_of_its_spellings(text: str) -> None:
    assert read_genres([text], "tmdb").genres == ("Sci-Fi",)


def test_genres_come_once_in_order_and_what_is_not_understood_is_told() -> None:
    read = read_genres(["drama", "Children's", "Drama", "Kunstfilm", "IMAX", "(no genres listed)"], "movielens")
    assert (read.genres, read.unknown, read.repaired) == (("Drama", "Family"), ("Kunstfilm",), ())


def test_a_genre_that_the_source_does_not_have_is_not_understood() -> None:
    assert read_genres(["Biography"], "movielens").unknown == ("Biography",)
    assert read_genres(["Biography"], "imdb").genres == ("Biography",)


def test_an_id_glued_before_a_genre_is_taken_off_and_two_genres_in_one_are_not_guessed() -> None:
    read = read_genres(["-1ru6xV7SOMDrama", "DocumentaryDrama"], "movienet")
    assert (read.genres, read.repaired, read.unknown) == (("Drama",), ("-1ru6xV7SOMDrama",), ("DocumentaryDrama",))


@pytest.mark.parametrize(
    ("source", "n", "lacks"),
    [
        ("movielens", 18, {"Biography", "History", "Music", "Sport"}),
        ("tmdb", 18, {"Biography", "Sport", "Musical", "Film-Noir"}),
        ("lmtd9", 9, {"Animation"}),
        ("trailers12k", 10, {"Animation"}),
        ("movienet", 21, {"Film-Noir", "News"}),
        ("films.csv", 28, set()),
    ],
)
def test_each_vocabulary_knows_its_own_genres_only(source: str, n: int, lacks: set[str]) -> None:
    assert len(known_genres(source)) == n
    assert not known_genres(source) & lacks
    assert known_genres(source) <= set(CANONICAL)


def test_every_name_of_a_vocabulary_is_read_as_its_table_says() -> None:
    for name in VOCABULARIES:
        for text, genre in VOCABULARIES[name].items():
            assert read_genres([text], name).genres == ((genre,) if genre else ())


def test_what_a_source_has_no_name_for_is_unknown_and_not_absent() -> None:
    rows = [
        RowLabels(("Drama", "Music"), "imdb"),
        RowLabels(("Drama",), "movielens"),
        RowLabels((), "imdb"),
        RowLabels(("Drama",), "trailers15k", known=("Drama", "Animation")),
    ]
    Y, known = label_matrix(rows, ("Drama", "Music"))
    np.testing.assert_array_equal(Y, [[1, 1], [1, 0], [0, 0], [1, 0]])
    np.testing.assert_array_equal(known, [[1, 1], [1, 0], [0, 0], [1, 0]])


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Iron Man 2 - Official Trailer (2010)", "iron man"),
        ("Iron Man Trailer #3", "iron man"),
        ("Matrix, The (1999)", "matrix"),
        ("The Matrix", "matrix"),
        ("Rocky IV", "rocky"),
        ("Kill Bill: Vol. 2 (2004)", "kill bill"),
        ("Star Wars: Episode V - The Empire Strikes Back", "star wars"),
        ("Official Trailer: Inception", "inception"),
        ("Final Destination 5 | Official Trailer HD", "final destination"),
        ("Amélie", "amelie"),
        ("1917", "1917"),
        ("[REC]", "rec"),
        ("Trailer", "trailer"),
        ("!!!", "!!!"),
        ("東京物語", "東京物語"),
    ],
)
def test_a_title_is_reduced_to_what_its_sequels_share_and_never_to_nothing(title: str, stem: str) -> None:
    assert title_stem(title) == stem


def test_rows_of_one_film_are_in_one_group_even_when_their_titles_differ() -> None:
    stems = ("iron man", "avengers", "", "iron man", "", "hulk")
    films = ("tt1", "tt2", "tt2", "tt2", "", "tt9")
    groups = group_films(stems, films)
    assert groups == ("avengers", "avengers", "avengers", "avengers", "row 4", "hulk")


def test_rows_are_linked_by_ids_of_every_kind() -> None:
    groups = group_films(("", "", "", ""), ("f1", "", "f3", ""), ("", "saga", "saga", ""))
    assert groups == ("f1", "f3", "f3", "row 3")


def test_groups_do_not_depend_on_the_order_of_rows() -> None:
    random = np.random.default_rng(0)
    stems = [f"s{n}" for n in random.integers(0, 40, 200)]
    films = [f"tt{n}" for n in random.integers(0, 150, 200)]
    order = random.permutation(200)
    moved = group_films([stems[n] for n in order], [films[n] for n in order])
    assert [group_films(stems, films)[n] for n in order] == list(moved)
    for a in range(0, 200, 7):
        for b in range(200):
            if stems[a] == stems[b] or films[a] == films[b]:
                assert group_films(stems, films)[a] == group_films(stems, films)[b]
                break
