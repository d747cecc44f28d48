"""One-hot columns: which columns of a table are some, and what the rows of these say."""

import pytest

from classifier.data.one_hot import NO_ONE_HOT, find_one_hot
from classifier.taxonomy import NO_TAXONOMY, Taxonomy

HEADER = ["title", "Action", "Comedy", "Drama", "Kult"]
ROWS = [["Heat", "1", "0", "1", "0"], ["Up", "0", "1", "0", "1"]]
KULT = Taxonomy({"Kult": ("Horror",), "Neu": ()}, version=1)


def test_columns_of_ones_and_zeros_headed_by_genres_are_one_hot() -> None:
    found = find_one_hot(HEADER, ROWS, NO_TAXONOMY)
    assert found.words == ("Action", "Comedy", "Drama")
    assert found.unknown == ("Kult",)
    assert [found.read(row) for row in ROWS] == [("Action", "Drama"), ("Comedy",)]


def test_a_word_of_the_taxonomy_heads_a_column_too_and_notes_say_what_it_means() -> None:
    found = find_one_hot([*HEADER, "Neu"], [[*row, "0"] for row in ROWS], KULT)
    assert (found.words, found.unknown) == (("Action", "Comedy", "Drama", "Kult", "Neu"), ())
    (note,) = found.notes(KULT)
    assert note.endswith("5 columns of 1 and 0: 'Action', 'Comedy', 'Drama', 'Kult' (Horror), 'Neu' (not a genre)")


@pytest.mark.parametrize(
    ("yes", "no"), [("1", "0"), ("1.0", "0.0"), ("TRUE", "False"), ("x", ""), (" X ", " "), ("1", "")]
)
def test_yes_and_no_come_in_several_forms(yes: str, no: str) -> None:
    rows = [["Heat", yes, no, yes, no], ["Up", no, yes, no, yes]]
    assert find_one_hot(HEADER, rows, NO_TAXONOMY).read(rows[0]) == ("Action", "Drama")


def test_a_genre_that_no_row_looked_at_has_is_one_hot_beside_three_others() -> None:
    header = ["title", "Action", "Comedy", "Drama", "War"]
    assert find_one_hot(header, [row[:4] for row in ROWS], NO_TAXONOMY).words == ("Action", "Comedy", "Drama", "War")


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        (["title", "Action", "Comedy"], [["Heat", "1", "0"]]),  # two
        (HEADER, [["Heat", "1", "2", "1", "0"]]),  # two, and a number
        (HEADER, [["Heat", "", "", "", ""]]),
        (HEADER, []),
        (["title", "adult", "released", "seen", "dubbed"], [["Heat", "1", "1", "0", "1"]]),
    ],
)
def test_other_columns_are_none(header: list[str], rows: list[list[str]]) -> None:
    assert find_one_hot(header, rows, NO_TAXONOMY) == NO_ONE_HOT


def test_columns_taken_for_something_else_and_those_with_other_cells_are_left_out() -> None:
    header = ["Drama", "Action", "Comedy", "War", "Western"]
    rows = [["1", "1", "0", "0", "often"], ["0", "0", "1", "1", "0"]]
    found = find_one_hot(header, rows, NO_TAXONOMY, taken={0})
    assert (found.words, found.spoiled) == (("Action", "Comedy", "War"), ("Western",))
    assert list(found.notes(NO_TAXONOMY))[1] == "columns of genres that hold more than 1 and 0, not used: 'Western'"


def test_the_headings_of_pandas_dummies_are_read_without_their_prefix() -> None:
    header = ["title", "genre_Action", "genres.Comedy", "Genre: Drama", "Kult"]
    assert find_one_hot(header, ROWS, NO_TAXONOMY).words == ("Action", "Comedy", "Drama")


def test_a_later_cell_that_is_neither_yes_nor_no_is_told() -> None:
    found = find_one_hot(HEADER, ROWS, NO_TAXONOMY)
    assert found.doubt(["Jaws", "1", "maybe", "", ""]) == "its column 'Comedy' holds 'maybe', neither 1 nor 0: not used"
    assert found.doubt(["Jaws", "1"]) is None
    assert found.read(["Jaws", "1", "maybe"]) == ("Action",)
