"""Response bodies about measurements: how a model does on the library's own labelled trailers."""

from datetime import datetime

from db.registry.measurement_records import MeasurementState
from web.api_model import ApiModel
from web.job_responses import Error


class Interval(ApiModel):
    """A 95 % interval, from whole films drawn again and again."""

    low: float
    """its lower end"""
    high: float
    """its upper end"""


class Difference(Interval):
    """By how much the model is better than the other, on the same films."""

    difference: float
    """its figure less the other's"""
    share_better: float
    """the share of resamples in which it is better"""


class GenreFigures(ApiModel):
    """The figures of one genre, at its threshold where they have one."""

    average_precision: float
    """average precision"""
    auc: float
    """area under the ROC curve"""
    precision: float
    """the share of those that pass that have it"""
    recall: float
    """the share of those that have it that pass"""
    f1: float
    """the harmonic mean of precision and recall"""
    brier: float
    """the mean squared distance of score and label"""
    ece: float
    """the expected calibration error, in 15 bins"""


class Cut(ApiModel):
    """A threshold, and what it would bring."""

    threshold: float
    """the score from which the genre passes"""
    n_passing: int
    """the trailers that pass"""
    precision: float | None
    """the share of those that have the genre, null: none passes"""
    recall: float
    """the share of those that have the genre that pass"""


class Bin(ApiModel):
    """Trailers of about one score."""

    n: int
    """the trailers"""
    score: float
    """their mean score"""
    share: float
    """the share of them that has the genre"""


class GenreCurves(ApiModel):
    """One genre in full."""

    figures: GenreFigures
    """its figures"""
    ap: Interval | None
    """the interval of its average precision, null: all trailers are of one film"""
    curve: list[Cut]
    """the precision-recall curve, recall rising, at most 100 points"""
    cuts: list[Cut]
    """the cuts at the thresholds 0, 0.01, ... 1"""
    bins: list[Bin]
    """how often scores are right: those of 15 bins of equal width that hold a trailer"""


class MeasuredGenre(ApiModel):
    """A genre of the model."""

    genre: str
    """the genre"""
    support: int
    """the trailers that have it"""
    n_known: int
    """the trailers of which it is known"""
    threshold: float
    """the score from which it passes, of most trailers"""
    curves: GenreCurves | None
    """its figures and curves, null where fewer than 5 trailers have it, or lack it"""


class ConfusionRow(ApiModel):
    """What passes for the trailers of one genre, in the order of `genres`."""

    genre: str
    """the genre that they have"""
    known: list[int]
    """of how many of them each genre is known"""
    passed: list[int]
    """how many of those pass it"""


class ModelMeasurement(ApiModel):
    """A model on labelled trailers that it has not learnt from."""

    n_rows: int
    """the trailers"""
    n_films: int
    """the films that they are of"""
    figures: dict[str, float]
    """figures over all genres that can be measured, by the metric's name; none without such a genre"""
    intervals: dict[str, Interval]
    """the intervals of some of them"""
    beside: dict[str, dict[str, float]]
    """the same figures of predictions that look at nothing: `prior` (the genres' shares), `everything` and `random`"""
    genres: list[MeasuredGenre]
    """each genre of the model"""
    confusion: list[ConfusionRow]
    """what passes for the trailers of each genre"""


class GenreDifference(ApiModel):
    """One genre beside the other model."""

    genre: str
    """the genre"""
    support: int
    """the trailers that have it"""
    ap: Difference | None
    """the difference of average precision, null where fewer than 5 trailers have it, or lack it"""


class ModelDifference(ApiModel):
    """Two models on the same trailers."""

    n_rows: int
    """the trailers, of films that neither has learnt from"""
    n_films: int
    """the films that they are of"""
    n_changed: int
    """the trailers of which other genres would pass"""
    figures: dict[str, Difference]
    """the differences of macro_ap and precision_at_3"""
    genres: list[GenreDifference]
    """those of each genre that both predict"""


class RivalReport(ApiModel):
    """The model beside the one that predicted in its place when it was measured."""

    model_id: str
    """that one"""
    finding: str
    """what came out, in words"""
    objections: list[str]
    """what speaks against promoting it, in words"""
    difference: ModelDifference | None
    """the figures, null where they can't be told: `finding` says why"""


class MeasurementReport(ApiModel):
    """What a measurement found."""

    made_at: datetime
    """when it was made"""
    rows_sha256: str
    """a digest of the trailers, their labels and the models: as long as it is the same nothing is measured again"""
    left_out: list[str]
    """which labelled trailers were left out, and why"""
    found: ModelMeasurement
    """the model by itself"""
    rival: RivalReport | None
    """the model beside the one in its place, null where nothing else predicts there"""


class Measurement(ApiModel):
    """The measurement of a model on the labelled trailers of the library."""

    model_id: str
    """the model"""
    state: MeasurementState
    """waiting, running, done or failed"""
    asked_at: datetime
    """when it was asked for"""
    asked_by: str
    """by whom; empty: it is a new candidate, which is measured by itself"""
    attempts: int
    """how often a worker has begun it"""
    error: Error | None
    """why the last attempt failed"""
    report: MeasurementReport | None
    """the last report; it stays while a new one is made"""
