import numpy as np
import pytest

from classifier.arrays import Bools, Floats
from classifier.evaluation.audit import WRONG_SHARE, find_doubts
from classifier.verdict import sigmoid

KINDS = np.array(
    [
        [1, 1, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 1, 0, 0, 0, 0],
        [0, 0, 0, 1, 1, 0, 0, 1],
        [0, 0, 0, 0, 0, 1, 1, 0],
        [1, 0, 0, 0, 0, 0, 0, 1],
    ],
    dtype=bool,
)


def make_titles(n: int, *, seed: int = 0) -> tuple[Bools, Floats]:
    """Return tags of titles of a few kinds, as genres go together, and calibrated scores of a middling model."""
    random = np.random.default_rng(seed)
    tags = KINDS[random.integers(0, len(KINDS), n)] ^ (random.random((n, KINDS.shape[1])) < 0.02)
    tags[~tags.any(axis=1), 0] = True
    share = np.clip(tags.mean(axis=0), 0.01, 0.99)
    seen = np.where(tags, 1.0, -1.0) + random.normal(0, 1, tags.shape)
    return tags, sigmoid(
        np.log(share / (1 - share)) + 2 * seen
    )  # of normals one apart from 0, with spread 1: calibrated


def plant(tags: Bools, *, seed: int = 1) -> tuple[Bools, Bools]:
    """Return tags of which one in twenty titles has one too many or too few, and which titles these are."""
    random = np.random.default_rng(seed)
    rows = random.choice(len(tags), round(WRONG_SHARE * len(tags)), replace=False)
    planted, wrong = tags.copy(), np.zeros(len(tags), dtype=bool)
    for row in rows:
        is_tag = tags[row].sum() > 1 and random.random() < 0.5
        planted[row, random.choice(np.flatnonzero(tags[row] == is_tag))] = not is_tag
    wrong[rows] = True
    return planted, wrong


def share_on_top(doubts: Floats, wrong: Bools) -> float:
    return float(wrong[np.argsort(-doubts)[: wrong.sum()]].mean())


def known(tags: Bools) -> Bools:
    return np.ones_like(tags)


def test_planted_mistakes_come_on_top_more_often_than_by_the_worst_genre() -> None:
    tags, scores = make_titles(2000)
    planted, wrong = plant(tags)
    doubts = find_doubts(planted, scores, known=known(tags)).titles
    worst = np.abs(planted - scores).max(axis=1)
    assert share_on_top(doubts, wrong) > share_on_top(worst, wrong) + 0.1
    assert share_on_top(doubts, wrong) > 0.5


def test_the_likeliest_genre_of_a_planted_mistake_is_the_one_that_was_changed() -> None:
    tags, scores = make_titles(2000)
    planted, wrong = plant(tags)
    doubts = find_doubts(planted, scores, known=known(tags))
    found = [row for row in np.flatnonzero(wrong) if doubts.titles[row] > 0.3]
    assert len(found) > 0.3 * wrong.sum()
    assert np.mean([(planted[row] ^ tags[row])[doubts.genres[row].argmax()] for row in found]) > 0.85


def test_the_probability_tells_about_how_many_of_such_titles_are_wrong() -> None:
    tags, scores = make_titles(4000)
    planted, wrong = plant(tags)
    doubts = find_doubts(planted, scores, known=known(tags)).titles
    assert doubts.mean() == pytest.approx(WRONG_SHARE, rel=0.5)
    shares = [wrong[(doubts >= low) & (doubts < high)].mean() for low, high in ((0, 0.05), (0.1, 0.3), (0.6, 1))]
    assert shares[0] < 0.05 < shares[1] < 0.5 < shares[2]


def test_the_genres_of_a_title_add_up_to_it_and_never_reach_one() -> None:
    tags, scores = make_titles(300)
    doubts = find_doubts(~tags, scores, known=known(tags))
    assert doubts.genres.sum(axis=1) == pytest.approx(doubts.titles)
    assert 0.9 < doubts.titles.max() < 1


def test_genres_that_are_unknown_or_without_a_score_are_not_doubted() -> None:
    tags, scores = make_titles(200)
    decided = known(tags)
    decided[:, 2] = False
    scores[:, 5] = np.nan
    doubts = find_doubts(tags, scores, known=decided)
    assert not doubts.genres[:, [2, 5]].any()
    assert np.isfinite(doubts.genres).all() and doubts.genres[:, 0].all()


@pytest.mark.parametrize("n", [0, 1, 2, 7])
def test_a_few_titles_are_judged_by_their_scores_alone(n: int) -> None:
    tags, scores = make_titles(100)
    tags, scores = tags[:n], scores[:n]
    doubts = find_doubts(tags, scores, known=known(tags))
    assert doubts.titles.shape == (n,) and ((doubts.titles > 0) & (doubts.titles < 1)).all()


def test_trailers_of_one_film_do_not_vouch_for_each_other() -> None:
    tags, scores = make_titles(40)
    tags[:20], scores[:20] = [True, *[False] * 6, True], 0.2
    alike, apart = (
        find_doubts(tags, scores, known=known(tags), groups=g).titles[0] for g in ([0] * 20 + [*range(1, 21)], None)
    )
    assert alike > apart
