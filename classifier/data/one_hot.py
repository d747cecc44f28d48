"""One-hot columns: a column for each genre, with 1, true or x where a row has it."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from classifier.taxonomy import HOUSE, MAX_LENGTH, Taxonomy, read_tags

SAMPLE = 200  # rows that show what columns hold
MIN_COLUMNS = 3
_ONES = frozenset({"1", "1.0", "true", "x"})
_NOTHING = frozenset({"0", "0.0", "false", ""})
_CELLS = _ONES | _NOTHING
_PREFIX = re.compile(r"\Agenres?[\s_:.=-]+", re.IGNORECASE)  # of pandas' get_dummies
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class OneHot:
    """The places of the one-hot columns of a table, and the word that heads each.

    `unknown` are the headings of columns that hold the same but name no genre, `spoiled` those of columns that are
    headed by a genre but hold other things, too.
    """

    columns: tuple[tuple[int, str], ...] = ()
    unknown: tuple[str, ...] = ()
    spoiled: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        """The words that a row has to choose from."""
        return tuple(word for _, word in self.columns)

    def read(self, cells: Sequence[str]) -> tuple[str, ...]:
        """Return the words whose cells in a row say yes."""
        width = len(cells)
        return tuple(word for at, word in self.columns if at < width and cells[at].strip().casefold() in _ONES)

    def doubt(self, cells: Sequence[str]) -> str | None:
        """Return what is to be said of a cell that is neither yes nor no, None if there is none."""
        for at, word in self.columns:
            if at < len(cells) and (cell := cells[at].strip()).casefold() not in _CELLS:
                return f"its column {word!r} holds {cell[:40]!r}, neither 1 nor 0: not used"
        return None

    def notes(self, taxonomy: Taxonomy) -> Iterator[str]:
        """Yield what each of the columns was taken for."""
        if self.columns:
            meanings = ", ".join(f"{word!r}{_meaning(word, taxonomy)}" for word in self.words)
            yield f"read as genres, one in each of {len(self.columns)} columns of 1 and 0: {meanings}"
        if self.unknown:
            yield (
                f"columns of 1 and 0 that are not genres, not used: {_listed(self.unknown)}; "
                "to use one, add its word with trailers taxonomy import"
            )
        if self.spoiled:
            yield f"columns of genres that hold more than 1 and 0, not used: {_listed(self.spoiled)}"


NO_ONE_HOT = OneHot()


def find_one_hot(
    header: Sequence[str], rows: Sequence[Sequence[str]], taxonomy: Taxonomy, taken: Collection[int | None] = ()
) -> OneHot:
    """Return the one-hot columns of a table by its header and its first rows, none if there are fewer than three.

    Such a column has nothing but 1 and 0, true and false, or x and blanks in it, and is headed by a genre or a word of
    the taxonomy. Columns that are `taken` are something else.
    """
    names = [(at, name.strip()) for at, name in enumerate(header) if at not in taken]
    free = [(at, name) for at, name in names if 0 < len(name) <= MAX_LENGTH]
    known = [(at, word) for at, name in free if _is_genre(word := _PREFIX.sub("", name, count=1) or name, taxonomy)]
    if len(known) < MIN_COLUMNS:
        return NO_ONE_HOT
    cut = [row[: len(header)] for row in rows]
    cells = [{cell.strip().casefold() for cell in column} for column in zip_longest(*cut, fillvalue="")]
    filled = {at for at, found in enumerate(cells) if found <= _CELLS and found != {""}}
    others = {at for at, found in enumerate(cells) if found - _CELLS}
    if sum(at in filled for at, _ in known) < MIN_COLUMNS:
        return NO_ONE_HOT
    columns = tuple((at, word) for at, word in known if at not in others)
    named = {at for at, _ in known}
    unknown = tuple(name for at, name in free if at in filled and at not in named)
    return OneHot(columns, unknown, tuple(word for at, word in known if at in others))


def _is_genre(word: str, taxonomy: Taxonomy) -> bool:
    return taxonomy.has(word) or bool(taxonomy.read([word]).genres)


def _listed(words: Sequence[str]) -> str:
    return ", ".join(map(repr, words[:_SHOWN])) + (", ..." if len(words) > _SHOWN else "")


def _meaning(word: str, taxonomy: Taxonomy) -> str:
    """Return what a word means where that is another than itself."""
    genres = read_tags([word], HOUSE, taxonomy).genres
    return "" if genres == (word,) else f" ({', '.join(genres) or 'not a genre'})"
