"""House taxonomies: a customer's words for genres, and the one way in which tags of any source are read.

A word of a taxonomy means one or several of our genres, or is not a genre. A word that it doesn't have is read as a
name of ours; one that is none of those either is unknown, and is kept as written.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

from classifier.errors import BadTaxonomy, UnknownGenre
from classifier.genres import CANONICAL, VOCABULARIES, ReadGenres, read_genres

HOUSE = "house"  #: the source of tags in a customer's own words
MAX_WORDS = 10_000
MAX_LENGTH = 200  # characters of a word
_OURS = "other"  # the vocabulary of all our genres
_SHOWN = 5


@dataclass(frozen=True)
class Taxonomy:
    """The words of a house, and the genres that each means: none for a word that is not a genre.

    `version` counts from 1; 0 is the taxonomy of a house that has imported none: it has no words.
    """

    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    version: int = 0

    @cached_property
    def known(self) -> frozenset[str]:
        """The genres that its words can say; tags in these words say nothing of the others."""
        return frozenset(genre for genres in self.words.values() for genre in genres)

    def read(self, texts: Sequence[str]) -> ReadGenres:
        """Return the genres that texts mean, each once, in order, and what is unknown.

        Case, blanks and punctuation don't matter.
        """
        read = [each for _, each in self.read_each(texts)]
        return ReadGenres(
            tuple(dict.fromkeys(genre for each in read for genre in each.genres)),
            tuple(text for each in read for text in each.unknown),
            tuple(text for each in read for text in each.repaired),
        )

    def read_each(self, texts: Sequence[str]) -> Iterator[tuple[str, ReadGenres]]:
        """Yield each word and what it means, the taxonomy's in its spelling; `Krimi/Thriller` may be two texts."""
        place = 0
        while place < len(texts):
            for end in range(min(len(texts), place + self._most_parts), place, -1):
                if word := self._folded.get(fold_word("".join(texts[place:end]))):
                    yield word, ReadGenres(self.words[word])
                    break
            else:
                end = place + 1
                yield texts[place], read_genres([texts[place]], _OURS)
            place = end

    def has(self, text: str) -> bool:
        """Tell whether this is one of its words."""
        return fold_word(text) in self._folded

    def find(self, name: str) -> tuple[str, ...]:
        """Return the genres that a name means, a word of the house or ours; raises UnknownGenre, with near names."""
        if genres := self.read([name]).genres:
            return genres
        if self.has(name):
            raise UnknownGenre(f"{name!r} is a word of your taxonomy that is not a genre")
        names = {fold_word(word): word for word in (*CANONICAL, *(word for word, its in self.words.items() if its))}
        near = [names[word] for word in get_close_matches(fold_word(name), names, cutoff=0.7)]
        hint = f"did you mean {' or '.join(near)}?" if near else f"genres are {', '.join(CANONICAL)}"
        raise UnknownGenre(f"{name[:60]!r} is not a genre; {hint}")

    def words_for(self, genres: Sequence[str], written: Sequence[str] = ()) -> tuple[str, ...]:
        """Return house words that say these genres, and no other.

        Those that were `written` come first, where they still fit; a genre that they don't say gets the first word of
        the taxonomy that means it alone, else the first that means it and others of these genres, else its own name.
        """
        words = [word for word, read in self.read_each(written) if read.genres and set(read.genres) <= set(genres)]
        said = {genre for word in words for genre in self.read([word]).genres}
        for genre in genres:
            if genre not in said:
                word = self._word_for(genre, genres)
                words.append(word)
                said.update(self.words.get(word, (genre,)))
        return tuple(dict.fromkeys(words))

    def _word_for(self, genre: str, genres: Sequence[str]) -> str:
        fitting = [word for its, word in self._first_words.items() if genre in its and set(its) <= set(genres)]
        return min(fitting, key=lambda word: len(self.words[word]) > 1, default=genre)

    @cached_property
    def _first_words(self) -> Mapping[tuple[str, ...], str]:
        """The first word of each meaning, in their order: meanings are few where words are thousands."""
        first: dict[tuple[str, ...], str] = {}
        for word, genres in self.words.items():
            first.setdefault(genres, word)
        return first

    @cached_property
    def _folded(self) -> Mapping[str, str]:
        return {fold_word(word): word for word in self.words}

    @cached_property
    def _most_parts(self) -> int:
        """The parts into which a list's reader may have cut a word at the signs that separate genres."""
        return 1 + max((sum(map(word.count, SEPARATORS)) for word in self.words), default=0)


