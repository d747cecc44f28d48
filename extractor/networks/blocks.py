"""Blocks of a network, found in its graph: the units of fine-tuning."""

from typing import Any

from extractor.errors import TooManyBlocks

MERGES = ("Add", "Concatenate")


def choose_top(network: Any, n_blocks: int) -> list[str]:
    """Return the names of the operations in the `n_blocks` topmost blocks of a Keras network, in order.

    A block begins after a layer through which everything passes: a merge (ResNet's additions, Inception's `mixed`
    concatenations), or in a network without merges a convolution (VGG, MobileNet). A block has a kernel.
    Raises TooManyBlocks (bad_source).
    """
    operations = list(network.operations)  # each after its inputs
    gates = _gates(operations)
    kinds = MERGES if any(_kind(operations[gate]) in MERGES for gate in gates) else ("Conv2D",)
    starts = [0, *(gate + 1 for gate in gates if _kind(operations[gate]) in kinds)]
    ends = [*starts[1:], len(operations)]
    blocks = [start for start, end in zip(starts, ends, strict=True) if any(map(_has_kernel, operations[start:end]))]
    if n_blocks > len(blocks):
        raise TooManyBlocks(f"{network.name} has {len(blocks)} blocks, not {n_blocks}; train {len(blocks)} at most")
    return [operation.name for operation in operations[blocks[-n_blocks] :]]


def _gates(operations: list[Any]) -> list[int]:
    """Return the places of the operations that every path through the network passes."""
    places = {operation.name: place for place, operation in enumerate(operations)}
    last_use = list(range(len(operations)))
    for place, operation in enumerate(operations[1:], start=1):
        for tensor in operation.input if isinstance(operation.input, list) else [operation.input]:
            last_use[places[tensor._keras_history.operation.name]] = place
    gates, farthest = [], 0
    for place, last in enumerate(last_use):
        if farthest <= place:
            gates.append(place)
        farthest = max(farthest, last)
    return gates


def _kind(operation: Any) -> str:
    return type(operation).__name__


def _has_kernel(operation: Any) -> bool:
    return any(len(variable.shape) > 1 for variable in getattr(operation, "variables", ()))
