"""Trailers' benchmark: what is learnt never sees the film it speaks of, and scores are placed at the shares told."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.trailers import ways
from benchmarks.trailers.films import RealTrailers, read_labels
from benchmarks.trailers.folds import Fit, Odds, Predictor, cross_fit, shares_of_others
from benchmarks.trailers.tables import Part, Priors, print_table
from benchmarks.trailers.ways import Way, place_by_fold, recalibrate, stack
from classifier.data.films import Films
from classifier.evaluation.placement import smooth_shares
from classifier.model import GenreModel
from classifier.ragged import Ragged
from classifier.shipped import all_shipped
from classifier.training.placing import PlacingOptions
from classifier.verdict import log_odds
from classifier.views import Part as ViewsPart
from classifier.views import Views

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
def test_what_is_fitted_supposes_the_shares_of_the_films_it_was_fitted_on(way: Callable[[Predictor], Fit]) -> None:
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


def test_each_film_is_read_by_a_model_placed_on_trailers_of_other_films(monkeypatch: pytest.MonkeyPatch) -> None:
    films, placed_on = make_films(), []
    model = GenreModel.load(next(path for path in all_shipped() if path.stem == "plots"))

    def place(model: GenreModel, rows: Films, options: PlacingOptions) -> GenreModel:
        placed_on.append((set(rows.groups), set(rows.ids)))
        return model

    monkeypatch.setattr(ways, "place", place)
    real = replace(make_real(films, {}), is_trailer=np.arange(40) % 4 != 0)
    outs = [out for _, out in place_by_fold(model, real)]
    assert np.sum(outs, axis=0).tolist() == [1] * 40, "each film is out once"
    for (groups, ids), out in zip(placed_on, outs, strict=True):
        assert not groups & set(films.rows(out).groups)
        assert not ids & {str(row) for row in range(0, 40, 4)}, "clips place nothing"


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
