import datetime
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from classifier.data.films import Films
from classifier.data.split import Split, make_split
from classifier.errors import BadTrainingData, UnsafeModel
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Monitor
from classifier.heads.kinds import HeadSpec
from classifier.heads.linear import LogisticMean
from classifier.heads.options import NeuralOptions
from classifier.joins.base import Alone, Join
from classifier.joins.branches import Branches
from classifier.joins.early import Design, with_hidden
from classifier.joins.kinds import JOINS, describe_join, restore_join
from classifier.joins.late import Late
from classifier.model import GenreModel
from classifier.ragged import Ragged
from classifier.training.decisions import score_choices
from classifier.training.joining import JoinCandidate, choose_join
from classifier.training.options import TrainingListener, TrainingOptions
from classifier.training.report import CandidateScore
from classifier.training.training import TrainedModel, train
from classifier.view import View, subsets
from classifier.views import Part, Views
from tests.support.planted_films import DIM, GENRES, PLOTS, POSTERS, planted_films

KINDS = tuple(pytest.param(kind, marks=pytest.mark.slow) if kind == "gated" else kind for kind in JOINS)
NEURAL = NeuralOptions(hidden=32, epochs=40, patience=10, dropout=0.1, learning_rate=3e-3, batch=32)


@cache
def split() -> Split:
    return make_split(planted_films(), seed=0)


def options(*joins: str) -> TrainingOptions:
    return TrainingOptions(
        name="planted",
        description="synthetic films",
        created_at=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        heads=("logistic_mean", "tfidf"),
        neural=NEURAL,
        joins=joins,
    )


@cache
def trained(*joins: str) -> TrainedModel:
    return train(planted_films(), split(), options(*joins))


def test_part() -> Films:
    return split().rows(planted_films(), "test")


test_part.__test__ = False  # type: ignore[attr-defined]


def figure(join: Join, films: Films, *modalities: str) -> float:
    """Return the macro average precision on films that have both, shown nothing but these."""
    both = films.rows(films.views.having(("poster", "plot")))
    return macro_ap(both.Y, join.logits(both.views.only(modalities)), known=both.known)


