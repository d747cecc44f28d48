"""Genres: the vocabularies that lists of films use, and the meaning of their names in IMDb's, which is ours.

A genre that a vocabulary doesn't have is unknown for its films, not absent. Ambiguous names, decided:
TMDB's Music holds both IMDb's Music and its Musical: it is read as Music, and Musical stays unknown. MovieLens'
Children is read as Family, the nearest there is; its Musical is IMDb's. TMDB's TV Movie and MovieLens' IMAX say how
a film was shown, not what it is: understood, and left out.
"""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

# fmt: off
CANONICAL = (
    "Action", "Adult", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary", "Drama", "Family",
    "Fantasy", "Film-Noir", "Game-Show", "History", "Horror", "Music", "Musical", "Mystery", "News", "Reality-TV",
    "Romance", "Sci-Fi", "Short", "Sport", "Talk-Show", "Thriller", "War", "Western",
)
_LMTD9 = ("Action", "Adventure", "Comedy", "Crime", "Drama", "Horror", "Romance", "Sci-Fi", "Thriller")
_TRAILERS12K = (
    "Action", "Adventure", "Comedy", "Crime", "Drama", "Fantasy", "Horror", "Romance", "Sci-Fi", "Thriller",
)
_MOVIENET = (
    "Action", "Adventure", "Animation", "Biography", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy",
    "History", "Horror", "Music", "Musical", "Mystery", "Romance", "Sci-Fi", "Sport", "Thriller", "War", "Western",
)
_TMDB = (
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Family", "Fantasy", "History",
    "Horror", "Music", "Mystery", "Romance", "Thriller", "War", "Western",
)
_MOVIELENS = (
    "Action", "Adventure", "Animation", "Comedy", "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir", "Horror",
    "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)
# Spellings people use, folded, beside the canonical names themselves.
_SPELLINGS = {
    "sciencefiction": "Sci-Fi", "sciencefi": "Sci-Fi", "sf": "Sci-Fi", "children": "Family", "childrens": "Family",
    "kids": "Family", "noir": "Film-Noir", "biopic": "Biography", "historical": "History", "sports": "Sport",
    "animated": "Animation", "documentaries": "Documentary", "musicals": "Musical", "westerns": "Western",
    "reality": "Reality-TV",
}
# fmt: on
_ID_LENGTH = 11
_GLUED_ID = re.compile(rf"[A-Za-z0-9_-]{{{_ID_LENGTH}}}(?=[A-Z])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names a source of labels uses, and the canonical genre each means; None for a name that is not a genre."""

    name: str
    to_canonical: Mapping[str, str | None]

    @property
    def known(self) -> frozenset[str]:
        """The canonical genres it has names for."""
        return frozenset(filter(None, self.to_canonical.values()))


@dataclass(frozen=True, slots=True)
class ReadGenres:
    """Canonical genres, each once; texts not understood, and damaged ones whose genre could still be read."""

    genres: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()


def _same(names: Sequence[str]) -> dict[str, str | None]:
    return {name: name for name in names}


VOCABULARIES = {
    vocabulary.name: vocabulary
    for vocabulary in (
        Vocabulary("imdb", _same(CANONICAL)),
        Vocabulary("tmdb", _same(_TMDB) | {"Science Fiction": "Sci-Fi", "TV Movie": None, "Foreign": None}),
        Vocabulary("movielens", _same(_MOVIELENS) | {"Children": "Family", "IMAX": None, "(no genres listed)": None}),
        Vocabulary("lmtd9", _same(_LMTD9)),
        Vocabulary("movienet", _same(_MOVIENET)),
        Vocabulary("trailers12k", _same(_TRAILERS12K)),
        Vocabulary("trailers15k", _same(CANONICAL)),  # its ten are its table's columns: the importer keeps them
        Vocabulary("other", _same(CANONICAL)),
    )
}


def vocabulary(source: str) -> Vocabulary:
    """Return the vocabulary of a label source; an unknown source, such as a user's list, uses IMDb's."""
    return VOCABULARIES.get(source, VOCABULARIES["other"])


def known_genres(source: str) -> frozenset[str]:
    """Return the canonical genres that this source has names for; its labels say nothing of the others."""
    return vocabulary(source).known


def read_genres(texts: Iterable[str], source: str) -> ReadGenres:
    """Return the canonical genres that the texts of a source name, in order, and what was not understood.

    Case, blanks and punctuation don't matter, common spellings are known. A YouTube id that stands glued before a
    genre, as in MovieNet's "-1ru6xV7SOMDrama", is taken off, and the text listed as repaired.
    """
    words = vocabulary(source)
    genres: list[str] = []
    unknown: list[str] = []
    repaired: list[str] = []
    for text in texts:
        found = _find(text, words)
        if found is None and (found := _find_glued(text, words)):
            repaired.append(text)
        if found is None:
            unknown.append(text)
        elif found:
            genres.append(found)
    return ReadGenres(tuple(dict.fromkeys(genres)), tuple(unknown), tuple(repaired))


def _find(text: str, words: Vocabulary) -> str | None:
    """Return the genre, "" for a known name that is not a genre, None for what isn't understood."""
    folded, names = _fold(text), _names(words.name)
    if folded in names:
        return names[folded] or ""
    genre = _SPELLED.get(folded)
    return genre if genre in names.values() else None


def _find_glued(text: str, words: Vocabulary) -> str | None:
    if not _GLUED_ID.match(text) or _SPELLED.get(_fold(text[:_ID_LENGTH])):
        return None  # "DocumentaryDrama" is two genres, and which was meant nobody knows
    return _find(text[_ID_LENGTH:], words) or None


@functools.cache
def _names(source: str) -> dict[str, str | None]:
    return {_fold(name): genre for name, genre in vocabulary(source).to_canonical.items()}


def _fold(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


_SPELLED = {_fold(name): name for name in CANONICAL} | _SPELLINGS
