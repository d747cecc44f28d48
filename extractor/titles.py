"""Titles: a film's title and year in, numbers for their words and the words' pieces out."""

import hashlib
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BadPlot
from extractor.plots import number_pieces, number_word, split_words

TITLE_ID = "title-r1"  # the features_id: how a title is split, and its words and pieces are numbered
MAX_TITLE = 500  # characters
_WITH_YEAR = re.compile(r"(?P<title>.*\S)\s*\((?P<year>(?:18|19|20)\d\d)\)", re.DOTALL)


@dataclass(frozen=True, slots=True, eq=False)
class Title:
    """A `text`, its words in order, casefolded, and `vectors`, float32 of shape (n, 1): their ids and their pieces'.

    The last words are the year and its decade, where it is known: "(1995)", "(1990s)". Behind the words' ids stand, a
    0 before those of each word, the ids of its pieces: of "Alienators" some are known where the word is not.
    """

    text: str
    words: tuple[str, ...]
    vectors: NDArray[np.float32]

    @property
    def digest(self) -> str:
        """The sha256 of the words, in hex: the same for titles that differ only in case and punctuation."""
        return hashlib.sha256(" ".join(self.words).encode()).hexdigest()


def read_title(text: str, *, year: int | None = None) -> Title:
    """Return a film's title and its year, that in "Heat (1995)" unless one is given.

    Raises BadPlot for no words or more than 500 characters.
    """
    if len(text) > MAX_TITLE:
        raise BadPlot(f"the title has {len(text):,} characters, over the limit of {MAX_TITLE}: give the film's alone")
    if year is None and (found := _WITH_YEAR.fullmatch(text.strip())):
        text, year = found["title"], int(found["year"])
    named = tuple(split_words(text))
    if not named:
        raise BadPlot(f"the title {text!r} has no words: give the film's")
    words = (*named, *((f"({year})", f"({year // 10}0s)") if year else ()))
    pieces = (number for word in named for number in (0, *number_pieces(word)))
    numbers = [*map(number_word, words), *pieces]
    return Title(text, words, np.array(numbers, dtype=np.float32)[:, np.newaxis])
