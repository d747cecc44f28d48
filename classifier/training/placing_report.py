"""PlacingReport: what placing a model on labelled trailers brings, on trailers that nothing of it has seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from classifier.arrays import Bools
from classifier.data.films import Films
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import Interval, intervals
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.placement import smooth_shares
from classifier.evaluation.report import format_report
from classifier.evaluation.scored_rows import ScoredRows
from classifier.joins.late import Choice
from classifier.model import GenreModel
from classifier.training.parts import MIN_ROWS
from classifier.training.placing import PlacingOptions, cross_place, unplaced
from classifier.training.report import format_choices
from classifier.verdict import log_odds, sigmoid
from classifier.view import POSTER, TRAILER, join_names, subsets
from classifier.views import Views


@dataclass(frozen=True, slots=True)
class PlacingReport:
    """The figures of trailers alone, placed, beside those `as_posters`, which is how the model read them before.

    `at_own_shares` are the placed scores, had the model supposed the shares of these very trailers; `choices` has the
    figures of each choice of modalities with a trailer.
    """

    evaluation: Evaluation
    as_posters: Evaluation
    at_own_shares: Evaluation
    intervals: Mapping[str, Interval]
    baselines: Mapping[str, Evaluation]
    n_films: int
    choices: Mapping[str, Evaluation] = field(default_factory=dict)

    @property
    def separation(self) -> str:
        """What never stands on both sides, as in a report of a training."""
        return "no group in two of them"

    @property
    def metrics(self) -> dict[str, float]:
        """The figures that the model's manifest keeps, with those that tell whether it is better than the prior."""
        return {
            **self.evaluation.figures,
            "macro_ap_low": self.intervals["macro_ap"].low,
            "macro_ap_of_prior": self.baselines["prior"].macro_ap,
            **{f"macro_ap_of_{name}": found.macro_ap for name, found in self.choices.items()},
        }

    def __str__(self) -> str:
        beside = {"read as posters": self.as_posters, "at their own shares": self.at_own_shares, **self.baselines}
        shown = {"model": self.evaluation}
        return (
            f"placed on {self.evaluation.n_rows:,} trailers of {self.n_films:,} films; each figure is of trailers that "
            "the placement, weights and\nthresholds behind it have not seen: five folds, films and franchises kept "
            "whole; scores are at the model's own shares of\nthe genres\n\n"
            f"{format_report(shown, beside, intervals={'model': self.intervals})}{format_choices(self.choices)}"
        )


def report_placing(model: GenreModel, films: Films, options: PlacingOptions) -> PlacingReport:
    """Return the report on placing `model` as `place` does; raises what that raises."""
    model, labelled = unplaced(model), films.with_genres(model.genres)
    scored, priors = _cross_score(model, labelled, options), np.array(model.manifest.priors)
    whole, frames = scored[TRAILER,], Views({POSTER: labelled.views.parts[TRAILER]})
    before = ScoredRows(whole.labels, model.scores(frames), whole.known, model.thresholds(frames))
    shares = smooth_shares(labelled.Y, labelled.known)
    at_own = replace(whole, scores=sigmoid(log_odds(whole.scores) - log_odds(priors) + log_odds(shares)))
    evaluations = {choice: _evaluate(rows, model.genres) for choice, rows in scored.items()}
    return PlacingReport(
        evaluation=evaluations[TRAILER,],
        as_posters=_evaluate(before, model.genres),
        at_own_shares=_evaluate(at_own, model.genres),
        intervals=intervals(whole, groups=labelled.groups, seed=options.seed),
        baselines=baselines(np.array(model.manifest.priors), labelled.Y, genres=labelled.genres, known=labelled.known),
        n_films=len(set(labelled.groups)),
        choices={join_names(choice): found for choice, found in evaluations.items()} if len(evaluations) > 1 else {},
    )


def _cross_score(model: GenreModel, films: Films, options: PlacingOptions) -> dict[Choice, ScoredRows]:
    """Return each choice's scores, by placements that have not seen the film."""
    rows = _rows_of_choices(model, films)
    scores, thresholds = ({choice: np.empty(films.Y.shape) for choice in rows} for _ in range(2))
    for placed, out in cross_place(model, films, options):
        for choice, those in rows.items():
            if (here := those & out).any():
                views = films.views.take(np.flatnonzero(here)).only(choice)
                scores[choice][here], thresholds[choice][here] = placed.scores(views), placed.thresholds(views)
    return {
        choice: ScoredRows.from_scores(
            films.Y[those], scores[choice][those], thresholds=thresholds[choice][those], known=films.known[those]
        )
        for choice, those in rows.items()
    }


def _rows_of_choices(model: GenreModel, films: Films) -> dict[Choice, Bools]:
    """Return which films, of shape (n,), each choice with a trailer is told of; choices of too few are left out."""
    is_new = np.array([group not in model.seen for group in films.groups])
    beside = [name for name in films.views.modalities if name in model.manifest.inputs and name != TRAILER]
    choices = [choice for choice in subsets((TRAILER, *beside)) if TRAILER in choice]
    rows = {choice: films.views.having(choice) & (is_new | (len(choice) == 1)) for choice in choices}
    return {choice: those for choice, those in rows.items() if those.sum() >= MIN_ROWS or len(choice) == 1}


def _evaluate(rows: ScoredRows, genres: tuple[str, ...]) -> Evaluation:
    return evaluate(rows.labels, rows.scores, genres=genres, thresholds=rows.thresholds, known=rows.known)
