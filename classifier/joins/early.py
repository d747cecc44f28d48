"""Early joining: one logistic regression on the features of all modalities side by side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats
from classifier.bounds import Shape
from classifier.data.films import Films
from classifier.evaluation.metrics import macro_ap
from classifier.heads.base import Arrays, Head, Monitor, Settings
from classifier.heads.linear import PENALTY_BOUND, WHITENING, LogisticMean, fit_logistic, regress
from classifier.heads.options import NeuralOptions
from classifier.heads.pooling import pool_mean
from classifier.heads.projection import Projection, fit_projection
from classifier.heads.terms import Terms
from classifier.heads.tfidf import TfIdf
from classifier.joins.base import HeadJoin, Logits, RefitHead
from classifier.ragged import Ragged
from classifier.views import Part, Views

PENALTY = 1.0  # scikit-learn's C, on rows of about unit length; .3 and 3 are worse
# The weight of pictures beside words: their rows are dense. On the validation films of benchmarks.fusion .03, .1, .3
# and 1 gave a macro AP of .672, .689, .724 and .631.
LOUDNESS = (0.2, 0.3, 0.5)
COMPONENTS = 400
N_TERMS = 20_000


class Early(HeadJoin):
    """A logit is the sum of what each modality's features add, and of a number for each modality that is there.

    In a linear model that number is all that a learnt vector and a bit for what is missing can say. `bias` is
    (genres,); the members are linear heads, fitted as one.
    """

    KIND = "early"
    BOUNDS: ClassVar = {"loudness": PENALTY_BOUND, "penalty": PENALTY_BOUND}
    _chosen: Settings  # loudness and penalty

    @classmethod
    def fit(cls, train: Films, validation: Films, *, options: NeuralOptions, monitor: Monitor) -> Self:
        """Return the regression of best macro average precision on the validation rows, with all they have.

        Only the seed of `options` counts.
        """
        design, tried = Design.from_films(train, seed=options.seed), list[tuple[float, Self]]()
        for loudness in LOUDNESS:
            join = cls._regress(design, {"loudness": loudness, "penalty": PENALTY})
            figure = macro_ap(validation.Y, join.logits(validation.views), known=validation.known)
            tried.append((figure, join))
            monitor.step(len(tried), len(LOUDNESS), {"macro_ap": figure})
        return max(tried, key=lambda found: found[0])[1]

    def refit(self, data: Films, refit_head: RefitHead, *, seed: int, monitor: Callable[[str], Monitor]) -> Self:
        """Return the regression of the same settings on other rows, which makes its heads, too."""
        return self._regress(Design.from_films(data, seed=seed), self._chosen)

    @classmethod
    def _regress(cls, design: "Design", chosen: Settings) -> Self:
        heads, bias = design.regress(**chosen)
        join = cls(heads, {"bias": bias.astype(np.float32)})
        join._chosen = chosen
        return join

    def combine(self, logits: Logits) -> Floats:
        """Return the sum of the modalities' parts and the bias, (n, genres)."""
        return np.asarray(np.sum(list(logits.values()), axis=0) + self._arrays["bias"].astype(np.float64))

    def settings(self) -> Settings:
        """Return the number of genres and what fitting chose."""
        return {**super().settings(), **self._chosen}

    @classmethod
    def shapes(cls, modalities: tuple[str, ...], n_genres: int) -> Mapping[str, Shape]:
        """Return that of bias."""
        return {"bias": (n_genres,)}

    @classmethod
    def from_members(cls, members: Mapping[str, Head], *, settings: Settings, arrays: Arrays) -> Self:
        """Return the join of restored members; raises UnsafeModel when they don't fit together."""
        join = super().from_members(members, settings=settings, arrays=arrays)
        join._chosen = {name: settings[name] for name in cls.BOUNDS}
        return join


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The features of all modalities, encoded: `blocks` are sparse, (n, width), rows of what is missing empty."""

    encoders: Mapping[str, Terms | Projection]
    blocks: Mapping[str, Any]
    present: Bools
    Y: Bools
    known: Bools

    @classmethod
    def from_films(cls, films: Films, *, seed: int) -> "Design":
        """Return the films, and once more those of several modalities with one of them hidden (modality dropout)."""
        views, rows = with_hidden(films.views, seed=seed)
        encoders = {name: _encoder(films.views.parts[name].sequences, seed=seed) for name in films.views.modalities}
        blocks = {name: _block(encoder, views.parts[name]) for name, encoder in encoders.items()}
        return cls(encoders, blocks, views.present, films.Y[rows], films.known[rows])

    def regress(self, *, loudness: float, penalty: float) -> tuple[dict[str, Head], Floats]:
        """Return each modality's part as a head of its own, and the biases (genres,)."""
        from scipy.sparse import csr_matrix, hstack

        scales = {name: 1.0 if isinstance(each, Terms) else loudness for name, each in self.encoders.items()}
        columns = [block * scales[name] for name, block in self.blocks.items()]
        rows = hstack([*columns, csr_matrix(self.present.astype(np.float64))]).tocsr()
        coef, bias = regress(rows, self.Y, known=self.known, solve=partial(fit_logistic, penalty=penalty))
        *parts, presence = np.split(coef, np.cumsum([block.shape[1] for block in columns]), axis=1)
        made = zip(self.encoders.items(), parts, presence.T, strict=True)
        return {name: _head(encoder, part * scales[name], its) for (name, encoder), part, its in made}, bias


def with_hidden(views: Views, *, seed: int) -> tuple[Views, NDArray[np.int64]]:
    """Return the films, and those of several modalities once more, each with one of them hidden at random.

    Beside them stands which film each row is of.
    """
    present, random, several = views.present, np.random.default_rng(seed), np.flatnonzero(views.several)
    rows = np.concatenate([np.arange(len(views)), several])
    hidden = np.zeros((len(rows), present.shape[1]), dtype=np.bool_)
    for row, film in enumerate(several, start=len(views)):
        hidden[row, random.choice(np.flatnonzero(present[film]))] = True
    return views.take(rows).without(hidden), rows


def _encoder(X: Ragged, *, seed: int) -> Terms | Projection:
    """Return what makes rows of about unit length of words (sequences of one number), or of mean features."""
    if X.dim == 1:
        return Terms.count(X, most=N_TERMS)
    pooled = pool_mean(X)
    found = fit_projection(pooled, n_components=COMPONENTS, whitening=WHITENING, seed=seed)
    unit = 1 / np.sqrt((found.apply(pooled) ** 2).sum(axis=1).mean())
    return Projection(found.mean, found.basis * unit, found.spread)


def _block(encoder: Terms | Projection, part: Part) -> Any:
    """Return the rows of one modality, empty for films that lack it: sparse, (n, width)."""
    from scipy.sparse import csr_matrix

    X, there = part.sequences, np.flatnonzero(part.present)
    rows = encoder.apply(X) if isinstance(encoder, Terms) else csr_matrix(encoder.apply(pool_mean(X)))
    place = csr_matrix((np.ones(len(there)), (there, np.arange(len(there)))), shape=(len(part.present), len(there)))
    return (place @ rows).tocsr()


def _head(encoder: Terms | Projection, coef: Floats, intercept: Floats) -> Head:
    if isinstance(encoder, Projection):
        coef, intercept = encoder.fold(coef, intercept)
    weights = coef.astype(np.float32), intercept.astype(np.float32)
    return TfIdf.from_weights(encoder, *weights) if isinstance(encoder, Terms) else LogisticMean.from_weights(*weights)
