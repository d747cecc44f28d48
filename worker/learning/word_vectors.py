"""Word vectors from a text file in the format of GloVe and word2vec: a word and its numbers in each line."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from classifier.heads.options import WordVectors
from extractor.plots import number_word, split_words
from worker.errors import WorkerError

MAX_LINE = 65_536  # bytes: 2,000 numbers of 30 digits
MAX_WIDTH = 2048
LARGEST = 1e4  # larger than any number of an embedding


def read_word_vectors(path: Path, ids: NDArray[np.floating], *, say: Callable[[str], None]) -> WordVectors:
    """Return the vectors of a file's words that are among `ids` (any shape); of two forms of a word the first.

    The file is read line by line: only the vectors wanted are in memory. Raises WorkerError (bad_source) for a file
    that can't be read, and for a line that does not have as many finite numbers as the others.
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
            raise _bad_line(path, number, f"{len(numbers)} numbers, not 1 to {MAX_WIDTH} and {width} as before")
        place = _number(word)
        if place in wanted and place not in found:
            found[place] = _parse(path, number, numbers)
    n_words = len(wanted - {0})
    say(f"{path.name}: vectors of {width} numbers for {len(found):,} of the {n_words:,} words in the plots")
    if not found:
        raise WorkerError("bad_source", f"{str(path)!r} has none of the words in the plots: is the language right?")
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
                    raise _bad_line(path, number, f"more than {MAX_LINE:,} bytes")
                word, *numbers = line.split() or [b""]
                yield word.decode("utf-8", "replace"), numbers
    except OSError as exc:
        raise WorkerError("bad_source", f"the word vectors {str(path)!r} can't be read: {exc.strerror}") from exc


def _number(word: str) -> int:
    """Return the word's id, 0 for anything but a single word."""
    words = list(split_words(word))
    return number_word(words[0]) if len(words) == 1 else 0


def _parse(path: Path, number: int, numbers: list[bytes]) -> NDArray[np.float32]:
    try:
        vector = np.array([float(text) for text in numbers], dtype=np.float64)
    except ValueError as exc:
        raise _bad_line(path, number, "something other than numbers") from exc
    if not (np.abs(vector) <= LARGEST).all():  # false for NaN as well
        raise _bad_line(path, number, "a number that is not finite or too large")
    return vector.astype(np.float32)


def _bad_line(path: Path, number: int, what: str) -> WorkerError:
    return WorkerError("bad_source", f"line {number:,} of {str(path)!r} has {what}: each line is a word and numbers")
