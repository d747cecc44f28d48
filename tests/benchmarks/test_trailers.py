"""Trailers' benchmark: what is learnt never sees the film it speaks of, and scores are placed at the shares told."""

from collections.abc import Mapping

import numpy as np
import pytest

from benchmarks.trailers import ways
from benchmarks.trailers.films import RealTrailers, read_labels
from benchmarks.trailers.folds import Odds, Predictor, cross_fit, shares_of_others
from benchmarks.trailers.tables import Part, Priors, print_table
from benchmarks.trailers.ways import Way, recalibrate, stack, without
from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.evaluation.placement import smooth_shares
from classifier.model import GenreModel
from classifier.ragged import Ragged
from classifier.shipped import all_shipped
from classifier.verdict import log_odds
from classifier.views import Part as ViewsPart
from classifier.views import Views
from extractor.plots import WORDS_ID, read_plot

GENRES = ("Action", "Comedy", "Drama")
GROUPS = tuple(f"film {row // 2}" for row in range(40))  # each film has two files


def make_films(seed: int = 0) -> Films:
    rng = np.random.default_rng(seed)
    frames = Ragged.singles(rng.normal(size=(40, 3)).astype(np.float32))
    Y = frames.values + rng.normal(size=(40, 3)) > (0.5, 0.0, -0.5)
    return Films(
        views=Views({"trailer": ViewsPart(frames, np.arange(40), "made")}),
        Y=Y,
        known=np.ones_like(Y),
        genres=GENRES,
        ids=tuple(map(str, range(40))),
        groups=GROUPS,
        digests=("",) * 40,
    )


def see(films: Films) -> Odds:
    """Return the first number of each film's frame as the log-odds of the genre of its place."""
    logits = films.views.parts["trailer"].sequences.packed().values.astype(np.float64)
    return Odds(logits, np.full(logits.shape, 0.5))


@pytest.mark.parametrize("n_folds", [4, None])
def test_a_predictor_has_seen_every_group_but_those_it_speaks_of(n_folds: int | None) -> None:
    seen: list[tuple[set[str], set[str]]] = []

    def fit(train: Films) -> Predictor:
        def predict(films: Films) -> Odds:
            seen.append((set(train.groups), set(films.groups)))
            return see(films)

        return predict

    films = make_films()
    odds = cross_fit(fit, films, n_folds=n_folds)
    np.testing.assert_array_equal(odds.logits, see(films).logits)
    assert len(seen) == (n_folds or len(set(GROUPS)))
    assert all(not train & out and train | out == set(GROUPS) for train, out in seen)


def test_scores_are_moved_from_the_shares_they_suppose_to_others() -> None:
    odds = Odds(log_odds(np.array([[0.5, 0.2]])), np.array([[0.5, 0.1]]))
    assert odds.scores(np.array([0.5, 0.1])) == pytest.approx(np.array([[0.5, 0.2]]))
    assert odds.scores(np.array([0.1, 0.1])) == pytest.approx(np.array([[0.1, 0.2]]))  # even odds are the share itself
    assert odds.scores() == pytest.approx(np.array([[0.5, 0.2]]))


def test_shares_of_others_leave_the_film_out() -> None:
    films = make_films()
    shares = shares_of_others(films)
    assert shares.shape == films.Y.shape
    assert (shares != smooth_shares(films.Y, films.known)).any()
    assert all((shares[row] == shares[row + 1]).all() for row in range(0, 40, 2)), "files of one film are together"


@pytest.mark.parametrize("way", [recalibrate, stack])
def test_what_is_fitted_supposes_the_shares_of_the_films_it_was_fitted_on(way: ways.Recast) -> None:
    films = make_films()
    odds = way(see)(films)(films)
    np.testing.assert_allclose(odds.priors[0], smooth_shares(films.Y, films.known))
    np.testing.assert_allclose(odds.scores().mean(axis=0), films.Y.mean(axis=0), atol=0.05)


def test_a_second_list_hides_only_where_it_says_something_else() -> None:
    row = {"genres": "Action|Drama", "genres_source": "imdb (films.csv)", "genres_other": "Action|Comedy"}
    bare = {**row, "genres_source": "movielens (films.csv)", "genres_other": ""}
    Y, known, agreed = read_labels([row, bare], (*GENRES, "Family", "Sport"))
    assert Y.tolist() == [[True, False, True, False, False]] * 2
    assert known.tolist() == [[True] * 5, [True, True, True, True, False]], "MovieLens has no Sport"
    assert agreed.tolist() == [[True, False, False, True, True], [True] * 5]


def make_real(films: Films, stems: Mapping[int, str]) -> RealTrailers:
    everything = np.ones(len(films), dtype=np.bool_)
    names = [frozenset({stems.get(row, f"film {row}")}) for row in range(len(films))]
    return RealTrailers(films, everything, everything, np.ones_like(films.Y), names)


def test_heads_of_words_are_fitted_again_without_the_films_and_their_franchises(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = GenreModel.load(next(path for path in all_shipped() if path.stem == "starter"))
    texts = [
        f"A detective and a dragon meet {'unicorns' if row in (3, 4, 9) else 'pirates'} in town {row}"
        for row in range(30)
    ]
    Y = np.zeros((30, len(model.genres)), dtype=np.bool_)
    Y[::2] = True
    data = Dataset(
        X=Ragged.from_sequences([read_plot(text).vectors for text in texts]),
        Y=Y,
        known=np.ones_like(Y),
        genres=model.genres,
        ids=tuple(f"tt{row}" for row in range(30)),
        groups=tuple("saga" if row in (3, 4) else f"other {row}" for row in range(30)),
        digests=("",) * 30,
        features_id=WORDS_ID,
        modality="plot",
    )
    monkeypatch.setattr(ways, "WORDS", {"plot": lambda genres: data})
    apart = without(model, make_real(make_films(), {7: "saga", 8: "tt9"}))
    assert apart.join.members["poster"] is model.join.members["poster"]
    words = {word: read_plot(word).vectors for word in ("unicorns", "pirates")}
    known = {word: apart.join.members["plot"].in_vocabulary(ids) for word, ids in words.items()}
    assert {word: its is not None and its.tolist() for word, its in known.items()} == {
        "unicorns": [False],
        "pirates": [True],
    }


def test_a_table_names_the_genre_that_is_most_often_first_and_counts_what_was_learnt(
    capsys: pytest.CaptureFixture[str],
) -> None:
    films = make_films()
    learnt = np.arange(40) < 10
    part = Part("made", np.arange(40) < 30, np.array([True, True, True]), films.known)
    odds = Odds(np.where(films.Y, 4.0, -4.0) + np.array([0.0, 0.0, 9.0]), np.full(films.Y.shape, 0.5))
    way = Way("all but perfect", odds, np.ones(40, dtype=np.bool_), learnt)
    shares = np.tile([0.5, 0.5, 0.5], (40, 1))
    print_table(part, make_real(films, {}), [way], Priors("nowhere", shares))
    line = next(line for line in capsys.readouterr().out.splitlines() if "all but perfect" in line)
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:3] == ["all but perfect", "30", "10"]
    assert cells[3].startswith("1.000 (1.00")
    assert cells[-1] == "Drama 1.00"
