"""Title stems: the words that titles of a film, its sequels and their trailers share, so that they stay together."""

import re
import unicodedata
from collections.abc import Sequence

from classifier.linked_rows import LinkedRows

_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_PARTS = re.compile(r"[:|•–—]|\s[-~]\s|\s#\s*\d")  # noqa: RUF001 - dashes as titles have them
_CUT = re.compile(r"\b(?:trailers?|teasers?|clips?|featurettes?|tv spots?|sneak peek)\b.*")
# fmt: off
_WEAK = frozenset((
    "official", "hd", "uhd", "hq", "4k", "720p", "1080p", "final", "new", "international", "theatrical", "exclusive",
    "movie", "film", "full", "red", "band", "us", "uk", "original", "first", "extended",
))
_ORDINALS = frozenset((
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii",
))
# fmt: on
_COUNTED = frozenset(("part", "chapter", "episode", "vol", "volume", "pt", "season", "book"))
_ARTICLES = frozenset(("the", "a", "an"))


def title_stem(title: str) -> str:
    """Return what a title has in common with those of its sequels, lower case, never "" for a title that isn't blank.

    "Iron Man 2 - Official Trailer (2010)" and "Iron Man Trailer #3" give "iron man": years, numerals at the end, a
    subtitle after ":" or " - ", leading articles and words that only trailers have are dropped. Two franchises of
    one stem end up in one group, which costs little; one franchise in two would let test films be seen in training.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", title) if not unicodedata.combining(c)).casefold()
    bare = _BRACKETS.sub(" ", plain)
    for part in _PARTS.split(bare):
        if stem := _stem(part):
            return stem
    words = _words(plain)
    return " ".join(words) or " ".join(title.split()).casefold()


def _stem(part: str) -> str:
    words = _words(_CUT.sub("", part.replace("_", " ")))
    while words and words[-1] in _WEAK:
        words.pop()
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _ORDINALS or words[-1] in _COUNTED):
        words.pop()
    if len(words) > 1 and words[-1] in _ARTICLES:  # MovieLens: "Matrix, The"
        words.pop()
    if len(words) > 1 and words[0] in _ARTICLES:
        words.pop(0)
    return " ".join(words)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.replace("'", "").replace("\u2019", ""))


def group_films(stems: Sequence[str], *ids: Sequence[str]) -> tuple[str, ...]:
    """Return a group for each row: rows of one stem, or of one id of any kind, are in one; "" stands for none.

    A group is named by the first of its stems in the alphabet, else of its ids of the first kind that it has; a row
    without any is alone, under "row <place>".
    """
    kinds = (stems, *ids)
    joined = LinkedRows(len(stems))
    for kind in kinds:
        joined.join_equal(kind)
    roots = [joined.root(row) for row in range(len(stems))]
    names: dict[int, tuple[int, str]] = {}
    for row, root in enumerate(roots):
        named = ((rank, kind[row]) for rank, kind in enumerate(kinds) if kind[row])
        name = next(named, (len(kinds), f"row {row}"))
        names[root] = min(name, names.get(root, name))
    return tuple(names[root][1] for root in roots)
