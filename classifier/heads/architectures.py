"""Architectures: from frames to a logit for each genre, as Keras 3 graphs of standard layers.

The caller passes the `keras` module, so that importing this file costs nothing. Frames are standardised, of shape
(n, T, dim), and `mask` is (n, T), 1 for a real frame; nothing here may depend on what a masked frame holds. No value
feeds more than two layers (one wide layer is cut instead): three gradients are added in an order that differs from fit
to fit, and then equal seeds give unequal weights.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.heads.options import NeuralOptions

FAR_BELOW = -1e9  # a logit or a value that no real frame has
TIMES = 5  # frames a convolution sees at once
CLUSTERS, GROUPS, EXPANSION = 8, 4, 2  # NeXtVLAD; 128, 8, 2 in the paper, for 5 million videos
ATTENTION_HEADS = 4
LONGEST_PERIOD = 10_000.0
HIDDEN = 0.3  # the chance of a modality to be hidden while learning to join
EMBEDDED = 0.05  # how far from 0 a word's numbers begin


@dataclass(frozen=True, slots=True)
class Outputs:
    """`logits` (n, genres); `auxiliary` are further ones that learning makes right too, each with what a row counts."""

    logits: Any
    auxiliary: tuple[tuple[Any, Any], ...] = ()


class Layers:
    """Makes standard Keras layers, whose first weights follow from the seed and the order they are made in."""

    def __init__(self, keras: Any, options: NeuralOptions, *, n_genres: int) -> None:
        self.keras, self.ops = keras, keras.ops
        self.hidden, self.n_genres, self._dropout = options.hidden, n_genres, options.dropout
        self._random = np.random.default_rng(options.seed)

    def seed(self) -> int:
        """Return the next seed."""
        return int(self._random.integers(2**31))

    def initializer(self) -> Any:
        """Return the next kernel's initializer."""
        return self.keras.initializers.GlorotUniform(seed=self.seed())

    def dense(self, units: int, *, activation: str | None = None, use_bias: bool = True) -> Any:
        """Return an affine map of the last axis."""
        return self.keras.layers.Dense(
            units, activation=activation, use_bias=use_bias, kernel_initializer=self.initializer()
        )

    def from_zero(self, values: Any, *, use_bias: bool = True) -> Any:
        """Return a number for each genre, all 0 at first: (..., units) -> (..., genres)."""
        return self.keras.layers.Dense(self.n_genres, use_bias=use_bias, kernel_initializer="zeros")(values)

    def dropout(self) -> Any:
        """Return a layer that hides some features while learning."""
        return self.keras.layers.Dropout(self._dropout, seed=self.seed())

    def norm(self) -> Any:
        """Return a layer that normalises each frame by itself."""
        return self.keras.layers.LayerNormalization()

    def open(self, frames: Any) -> Any:
        """Return frames brought to the hidden width: (n, T, dim) -> (n, T, hidden)."""
        return self.dropout()(self.dense(self.hidden, activation="gelu")(frames))

    def pool(self, values: Any, mask: Any) -> Any:
        """Return maximum | mean over the real frames: (n, T, units) -> (n, 2 * units)."""
        real = self.ops.expand_dims(mask, -1)
        highest = self.ops.max(values + (1.0 - real) * FAR_BELOW, axis=1)
        n_frames = self.ops.sum(real, axis=1)
        return self.ops.concatenate([highest, self.ops.sum(values * real, axis=1) / n_frames], axis=-1)

    def predict(self, vector: Any) -> Any:
        """Return logits: (n, units) -> (n, genres)."""
        return self.dense(self.n_genres)(self.dropout()(vector))


Build = Callable[[Layers, Any, Any], Outputs]


def mlp(layers: Layers, frames: Any, mask: Any) -> Outputs:
    """Return a perceptron of one hidden layer on the mean frame."""
    real = layers.ops.expand_dims(mask, -1)
    vector = layers.ops.sum(frames * real, axis=1) / layers.ops.sum(real, axis=1)
    return Outputs(layers.predict(layers.open(vector)))


def attention(layers: Layers, frames: Any, mask: Any) -> Outputs:
    """Return gated attention (Ilse, Tomczak & Welling 2018, section 2.4, equation 9), one for each genre.

    logit_g = sum_s a_gs (w_g . h_s + b_g). Two changes: attention sees those contributions too (cf. the auto-pooling of
    McFee, Salamon & Bello 2018), and both begin at 0, as a mean over time.
    """
    ops = layers.ops
    hidden = layers.open(frames)
    both = layers.dense(2 * layers.hidden)(hidden)
    gated = ops.tanh(both[:, :, : layers.hidden]) * ops.sigmoid(both[:, :, layers.hidden :])
    seconds = layers.from_zero(hidden)
    energies = layers.from_zero(ops.concatenate([gated, seconds], axis=-1), use_bias=False)  # (n, T, genres)
    weights = ops.softmax(energies + (1.0 - ops.expand_dims(mask, -1)) * FAR_BELOW, axis=1)
    return Outputs(ops.sum(weights * seconds, axis=1))


