"""Titles: a film's title in, a number for each of its words out."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.plots import number_word, read_plain_plot

_WITH_YEAR = re.compile(r"(?P<title>.*\S)\s*\((?P<year>(?:18|19|20)\d\d)\)", re.DOTALL)
TITLE_ID = "title-r1"  # the features_id: how a title is split and its parts are numbered


@dataclass(frozen=True, slots=True, eq=False)
class Title:
    """A title's `text`, its words, and `vectors`, their ids, float32 of shape (words, 1)."""

    text: str
    words: tuple[str, ...]
    vectors: NDArray[np.float32]


def read_title(text: str, *, year: int | None = None) -> Title:
    """Return the words of a title and its year, that in "Heat (1995)" unless one is given; raises BadPlot for none."""
    if year is None and (found := _WITH_YEAR.fullmatch(text.strip())):
        text, year = found["title"], int(found["year"])
    words = (*read_plain_plot(text).words, *((str(year),) if year else ()))
    return Title(text, words, np.array([[number_word(word)] for word in words], dtype=np.float32))
