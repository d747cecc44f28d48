"""Word pieces: a text in, places in the vocabulary of a BERT encoder out."""

import unicodedata
from collections.abc import Iterator, Mapping

MAX_WORD = 100  # characters: longer words are unknown, as in BERT's own tokenizer
UNKNOWN, FIRST, LAST = "[UNK]", "[CLS]", "[SEP]"
_IDEOGRAPHS = (("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uf900", "\ufaff"))


def split_text(text: str, vocabulary: Mapping[str, int], *, most: int) -> list[int]:
    """Return the places of a text's first pieces, at most `most` with the marks at its ends; without case and accents.

    WordPiece (Devlin et al. 2019, "BERT"): the longest pieces that the vocabulary has, from the left.
    """
    places = (vocabulary[piece] for word in _words(text) for piece in _split_word(word, vocabulary))
    kept = [place for place, _ in zip(places, range(most - 2), strict=False)]
    return [vocabulary[FIRST], *kept, vocabulary[LAST]]


def _words(text: str) -> list[str]:
    plain = "".join(map(_spell, text)).lower()
    bare = (character for character in unicodedata.normalize("NFD", plain) if unicodedata.category(character) != "Mn")
    return "".join(f" {each} " if _stands_alone(each) else each for each in bare).split()


def _spell(character: str) -> str:
    if character.isspace():
        return " "
    return "" if character == "\ufffd" or unicodedata.category(character).startswith("C") else character


def _stands_alone(character: str) -> bool:
    is_symbol = character.isascii() and not character.isalnum() and not character.isspace()
    ideograph = any(first <= character <= last for first, last in _IDEOGRAPHS)
    return is_symbol or ideograph or unicodedata.category(character).startswith("P")


def _split_word(word: str, vocabulary: Mapping[str, int]) -> Iterator[str]:
    pieces: list[str] = []
    start = 0
    while start < len(word) <= MAX_WORD:
        mark = "##" if start else ""
        ends = range(len(word), start, -1)
        end = next((end for end in ends if mark + word[start:end] in vocabulary), None)
        if end is None:
            break
        pieces.append(mark + word[start:end])
        start = end
    yield from pieces if start == len(word) else (UNKNOWN,)
