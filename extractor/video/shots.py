"""Shots: the seconds of a trailer that show another shot than the second before."""

import numpy as np

from extractor.video.measures import Measures

ANOTHER = 0.38  # share of the colours, cell by cell: on trailers cut by eye the same shot seldom has more


def find_cuts(measures: Measures) -> tuple[int, ...]:
    """Return the seconds before which the shot changes; of several cuts within a second it is told once."""
    return tuple(np.flatnonzero(measures.shift > ANOTHER).tolist())
