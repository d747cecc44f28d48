"""Joined training: films of several modalities and a split in, one model that judges by whatever is at hand out."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from classifier.data.dataset import Dataset
from classifier.data.films import Films
from classifier.data.split import Split
from classifier.errors import BadTrainingData
from classifier.evaluation.baselines import baselines
from classifier.evaluation.bootstrap import intervals
from classifier.evaluation.evaluation import Evaluation, evaluate
from classifier.evaluation.scored_rows import ScoredRows
from classifier.heads.base import Head
from classifier.heads.kinds import FRAME_KINDS, WORD_KINDS
from classifier.joins.base import Join
from classifier.joins.branches import Branches
from classifier.manifest import Decisions
from classifier.training.alone import usual_heads
from classifier.training.candidates import fit_candidate, refit
from classifier.training.joining import Candidate, Choice, choose_join, fit_joins
from classifier.training.kept_heads import KeptHeads
from classifier.training.report import TrainingReport, Trial
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
from classifier.view import join_names, subsets

MIN_ROWS = 30  # of a choice of modalities in the validation part: fewer can't say where a threshold lies


def train_joined(
    films: Films, split: Split, options: TrainingOptions, *, folder: Path | None = None, listener: Listener = SILENT
) -> Trained:
    """Return the model whose way of joining won on `validation`: its heads fitted on `train`, judged on `test`.

    Each modality's head is fitted on all films that have it, the ways of joining on those that have several; what is
    chosen is fitted once more on both parts. Scores are calibrated, and thresholds set, for each choice of modalities
    that may be at hand. Raises as `train`, and BadTrainingData when too few films have a choice of modalities.
    """
    split.check(films)
    kept, rare = films.with_common_genres(options.min_positives)
    parts = Parts.of(kept, split)
    listener.say(f"{_in_numbers(parts.fitting)} to train on, {len(parts.validation):,} films to choose, calibrate")
    _check(parts.validation)
    heads, trials = _fit_heads(parts, options, folder=folder, listener=listener)
    branches = Branches.of(heads, parts.validation)
    candidates = fit_joins(
        branches,
        parts.fitting,
        parts.validation,
        kinds=options.joins,
        options=replace(options.neural, seed=options.seed),
        monitor=listener.monitor,
    )
    chosen = _choose(candidates, parts.validation, options, listener)
    decided = {
        choice: decide(
            logits,
            parts.validation.rows(parts.validation.views.having(choice)),
            objective=options.objective,
            seed=options.seed,
        )
        for choice, logits in chosen.logits.items()
    }
    listener.say("fitting it again on both parts")
    members = {
        name: refit(head, parts.both.branch(name), kept=_kept(folder, name), monitor=listener.monitor)
        for name, head in heads.items()
    }
    join = chosen.join.refit(parts.both, members, seed=options.seed, monitor=listener.monitor)
    judged = evaluate_choices(join, decided, parts.test)
    whole = tuple(kept.views.modalities)
    rows = parts.test.rows(parts.test.views.having(whole))
    evaluations = {join_names(choice): _evaluate(one, kept.genres) for choice, one in judged.items()}
    metrics = evaluations[join_names(whole)].metrics()
    metrics |= {f"macro_ap_of_{name}": found.macro_ap for name, found in evaluations.items()}
    made = TrainingResult(join, {join_names(choice): each for choice, each in decided.items()}, metrics)
    report = TrainingReport(
        sizes=parts.sizes,
        rare=rare,
        trials=(*trials, *(Trial(one.kind, one.macro_ap, 0.0) for one in candidates)),
        chosen=Trial(chosen.kind, chosen.macro_ap, 0.0),
        evaluation=evaluations[join_names(whole)],
        intervals=intervals(judged[whole], groups=rows.groups, seed=options.seed),
        baselines=baselines(parts.fitting.priors, rows.Y, genres=kept.genres, known=rows.known),
        choices=evaluations,
    )
    return Trained(make_model(films, split, parts, options, made), report, judged[whole])


def evaluate_choices(join: Join, decided: Mapping[Choice, Decisions], films: Films) -> dict[Choice, ScoredRows]:
    """Return the answers for each choice of modalities, on the films that have all of it and are shown nothing else."""
    judged = {}
    for choice, decisions in decided.items():
        having = films.views.having(choice)
        logits = join.logits(films.views.take(np.flatnonzero(having)).only(choice))
        judged[choice] = judge(logits, decisions, films.rows(having))
    return judged


def _fit_heads(
    parts: Parts[Films], options: TrainingOptions, *, folder: Path | None, listener: Listener
) -> tuple[dict[str, Head], list[Trial]]:
    """Return the best head of each modality on the validation part, and how all did."""
    heads, trials = {}, []
    for modality in parts.fitting.views.modalities:
        fitting, validation = parts.fitting.branch(modality), parts.validation.branch(modality)
        found = []
        for kind in _kinds(fitting, options):
            name = f"{modality}: {kind}"
            one = fit_candidate(
                kind,
                fitting,
                validation,
                options=replace(options.neural, seed=options.seed),
                kept=_kept(folder, modality),
                monitor=listener.monitor(name),
            )
            listener.say(f"{name}: macro AP {one.trial.macro_ap:.3f} on the validation part, {one.trial.seconds:.0f} s")
            found.append(one)
            trials.append(Trial(name, one.trial.macro_ap, one.trial.seconds))
        heads[modality] = max(found, key=lambda one: one.trial.macro_ap).head
    return heads, trials


def _kinds(data: Dataset, options: TrainingOptions) -> tuple[str, ...]:
    """Return the heads to try for a modality: those asked for that can read it, else the usual ones."""
    readers = WORD_KINDS if data.X.dim == 1 else FRAME_KINDS
    asked = tuple(kind for kind in options.heads if kind in readers)
    return asked or usual_heads(data)


def _choose(candidates: list[Candidate], validation: Films, options: TrainingOptions, listener: Listener) -> Candidate:
    for one in candidates:
        listener.say(f"{one.kind}: macro AP {one.macro_ap:.3f} on films of several modalities of the validation part")
    chosen, comparison = choose_join(candidates, validation, seed=options.seed)
    if comparison is not None:
        sure = f"{comparison.difference:+.3f} ({comparison.low:+.3f} to {comparison.high:+.3f})"
        listener.say(f"the best against the simplest: {sure} macro AP")
    listener.say(f"chosen: {chosen.kind}")
    return chosen


def _check(validation: Films) -> None:
    for choice in subsets(validation.views.modalities):
        n = int(validation.views.having(choice).sum())
        if n < MIN_ROWS:
            raise BadTrainingData(
                f"only {n} films of the validation part have {join_names(choice)}, at least {MIN_ROWS} are needed to "
                "set thresholds: give more films that have all of them, or join fewer modalities"
            )


def _evaluate(judged: ScoredRows, genres: tuple[str, ...]) -> Evaluation:
    return evaluate(judged.labels, judged.scores, genres=genres, thresholds=judged.thresholds, known=judged.known)


def _in_numbers(films: Films) -> str:
    counts = (f"{int(part.present.sum()):,} {name}s" for name, part in films.views.parts.items())
    several = int((films.views.present.sum(axis=1) > 1).sum())
    return f"{len(films):,} films ({', '.join(counts)}; {several:,} with several)"


def _kept(folder: Path | None, modality: str) -> KeptHeads:
    return KeptHeads(folder / modality if folder else None)