def one_film(model: GenreModel, **vectors: np.ndarray) -> dict[str, View]:
    ids = {"poster": POSTERS, "plot": PLOTS}
    return {name: View(values, ids.get(name, POSTERS)) for name, values in vectors.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_together_they_tell_what_neither_tells_alone(kind: str) -> None:
    join, films = trained(kind).model.join, test_part()
    alone = max(figure(join, films, "poster"), figure(join, films, "plot"))
    assert figure(join, films, "poster", "plot") > alone + 0.1


def test_late_joining_ranks_films_of_one_modality_as_its_head_alone_does() -> None:
    join, films = trained("late").model.join, test_part()
    for modality in ("poster", "plot"):
        rows = films.branch(modality)
        alone = join.members[modality].logits(rows.X)
        joined = join.logits(films.rows(films.views.parts[modality].present).views.only((modality,)))
        assert all((np.argsort(a) == np.argsort(b)).all() for a, b in zip(alone.T, joined.T, strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_is_judged_alike_in_any_company(kind: str) -> None:
    join, films = trained(kind).model.join, test_part()
    whole = join.logits(films.views)
    for row in range(0, len(films), 17):
        assert join.logits(films.views.take(np.array([row])))[0] == pytest.approx(whole[row], abs=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_a_joined_model_comes_back_equal_from_its_bytes(kind: str) -> None:
    model = trained(kind).model
    again = GenreModel.from_bytes(model.to_bytes())
    views = test_part().views
    assert again.model_id == model.model_id
    assert np.array_equal(again.scores(views), model.scores(views))


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_that_were_tampered_with_are_refused(kind: str) -> None:
    spec, arrays = describe_join(trained(kind).model.join)
    for name, array in arrays.items():
        for wrong in (array[:-1], np.full_like(array, np.nan)):
            with pytest.raises(UnsafeModel):
                restore_join(spec, {**arrays, name: wrong}, ("poster", "plot"))
        if not name.endswith("spread"):  # heads made before lack it
            with pytest.raises(UnsafeModel):
                restore_join(spec, {left: each for left, each in arrays.items() if left != name}, ("poster", "plot"))
    with pytest.raises(UnsafeModel):
        restore_join(spec, {**arrays, "more": np.zeros(1, np.float32)}, ("poster", "plot"))
    with pytest.raises(UnsafeModel):
        restore_join(HeadSpec(kind, {**spec.settings, "n_genres": 5}, spec.members), arrays, ("poster", "plot"))


def test_scores_of_each_choice_of_modalities_are_probabilities() -> None:
    model, films = trained("late").model, planted_films()
    for modalities in (("poster",), ("plot",), ("poster", "plot")):
        rows = films.rows(films.views.having(modalities))
        scores = model.scores(rows.views.only(modalities))
        assert np.abs(scores.mean(axis=0) - rows.Y.mean(axis=0)).max() < 0.08


def test_with_nothing_at_hand_the_answer_is_the_prior_and_says_so() -> None:
    model = trained("late").model
    prediction = model.predict({})
    priors = dict(zip(model.genres, model.manifest.priors, strict=True))
    assert {one.genre: one.score for one in prediction.genres} == priors
    assert prediction.modalities == ()
    assert "Nothing to predict from" in prediction.warnings[0]


def test_a_verdict_names_what_was_looked_at_and_the_words_that_drove_it() -> None:
    model = trained("late").model
    plot = View(np.array([[10], [11], [12], [30], [31]], np.float32), PLOTS, ("ghost", "blood", "scream", "the", "a"))
    prediction = model.predict({"poster": View(np.zeros((1, DIM), np.float32), POSTERS), "plot": plot})
    assert prediction.modalities == ("poster", "plot")
    horror = [one.word for one in prediction.words if one.genre == "Horror"]
    assert set(horror[:3]) == {"ghost", "blood", "scream"}
    assert all(one.weight > 0 for one in prediction.words)


def test_a_description_is_judged_as_a_plot_and_named_as_what_it_is() -> None:
    model = trained("late").model
    plot = View(np.array([[10], [11], [12]], np.float32), PLOTS)
    assert model.predict({"description": plot}).modalities == ("description",)
    assert model.predict({"description": plot}).genres == model.predict({"plot": plot}).genres


def test_a_trailer_stands_in_for_the_poster_each_second_by_itself() -> None:
    model = trained("late").model
    frames = np.random.default_rng(1).normal(0, 1, (6, DIM)).astype(np.float32)
    prediction = model.predict(one_film(model, trailer=frames))
    assert prediction.modalities == ("trailer",)
    assert "not trailers" in prediction.warnings[0]
    seconds = [model.predict(one_film(model, poster=frame[None])) for frame in frames]
    for genre in GENRES:
        alone = [next(one.score for one in second.genres if one.genre == genre) for second in seconds]
        assert prediction.timeline[genre] == pytest.approx(alone, rel=1e-6)


def test_a_trailer_and_a_poster_in_one_place_count_half_each() -> None:
    model = trained("late").model
    random = np.random.default_rng(2)
    frames, poster = random.normal(0, 1, (9, DIM)).astype(np.float32), random.normal(0, 1, (1, DIM)).astype(np.float32)

    def log_odds(**vectors: np.ndarray) -> np.ndarray:
        scores = {one.genre: one.score for one in model.predict(one_film(model, **vectors)).genres}
        return np.array([np.log(scores[genre] / (1 - scores[genre])) for genre in GENRES])

    both = log_odds(trailer=frames, poster=poster)
    assert both == pytest.approx((log_odds(trailer=frames) + log_odds(poster=poster)) / 2, abs=1e-5)


def test_a_way_that_is_surely_better_is_taken() -> None:
    """Late joining weighs the modalities alike for all genres, and here each tells two of them."""
    result = trained("late", "stacked")
    assert [each.name for each in result.report.candidates[-2:]] == ["late", "stacked"]
    assert result.model.manifest.head.kind == "stacked"


def test_a_way_that_is_no_better_than_the_simplest_is_not_taken() -> None:
    validation = split().rows(planted_films(), "validation")
    logits = {
        choice: np.random.default_rng(0).normal(0, 1, (int(validation.views.having(choice).sum()), len(GENRES)))
        for choice in subsets(("poster", "plot"))
    }
    join = trained("late").model.join
    late, stacked = (
        JoinCandidate(join, logits, CandidateScore(kind, figure, 0.0))
        for kind, figure in (("late", 0.5), ("stacked", 0.6))
    )
    chosen, comparison = choose_join([stacked, late], validation, seed=0)
    assert chosen is late
    assert comparison is not None
    assert comparison.difference == 0


@pytest.mark.parametrize(("join", "fitted_again"), [("early", []), ("late", ["logistic_mean-refit", "tfidf-refit"])])
@pytest.mark.slow
def test_only_heads_that_the_chosen_join_uses_are_fitted_again(join: str, fitted_again: list[str]) -> None:
    heard: list[str] = []

    def monitor(name: str) -> Monitor:
        heard.append(name)
        return Monitor()

    train(planted_films(), split(), options(join), listener=TrainingListener(monitor=monitor))
    assert [name for name in heard if name.endswith("-refit")] == fitted_again


def test_the_report_shows_each_choice_of_modalities() -> None:
    result = trained("late")
    assert set(result.report.choices) == {"poster", "plot", "poster+plot"}
    text = str(result.report)
    assert "By what is at hand" in text
    assert result.model.manifest.metrics["macro_ap_of_poster+plot"] == result.report.evaluation.macro_ap


def test_what_the_test_part_shows_changes_nothing_that_is_learnt() -> None:
    films = planted_films()
    test = np.array([split().parts[row] == "test" for row in films.ids])
    other = Films(
        views=films.views.take(np.where(test, np.arange(len(films))[::-1], np.arange(len(films)))),
        **{name: getattr(films, name) for name in ("Y", "known", "genres", "ids", "groups", "digests")},
    )
    present = other.views.present.any(axis=1)
    assert present.all()
    again = train(other, split(), options("late")).model
    ours = describe_join(trained("late").model.join)[1]
    theirs = describe_join(again.join)[1]
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_films_of_too_few_plots_are_refused_with_the_number() -> None:
    films = planted_films(lacking=0.0)
    hidden = np.zeros((len(films), 2), dtype=np.bool_)
    hidden[40:, 1] = True
    few = Films(
        views=films.views.without(hidden),
        **{name: getattr(films, name) for name in ("Y", "known", "genres", "ids", "groups", "digests")},
    )
    with pytest.raises(BadTrainingData, match="of the validation part with plot"):
        train(few, make_split(few, seed=0), options())


def test_a_film_without_any_modality_is_no_row_to_learn_from() -> None:
    films = planted_films(lacking=0.0)
    with pytest.raises(BadTrainingData, match="neither"):
        Films(
            views=films.views.without(np.ones((len(films), 2), dtype=np.bool_)),
            **{name: getattr(films, name) for name in ("Y", "known", "genres", "ids", "groups", "digests")},
        )


def test_views_of_different_numbers_of_films_are_refused() -> None:
    parts = planted_films().views.parts
    with pytest.raises(BadTrainingData, match="different numbers"):
        Views({"poster": parts["poster"], "plot": planted_films(n=600).views.parts["plot"]})


def test_judging_each_choice_shows_the_join_nothing_else() -> None:
    result, films = trained("late"), test_part()
    scored = score_choices(result.model, films)
    hidden = films.views.only(("poster",))
    rows = films.views.having(("poster",))
    assert scored[("poster",)].scores == pytest.approx(result.model.scores(hidden)[rows])


class Squares(LogisticMean):
    """A head whose logit is the square of a sequence's mean: of pictures together another than of each by itself."""

    def logits(self, X: Ragged) -> NDArray[np.float64]:
        return np.stack([np.full(self.n_genres, float(each.mean()) ** 2) for each in X])


def test_several_pictures_in_a_posters_place_are_judged_each_by_itself() -> None:
    frames = np.stack([np.full(DIM, 1.0), np.full(DIM, -3.0)]).astype(np.float32)
    one = np.full((1, DIM), 2.0, np.float32)
    sequences, both = Ragged.from_sequences([one, frames]), np.arange(2)
    shape = (len(GENRES), DIM)
    head = Squares.from_weights(coef=np.zeros(shape, np.float32), intercept=np.zeros(len(GENRES), np.float32))
    join = Alone({"poster": head})
    assert join.logits(Views({"poster": Part(sequences, both, POSTERS)}))[:, 0].tolist() == [4.0, 5.0]
    assert Alone({"plot": head}).logits(Views({"plot": Part(sequences, both, PLOTS)}))[:, 0].tolist() == [4.0, 1.0]


def test_early_joining_learns_from_films_with_a_modality_hidden_too() -> None:
    films = planted_films()
    shown, rows = with_hidden(films.views, seed=0)
    n_several = int((films.views.present.sum(axis=1) == 2).sum())
    copies = shown.present[len(films) :]
    assert len(copies) == n_several
    assert (copies.sum(axis=1) == 1).all()
    assert 0.4 < copies[:, 0].mean() < 0.6
    assert np.array_equal(shown.present[: len(films)], films.views.present)
    assert np.array_equal(Design.from_films(films, seed=0).Y, films.Y[rows])


def test_modalities_that_no_film_shows_together_weigh_alike() -> None:
    both = planted_films().rows(planted_films().views.having(("poster", "plot")))
    apart = Films(
        views=both.views.without(np.arange(len(both))[:, None] % 2 == np.array([0, 1])),
        **{name: getattr(both, name) for name in ("Y", "known", "genres", "ids", "groups", "digests")},
    )
    branches = Branches.from_members(trained("late").model.join.members, apart)
    assert Late.fit(branches, apart).arrays()["weights"].tolist() == [[1, 0], [0, 1], [0.5, 0.5]]


def test_a_head_that_reads_none_of_the_modalities_is_refused_with_those_that_do() -> None:
    with pytest.raises(BadTrainingData, match=r"no head 'lstn' for posters and plots; .*mlp.*, lstm"):
        train(planted_films(), split(), replace(options("late"), heads=("logistic_mean", "lstn")))
