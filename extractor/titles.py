"""Titles: a film's title in, a number for each of its words out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.plots import number_word, read_plain_plot

TITLE_ID = "title-r1"  # the features_id: how a title is split and its parts are numbered


@dataclass(frozen=True, slots=True, eq=False)
class Title:
    """A title's `text`, its words, and `vectors`, their ids, float32 of shape (words, 1)."""

    text: str
    words: tuple[str, ...]
    vectors: NDArray[np.float32]


def read_title(text: str, *, year: int | None = None) -> Title:
    """Return the words of a title and of its year; raises BadPlot for none."""
    words = (*read_plain_plot(text).words, *((str(year),) if year else ()))
    return Title(text, words, np.array([[number_word(word)] for word in words], dtype=np.float32))
