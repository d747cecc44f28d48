"""Candidates: heads fitted on one part and ranked on another, alone and averaged."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.data.dataset import Dataset
from classifier.evaluation.bootstrap import paired
from classifier.evaluation.calibration import fit_calibration
from classifier.evaluation.metrics import macro_ap
from classifier.evaluation.scored_rows import ScoredRows
from classifier.heads.base import Head, Monitor
from classifier.heads.ensemble import EnsembleHead
from classifier.heads.kinds import FRAME_KINDS, WORD_KINDS, describe, make_head
from classifier.heads.options import NeuralOptions
from classifier.training.kept_heads import KeptHeads
from classifier.training.options import TrainingListener, TrainingOptions
from classifier.training.parts import Parts
from classifier.training.report import CandidateScore
from classifier.verdict import sigmoid

PICTURES = ("logistic_mean", "mlp")  # for rows of one frame, where there is no time to look at
WORDS = ("tfidf",)  # for rows of ids of words
SEQUENCES = ("logistic_mean", "logistic_stats", "mlp", "attention")
MAX_MEMBERS = 4


@dataclass(frozen=True, slots=True, eq=False)
class HeadCandidate:
    """A fitted head, its raw logits on the validation part, of shape (n, genres), and its score there."""

    head: Head
    logits: NDArray[np.float64]
    score: CandidateScore


def usual_heads(data: Dataset) -> tuple[str, ...]:
    """Return the heads worth trying: rows of one frame have no time to look at, words are not frames."""
    if data.modality == "plot" and data.X.dim == 1:
        return WORDS
    return PICTURES if int(data.X.lengths.max()) == 1 else SEQUENCES


def fit_heads(
    parts: Parts, options: TrainingOptions, *, kept: Mapping[str, KeptHeads], listener: TrainingListener
) -> dict[str, list[HeadCandidate]]:
    """Return the fitted heads of each modality; of several modalities each tries those that can read it."""
    heads: dict[str, list[HeadCandidate]] = {}
    several = len(parts.modalities) > 1
    for modality in parts.modalities:
        fitting, validation = parts.fitting.branch(modality), parts.validation.branch(modality)
        readers = WORD_KINDS if fitting.X.dim == 1 else FRAME_KINDS
        asked = tuple(kind for kind in options.heads if kind in readers or not several)
        heads[modality] = []
        for kind in asked or usual_heads(fitting):
            name = f"{modality}: {kind}" if several else kind
            found = fit_candidate(
                kind,
                fitting,
                validation,
                options=replace(options.neural, seed=options.seed),
                kept=kept[modality],
                monitor=listener.monitor(name),
            )
            score = replace(found.score, name=name)
            listener.say(f"{name}: macro AP {score.macro_ap:.3f} on the validation part, {score.seconds:.0f} s")
            heads[modality].append(replace(found, score=score))
    return heads


def fit_candidate(
    kind: str, fitting: Dataset, validation: Dataset, *, options: NeuralOptions, kept: KeptHeads, monitor: Monitor
) -> HeadCandidate:
    """Return a head of this kind fitted on `fitting`, or the one that an earlier run has finished."""
    found = kept.load(kind)
    if found is None:
        begun = time.perf_counter()
        monitor.checkpoints = kept.checkpoints(kind)
        head = make_head(kind, options).fit(
            fitting.X, fitting.Y, known=fitting.known, validation=validation.examples, monitor=monitor
        )
        seconds = time.perf_counter() - begun
        kept.save(kind, head, seconds=seconds)
    else:
        head, seconds = found
    logits = head.logits(validation.X)
    return HeadCandidate(
        head, logits, CandidateScore(kind, macro_ap(validation.Y, logits, known=validation.known), seconds)
    )


def refit(head: Head, data: Dataset, *, kept: KeptHeads, monitor: Callable[[str], Monitor]) -> Head:
    """Return a head of the same kind and chosen settings fitted on `data`, or the one an earlier run has finished."""
    if isinstance(head, EnsembleHead):
        return head.with_members([refit(member, data, kept=kept, monitor=monitor) for member in head.members])
    name = f"{head.KIND}-refit"
    found = kept.load(name)
    if found is not None:
        return found[0]
    begun, heard = time.perf_counter(), monitor(name)
    heard.checkpoints = kept.checkpoints(name)
    fitted = head.chosen().fit(data.X, data.Y, known=data.known, monitor=heard)
    kept.save(name, fitted, seconds=time.perf_counter() - begun)
    return fitted


def average(
    candidates: Sequence[HeadCandidate], validation: Dataset, *, seed: int, say: Callable[[str], None]
) -> HeadCandidate | None:
    """Return the average of the best candidates if it is surely better on the validation part than the best alone.

    Forward selection (Caruana et al. 2004, "Ensemble Selection from Libraries of Models"): from the best on, each
    time the head that helps most, as long as one does. Surely: a paired bootstrap over groups, 95 % interval above 0.
    """
    order = sorted(candidates, key=lambda candidate: -candidate.score.macro_ap)
    scaled = [_scaled(candidate, validation) for candidate in order]
    chosen, figure = _select(scaled, validation)
    if len(chosen) < 2:
        return None
    ours, theirs = (
        ScoredRows.of(validation.Y, sigmoid(_mean(scaled, places)), known=validation.known) for places in (chosen, [0])
    )
    comparison = paired(ours, theirs, groups=validation.groups, seed=seed)
    names = " + ".join(order[place].score.name for place in chosen)
    say(
        f"{names} against {order[0].score.name}: {comparison.difference:+.3f} macro AP "
        f"({comparison.low:+.3f} to {comparison.high:+.3f})"
    )
    if comparison.low <= 0:
        return None
    head = EnsembleHead(
        [order[place].head for place in chosen],
        slopes=np.stack([scaled[place][1] for place in chosen]).astype(np.float32),
        intercepts=np.stack([scaled[place][2] for place in chosen]).astype(np.float32),
    )
    seconds = sum(order[place].score.seconds for place in chosen)
    return HeadCandidate(head, head.logits(validation.X), CandidateScore(describe(head)[0].label, figure, seconds))


_Scaled = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _scaled(candidate: HeadCandidate, validation: Dataset) -> _Scaled:
    """Return calibrated logits on the validation part, (n, genres), with slope and intercept, (genres,)."""
    known, groups = validation.known, validation.groups
    calibration = fit_calibration(candidate.logits, validation.Y, known=known, groups=groups)
    return calibration.apply(candidate.logits), calibration.slope, calibration.intercept


def _select(scaled: Sequence[_Scaled], validation: Dataset) -> tuple[list[int], float]:
    """Return the places of the heads whose average is best, the best alone first, and its macro average precision."""

    def figure(places: list[int]) -> float:
        return macro_ap(validation.Y, _mean(scaled, places), known=validation.known)

    chosen = [0]
    while len(chosen) < min(MAX_MEMBERS, len(scaled)):
        longer = max(([*chosen, place] for place in range(len(scaled)) if place not in chosen), key=figure)
        if figure(longer) <= figure(chosen):
            break
        chosen = longer
    return chosen, figure(chosen)


def _mean(scaled: Sequence[_Scaled], places: Sequence[int]) -> NDArray[np.float64]:
    mean: NDArray[np.float64] = np.mean([scaled[place][0] for place in places], axis=0)
    return mean
