"""Candidates: heads fitted on one part and ranked on another, alone and averaged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from classifier.arrays import Floats
from classifier.data.dataset import Dataset
from classifier.errors import BadTrainingData
from classifier.evaluation.bootstrap import paired
from classifier.evaluation.calibration import fit_calibration
from classifier.evaluation.metrics import macro_ap
from classifier.evaluation.scored_rows import ScoredRows
from classifier.heads.base import Head, Monitor
from classifier.heads.ensemble import EnsembleHead
from classifier.heads.kinds import FRAME_KINDS, WORD_KINDS, describe, make_head
from classifier.heads.options import NeuralOptions
from classifier.ragged import Ragged
from classifier.training.kept_heads import KeptHeads
from classifier.training.options import TrainingListener, TrainingOptions
from classifier.training.parts import Parts
from classifier.training.report import CandidateScore
from classifier.verdict import sigmoid
from classifier.view import in_words, join_names

PICTURES = ("logistic_mean", "mlp")  # for rows of one frame, where there is no time to look at
WORDS = ("tfidf",)  # for rows of ids of words
FEW_SEQUENCES = ("logistic_mean", "logistic_stats", "mlp", "peaks")
SEQUENCES = ("logistic_mean", "logistic_stats", "peaks", "convolution", "gru", "transformer")  # from MANY on
MANY = 500  # trailers in all parts: what looks at the order of seconds takes twenty times as long
MAX_MEMBERS = 4


@dataclass(frozen=True, slots=True, eq=False)
class HeadCandidate:
    """A fitted head, its raw logits on the validation part, of shape (n, genres), and its score there."""

    head: Head
    logits: Floats
    score: CandidateScore


def usual_heads(X: Ragged, *, n_rows: int) -> tuple[str, ...]:
    """Return the heads worth trying on the like of `X`, where there are `n_rows` in all.

    Rows of one frame have no time to look at, words are not frames, and heads for an order take long to fit.
    """
    if X.dim == 1:
        return WORDS
    if int(X.lengths.max()) == 1:
        return PICTURES
    return SEQUENCES if n_rows >= MANY else FEW_SEQUENCES


def fit_heads(
    parts: Parts, options: TrainingOptions, *, kept: Mapping[str, KeptHeads], listener: TrainingListener
) -> dict[str, list[HeadCandidate]]:
    """Return the fitted heads of each modality: those named that can read it, else the usual ones.

    Raises BadTrainingData for a named head that can read none of the modalities.
    """
    readers = {
        modality: WORD_KINDS if parts.fitting.views.parts[modality].X.dim == 1 else FRAME_KINDS
        for modality in parts.modalities
    }
    able = tuple(dict.fromkeys(chain.from_iterable(readers.values())))
    for kind in options.heads:
        if kind not in able:
            names = in_words(join_names(readers))
            raise BadTrainingData(f"there is no head {kind!r} for {names}; the heads are {', '.join(able)}")
    heads: dict[str, list[HeadCandidate]] = {}
    for modality, kinds in readers.items():
        fitting, validation = parts.fitting.branch(modality), parts.validation.branch(modality)
        heads[modality] = []
        usual = usual_heads(fitting.X, n_rows=parts.count(modality))
        for kind in tuple(kind for kind in options.heads if kind in kinds) or usual:
            name = f"{modality}: {kind}" if len(readers) > 1 else kind
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
    head, seconds = kept.fit(
        kind, make_head(kind, options), fitting, validation=validation.examples, monitor=lambda: monitor
    )
    logits = head.logits(validation.X)
    return HeadCandidate(
        head, logits, CandidateScore(kind, macro_ap(validation.Y, logits, known=validation.known), seconds)
    )


def refit(head: Head, data: Dataset, *, kept: KeptHeads, monitor: Callable[[str], Monitor]) -> Head:
    """Return a head of the same kind and chosen settings fitted on `data`, or the one an earlier run has finished."""
    if isinstance(head, EnsembleHead):
        return head.with_members([refit(member, data, kept=kept, monitor=monitor) for member in head.members])
    name = f"{head.KIND}-refit"
    return kept.fit(name, head.chosen(), data, monitor=lambda: monitor(name))[0]


def average(
    candidates: Sequence[HeadCandidate], validation: Dataset, *, seed: int, say: Callable[[str], None]
) -> HeadCandidate | None:
    """Return the average of the best candidates if it is surely better on the validation part than the best alone.

    Forward selection (Caruana et al. 2004, "Ensemble Selection from Libraries of Models"): from the best on, each
    time the head that helps most, as long as one does. Surely: a paired bootstrap over groups, 95 % interval above 0.
    """
    order = sorted(candidates, key=lambda candidate: -candidate.score.macro_ap)
    fits = [
        fit_calibration(each.logits, validation.Y, known=validation.known, groups=validation.groups) for each in order
    ]
    scaled = np.stack([fit.apply(each.logits) for fit, each in zip(fits, order, strict=True)])
    chosen, figure = _select(scaled, validation)
    if len(chosen) < 2:
        return None
    ours, theirs = (
        ScoredRows.from_scores(validation.Y, sigmoid(scaled[places].mean(axis=0)), known=validation.known)
        for places in (chosen, [0])
    )
    comparison = paired(ours, theirs, groups=validation.groups, seed=seed)
    names = " + ".join(order[place].score.name for place in chosen)
    say(
        f"{names} against {order[0].score.name}: {comparison.difference:+.3f} macro AP "
        f"({comparison.low:+.3f} to {comparison.high:+.3f})"
    )
    if comparison.low <= 0:
        return None
    arrays = {
        "slope": np.stack([fits[place].slope for place in chosen]).astype(np.float32),
        "intercept": np.stack([fits[place].intercept for place in chosen]).astype(np.float32),
    }
    head = EnsembleHead([order[place].head for place in chosen], arrays)
    seconds = sum(order[place].score.seconds for place in chosen)
    return HeadCandidate(head, head.logits(validation.X), CandidateScore(describe(head)[0].label, figure, seconds))


def _select(scaled: Floats, validation: Dataset) -> tuple[list[int], float]:
    """Return the places of the heads whose average is best, the best alone first, and its macro average precision.

    `scaled` are calibrated logits, (heads, n, genres).
    """

    def figure(places: list[int]) -> float:
        return macro_ap(validation.Y, scaled[places].mean(axis=0), known=validation.known)

    chosen = [0]
    while len(chosen) < min(MAX_MEMBERS, len(scaled)):
        longer = max(([*chosen, place] for place in range(len(scaled)) if place not in chosen), key=figure)
        if figure(longer) <= figure(chosen):
            break
        chosen = longer
    return chosen, figure(chosen)
