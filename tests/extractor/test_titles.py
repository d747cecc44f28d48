"""Titles: words, years and pieces of words as numbers."""

import pytest

from extractor.errors import BadPlot
from extractor.plots import number_pieces, number_word
from extractor.titles import read_title


def test_a_title_is_its_words_and_behind_them_the_pieces_of_each() -> None:
    title = read_title("The Ox")
    assert title.words == ("the", "ox")
    pieces = [number_pieces(word) for word in title.words]
    assert title.vectors[:, 0].tolist() == [*map(number_word, title.words), 0, *pieces[0], 0, *pieces[1]]
    assert len(pieces[1]) == len({"<ox", "ox>", "<ox>"})


def test_words_that_begin_alike_share_pieces() -> None:
    aliens, alienator = (set(number_pieces(word)) for word in ("aliens", "alienator"))
    assert len(aliens & alienator) == len(("<al", "ali", "lie", "ien", "<ali", "alie", "lien", "<alie", "alien"))


def test_the_year_and_its_decade_are_words_that_no_title_has() -> None:
    given, named = read_title("Heat", year=1995), read_title("Heat (1995)")
    assert named.words == given.words == ("heat", "(1995)", "(1990s)")
    assert named.digest == given.digest != read_title("Heat").digest
    assert number_word("(1995)") != number_word("1995")
    assert read_title("2012").words == ("2012",)
    assert read_title("(500) Days of Summer (2009)").words[0] == "500"


def test_a_title_without_words_and_a_whole_page_are_refused() -> None:
    with pytest.raises(BadPlot, match="has no words"):
        read_title("... !!!")
    with pytest.raises(BadPlot, match="over the limit of 500"):
        read_title("word " * 101)
