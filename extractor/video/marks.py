"""Marks: the seconds of a trailer that show nothing of its film, by what they show instead.

How often they are right, on trailers marked by hand: docs/results.md.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from extractor.video.measures import Measures

KINDS = ("black", "still", "rating", "logo", "titles", "credits")
BLACK = 16  # luma, of 255
UNCHANGED = 0.3  # mean change of luma
# A card has sharp edges, as many on the left as on the right, in the middle and not at the border, and they stay. The
# weights are a logistic regression's, on 2,600 seconds of 70 trailers and clips marked by hand.
WEIGHTS: Mapping[str, float] = {
    "sharp": 13.2,
    "balance": 5.5,
    "rim": -17.1,
    "aside": -13.2,
    "stays": 1.7,
    "remains": 6.9,
}
LEAST = 9.3
OPENING_S = 15
SATURATED = 60  # between the strongest and the weakest of red, green and blue
MOSTLY = 0.6  # of the picture

Bools = NDArray[np.bool_]


def find_marks(measures: Measures) -> dict[str, tuple[int, ...]]:
    """Return the seconds of each of KINDS that there is; no second is of two."""
    seconds = np.arange(len(measures.bright))
    black = measures.bright < BLACK
    card = ~black & _is_card(measures)
    still = ~black & ~card & _is_third_alike(measures.change)
    filmed = np.flatnonzero(~black & ~card & ~still)
    closing = card & (seconds > (filmed[-1] if len(filmed) else -1))
    opening = card & ~closing & (seconds < OPENING_S)
    rating = opening & _is_coloured(measures)
    found = (black, still, rating, opening & ~rating, card & ~closing & ~opening, closing)
    return {
        kind: tuple(np.flatnonzero(is_it).tolist()) for kind, is_it in zip(KINDS, found, strict=True) if is_it.any()
    }


def _is_card(measures: Measures) -> Bools:
    total = sum(weight * getattr(measures, name) for name, weight in WEIGHTS.items())
    return np.asarray(total > LEAST)


def _is_third_alike(change: NDArray[np.float64]) -> Bools:
    """Tell the seconds that show the same picture as the two before: a freeze may show the film, its length nothing."""
    alike = change < UNCHANGED
    return np.asarray(alike & np.append(False, alike[:-1]))


def _is_coloured(measures: Measures) -> Bools:
    """Tell the seconds whose background is one strong colour, as the green, red and blue bands of ratings are."""
    return np.asarray((np.ptp(measures.ground, axis=1) > SATURATED) & (measures.plain > MOSTLY))
