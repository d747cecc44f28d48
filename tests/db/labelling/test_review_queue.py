import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import sqrt

import pytest

from classifier.usefulness import closeness, find_most_useful, find_nearest, usefulness, weigh_genres
from db.identity import IdentityEdit
from db.labelling import review_queue
from db.labelling.review_queue import QueueOrder
from db.library_records import Decision, LibraryQuery
from db.records import TrailerLabels
from db.store import Store
from tests.db.test_library import add
from web.reviews import save_review

IDS = {letter: f"youtube:{letter * 11}" for letter in "abcdef"}
SCORES = {"a": 0.9, "b": 0.8, "c": 0.7, "d": 0.6}  # of horror, which their tags deny; the threshold is 0.5


@pytest.fixture
def four(store: Store) -> Store:
    """Four trailers that wait, the most disputed first."""
    for letter, score in SCORES.items():
        add(store, IDS[letter], f"Film {letter}", genres=("Comedy",), Horror=score, Comedy=0.95)
    return store


def queue(store: Store, reviewer: str = "anna", order: QueueOrder = "disputed", limit: int = 100) -> str:
    """Return the queue as letters, read page by page."""
    letters, after = "", None
    while True:
        page = store.review_queue.find(reviewer, order, limit=limit, after=after)
        letters += "".join(each.trailer_id[-1] for each in page.trailers)
        if (after := page.next) is None:
            return letters


def review(store: Store, letter: str, reviewer: str, decisions: Mapping[str, Decision] | None = None) -> None:
    trailer = store.library.get(IDS[letter])
    assert trailer is not None
    save_review(store, trailer, decisions or {"War": "reject"}, reviewer=reviewer, note=None)


def skip(store: Store, letter: str, reviewer: str = "anna") -> None:
    time.sleep(0.002)  # later than the skip before it: times are in milliseconds
    assert store.review_queue.skip(IDS[letter], reviewer=reviewer) is not None


def assign(store: Store, to: str, text: str = "film", *, limit: int | None = None, second: bool = False) -> int:
    wanted = LibraryQuery(text=text)
    return store.review_queue.assign(wanted, to=to, by="chief", limit=limit, second_opinion=second)


def belong(store: Store, film: str, letters: Sequence[str]) -> None:
    for letter in letters:
        store.identities.edit(IDS[letter], IdentityEdit(film=film))


def test_what_waits_comes_most_disputed_first_and_leaves_when_it_is_reviewed(four: Store) -> None:
    assert queue(four) == "abcd"
    review(four, "a", "anna")
    assert queue(four) == queue(four, "ben") == "bcd"


def test_a_skipped_trailer_goes_to_the_end_of_the_queue_of_who_skipped_it(four: Store) -> None:
    for letter in "bac":
        skip(four, letter)
    assert queue(four) == "dbac"
    skip(four, "b")
    assert (queue(four), queue(four, "ben")) == ("dacb", "abcd")
    review(four, "a", "anna")
    assert four.reviews.undo(IDS["a"], reviewer="anna") is not None
    assert queue(four) == "adcb", "a review ends the skipping, and its undoing does not bring it back"
    assert four.review_queue.skip("youtube:nothing0000", reviewer="anna") is None


def test_names_that_look_like_fields_of_the_database_are_names(four: Store) -> None:
    skip(four, "a", "$_id")
    skip(four, "b", "$_id")
    assert assign(four, "$$ROOT", limit=1) == 1
    assert (queue(four, "$_id"), queue(four, "$$ROOT")) == ("cdb", "abcd")


def test_assigned_trailers_come_first_and_are_left_out_of_the_queues_of_others(four: Store) -> None:
    assert assign(four, "anna", "film c") == 1
    assert (queue(four), queue(four, "ben")) == ("cabd", "abd")
    skip(four, "c")
    assert queue(four) == "abdc"
    assert four.review_queue.count_assigned("anna") == 1


def test_two_people_are_assigned_different_trailers_until_they_are_cleared(four: Store) -> None:
    assert [assign(four, name, limit=2) for name in ("anna", "ben", "carl")] == [2, 2, 0]
    assert (queue(four), queue(four, "ben"), queue(four, "carl")) == ("ab", "cd", "")
    assert assign(four, "anna", limit=2) == 0, "they are assigned already"
    assert four.review_queue.clear(LibraryQuery(text="film a"), to="anna") == 1
    assert (queue(four), queue(four, "carl")) == ("ba", "a")
    assert four.review_queue.clear(LibraryQuery()) == 3
    assert queue(four) == queue(four, "carl") == "abcd"


def test_a_second_opinion_is_asked_for_what_others_have_reviewed_or_are_to_review(four: Store) -> None:
    review(four, "a", "anna")
    assign(four, "carl", "film b")
    assert assign(four, "ben", second=True) == 2
    assert queue(four, "ben") == "abcd"
    review(four, "a", "ben", {"Horror": "add"})
    assert queue(four, "ben") == "bcd"
    assert assign(four, "ben", "film a", second=True) == 0, "ben has said what he thinks"
    assert assign(four, "anna", "film a", second=True) == 0, "and so has anna, before him"
    assert four.reviews.undo(IDS["a"], reviewer="ben") is not None
    assert assign(four, "ben", "film a", second=True) == 1, "his opinion is taken back"


