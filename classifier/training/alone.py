"""Training: a data set and a split in, a calibrated GenreModel and its honest report out."""

from dataclasses import replace
from pathlib import Path

from classifier.data.dataset import Dataset
from classifier.data.split import Split
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import intervals
from classifier.evaluation.evaluation import evaluate
from classifier.joins.base import Alone
from classifier.training.candidates import Candidate, average, fit_candidate, refit
from classifier.training.kept_heads import KeptHeads
from classifier.training.report import TrainingReport
from classifier.training.steps import (
    SILENT,
    Listener,
    Parts,
    Trained,
    TrainingOptions,
    TrainingResult,
    decide,
    judge,
    make_model,
)

PICTURES = ("logistic_mean", "mlp")  # for rows of one frame, where there is no time to look at
WORDS = ("tfidf",)  # for rows of ids of words
SEQUENCES = ("logistic_mean", "logistic_stats", "mlp", "attention")


def train(
    data: Dataset,
    split: Split,
    options: TrainingOptions,
    *,
    folder: Path | None = None,
    listener: Listener = SILENT,
) -> Trained:
    """Return the model of the best head: fitted on `train`, chosen and calibrated on `validation`, judged on `test`.

    What was chosen is fitted once more on both parts, without another look at how it does; calibration and thresholds
    stay those of the first fit. The test part is looked at for the last figures alone. Equal data and options give
    equal bytes on one machine. With a `folder`, finished heads and checkpoints are kept there, and a training that
    was cut off goes on. Raises BadTrainingData, and LeakingSplit when the split would test a model on what it has
    seen.
    """
    split.check(data)
    kept, rare = data.with_common_genres(options.min_positives)
    parts = Parts.of(kept, split)
    listener.say(
        f"{len(parts.fitting):,} rows to train on, {len(parts.validation):,} to choose and calibrate, "
        f"{len(parts.test):,} to test, {len(kept.genres)} genres"
    )
    candidates = _fit_all(parts, options, folder=folder, listener=listener)
    best = max(candidates, key=lambda candidate: candidate.trial.macro_ap)
    chosen = average(candidates, parts.validation, seed=options.seed, say=listener.say) or best
    listener.say(f"chosen: {chosen.trial.head}, macro AP {chosen.trial.macro_ap:.3f} on the validation part")
    decided = decide(chosen.logits, parts.validation, objective=options.objective, seed=options.seed)
    listener.say("fitting it again on both parts")
    head = refit(chosen.head, parts.both, kept=KeptHeads(folder), monitor=listener.monitor)
    judged = judge(head.logits(parts.test.X), decided, parts.test)
    evaluation = evaluate(
        judged.labels, judged.scores, genres=kept.genres, thresholds=judged.thresholds, known=judged.known
    )
    made = TrainingResult(Alone({data.modality: head}), {data.modality: decided}, evaluation.metrics())
    model = make_model(data, split, parts, options, made)
    report = TrainingReport(
        sizes=parts.sizes,
        rare=rare,
        trials=tuple(candidate.trial for candidate in candidates),
        chosen=chosen.trial,
        evaluation=evaluation,
        intervals=intervals(judged, groups=parts.test.groups, seed=options.seed),
        baselines=baselines(parts.fitting.priors, parts.test.Y, genres=kept.genres, known=parts.test.known),
    )
    return Trained(model, report, judged)


def usual_heads(data: Dataset) -> tuple[str, ...]:
    """Return the heads worth trying: rows of one frame have no time to look at, words are no frames."""
    if data.modality == "plot" and data.X.dim == 1:
        return WORDS
    return PICTURES if int(data.X.lengths.max()) == 1 else SEQUENCES


def _fit_all(
    parts: Parts[Dataset], options: TrainingOptions, *, folder: Path | None, listener: Listener
) -> list[Candidate]:
    candidates = []
    for kind in options.heads or usual_heads(parts.fitting):
        found = fit_candidate(
            kind,
            parts.fitting,
            parts.validation,
            options=replace(options.neural, seed=options.seed),
            kept=KeptHeads(folder),
            monitor=listener.monitor(kind),
        )
        listener.say(f"{kind}: macro AP {found.trial.macro_ap:.3f} on the validation part, {found.trial.seconds:.0f} s")
        candidates.append(found)
    return candidates
