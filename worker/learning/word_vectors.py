"""Word vectors from a text file as GloVe's and word2vec's are: a word and its numbers in a line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.heads.word_vectors import WordVectors
from extractor.plots import number_word, split_words
from worker.errors import WorkerError

MAX_LINE = 65_536  # bytes: 2,000 numbers of 30 digits
MAX_WIDTH = 2048
LARGEST = 1e4  # no embedding has such a number


def read_word_vectors(path: Path, ids: NDArray[np.floating], *, say: Callable[[str], None]) -> WordVectors:
    """Return the vectors of those words of a file that are among `ids`, of whatever shape; of two forms the first.

    The file is read line by line: of one with millions of words only what is wanted is in memory. Raises WorkerError
    (bad_source) for a file that can't be read, and for a line that has not as many finite numbers as the others.
    """
    wanted = {int(number) for number in np.unique(ids)}
    found: dict[int, NDArray[np.float32]] = {}
    width = 0
    for number, (word, numbers) in enumerate(_split_lines(path), start=1):
        if number == 1 and len(numbers) == 1:
            continue  # word2vec's heading: how many words, how many numbers
        width = width or len(numbers)
        if len(numbers) > width:  # a word of several, as GloVe has some
            continue
        if not 0 < len(numbers) == width <= MAX_WIDTH:
            raise _wrong(path, number, f"{len(numbers)} numbers where 1 to {MAX_WIDTH}, and {width} as before, belong")
        place = _number(word)
        if place in wanted and place not in found:
            found[place] = _parse(path, number, numbers)
    n_words = len(wanted - {0})
    say(f"{path.name}: vectors of {width} numbers for {len(found):,} of the {n_words:,} words in the plots")
    if not found:
        raise WorkerError("bad_source", f"{str(path)!r} has none of the words in the plots: is it in their language?")
    order = sorted(found)
    return WordVectors(np.array(order, dtype=np.float32), np.stack([found[place] for place in order]))


def _split_lines(path: Path) -> Iterator[tuple[str, list[bytes]]]:
    try:
        if not path.is_file():  # a pipe would never end
            raise WorkerError("file_not_found", f"there is no file {str(path)!r}")
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    raise _wrong(path, number, f"more than {MAX_LINE:,} bytes")
                word, *numbers = line.split() or [b""]
                yield word.decode("utf-8", "replace"), numbers
    except OSError as exc:
        raise WorkerError("bad_source", f"the word vectors {str(path)!r} can't be read: {exc.strerror}") from exc


def _number(word: str) -> int:
    """Return the word's id, 0 for what is no single word."""
    words = list(split_words(word))
    return number_word(words[0]) if len(words) == 1 else 0


def _parse(path: Path, number: int, numbers: list[bytes]) -> NDArray[np.float32]:
    try:
        vector = np.array([float(text) for text in numbers], dtype=np.float64)
    except ValueError as exc:
        raise _wrong(path, number, "something else than numbers") from exc
    if not (np.abs(vector) <= LARGEST).all():  # false for NaN as well
        raise _wrong(path, number, "a number that is not finite or too large")
    return vector.astype(np.float32)


def _wrong(path: Path, number: int, what: str) -> WorkerError:
    return WorkerError(
        "bad_source", f"line {number:,} of {str(path)!r} has {what}: word vectors are a word and numbers"
    )
