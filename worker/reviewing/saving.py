"""Reviews by people: the words in which they decide, and saving while others review the same trailer."""

from collections.abc import Iterable, Mapping, Sequence

from classifier.taxonomy import Taxonomy
from db.labelling.decisions import is_genre_of, make_review, merge_decisions
from db.library_records import Decision, LibraryTrailer, Review
from db.store import Store

MAX_TRIES = 20  # each time some other review of the trailer has been saved


def save_review(
    store: Store,
    trailer: LibraryTrailer,
    decisions: Mapping[str, Decision],
    *,
    reviewer: str,
    note: str | None = None,
    reasons: Mapping[str, str] | None = None,
) -> Review | None:
    """Store a review and return it, None where others review the trailer all the while.

    Raises ValueError for decisions that make no review, as `make_review` does.
    """
    for _ in range(MAX_TRIES):
        new = make_review(trailer, decisions, reviewer=reviewer, note=note, reasons=reasons)
        if saved := store.reviews.save(new):
            return saved
        trailer = store.library.get(trailer.trailer_id) or trailer
    return None


def read_decisions(
    trailer: LibraryTrailer, words: Mapping[Decision, Sequence[str]], taxonomy: Taxonomy
) -> dict[str, Decision]:
    """Return the decision on each genre that words of a person mean; raises ValueError for a word that means none."""
    return merge_decisions({decision: _read_words(trailer, each, taxonomy) for decision, each in words.items()})


def read_reasons(trailer: LibraryTrailer, reasons: Mapping[str, str], taxonomy: Taxonomy) -> dict[str, str]:
    """Return the reason for each genre that the words mean; raises ValueError for a word that means none."""
    return {genre: text for word, text in reasons.items() for genre in _read_words(trailer, [word], taxonomy)}


def _read_words(trailer: LibraryTrailer, words: Iterable[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Return the genres of words: those of the trailer itself are taken as they are."""
    genres: list[str] = []
    for word in words:
        its = (word,) if is_genre_of(trailer, word) else taxonomy.read([word]).genres
        if not its:
            raise ValueError(f"{word[:60]!r} is not a known genre; trailers taxonomy show says what your words mean")
        genres += its
    return tuple(genres)