def peaks(layers: Layers, frames: Any, mask: Any) -> Outputs:
    """Return maximum and mean over the seconds of what one layer sees in each; cf. Wang et al. 2018, section 3.2.

    "Revisiting Multiple Instance Neural Networks": the seconds are pooled before they are scored. docs/results.md has
    what this and poolings of scored seconds find of what is planted.
    """
    return Outputs(layers.predict(layers.pool(layers.open(frames), mask)))


def convolution(layers: Layers, frames: Any, mask: Any) -> Outputs:
    """Return two convolutions over time and the maximum of what they find; cf. Wehrmann & Barros 2017, section 3."""
    real = layers.ops.expand_dims(mask, -1)
    values = layers.open(frames)
    for _ in range(2):
        convolve = layers.keras.layers.Conv1D(
            layers.hidden, TIMES, padding="same", activation="gelu", kernel_initializer=layers.initializer()
        )
        values = values + convolve(values * real)  # beyond the end stands what stands beyond the padding: zero
    return Outputs(layers.predict(layers.pool(values, mask)))


def nextvlad(layers: Layers, frames: Any, mask: Any) -> Outputs:
    """Return NeXtVLAD (Lin, Xiao & Fan 2018, section 3.2, equations 4 to 6), small, without context gating."""
    ops, size = layers.ops, EXPANSION * layers.hidden // GROUPS
    wide = layers.dense(EXPANSION * layers.hidden)(layers.open(frames))
    chances = layers.keras.layers.Reshape((-1, GROUPS, CLUSTERS + 1))(layers.dense(GROUPS * (CLUSTERS + 1))(wide))
    gates = ops.sigmoid(chances[:, :, :, CLUSTERS:]) * mask[:, :, None, None]  # (n, T, groups, 1)
    shares = ops.softmax(chances[:, :, :, :CLUSTERS], axis=-1) * gates  # (n, T, groups, clusters)
    parts = layers.keras.layers.Reshape((-1, GROUPS, size))(wide)
    sums = ops.einsum("ntgk,ntgd->nkd", shares, parts)
    centres = layers.keras.layers.EinsumDense(
        "nk,kd->nkd", output_shape=(CLUSTERS, size), kernel_initializer=layers.initializer()
    )
    residuals = sums - centres(ops.sum(shares, axis=(1, 2)))
    flat = layers.keras.layers.Flatten()(layers.keras.layers.UnitNormalization(axis=-1)(residuals))
    return Outputs(layers.predict(layers.dense(layers.hidden, activation="gelu")(flat)))


def gru(layers: Layers, frames: Any, mask: Any) -> Outputs:
    """Return gated recurrent units (Cho et al. 2014, section 2.3) from both ends, pooled over time."""
    both = _from_both_ends(layers, layers.keras.layers.GRU)
    return Outputs(layers.predict(layers.pool(both(layers.open(frames), mask=mask > 0.5), mask)))


def lstm(layers: Layers, rows: Any, mask: Any, *, n_words: int, width: int) -> Outputs:
    """Return an embedding and long short-term memory (Hochreiter & Schmidhuber 1997) from both ends, pooled.

    `rows` (n, T, 1) are places in the vocabulary of `n_words`, 0 for every word that isn't in it.
    """
    first = layers.keras.initializers.RandomUniform(-EMBEDDED, EMBEDDED, seed=layers.seed())
    embedding = layers.keras.layers.Embedding(n_words + 1, width, embeddings_initializer=first)
    both = _from_both_ends(layers, layers.keras.layers.LSTM)
    words = layers.dropout()(embedding(rows[:, :, 0]))  # (n, T, width)
    return Outputs(layers.predict(layers.pool(both(words, mask=mask > 0.5), mask)))


def _from_both_ends(layers: Layers, kind: Any) -> Any:
    """Return recurrent units that read from both ends: (n, T, units) -> (n, T, hidden)."""
    kernels = [
        kind(
            layers.hidden // 2,
            return_sequences=True,
            go_backwards=backwards,
            use_cudnn=False,  # one arithmetic everywhere, and masks with holes
            kernel_initializer=layers.initializer(),
            recurrent_initializer=layers.keras.initializers.Orthogonal(seed=layers.seed()),
        )
        for backwards in (False, True)
    ]
    return layers.keras.layers.Bidirectional(kernels[0], backward_layer=kernels[1])


