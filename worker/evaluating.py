"""`trailers evaluate`: kept models on labelled features, films they have seen left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from classifier.baselines import baselines
from classifier.bootstrap import intervals, paired
from classifier.dataset import Dataset
from classifier.evaluation import Evaluation, evaluate
from classifier.evaluation_report import as_document, format_report
from classifier.judged import Judged
from classifier.model import GenreModel
from classifier.views import Part, Views
from db.records import ModelRecord
from worker.errors import WorkerError
from worker.learning_data import read_learning_data
from worker.progress import Progress
from worker.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is printed: `text` for people, `document` for programs, `notes` for stderr."""

    text: str
    document: Mapping[str, object]
    notes: tuple[str, ...]


def evaluate_models(
    runtime: Runtime,
    named: tuple[str | None, ...],
    *,
    file: Path | None,
    features_id: str | None,
    progress: Progress,
) -> Verdict:
    """Return how one or two kept models do on rows that none of them has seen; None is the one in use.

    Raises NotStored, NoModel, WorkerError (bad_source) when no row is left or two models judge different genres.
    """
    records = [runtime.store.models.get(name) if name else _in_use(runtime, features_id) for name in named]
    models = [runtime.model(record) for record in records]
    data, _ = read_learning_data(
        runtime, file=file, features_id=features_id or models[0].features_id, progress=progress
    )
    data, notes = _unseen(data, models)
    judged = {_label(record): _judge(model, data) for record, model in zip(records, models, strict=True)}
    evaluations = {name: _evaluate(one, data) for name, one in judged.items()}
    beside = baselines(np.array(models[0].manifest.priors), data.Y, genres=data.genres, known=data.known)
    sure = {name: intervals(one, groups=data.groups) for name, one in judged.items()}
    text = format_report(evaluations, beside, intervals=sure)
    document = as_document(evaluations, beside, intervals=sure)
    if len(judged) == 2:
        text, document = _compare(judged, data, text, document)
    return Verdict(text, {**document, "notes": list(notes)}, notes)


def _in_use(runtime: Runtime, features_id: str | None) -> ModelRecord:
    return runtime.model_record(features_id or runtime.weights.features_id)


def _label(record: ModelRecord) -> str:
    return f"{record.name[:11]} {record.model_id[:8]}"


def _unseen(data: Dataset, models: list[GenreModel]) -> tuple[Dataset, tuple[str, ...]]:
    """Return the rows of films that no model has seen, with the models' genres, and what was left out in words."""
    if any(model.genres != models[0].genres for model in models):
        raise WorkerError("bad_source", "the two models judge different genres and can't be compared on one table")
    for model in models:
        if model.features_id != data.features_id:
            raise WorkerError(
                "features_mismatch",
                f"these features are {data.features_id!r}, but model {model.manifest.name!r} judges "
                f"{model.features_id!r}: name another model, or other --features",
            )
    unseen = np.array([not any(group in model.seen for model in models) for group in data.groups], dtype=np.bool_)
    notes = []
    if not unseen.all():
        notes.append(f"{int((~unseen).sum()):,} of {len(data):,} rows left out: the model was made with their films")
    if not unseen.any():
        raise WorkerError("bad_source", f"the model has seen all {len(data)} films; give labelled ones it hasn't seen")
    return data.rows(unseen).with_genres(models[0].genres), tuple(notes)


def _judge(model: GenreModel, data: Dataset) -> Judged:
    part = Part(data.X, np.arange(len(data)), data.features_id)
    scores = model.scores(Views({data.modality: part}))
    return Judged.of(data.Y, scores, thresholds=model.manifest.decisions[data.modality].thresholds, known=data.known)


def _evaluate(judged: Judged, data: Dataset) -> Evaluation:
    return evaluate(data.Y, judged.scores, genres=data.genres, thresholds=judged.thresholds, known=data.known)


def _compare(
    judged: Mapping[str, Judged], data: Dataset, text: str, document: Mapping[str, object]
) -> tuple[str, dict[str, object]]:
    (ours, theirs), names = judged.values(), list(judged)
    found = paired(ours, theirs, groups=data.groups)
    sure = "surely better" if found.low > 0 else "surely worse" if found.high < 0 else "no sure difference"
    line = (
        f"{names[0]} against {names[1]}: macro AP {found.difference:+.3f} ({found.low:+.3f} to {found.high:+.3f}, "
        f"paired bootstrap over films): {sure}\n"
    )
    comparison = {"difference": found.difference, "low": found.low, "high": found.high}
    return f"{text}\n{line}", {**document, "comparison": {**comparison, "share_better": found.share_better}}
