"""Memory of a training: an estimate from the size of its rows, told before the first head is fitted."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from worker.inference.capacity import free_bytes

if TYPE_CHECKING:
    from classifier.data.dataset import Dataset
    from classifier.data.films import Films
    from classifier.heads.options import NeuralOptions

GB = 10**9
PROCESS_BYTES = 180 * 10**6  # Python with its libraries: a training of 300 rows of 10 frames peaked at 0.21 GB
TENSORFLOW_BYTES = 700 * 10**6  # with the graph of a head: one of attention on 200 rows of 60 frames peaked at 0.98 GB
WIDE = 8 + 8 + 8  # bytes of a number of `fit_projection`: standardised in float64, with two intermediate results
POOLED = 4  # pool_stats is four times as wide as a frame; logistic_mean's rows are a quarter of it
STATES = 4  # of each weight: itself, its gradient, and AdamW's two moments (Loshchilov & Hutter 2019, algorithm 2)
LAYERS = 3  # widths of activations that backpropagation keeps beside a frame, each as wide as `hidden`


def estimate_memory(data: "Dataset | Films", neural: "NeuralOptions", *, is_neural: bool) -> int:
    """Return the bytes that a training on these rows will take at its peak, within a factor of two on small ones.

    The features as they are in memory (frames x dim x bytes), the pooled rows that the linear heads standardise in
    float64 (`classifier.heads.projection`), and, for neural heads, TensorFlow, a batch with the activations that
    backpropagation keeps (Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", section 3), and the
    weights with their gradient and AdamW's moments.
    """
    total = PROCESS_BYTES + (TENSORFLOW_BYTES if is_neural else 0)
    for _, X, _ in data.sequences():
        n_frames, longest = int(X.lengths.sum()), int(X.lengths.max())
        pooled = POOLED * X.dim if longest > 1 and X.dim > 1 else X.dim
        total += n_frames * X.dim * X.values.dtype.itemsize + len(X) * pooled * (4 + WIDE)
        if is_neural:
            shown = min(longest, neural.crop or longest)
            total += 4 * neural.batch * shown * (2 * X.dim + LAYERS * neural.hidden)
            total += 4 * STATES * neural.hidden * (X.dim + LAYERS * neural.hidden)
    return total


def tell_memory(
    data: "Dataset | Films", neural: "NeuralOptions", heads: Sequence[str], *, say: Callable[[str], None]
) -> None:
    """Say how much memory a training of these heads, the usual ones if none is named, takes and how much is free."""
    from classifier.heads.kinds import is_light

    words_alone = all(X.dim == 1 for _, X, _ in data.sequences())
    is_neural = any(not is_light(head) for head in heads) if heads else not words_alone
    needed, free = estimate_memory(data, neural, is_neural=is_neural), free_bytes()
    say(f"this training takes about {needed / GB:.1f} GB of memory; {free / GB:.1f} GB are free")
    if needed > free:
        say(
            "Warning: that is more than is free, and the system may end the training. Name one --head, such as "
            "logistic_mean, leave modalities out, train on a larger machine from a file of `trailers features export`, "
            "or close other programs."
        )
