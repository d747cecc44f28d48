"""House taxonomies: what words mean, which words say a set of genres, and what is stored of tags."""

import time

import pytest

from classifier.errors import BadTaxonomy
from classifier.genres import CANONICAL
from classifier.taxonomy import HOUSE, MAX_LENGTH, MAX_WORDS, NO_TAXONOMY, Taxonomy, make_taxonomy, read_tags

WORDS = {
    "Krimi": ("Crime", "Thriller"),
    "Lustspiel": ("Comedy",),
    "Komödie": ("Comedy",),
    "Action/Abenteuer": ("Action", "Adventure"),
    "Romcom": ("Romance", "Comedy"),
    "Neuheit": (),
    "Family": ("Animation",),
}
HOUSE_WORDS = Taxonomy(WORDS, version=3)


def test_a_word_means_several_genres_or_is_not_a_genre() -> None:
    read = HOUSE_WORDS.read(["KRIMI", "Neuheit", "komo\u0308die", "Krimi"])
    assert (read.genres, read.unknown) == (("Crime", "Thriller", "Comedy"), ())


def test_a_word_of_ours_keeps_its_meaning_unless_the_house_gives_it_another() -> None:
    read = HOUSE_WORDS.read(["Science Fiction", "Family", "Kult", "Kult"])
    assert (read.genres, read.unknown) == (("Sci-Fi", "Animation"), ("Kult", "Kult"))
    assert HOUSE_WORDS.has("family")
    assert not HOUSE_WORDS.has("Science Fiction")


def test_a_word_that_a_lists_reader_has_cut_in_two_is_known() -> None:
    read = HOUSE_WORDS.read(["Drama", "Action", "Abenteuer", "Action"])
    assert (read.genres, read.unknown) == (("Drama", "Action", "Adventure"), ())


def test_words_that_differ_by_vowel_signs_alone_are_different_words() -> None:
    taxonomy = make_taxonomy([("हास", ["Comedy"]), ("हिंसा", ["Action"])])
    assert taxonomy.read(["हिंसा"]).genres == ("Action",)


def test_known_are_the_genres_that_the_words_can_say() -> None:
    assert HOUSE_WORDS.known == {"Crime", "Thriller", "Comedy", "Action", "Adventure", "Romance", "Animation"}


@pytest.mark.parametrize(
    ("genres", "written", "words"),
    [
        (["Comedy"], [], ["Lustspiel"]),  # the first word that means it alone
        (["Comedy"], ["Komödie"], ["Komödie"]),
        (["Comedy", "Romance"], [], ["Lustspiel", "Romcom"]),
        (["Comedy", "Romance"], ["Romcom"], ["Romcom"]),
        (["Comedy"], ["Romcom"], ["Lustspiel"]),  # it would say more
        (["Crime"], [], ["Crime"]),
        (["Crime", "Thriller", "War"], ["Kult"], ["Krimi", "War"]),
        (["Action", "Adventure"], ["Action", "Abenteuer"], ["Action/Abenteuer"]),
        (["Kult", "Comedy"], ["Kult", "Neuheit"], ["Kult", "Lustspiel"]),
        (["Sci-Fi"], ["Science Fiction"], ["Science Fiction"]),
    ],
)
def test_house_words_say_the_genres_and_no_other(genres: list[str], written: list[str], words: list[str]) -> None:
    assert HOUSE_WORDS.words_for(genres, written) == tuple(words)


def test_thousands_of_words_cost_a_trailers_words_no_time() -> None:
    words = {f"word {number}": (CANONICAL[number % 20],) for number in range(MAX_WORDS)}
    large, started = Taxonomy(words), time.process_time()
    shown = {large.words_for(CANONICAL[:20]) for _ in range(100)}
    assert time.process_time() - started < 1
    assert shown == {tuple(words)[:20]}


def test_of_house_tags_words_version_and_unknown_ones_are_stored_as_written() -> None:
    tags = read_tags(["Kult", "Krimi", "Krimi"], HOUSE, HOUSE_WORDS)
    assert (tags.genres, tags.named) == (("Crime", "Thriller", "Kult"), ("Crime", "Thriller"))
    assert (tags.words, tags.taxonomy, tags.unknown) == (("Kult", "Krimi"), 3, ("Kult",))
    assert tags.known == tuple(sorted(HOUSE_WORDS.known))


def test_tags_decide_nothing_where_no_genre_of_them_is_understood() -> None:
    assert read_tags(["Kult"], HOUSE, HOUSE_WORDS).known == ()
    assert read_tags(["Neuheit"], HOUSE, HOUSE_WORDS).known == ()


def test_a_word_of_ours_beyond_the_taxonomy_is_known_where_it_is_named() -> None:
    assert "Sport" in (read_tags(["Sport"], HOUSE, HOUSE_WORDS).known or ())
    assert "Sport" not in (read_tags(["Krimi"], HOUSE, HOUSE_WORDS).known or ())


def test_without_a_taxonomy_house_words_are_ours_and_keep_how_they_were_written() -> None:
    tags = read_tags(["Science Fiction", "Krimi"], HOUSE, NO_TAXONOMY)
    assert (tags.genres, tags.known, tags.taxonomy) == (("Sci-Fi", "Krimi"), None, None)
    assert tags.words == ("Science Fiction", "Krimi")


def test_words_of_a_vocabulary_are_not_the_houses() -> None:
    tags = read_tags(["Family", "Krimi"], "imdb", HOUSE_WORDS)
    assert (tags.genres, tags.words, tags.taxonomy, tags.known) == (("Family", "Krimi"), (), None, None)


def test_a_list_says_nothing_of_genres_that_it_has_no_column_for() -> None:
    offered = ("Krimi", "Komödie", "Drama")
    tags = read_tags(["Drama"], HOUSE, HOUSE_WORDS, offered)
    assert (tags.genres, tags.known) == (("Drama",), ("Comedy", "Crime", "Drama", "Thriller"))
    assert tags.offered == offered


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("Krimi", ["Crime", "Kult"])], "'Krimi' means 'Kult', not a genre of ours"),
        ([("Krimi", ["Crime"]), ("KRIMI", ["Thriller"])], "'KRIMI' and 'Krimi' are the same word, with different"),
        ([("Krimi", ["Crime"]), ("krimi", [])], "'krimi' and 'Krimi' are the same word, with different"),
        ([("!!", ["Crime"])], "'!!' is not a valid word"),
        ([("x" * (MAX_LENGTH + 1), ["Crime"])], "is not a valid word"),
        ([], "it has no words"),
        ([(f"w{n}", ["Crime"]) for n in range(MAX_WORDS + 1)], "10,001 words, over the limit of 10,000"),
        ([(f"w{n}", ["Kult"]) for n in range(7)], "; and 2 more"),
    ],
)
def test_a_taxonomy_that_is_in_doubt_is_refused_with_every_doubt(
    rows: list[tuple[str, list[str]]], message: str
) -> None:
    with pytest.raises(BadTaxonomy, match=message.replace("(", r"\(")):
        make_taxonomy(rows)


def test_the_same_word_twice_is_one_word_where_it_means_the_same() -> None:
    assert make_taxonomy([("Krimi", ["crime"]), ("krimi", ["Crime"])]).words == {"Krimi": ("Crime",)}
