"""Reasons: what each part of a film adds to each of its genres, and where in the film it does."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, exp, log

from classifier.errors import UnsafeModel
from classifier.model import GenreModel
from classifier.prediction import DrivingWord, Evidence, GenrePrediction, GenreScore
from classifier.verdict import N_TOP, unsure_genres
from classifier.view import OTHER_GENRES, PLOTS, TRAILER, join_names
from classifier.warnings import UNSURE
from db.errors import Damaged, NotStored
from web.service import Service
from worker.predicting.left_out import LeftOut

WORTH = 0.1  # of all that raises a genre: what adds less is no reason for it
SMALLEST = 0.1  # of log-odds, likewise
TOGETHER = "together"  # what parts add only together
UNKNOWN: Mapping[str, float] = {}
NEAREST = 1e-6  # to 0 or 1 that a score counts as
OF_STARTER = "Seen by the starter"  # the beginning of a note on the network, which predictions of older versions have


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a genre's bar, 0 to 1: what a part adds, from `start` on, or takes away, back to `end`."""

    part: str
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Reason:
    """One genre of a verdict and what it comes from.

    `base` is its share of films, None where the model is gone; `parts` what each part adds to its log-odds. `stretch`,
    with its strongest `second`, and `words` are there only where that part raised the genre.
    """

    verdict: GenreScore
    base: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    unsure: bool = False
    stretch: Evidence | None = None
    second: int | None = None
    words: tuple[DrivingWord, ...] = ()

    @property
    def is_named(self) -> bool:
        """Whether it passed, or is among the first three."""
        return self.verdict.passed or self.verdict.rank <= N_TOP

    @property
    def lift(self) -> float | None:
        """How many times as likely it is as in any film, None where that is not known."""
        return self.verdict.score / self.base if self.base else None

    @property
    def raised_by(self) -> tuple[str, ...]:
        """The parts that raised it, the strongest first."""
        least = max(SMALLEST, WORTH * sum(each for each in self.parts.values() if each > 0))
        return tuple(name for name, each in self.ordered if each >= least)

    @property
    def shown_by(self) -> str | None:
        """The strongest part that raised it and can be shown by itself."""
        return next((name for name in self.raised_by if name not in (OTHER_GENRES, TOGETHER)), None)

    @property
    def is_common(self) -> bool:
        """Whether so many films have it that its share alone passes."""
        return self.base is not None and self.base >= self.verdict.threshold

    @property
    def ordered(self) -> tuple[tuple[str, float], ...]:
        """The parts with what they add, the strongest first."""
        return tuple(sorted(self.parts.items(), key=lambda part: -part[1]))

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The bar from the genre's share to its score: first all that adds, then all that takes away."""
        if self.base is None or not self.parts:
            return ()
        place, found = _log_odds(self.base), list[Piece]()
        for name, each in self.ordered:
            found.append(Piece(name, _score(place), _score(place + each)))
            place += each
        return tuple(found)


def find_reasons(
    service: Service, prediction: GenrePrediction, *, left_out: Sequence[LeftOut] = ()
) -> tuple[Reason, ...]:
    """Return the reason of each genre by the model that predicted it, as `explain` orders them."""
    model = _find_model(service, prediction.model_id)
    if model is None:
        return explain(prediction, left_out=left_out)
    shares = dict(zip(model.genres, model.manifest.priors, strict=True))
    unsure = [row.genre for row in _unsure(prediction, model)]
    return explain(prediction, shares=shares, unsure=unsure, left_out=left_out)


def explain(
    prediction: GenrePrediction,
    *,
    shares: Mapping[str, float] = UNKNOWN,
    unsure: Collection[str] = (),
    left_out: Sequence[LeftOut] = (),
) -> tuple[Reason, ...]:
    """Return the reason of each genre, those that passed first, then by score; `shares` are the genres'."""
    skipped = {second for each in left_out for second in range(each.start_s, each.end_s)}
    ranked = sorted(prediction.genres, key=lambda row: not row.passed)
    return tuple(
        _reason(prediction, row, base=shares.get(row.genre), unsure=row.genre in unsure, skipped=skipped)
        for row in ranked
    )


def list_caveats(prediction: GenrePrediction, reasons: Sequence[Reason]) -> tuple[str, ...]:
    """Return the warnings that nothing else on a page says: its rows say which genres are unsure."""
    on_rows = (UNSURE, OF_STARTER) if any(reason.unsure for reason in reasons) else (OF_STARTER,)
    return tuple(warning for warning in prediction.warnings if not warning.startswith(on_rows))


def _find_model(service: Service, model_id: str) -> GenreModel | None:
    """Return a model as it predicts in this library, None if it can't be read any more."""
    try:
        return service.runtime.placed_model(service.store.models.get(model_id))
    except (NotStored, Damaged, UnsafeModel):
        return None


def _unsure(prediction: GenrePrediction, model: GenreModel) -> tuple[GenreScore, ...]:
    """Return the genres in the bands where the thresholds for what the prediction has seen are uncertain."""
    branches = {branch for name in prediction.alone or prediction.modalities if (branch := model.branch(name))}
    decisions = model.manifest.decisions.get(join_names(branches))
    if decisions is None:
        return ()
    ends = zip(decisions.unsure_from, decisions.unsure_to, strict=True)
    bands = dict(zip(model.genres, ends, strict=True))
    return unsure_genres([row for row in prediction.genres if row.genre in bands], bands=bands)


def _reason(
    prediction: GenrePrediction, row: GenreScore, *, base: float | None, unsure: bool, skipped: Collection[int]
) -> Reason:
    parts = dict(prediction.contributions.get(row.genre, {}))
    if parts and base is not None:
        rest = _log_odds(row.score) - _log_odds(base) - sum(parts.values())
        parts |= {TOGETHER: rest} if abs(rest) > SMALLEST else {}
    reason = Reason(row, base, parts, unsure)
    stretch = next((each for each in prediction.evidence if each.genre == row.genre), None)
    if stretch and (TRAILER in reason.raised_by or not parts):
        second = _strongest(stretch, prediction.timeline.get(row.genre, ()), skipped)
        reason = replace(reason, stretch=stretch, second=second)
    if not parts or not {*PLOTS}.isdisjoint(reason.raised_by):
        words = tuple(word for word in prediction.words if word.genre == row.genre)
        reason = replace(reason, words=words)
    return reason


def _strongest(stretch: Evidence, scores: Sequence[float], skipped: Collection[int]) -> int:
    """Return the second of a stretch with the highest score, of those that count."""
    seconds = range(int(stretch.start_s), min(ceil(stretch.end_s), len(scores)))
    counting = [second for second in seconds if second not in skipped]
    return max(counting, key=lambda second: scores[second], default=int(stretch.start_s))


def _log_odds(score: float) -> float:
    inside = min(max(score, NEAREST), 1 - NEAREST)
    return log(inside / (1 - inside))


def _score(log_odds: float) -> float:
    return 1 / (1 + exp(-log_odds))
