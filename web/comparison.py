"""Comparison of tags and verdict, genre by genre, and in the words of a house."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from classifier.genres import CANONICAL
from classifier.prediction import GenreScore
from classifier.taxonomy import HOUSE, Taxonomy
from db.fields import row_labels
from db.labelling.layers import Layers
from db.records import TrailerLabels

N_WORDS = 9  # as many as there are digits to choose them by


@dataclass(frozen=True, slots=True)
class GenreComparison:
    """One genre: whether it is among the tags, and its score, None for a genre the model doesn't know.

    `state` is "agree" (in both), "not tagged" (only in the verdict), "not seen" (only in the tags), "neither", or
    "unknown" where one of them can't say.
    """

    genre: str
    tagged: bool
    verdict: GenreScore | None
    state: str


@dataclass(frozen=True, slots=True)
class WordComparison:
    """A word of the house and the genres that it stands for; without a taxonomy each genre is a word.

    `state` is that of the first genre about which tags and verdict differ, else of the first.
    """

    word: str
    rows: tuple[GenreComparison, ...]

    @property
    def genres(self) -> tuple[str, ...]:
        """The genres that it stands for."""
        return tuple(row.genre for row in self.rows)

    @property
    def tagged(self) -> bool:
        """Whether it is among the tags."""
        return all(row.tagged for row in self.rows)

    @property
    def passed(self) -> bool:
        """Whether the verdict says it."""
        return all(row.verdict and row.verdict.passed for row in self.rows)

    @property
    def state(self) -> str:
        """What the comparison comes to."""
        return min(self.rows, key=_rank).state


def compare_words(rows: Sequence[GenreComparison], layers: Layers, taxonomy: Taxonomy) -> tuple[WordComparison, ...]:
    """Return the words for the tags, as the house has written them where they fit, and for what else is in the verdict.

    Disagreements come first, then the highest scores, then the best of what is in neither, up to N_WORDS in all.
    """
    by_genre = {row.genre: row for row in rows}
    tags = [row.genre for row in rows if row.tagged]
    passed = [row.genre for row in rows if not row.tagged and row.verdict and row.verdict.passed]
    neither = [row.genre for row in rows if row.genre not in (*tags, *passed)]
    written = next((layer.words or () for layer in layers if layer.source == HOUSE), ())
    words = (*taxonomy.words_for(tags, written), *taxonomy.words_for(passed))
    more = taxonomy.words_for(neither)[: max(N_WORDS - len(words), 0)]
    said, others = (
        [WordComparison(word, _find_rows(word, by_genre, taxonomy)) for word in each] for each in (words, more)
    )
    return (*sorted(said, key=lambda each: min(map(_rank, each.rows))), *others)


def list_words(taxonomy: Taxonomy) -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    """Return the words to choose from, each with its genres: the house's, and our names of what none of them says."""
    ours: dict[str, tuple[str, ...]] = {genre: (genre,) for genre in CANONICAL if genre not in taxonomy.known}
    return {word: genres for word, genres in taxonomy.words.items() if genres}, ours


def _find_rows(word: str, by_genre: Mapping[str, GenreComparison], taxonomy: Taxonomy) -> tuple[GenreComparison, ...]:
    """Return the rows of the genres that a word stands for; a name of ours may be a word of the house for another."""
    genres = taxonomy.read([word]).genres
    fits = genres and set(genres) <= by_genre.keys()
    return tuple(by_genre[genre] for genre in (genres if fits else (word,)))


def compare(labels: TrailerLabels, verdicts: Sequence[GenreScore]) -> tuple[GenreComparison, ...]:
    """Return a row for each genre of the tags or the verdict: disagreements first, then by score."""
    scores = {verdict.genre: verdict for verdict in verdicts}
    row = row_labels(labels)
    tags = (*row.named, *row.unknown)
    rows = [
        _compare(genre, scores.get(genre), tagged=genre in tags, known=genre in row.decided)
        for genre in dict.fromkeys((*tags, *scores))
    ]
    return tuple(sorted(rows, key=_rank))


def _compare(genre: str, verdict: GenreScore | None, *, tagged: bool, known: bool) -> GenreComparison:
    if verdict is None or not known:
        return GenreComparison(genre, tagged, verdict, "unknown")
    states = {(True, True): "agree", (False, True): "not tagged", (True, False): "not seen", (False, False): "neither"}
    return GenreComparison(genre, tagged, verdict, states[tagged, verdict.passed])


def _rank(row: GenreComparison) -> tuple[bool, float]:
    return row.state not in ("not tagged", "not seen"), -(row.verdict.score if row.verdict else 0.0)