def gated(layers: Layers, frames: Any, mask: Any, *, widths: tuple[int, ...]) -> Outputs:
    """Return a gated multimodal unit (Arevalo et al. 2017, "Gated Multimodal Units", section 3.2, equation 3).

    `frames` (n, 1, sum of `widths` + modalities): the modalities' numbers, then a bit for each that is there. While
    learning a modality is hidden with a chance of HIDDEN, never the last; a missing one is a learnt vector.
    """
    ops, row = layers.ops, frames[:, 0]
    present = _keep_some(layers, row[:, sum(widths) :])
    inputs = []
    for place, width in enumerate(widths):
        start, bit = sum(widths[:place]), present[:, place : place + 1]
        missing = layers.dense(width, use_bias=False)(1.0 - bit)
        inputs.append(layers.dropout()(row[:, start : start + width]) * bit + missing)
    everything = ops.concatenate([*inputs, present], axis=-1)
    values, auxiliary = [], []
    for place, numbers in enumerate(inputs):
        value = layers.dense(layers.hidden, activation="tanh")(numbers)
        values.append(layers.dense(layers.hidden, activation="sigmoid")(everything) * value)
        auxiliary.append((layers.from_zero(value), present[:, place : place + 1]))
    joined = values[0]
    for value in values[1:]:
        joined = joined + value
    return Outputs(layers.predict(joined), auxiliary=tuple(auxiliary))


def _keep_some(layers: Layers, present: Any) -> Any:
    """Return the bits (n, modalities), some of them 0 while learning, but never all of a row."""
    ops = layers.ops
    kept = ops.cast(layers.keras.layers.Dropout(HIDDEN, seed=layers.seed())(present) > 0, "float32")
    none = ops.cast(ops.sum(kept, axis=-1, keepdims=True) == 0, "float32")
    return ops.stop_gradient(kept + none * present)


def transformer(layers: Layers, frames: Any, mask: Any) -> Outputs:
    """Return one pre-norm block (Xiong et al. 2020, figure 1b) with sinusoids for places (Vaswani et al. 2017, 3.5).

    The places are counted, not learnt, so a longer sequence than any seen has them too.
    """
    places = _sinusoids(layers, layers.ops.cumsum(mask, axis=1))
    values = layers.open(frames) + places
    values = values + _attend(layers, layers.norm()(values), mask)
    wider = layers.dense(2 * layers.hidden, activation="gelu")(layers.norm()(values))
    values = values + layers.dropout()(layers.dense(layers.hidden)(wider))
    return Outputs(layers.predict(layers.pool(layers.norm()(values), mask)))


def _attend(layers: Layers, values: Any, mask: Any) -> Any:
    """Return self-attention of several heads (Vaswani et al. 2017, section 3.2.2): (n, T, hidden), same shape."""
    ops, size = layers.ops, layers.hidden // ATTENTION_HEADS
    split = layers.keras.layers.Reshape((-1, 3, ATTENTION_HEADS, size))(layers.dense(3 * layers.hidden)(values))
    queries, keys, contents = (split[:, :, part] for part in range(3))
    energies = ops.einsum("nqhd,nkhd->nhqk", queries, keys) / math.sqrt(size)
    weights = ops.softmax(energies + (1.0 - mask[:, None, None, :]) * FAR_BELOW, axis=-1)
    mixed = layers.keras.layers.Reshape((-1, layers.hidden))(ops.einsum("nhqk,nkhd->nqhd", weights, contents))
    return layers.dense(layers.hidden)(mixed)


def _sinusoids(layers: Layers, places: Any) -> Any:
    """Return sine | cosine of places (n, T) at wave lengths from 2 pi to 10,000 * 2 pi: (n, T, hidden)."""
    half = layers.hidden // 2
    speeds = [math.exp(-math.log(LONGEST_PERIOD) * wave / half) for wave in range(half)]
    angles = layers.keras.layers.Rescaling(speeds)(layers.ops.repeat(layers.ops.expand_dims(places, -1), half, axis=-1))
    return layers.ops.concatenate([layers.ops.sin(angles), layers.ops.cos(angles)], axis=-1)


def stats(layers: Layers, frames: Any, mask: Any) -> Any:
    """Return `pooling.pool_stats` as a graph: raw frames (n, T, dim) -> (n, 4 * dim)."""
    ops, real = layers.ops, layers.ops.expand_dims(mask, -1)
    n_frames = ops.sum(real, axis=1)  # (n, 1)
    mean = ops.sum(frames * real, axis=1) / n_frames
    spread = ops.sqrt(ops.sum(real * (frames - ops.expand_dims(mean, 1)) ** 2, axis=1) / n_frames)
    highest = ops.max(frames * real + (1.0 - real) * FAR_BELOW, axis=1)
    steps = ops.absolute(frames[:, 1:] - frames[:, :-1]) * real[:, 1:]
    change = ops.sum(steps, axis=1) / ops.maximum(n_frames - 1.0, 1.0)
    return ops.concatenate([mean, spread, highest, change], axis=-1)
