"""Neural heads for words: a vocabulary learnt from the training texts, and a network over places in it."""

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from classifier.arrays import Bools, Floats, Vectors
from classifier.bounds import check_arrays
from classifier.errors import BadTrainingData, UnsafeModel
from classifier.heads import architectures
from classifier.heads.architectures import Build
from classifier.heads.base import Arrays
from classifier.heads.epochs import Values
from classifier.heads.neural import NeuralHead
from classifier.heads.options import USUAL, NeuralOptions
from classifier.heads.terms import N_IDS, TINY
from classifier.ragged import Ragged

if TYPE_CHECKING:
    from pathlib import Path

MIN_TEXTS = 2  # a word of one text would learn that text by heart
WIDTH = 64  # numbers a word has where no word vectors are given
MAX_WIDTH = 2048


class Lstm(NeuralHead):
    """Long short-term memory over embedded words; words of fewer than two training texts share one row.

    `vocabulary`, float32 of shape (words,), are the ids of the others, sorted; a word's row is its place there plus 1.
    """

    KIND, SQUARES, SCALED = "lstm", 2, False

    def __init__(self, options: NeuralOptions = USUAL) -> None:
        super().__init__(replace(options, mixup=0.0))  # between two words lies no third
        self._vocabulary: NDArray[np.float32] = np.zeros(0, dtype=np.float32)
        self._width = options.word_vectors.values.shape[1] if options.word_vectors else WIDTH

    def in_vocabulary(self, vectors: Vectors) -> Bools | None:
        """Return which words stand in the vocabulary, bool of shape (words,)."""
        return self._rows(vectors)[:, 0] > 0

    def contributions(self, vectors: Vectors) -> Floats:
        """Return how much each word adds to the log-odds, (words, genres)."""
        return super().contributions(_words(vectors))

    def arrays(self) -> Arrays:
        """Return what other neural heads do, and the vocabulary."""
        return {**super().arrays(), "vocabulary": self._vocabulary}

    def to_keras(self, path: "Path") -> None:
        """Refuse: another program could not number words as this one does."""
        raise BadTrainingData("a head for words can't be written as a Keras file: its words are numbered by Trailers")

    def _prepare(self, X: Ragged) -> None:
        if X.dim != 1:
            raise BadTrainingData(f"the head {self.KIND!r} learns from the words of plots, not from frames")
        ids, n_texts = np.unique(np.concatenate([np.unique(_words(text)) for text in X]), return_counts=True)
        self._vocabulary = ids[(n_texts >= MIN_TEXTS) & (ids > 0)].astype(np.float32)
        if not len(self._vocabulary):
            raise BadTrainingData("no word stands in two plots: give more of them")

    def _blueprint(self) -> Build:
        return partial(architectures.lstm, n_words=len(self._vocabulary), width=self._width)

    def _begin(self, weights: Values) -> Values:
        """Return the weights with the given vectors, brought to the spread of the others, at the words they name."""
        given = self.options.word_vectors
        if given is None:
            return weights
        embedding, *others = weights
        _, ours, theirs = np.intersect1d(self._vocabulary, given.ids, assume_unique=True, return_indices=True)
        if len(theirs):
            spread = max(float(given.values[theirs].std()), TINY)
            embedding[ours + 1] = given.values[theirs] * (embedding.std() / spread)
        return [embedding, *others]

    def _see(self, X: Ragged) -> Ragged:
        return Ragged.from_sequences([self._rows(text) for text in X])

    def _rows(self, ids: Vectors) -> NDArray[np.float32]:
        """Return each word's row, 0 for an unknown one, without the pieces behind the words: -> (words, 1)."""
        ids = _words(ids)
        places = np.minimum(np.searchsorted(self._vocabulary, ids), len(self._vocabulary) - 1)
        return np.where(self._vocabulary[places] == ids, places + 1, 0).astype(np.float32)

    def _take(self, arrays: Arrays) -> Arrays:
        rest = {name: array for name, array in arrays.items() if name != "vocabulary"}
        words, embedding = arrays.get("vocabulary", np.zeros(0, np.float32)), rest.get("w00", np.zeros(0, np.float32))
        check_arrays({"vocabulary": words}, {"vocabulary": (len(words),)})
        ids = not len(words) or (words != np.floor(words)).any() or words[0] < 1 or words[-1] >= N_IDS
        if ids or (np.diff(words) <= 0).any():
            raise UnsafeModel("the vocabulary must be whole numbers, sorted, each once")
        if embedding.ndim != 2 or len(embedding) != len(words) + 1 or not 1 <= embedding.shape[1] <= MAX_WIDTH:
            raise UnsafeModel(f"an embedding of shape {embedding.shape} for {len(words):,} words")
        for name, still in (("mean", 0.0), ("scale", 1.0)):
            if name in rest and not (rest[name] == still).all():
                raise UnsafeModel(f"{name} must be {still}: words are not numbers to be scaled")
        self._vocabulary, self._width = words, embedding.shape[1]
        return rest


def _words(ids: Vectors) -> Vectors:
    """Return what stands before the first 0, the words of a text."""
    return np.asarray(ids[np.cumsum(ids[:, 0] == 0) == 0])
