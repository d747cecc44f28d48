"""A plot's text in, one number for each of its words out."""

import hashlib
import html
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractor.errors import BadPlot

MAX_PLOT = 20_000  # characters: a film's plot in full has half of that
MAX_WORD = 64  # characters; what is longer is no word of any language, and its beginning must do
FEW_WORDS = 5  # fewer hardly tell a genre
N_IDS = 2**24  # whole numbers below are exact in float32
WORDS_ID = "words-r1"  # the features_id: how a text is taken apart and its words are numbered
# English endings, longest first. Macro AP of nine genres, TF-IDF and logistic regression, 3,809 plots in five grouped
# folds: .711 without, .720 with; what they do to other languages is the same for every text, so nothing is lost there.
ENDINGS = ("ings", "ing", "ies", "ied", "ers", "ed", "es", "er", "ly", "s", "e", "y")
SHORTEST = 3  # letters left before an ending

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")
_INVISIBLE = "\u00ad\u200c\u200d\u2060"  # soft hyphen, joiners
_WRITTEN_WITHOUT_BLANKS = (("\u3040", "\u30ff"), ("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"))  # kana, ideographs


@dataclass(frozen=True, slots=True, eq=False)
class Plot:
    """The words of a text in their order, folded, and `vectors`, their ids, float32 of shape (words, 1)."""

    words: tuple[str, ...]
    vectors: NDArray[np.float32]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What to say beside its genres."""
        if len(self.words) >= FEW_WORDS:
            return ()
        n = f"{len(self.words)} word{'s' * (len(self.words) > 1)}"
        return (f"Only {n}: give a sentence or two, so that the scores mean something.",)

    @property
    def digest(self) -> str:
        """The sha256 of the folded words, in hex: the same for texts that differ in case and punctuation alone."""
        return hashlib.sha256(" ".join(self.words).encode()).hexdigest()


def read_plot(text: str) -> Plot:
    """Return the words of a text and their ids; raises BadPlot for one without words, or of over 20,000 characters."""
    if len(text) > MAX_PLOT:
        raise BadPlot(f"the plot has {len(text):,} characters, over the limit of {MAX_PLOT:,}: give a summary")
    words = tuple(split_words(text))
    if not words:
        raise BadPlot("the plot has no words: give a sentence or two of what the film is about")
    return Plot(words, np.array([[number_word(word)] for word in words], dtype=np.float32))


def split_words(text: str) -> Iterator[str]:
    """Yield the words of a text, NFKC-normalised and casefolded: letters, numbers, and apostrophes within.

    HTML's tags are left out and its entities read. In scripts without blanks every character is a word.
    """
    plain = unicodedata.normalize("NFKC", html.unescape(_TAG.sub(" ", text))).casefold()
    for word in "".join(map(_spell, plain)).split():
        start = next((place for place, character in enumerate(word) if character.isalnum()), None)
        if start is not None:
            yield word[start:].rstrip("'")[:MAX_WORD]


def number_word(word: str) -> int:
    """Return a folded word's id, 1 to 2**24 - 1, by the hashing trick (Weinberger et al. 2009, section 2).

    So no model has to hold a list of words; among 50,000, one in 335 shares its id with another. Forms of one word,
    as ghost, ghosts and ghost's, have one id.
    """
    digest = hashlib.blake2b(_stem(word).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") % (N_IDS - 1) + 1


def _stem(word: str) -> str:
    stem = word.removesuffix("'s")
    ending = next((each for each in ENDINGS if stem.endswith(each) and len(stem) - len(each) >= SHORTEST), "")
    return stem.removesuffix(ending)


def _spell(character: str) -> str:
    """Return what of a character belongs to a word, a blank for what ends it."""
    if any(first <= character <= last for first, last in _WRITTEN_WITHOUT_BLANKS):
        return f" {character} "
    if character.isalnum():
        return character
    if character in "'\u2019":
        return "'"
    if character in _INVISIBLE or "\ufe00" <= character <= "\ufe0f":  # selectors of an emoji's look
        return ""
    return character if unicodedata.category(character) in ("Mn", "Mc") else " "
