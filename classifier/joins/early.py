"""Early joining: one logistic regression on the features of all modalities side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from classifier.bounds import Bound, check_arrays
from classifier.data.films import Films
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Arrays, Head, Monitor, Settings
from classifier.heads.linear import LogisticMean
from classifier.heads.options import NeuralOptions
from classifier.heads.tfidf import TfIdf
from classifier.joins.base import HeadJoin, Logits, RefitHead, check_members
from classifier.joins.encoder import Encoder
from classifier.views import Views

PENALTIES = (1.0,)  # scikit-learn's C, on rows of about unit length; .3 and 3 are worse
# The weight of pictures beside words: their rows are dense. On the validation films of benchmarks.fusion .03, .1, .3
# and 1 gave a macro AP of .672, .689, .724 and .631.
LOUDNESS = (0.2, 0.3, 0.5)


class Early(HeadJoin):
    """A logit is the sum of what each modality's features add, and of a number for each modality that is there.

    In a linear model that number is all that a learnt vector and a bit for what is missing can say. `bias` is
    (genres,); the members are linear heads, fitted as one.
    """

    KIND = "early"

    def __init__(self, members: Mapping[str, Head], *, bias: NDArray[np.float32], chosen: tuple[float, float]) -> None:
        super().__init__(members)
        self._bias, self._chosen = bias, chosen

    @classmethod
    def fit(cls, train: Films, validation: Films, *, options: NeuralOptions, monitor: Monitor) -> Self:
        """Return the regression of best macro average precision on the validation rows, with all they have.

        Only the seed of `options` counts.
        """
        design = Design.of(train, seed=options.seed)
        tried: dict[tuple[float, float], tuple[float, Self]] = {}
        for loudness in LOUDNESS:
            for penalty in PENALTIES:
                join = cls._regress(design, (loudness, penalty))
                figure = macro_ap(validation.Y, join.logits(validation.views), known=validation.known)
                tried[loudness, penalty] = figure, join
                monitor.step(len(tried), len(LOUDNESS) * len(PENALTIES), {"macro_ap": figure})
        return max(tried.values(), key=lambda found: found[0])[1]

    def refit(self, data: Films, refit_head: RefitHead, *, seed: int, monitor: Callable[[str], Monitor]) -> Self:
        """Return the regression of the same settings on other rows, which makes its heads, too."""
        return self._regress(Design.of(data, seed=seed), self._chosen)

    @classmethod
    def _regress(cls, design: "Design", chosen: tuple[float, float]) -> Self:
        loudness, penalty = chosen
        weights, bias = design.regress(loudness=loudness, penalty=penalty)
        return cls(design.heads(weights, loudness=loudness), bias=bias.astype(np.float32), chosen=chosen)

    def combine(self, logits: Logits) -> NDArray[np.float64]:
        """Return the sum of the modalities' parts and the bias, (n, genres)."""
        total: NDArray[np.float64] = np.sum(list(logits.values()), axis=0) + self._bias.astype(np.float64)
        return total

    def settings(self) -> Settings:
        """Return the number of genres and what fitting chose."""
        loudness, penalty = self._chosen
        return {"n_genres": self.n_genres, "loudness": loudness, "penalty": penalty}

    def arrays(self) -> Arrays:
        """Return bias (genres,)."""
        return {"bias": self._bias}

    @classmethod
    def of(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join of restored members; raises UnsafeModel when they don't fit together."""
        n_genres = check_members(members, settings, loudness=Bound(1e-9, 1e9), penalty=Bound(1e-9, 1e9))
        check_arrays(arrays, {"bias": (n_genres,)})
        return cls(members, bias=arrays["bias"], chosen=(float(settings["loudness"]), float(settings["penalty"])))


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The features of all modalities, encoded: `blocks` are sparse, (n, width), rows of what is missing empty."""

    films: Films
    encoders: Mapping[str, Encoder]
    blocks: Mapping[str, Any]

    @classmethod
    def of(cls, films: Films, *, seed: int) -> "Design":
        """Return the films, and once more those of several modalities with one of them hidden (modality dropout)."""
        encoders = {name: Encoder.fit(part.sequences, seed=seed) for name, part in films.views.parts.items()}
        shown = with_hidden(films, seed=seed)
        return cls(shown, encoders, {name: _block(encoder, shown.views, name) for name, encoder in encoders.items()})

    def regress(self, *, loudness: float, penalty: float) -> tuple[list[NDArray[np.float64]], NDArray[np.float64]]:
        """Return for each genre the weights of all columns, those of presence last, and the biases (genres,)."""
        from scipy.sparse import csr_matrix, hstack
        from sklearn.linear_model import LogisticRegression  # a second that predicting doesn't need

        present = csr_matrix(self.films.views.present[:, : len(self.blocks)].astype(np.float64))
        columns = [block * (1.0 if self.encoders[name].terms else loudness) for name, block in self.blocks.items()]
        rows = hstack([*columns, present]).tocsr()
        weights, biases = [], []
        for labels, known in zip(self.films.Y.T, self.films.known.T, strict=True):
            found = LogisticRegression(C=penalty, max_iter=500).fit(rows[known], labels[known])
            weights.append(found.coef_[0])
            biases.append(found.intercept_[0])
        return weights, np.array(biases)

    def heads(self, weights: list[NDArray[np.float64]], *, loudness: float) -> dict[str, Head]:
        """Return each modality's part as a head of its own."""
        coef, heads, start = np.stack(weights), dict[str, Head](), 0
        presence = coef[:, -len(self.blocks) :]
        for place, (name, encoder) in enumerate(self.encoders.items()):
            its = coef[:, start : start + encoder.width] * (1.0 if encoder.terms else loudness)
            start += encoder.width
            folded, intercept = encoder.fold(its, presence[:, place])
            if encoder.terms:
                heads[name] = TfIdf.of(encoder.terms, coef=folded, intercept=intercept)
            else:
                heads[name] = LogisticMean.of(coef=folded, intercept=intercept)
        return heads


def with_hidden(films: Films, *, seed: int) -> Films:
    """Return the films, and those of several modalities once more, each with one of them hidden at random."""
    present = films.views.present
    several = np.flatnonzero(present.sum(axis=1) > 1)
    if not len(several):
        return films
    random = np.random.default_rng(seed)
    hidden = np.zeros((len(several), present.shape[1]), dtype=np.bool_)
    for row, film in enumerate(several):
        hidden[row, random.choice(np.flatnonzero(present[film]))] = True
    rows = np.concatenate([np.arange(len(films)), several])
    kept = films.views.take(rows)
    everything = np.zeros((len(films), present.shape[1]), dtype=np.bool_)
    return Films(
        views=kept.without(np.concatenate([everything, hidden])),
        Y=films.Y[rows],
        known=films.known[rows],
        genres=films.genres,
        ids=tuple(f"{copy} {films.ids[row]}" for copy, row in enumerate(rows)),
        groups=tuple(films.groups[row] for row in rows),
        digests=("",) * len(rows),
    )


def _block(encoder: Encoder, views: Views, name: str) -> Any:
    """Return the rows of one modality, empty for films that lack it: sparse, (n, width)."""
    from scipy.sparse import csr_matrix

    part = views.parts[name]
    there = np.flatnonzero(part.present)
    place = csr_matrix((np.ones(len(there)), (there, np.arange(len(there)))), shape=(len(views), len(there)))
    return (place @ encoder.apply(part.sequences)).tocsr()
