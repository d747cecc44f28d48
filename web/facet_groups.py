"""Facet groups: the counts of a search as the library's page shows them, each with the address that chooses it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from db.facets import LONGEST_MIN
from db.library_records import Counts, Facets, LibraryQuery
from web.library_search import DISAGREE, GENRE_FILTERS, REVIEWED, SOURCES, Search

Count = Callable[[LibraryQuery], Facets]
CLEARED: Mapping[str, Mapping[str, Any]] = {  # of which one value at a time is chosen: the others stay to be seen
    "tag_source": {"tag_source": None},
    "reviewed": {"reviewed": None},
    "disagree": {"disputed": None},
    "model": {"model_id": None},
    "years": {"years": (None, None)},
    "lengths": {"lengths": (None, None)},
}
COLUMNS = dict(zip(GENRE_FILTERS, ("verdict", "tags", "missing", "extra"), strict=True))
Truths = Mapping[bool, str]


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value to choose: its text, how many trailers have it, and the address that chooses it, or no longer."""

    text: str
    n: int
    url: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class FacetGroups:
    """The genres of `n` trailers, each with a value for verdict, tag, missing and extra; then the other groups."""

    n: int
    genres: Mapping[str, tuple[FacetValue, ...]]
    others: Mapping[str, tuple[FacetValue, ...]]

    def is_chosen(self, start: int) -> bool:
        """Tell whether a genre from this place on is chosen."""
        return any(value.chosen for values in list(self.genres.values())[start:] for value in values)


def make_groups(search: Search, query: LibraryQuery, count: Count, names: Mapping[str, str]) -> FacetGroups:
    """Return the groups of a search; `names` are those of models by their ids. One with a single kind is left out."""
    facets = count(query)
    values = {name: _counts(name, query, facets, count) for name in CLEARED}
    others = {
        "Review": _truths(search, "reviewed", values, REVIEWED),
        "Agreement": _truths(search, "disagree", values, DISAGREE),
        "Tags from": _values(search, "tag_source", values, SOURCES),
        "Model": _values(search, "model", values, names),
        "Year": [_decade(search, int(year), n) for year, n in sorted(values["years"].items(), reverse=True)],
        "Length": [_length(search, int(minutes), n) for minutes, n in sorted(values["lengths"].items())],
    }
    shown = {title: tuple(each) for title, each in others.items() if len(each) > 1 or any(it.chosen for it in each)}
    return FacetGroups(facets.n, _genres(search, facets), shown)


def _counts(name: str, query: LibraryQuery, facets: Facets, count: Count) -> Counts:
    """Return the counts of a facet, whatever of it is chosen."""
    cleared = replace(query, **CLEARED[name])
    counts: Counts = getattr(facets if cleared == query else count(cleared), name)
    return counts


def _genres(search: Search, facets: Facets) -> dict[str, tuple[FacetValue, ...]]:
    counts = {name: getattr(facets, column) for name, column in COLUMNS.items()}
    genres = dict.fromkeys(
        (*facets.verdict, *facets.tags, *(genre for name in COLUMNS for genre in getattr(search, name)))
    )
    ordered = sorted(genres, key=lambda genre: (-max(each.get(genre, 0) for each in counts.values()), genre))
    return {
        genre: tuple(_value(search, name, genre, genre, each.get(genre, 0)) for name, each in counts.items())
        for genre in ordered
    }


def _values(search: Search, name: str, counts: Mapping[str, Counts], texts: Mapping[str, str]) -> list[FacetValue]:
    return [_value(search, name, value, texts.get(value, value), n) for value, n in counts[name].items()]


def _truths(search: Search, name: str, counts: Mapping[str, Counts], texts: Truths) -> list[FacetValue]:
    found = {each: counts[name].get(str(each).lower(), 0) for each in texts}
    return [_value(search, name, each, texts[each].capitalize(), n) for each, n in found.items() if n]


def _value(search: Search, name: str, value: object, text: str, n: int) -> FacetValue:
    return FacetValue(text, n, search.toggle(name, value), search.is_chosen(name, value))


def _decade(search: Search, year: int, n: int) -> FacetValue:
    span = year, year + 9
    return FacetValue(f"{year}s", n, search.toggle_span("year", span), search.is_span("year", span))


def _length(search: Search, minutes: int, n: int) -> FacetValue:
    is_last = minutes == LONGEST_MIN
    span = 60 * minutes, None if is_last else 60 * minutes + 60
    text = f"{minutes} min and longer" if is_last else f"{minutes} to {minutes + 1} min" if minutes else "under 1 min"
    return FacetValue(text, n, search.toggle_span("length", span), search.is_span("length", span))