NO_TAXONOMY = Taxonomy()
SEPARATORS = "|,;/"  # of genres in a list's cell


@dataclass(frozen=True, slots=True)
class Tags:
    """The tags of a trailer by one source, as they are stored.

    `genres` are ours, then the words that are unknown, as written. `known` are the genres that the source decides, None
    where these are all of its vocabulary. Of house tags, `words` are the texts as written, `taxonomy` the version they
    were read by, None without one, and `offered` the words that the list had to choose from, if that is known.
    """

    genres: tuple[str, ...]
    known: tuple[str, ...] | None = None
    words: tuple[str, ...] = ()
    taxonomy: int | None = None
    offered: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[str, ...]:
        """The genres among them that are ours."""
        return self.genres[: len(self.genres) - len(self.unknown)]


def read_tags(texts: Sequence[str], source: str, taxonomy: Taxonomy, offered: Sequence[str] = ()) -> Tags:
    """Return the tags that the texts of a source stand for: every list, command and layer is read by this.

    The words of a vocabulary of `classifier.genres` mean what they mean there; those of any other source are the
    house's. `offered` are the words of a list with a column for each: it says nothing of genres that have none.
    """
    texts, offered = tuple(dict.fromkeys(texts)), tuple(offered)
    is_house = source not in VOCABULARIES
    read = taxonomy.read(texts) if is_house else read_genres(texts, source)
    unknown = tuple(dict.fromkeys(read.unknown))
    known: Iterable[str] | None = None
    if offered:
        known = taxonomy.read(offered).genres if is_house else read_genres(offered, source).genres
    elif is_house and taxonomy.words:
        known = taxonomy.known if read.genres else ()
    return Tags(
        genres=(*read.genres, *unknown),
        known=None if known is None else tuple(sorted({*known, *read.genres})),
        words=texts if is_house else (),
        taxonomy=taxonomy.version or None if is_house else None,
        offered=offered,
        unknown=unknown,
        repaired=read.repaired,
    )


def make_taxonomy(rows: Iterable[tuple[str, Sequence[str]]]) -> Taxonomy:
    """Return the taxonomy of words and the names of the genres that each means; raises BadTaxonomy with every doubt."""
    words: dict[str, tuple[str, ...]] = {}
    spelled: dict[str, str] = {}
    doubts: list[str] = []
    for word, names in rows:
        read = read_genres(names, _OURS)
        folded = fold_word(word)
        if read.unknown:
            doubts.append(f"{word!r} means {', '.join(map(repr, read.unknown[:_SHOWN]))}, not a genre of ours")
        elif not folded or len(word) > MAX_LENGTH:
            doubts.append(f"{word[:40]!r} is not a valid word: 1 to {MAX_LENGTH} characters, one a letter or digit")
        elif words.get(spelled.setdefault(folded, word), read.genres) != read.genres:
            doubts.append(f"{word!r} and {spelled[folded]!r} are the same word, with different genres")
        else:
            words.setdefault(spelled[folded], read.genres)
    if not words and not doubts:
        doubts.append("it has no words")
    if len(words) > MAX_WORDS:
        doubts.append(f"it has {len(words):,} words, over the limit of {MAX_WORDS:,}")
    if doubts:
        more = f"; and {len(doubts) - _SHOWN:,} more" if len(doubts) > _SHOWN else ""
        raise BadTaxonomy("; ".join(doubts[:_SHOWN]) + more)
    return Taxonomy(words)


def fold_word(text: str) -> str:
    """Return the letters, digits and vowel signs of a word without case, for comparing."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text.casefold() if c.isalnum() or unicodedata.category(c)[0] == "M")
