"""Losses of many genres at once, where some labels are unknown; written on the ops of Keras, which the caller gives."""

from typing import Any

from classifier.heads.options import Loss, NeuralOptions

TINY = 1e-7  # keeps logarithms and the slope of powers finite


def masked_loss(ops: Any, logits: Any, y: Any, known: Any, *, options: NeuralOptions) -> Any:
    """Return the mean loss over the known labels, a scalar; all tensors are float32 of shape (rows, genres)."""
    each = _asymmetric(ops, logits, y, options) if options.loss is Loss.ASYMMETRIC else _bce(ops, logits, y)
    return ops.sum(each * known) / ops.maximum(ops.sum(known), 1.0)


def _bce(ops: Any, logits: Any, y: Any) -> Any:
    return ops.softplus(logits) - y * logits


def _asymmetric(ops: Any, logits: Any, y: Any, options: NeuralOptions) -> Any:
    """Ridnik et al. 2021, "Asymmetric Loss For Multi-Label Classification", equations 4 to 6."""
    p = ops.sigmoid(logits)
    shifted = ops.maximum(p - options.clip, 0.0)
    positive = ops.power(1.0 - p + TINY, options.gamma_pos) * ops.softplus(-logits)
    negative = -ops.power(shifted + TINY, options.gamma_neg) * ops.log(1.0 - shifted + TINY)
    return y * positive + (1.0 - y) * negative
