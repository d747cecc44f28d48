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
_NETFLIX = (
    "Adventure", "Biography", "Fantasy", "Film-Noir", "History", "Music", "Musical", "Mystery", "Sci-Fi", "War",
    "Western",
)
# Spellings people use, folded, beside the canonical names themselves.
_SPELLINGS = {
    "sciencefiction": "Sci-Fi", "sciencefi": "Sci-Fi", "sf": "Sci-Fi", "children": "Family", "childrens": "Family",
    "kids": "Family", "noir": "Film-Noir", "biopic": "Biography", "historical": "History", "sports": "Sport",
    "animated": "Animation", "documentaries": "Documentary", "musicals": "Musical", "westerns": "Western",
    "reality": "Reality-TV",
}
# fmt: on
Names = Mapping[str, str | None]  # each name, and the canonical genre it means; None for one that is not a genre

_ID_LENGTH = 11
_GLUED_ID = re.compile(rf"[A-Za-z0-9_-]{{{_ID_LENGTH}}}(?=[A-Z])", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReadGenres:
    """Canonical genres, each once; texts not understood, and damaged ones whose genre could still be read."""

    genres: tuple[str, ...]
    unknown: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()


def _same(names: Sequence[str]) -> dict[str, str | None]:
    return {name: name for name in names}


def _lacking(*genres: str) -> dict[str, str | None]:
    return _same([name for name in CANONICAL if name not in genres])


VOCABULARIES: Mapping[str, Names] = {  # by the source of the labels
    "imdb": _same(CANONICAL),
    "tmdb": _same(_TMDB) | {"Science Fiction": "Sci-Fi", "TV Movie": None, "Foreign": None},
    "movielens": _same(_MOVIELENS) | {"Children": "Family", "IMAX": None, "(no genres listed)": None},
    "lmtd9": _same(_LMTD9),
    "movienet": _same(_MOVIENET),
    "trailers12k": _same(_TRAILERS12K),
    "trailers15k": _same(CANONICAL),  # its ten are its table's columns: the importer keeps them
    # Catalogues, whose own words a table has turned into IMDb's; of two genres in one word both are unknown.
    "justwatch": _lacking("Adventure", "Biography", "Musical", "Mystery"),
    "amazon": _lacking("Biography", "Crime", "Film-Noir", "Musical", "Mystery"),
    "netflix_movie": _lacking(*_NETFLIX, "Crime"),
    "netflix_series": _lacking(*_NETFLIX, "Sport"),
    "hulu": _lacking("Action", "Adventure", "Biography", "Fantasy", "Film-Noir", "Musical", "War", "Western"),
    "disney": _lacking("Action", "Film-Noir", "Horror", "War"),
    "wikipedia": _lacking("Music"),
    "wikiplots": _lacking("Film-Noir", "History", "Music"),
    "hydra": _lacking("Action", "Film-Noir"),
    "other": _same(CANONICAL),  # a source of no name here, such as a user's list
}


def known_genres(source: str) -> frozenset[str]:
    """Return the canonical genres that this source has names for; its labels say nothing of the others."""
    return frozenset(filter(None, VOCABULARIES.get(source, VOCABULARIES["other"]).values()))


def read_genres(texts: Iterable[str], source: str) -> ReadGenres:
    """Return the canonical genres that the texts of a source name, in order, and what was not understood.

    Case, blanks and punctuation don't matter, common spellings are known. A YouTube id that stands glued before a
    genre, as in MovieNet's "-1ru6xV7SOMDrama", is taken off, and the text listed as repaired.
    """
    names = _folded(source if source in VOCABULARIES else "other")
    genres: list[str] = []
    unknown: list[str] = []
    repaired: list[str] = []
    for text in texts:
        found = _find(text, names)
        if found is None and (found := _find_glued(text, names)):
            repaired.append(text)
        if found is None:
            unknown.append(text)
        elif found:
            genres.append(found)
    return ReadGenres(tuple(dict.fromkeys(genres)), tuple(unknown), tuple(repaired))


def _find(text: str, names: Names) -> str | None:
    """Return the genre, "" for a known name that is not a genre, None for what isn't understood."""
    folded = _fold(text)
    if folded in names:
        return names[folded] or ""
    genre = _SPELLED.get(folded)
    return genre if genre in names.values() else None


def _find_glued(text: str, names: Names) -> str | None:
    if not _GLUED_ID.match(text) or _SPELLED.get(_fold(text[:_ID_LENGTH])):
        return None  # "DocumentaryDrama" is two genres, and which was meant nobody knows
    return _find(text[_ID_LENGTH:], names) or None


@functools.cache
def _folded(source: str) -> Names:
    return {_fold(name): genre for name, genre in VOCABULARIES[source].items()}


def _fold(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


_SPELLED = {_fold(name): name for name in CANONICAL} | _SPELLINGS
