"""Plots: a text in, a number for each of its words out."""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BadPlot
from extractor.markup import plain_plot

MAX_PLOT = 20_000  # characters: the full plot of a film has half as many
MAX_WORD = 64  # characters: longer words, of no language, are cut
FEW_WORDS = 5  # fewer hardly say anything about genres
N_IDS = 2**24  # smaller whole numbers are exact in float32
WORDS_ID = "words-r1"  # the features_id: how a text is split and its words are numbered
# English endings, longest first. Macro AP of nine genres, TF-IDF and logistic regression, 3,809 plots in five grouped
# folds: .711 without, .720 with. Texts of other languages are all treated alike, so nothing is lost there.
ENDINGS = ("ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "e", "y")
SHORTEST = 3  # letters left before an ending
PIECES = (3, 4, 5)  # letters

_INVISIBLE = "\u00ad\u200c\u200d\u2060"  # soft hyphen, joiners
_WITHOUT_SPACES = (("\u3040", "\u30ff"), ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"))  # kana, ideographs


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """A plain `text`, its words in order, casefolded, and `vectors`, their ids, float32 of shape (words, 1)."""

    text: str
    words: tuple[str, ...]
    vectors: NDArray[np.float32]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user should know about a prediction from it."""
        n = len(self.words)
        few = f"Only {n} word{'s' * (n > 1)}: give a sentence or two, so that the scores mean something."
        return (few,) if n < FEW_WORDS else ()

    @property
    def digest(self) -> str:
        """The sha256 of the casefolded words, in hex: the same for texts that differ only in case and punctuation."""
        return hashlib.sha256(" ".join(self.words).encode()).hexdigest()


def read_plot(text: str) -> Plot:
    """Return a text without its markup, the words and their ids: every plot of a user or a page comes in here.

    Raises BadPlot for no words or more than 20,000 characters.
    """
    _check_length(text)
    return read_plain_plot(plain_plot(text).strip())


def read_plain_plot(plain: str) -> Plot:
    """Return the words of a text without markup, as a list's row has it; raises BadPlot as `read_plot`."""
    _check_length(plain)
    words = tuple(split_words(plain))
    if not words:
        raise BadPlot("the plot has no words: give a sentence or two of what the film is about")
    return Plot(plain, words, np.array([[number_word(word)] for word in words], dtype=np.float32))


def _check_length(text: str) -> None:
    if len(text) > MAX_PLOT:
        raise BadPlot(f"the plot has {len(text):,} characters, over the limit of {MAX_PLOT:,}: give a summary")


def split_words(text: str) -> Iterator[str]:
    """Yield the words of a plain text, NFKC-normalised and casefolded: letters, numbers, and apostrophes within.

    In scripts without spaces every character is a word.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    for word in "".join(map(_spell, folded)).split():
        start = next((place for place, character in enumerate(word) if character.isalnum()), None)
        if start is not None:
            yield word[start:].rstrip("'")[:MAX_WORD]


def number_word(word: str) -> int:
    """Return the id of a casefolded word, 1 to 2**24 - 1, by the hashing trick (Weinberger et al. 2009, section 2).

    So no model has to store a vocabulary; among 50,000 words, one in 335 shares its id with another. Forms of one word,
    such as ghost, ghosts and ghost's, share an id.
    """
    return _number(_stem(word))


def number_pieces(word: str) -> list[int]:
    """Return the ids of the pieces of 3 to 5 letters of a casefolded word, its beginning and end marked."""
    marked = f"<{word}>"
    return [_number(marked[at : at + n]) for n in PIECES for at in range(len(marked) - n + 1)]


def _number(text: str) -> int:
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % (N_IDS - 1) + 1


def _stem(word: str) -> str:
    stem = word.removesuffix("'s")
    ending = next((each for each in ENDINGS if stem.endswith(each) and len(stem) - len(each) >= SHORTEST), "")
    return stem.removesuffix(ending)


def _spell(character: str) -> str:
    """Return what a character adds to a word, a space if it ends the word."""
    if any(first <= character <= last for first, last in _WITHOUT_SPACES):
        return f" {character} "
    if character.isalnum():
        return character
    if character in "'\u2019":
        return "'"
    if character in _INVISIBLE or "\ufe00" <= character <= "\ufe0f":  # variation selectors of emoji
        return ""
    return character if unicodedata.category(character) in ("Mn", "Mc") else " "