def test_a_page_goes_on_after_the_last_one_and_where_its_last_trailer_was_reviewed_meanwhile(four: Store) -> None:
    skip(four, "b")
    assign(four, "anna", "film d")
    for order in ("disputed", "learning"):
        whole = queue(four, order=order)
        assert queue(four, order=order, limit=1) == queue(four, order=order, limit=3) == whole
    page = four.review_queue.find("anna", "disputed", limit=2)
    assert [each.trailer_id[-1] for each in page.trailers] == ["d", "a"]
    review(four, "a", "ben")
    rest = four.review_queue.find("anna", "disputed", limit=2, after=page.next)
    assert [each.trailer_id[-1] for each in rest.trailers] == ["c", "b"]


def test_learning_begins_where_the_model_is_least_sure_and_a_genre_has_few_tags(store: Store) -> None:
    for letter in "ef":
        add(store, IDS[letter], letter, genres=("Drama", "Comedy"), Drama=0.99)
        review(store, letter, "ben")
    add(store, IDS["a"], "sure", Drama=0.97, Western=0.01)
    add(store, IDS["b"], "close, of a common genre", Drama=0.52)
    add(store, IDS["c"], "less close, of a rare genre", Western=0.40)
    assert queue(store, order="learning") == "cba"
    (first, second, _) = store.review_queue.find("anna", "learning", limit=3).trailers
    assert (first.genre, second.genre) == ("Western", "Drama")
    assert [first.value, second.value] == pytest.approx([0.8, 0.96 / sqrt(1 + 2)])


def test_two_trailers_of_a_film_never_follow_each_other_while_others_wait(store: Store) -> None:
    for letter, score in zip("abcdef", (0.5, 0.51, 0.52, 0.53, 0.54, 0.55), strict=True):
        add(store, IDS[letter], letter, Horror=score)
    belong(store, "F-1", "abcd")
    store.identities.edit(IDS["f"], IdentityEdit(franchise="Saw"))
    store.identities.edit(IDS["a"], IdentityEdit(franchise="Saw"))
    assert queue(store, order="learning") == "aebfcd", "c and d when nothing else is left"
    review(store, "a", "anna")
    assert queue(store, order="learning") == "ebfcd", "f is of the franchise of the one reviewed last"
    skip(store, "e")
    skip(store, "b")
    assert queue(store, order="learning") == "fcdeb", "b was skipped last"
    films = ["F-1" if letter in "abcd" else letter for letter in queue(store, "carl", "learning")]
    assert not any(one == next_ for one, next_ in pairwise(films[:4]))


def test_a_long_queue_is_ordered_and_listed_up_to_its_bound(four: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_queue, "LONGEST", 2)
    assert queue(four, order="learning") == "dc"
    review(four, "d", "anna")
    assert queue(four, order="learning") == "cb"


def test_a_verdict_of_an_older_program_gets_what_the_order_needs(four: Store) -> None:
    trailers = four._access.collection("trailers")
    trailers.update_many({}, {"$unset": {"verdict.closeness": "", "verdict.uncertainty": ""}})
    four.verdicts.update_missing()
    assert queue(four, order="learning") == "dcba"


def test_closeness_is_one_at_the_threshold_and_none_where_the_model_is_sure() -> None:
    assert [closeness(score, 0.5) for score in (0, 0.25, 0.5, 0.75, 1)] == [0, 0.5, 1, 0.5, 0]
    assert [closeness(score, 0.2) for score in (0.1, 0.2, 0.6)] == [0.5, 1, pytest.approx(0.5)]
    assert (closeness(0.0, 0.0), closeness(1.0, 1.0), closeness(0.5, 1.0)) == (1, 1, 0.5)


def test_the_rarer_of_two_genres_counts_more_but_not_whatever_its_score() -> None:
    weights = weigh_genres({"Drama": 99, "Western": 3})
    assert (weights["Drama"], weights["Western"], weights["Film-Noir"]) == (0.1, 0.5, 1)
    assert find_most_useful({"Drama": 1.0, "Western": 0.3}, weights) == "Western"
    assert find_most_useful({"Drama": 1.0, "Western": 0.1}, weights) == "Drama"
    assert (usefulness({}, weights), find_most_useful({}, weights)) == (0, None)
    many = [(f"g{place}", place / 20, 0.5) for place in range(21)]
    assert set(find_nearest(many)) == {"g8", "g9", "g10", "g11", "g12"}


def test_labels_that_contradict_a_review_bring_the_trailer_back_into_the_queue(four: Store) -> None:
    review(four, "a", "anna")
    four.labels.update({IDS["a"]: TrailerLabels(("War",), "house")})
    assert queue(four, "ben") == "abcd"
