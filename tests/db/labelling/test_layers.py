from datetime import UTC, datetime, timedelta
from itertools import combinations

from classifier.genres import CANONICAL
from classifier.taxonomy import NO_TAXONOMY
from db.fields import row_labels
from db.labelling.layers import (
    MAX_EARLIER,
    Layer,
    Layers,
    add_layer,
    contested_by,
    effective_labels,
    make_layer,
    next_time,
    replace_review,
    reviewed_at,
)
from db.records import TrailerLabels

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def minute(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def layers_of(*labels: TrailerLabels) -> Layers:
    layers: Layers = ()
    for number, each in enumerate(labels):
        if layer := make_layer(each, minute(number), NO_TAXONOMY):
            layers = add_layer(layers, layer)
    return layers


def test_of_each_genre_the_first_source_that_decides_it_counts() -> None:
    layers = layers_of(
        TrailerLabels(("Drama", "Film-Noir"), "movielens"),
        TrailerLabels(("War", "Science Fiction"), "tmdb"),
        TrailerLabels(("Comedy",), "imdb", known=("Comedy", "War")),
    )
    assert [layer.source for layer in layers] == ["imdb", "tmdb", "movielens"]
    effective = effective_labels(layers)
    assert (effective.genres, effective.source) == (("Comedy", "Sci-Fi", "Film-Noir"), "imdb")
    assert {"War", "Drama", "Film-Noir"} <= set(effective.known or ())
    assert "Biography" not in (effective.known or ())


def test_tags_of_several_vocabularies_are_read_by_none_of_them_alone() -> None:
    effective = effective_labels(
        layers_of(TrailerLabels(("Drama",), "tmdb"), TrailerLabels(("Film-Noir",), "movielens"))
    )
    row = row_labels(effective)
    assert (effective.source, row.named, row.unknown) == ("tmdb", ("Drama", "Film-Noir"), ())
    assert "Film-Noir" in row.decided


def test_one_source_alone_keeps_its_vocabulary() -> None:
    house = TrailerLabels(("Drama", "Mood piece"), "films.csv")
    assert effective_labels(layers_of(house, TrailerLabels(("War",), "imdb"))).known is None
    (layer,) = layers_of(house)
    assert (layer.source, layer.list, layer.genres) == ("house", "films.csv", ("Drama", "Mood piece"))
    assert effective_labels(()) == TrailerLabels()


def test_effective_genres_keep_the_lists_order_whatever_order_a_review_names_them_in() -> None:
    review = Layer("review", ("War", "Drama", "Action"), minute(1), known=("War", "Drama", "Action", "Horror"))
    layers = replace_review(layers_of(TrailerLabels(("Drama", "Horror", "Action"), "imdb")), review)
    assert effective_labels(layers).genres == ("Drama", "Action", "War")


def test_a_word_that_a_review_rejects_does_not_come_back_from_below() -> None:
    layers = layers_of(TrailerLabels(("Drama", "Mood piece"), "house"))
    review = Layer("review", ("Drama",), NOON, ("Drama", "Mood piece"))
    assert effective_labels(replace_review(layers, review)).genres == ("Drama",)
    assert effective_labels(replace_review(layers, None)).genres == ("Drama", "Mood piece")


def test_what_a_source_said_before_is_kept_up_to_a_number() -> None:
    pairs = list(combinations(CANONICAL, 2))
    told = [TrailerLabels(pair, "imdb") for pair in pairs[: MAX_EARLIER + 5]]
    (layer,) = layers_of(*told)
    assert len(layer.earlier) == MAX_EARLIER
    assert layer.earlier[-1].genres != layer.genres
    again = TrailerLabels((*layer.genres, layer.genres[0].lower()), "imdb")
    assert layers_of(*told, again) == (layer,), "the same, spelt otherwise"


def test_a_genre_that_its_source_has_no_name_for_contradicts_a_review_that_denies_it() -> None:
    review = Layer("review", ("War",), minute(0), known=("Biography", "War"))
    for words, times in ((("War", "Biography"), None), (("War", "Mood piece"), minute(0))):
        layer = make_layer(TrailerLabels(words, "movielens"), minute(1), NO_TAXONOMY)
        assert layer is not None
        assert reviewed_at((review, layer)) == times


def test_a_review_is_open_again_once_later_tags_contradict_it() -> None:
    layers = layers_of(TrailerLabels(("War",), "imdb"))
    review = Layer("review", ("Drama",), minute(5), ("Drama", "War"))
    layers = replace_review(layers, review)
    assert reviewed_at(layers) == minute(5), "what was there before it is decided"
    assert [layer.source for layer in contested_by(layers)] == ["imdb"]
    later = Layer("tmdb", ("Horror",), minute(6))
    assert reviewed_at(add_layer(layers, later)) is None
    assert reviewed_at(add_layer(layers, Layer("tmdb", ("Drama",), minute(6)))) == minute(5)
    assert next_time(add_layer(layers, later), NOON) > minute(6), "though this machine's clock is behind"


def test_other_words_for_the_same_genres_are_kept_and_open_no_review_again() -> None:
    layers = layers_of(TrailerLabels(("War",), "house"))
    layers = replace_review(layers, Layer("review", ("Drama",), minute(5), ("Drama", "War")))
    respelt = make_layer(TrailerLabels(("WAR",), "house"), minute(6), NO_TAXONOMY)
    assert respelt is not None
    layers = add_layer(layers, respelt)
    assert (layers[-1].words, layers[-1].earlier) == (("WAR",), ())
    assert reviewed_at(layers) == minute(5)


def test_tags_that_a_source_gives_again_are_as_old_as_when_it_gave_them_first() -> None:
    right, slipped = TrailerLabels(("Drama",), "house", list="a"), TrailerLabels(("War",), "house", list="b")
    review = Layer("review", ("Horror",), minute(1), known=("Horror", "Drama", "War"))
    layers = replace_review(layers_of(right), review)
    for number, (labels, waits) in enumerate([(slipped, True), (right, False), (slipped, True), (right, False)]):
        layer = make_layer(labels, minute(number + 2), NO_TAXONOMY)
        assert layer is not None
        layers = add_layer(layers, layer)
        assert (reviewed_at(layers) is None) is waits
    assert [(tags.genres, tags.at) for tags in layers[-1].earlier] == [(("War",), minute(2))]
