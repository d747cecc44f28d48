"""Zero-shot models: made of captions, without a film; a picture is of the genres whose captions come nearest to it.

Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision", sections 3.1.2 to 3.1.4:
a class's vector is the mean of those of several captions, and the network's own scale makes log-odds of the products.
"""

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import numpy as np

from classifier.arrays import Floats, Vectors
from classifier.data.training_films import TrainingFilms
from classifier.heads.linear import LogisticMean
from classifier.joins.base import Alone
from classifier.joins.kinds import describe_join
from classifier.manifest import Decisions, Manifest, TrainedOn
from classifier.model import GenreModel
from classifier.verdict import log_odds
from classifier.view import POSTER

THRESHOLD, UNSURE = 0.5, (0.25, 0.75)  # no label says where a threshold belongs


@dataclass(frozen=True, slots=True)
class Prompts:
    """The captions of each genre, two genres at least."""

    by_genre: Mapping[str, tuple[str, ...]]

    @property
    def texts(self) -> tuple[str, ...]:
        """All captions, genre by genre."""
        return tuple(text for texts in self.by_genre.values() for text in texts)

    @property
    def sha256(self) -> str:
        """The digest of genres and captions."""
        return hashlib.sha256(json.dumps(list(self.by_genre.items())).encode()).hexdigest()

    @property
    def separation(self) -> str:
        """What never stands on both sides, as in a report of a training."""
        return "none seen"

    def mean_vectors(self, vectors: Vectors) -> Floats:
        """Return the mean of each genre's captions, of length 1: (captions, dim) -> (genres, dim)."""
        means = np.stack([part.mean(axis=0, dtype=np.float64) for part in self._parts(vectors)])
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True))

    def _parts(self, vectors: Vectors) -> Iterator[Vectors]:
        start = 0
        for texts in self.by_genre.values():
            yield vectors[start : start + len(texts)]
            start += len(texts)

    def __str__(self) -> str:
        return "".join(f"{genre}: {text}\n" for genre, texts in self.by_genre.items() for text in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ZeroShotOptions:
    """What to call the model, the features that it reads, and each genre's share of films, (genres,)."""

    name: str
    features_id: str
    shares: Floats
    created_at: datetime


def make_zero_shot(prompts: Prompts, vectors: Vectors, *, scale: float, options: ZeroShotOptions) -> GenreModel:
    """Return a model of posters from the vectors of all captions, (captions, dim), of length 1.

    A picture's log-odds in a genre are those of the genre's share and `scale` times how much nearer it is to the
    genre's captions than to those of all genres on average.
    """
    means, n = prompts.mean_vectors(vectors), len(prompts.by_genre)
    coef = scale * (means - means.mean(axis=0))
    head = LogisticMean.from_weights(coef.astype(np.float32), log_odds(options.shares).astype(np.float32))
    join = Alone({POSTER: head})
    even = Decisions((1.0,) * n, (0.0,) * n, (THRESHOLD,) * n, *((each,) * n for each in UNSURE))
    manifest = Manifest(
        name=options.name,
        head=describe_join(join)[0],
        inputs={POSTER: options.features_id},
        genres=tuple(prompts.by_genre),
        priors=tuple(options.shares.tolist()),
        decisions={POSTER: even},
        objective="f1",  # what thresholds will be best for, once labels say where they belong
        metrics={},
        trained_on=_describe(prompts),
        created_at=options.created_at,
        versions={"python": platform.python_version(), "numpy": version("numpy")},
    )
    return GenreModel.from_bytes(GenreModel(manifest, join, TrainingFilms(b"")).to_bytes())


def _describe(prompts: Prompts) -> TrainedOn:
    words = f"no film (zero-shot): {len(prompts.texts)} prompts of {len(prompts.by_genre)} genres"
    return TrainedOn(words, 0, 0, 0, prompts.sha256, hashlib.sha256(b"").hexdigest(), 0)
