"""Words that find a trailer: those of its title, uploader, id and plot, without case and accents."""

import re
import unicodedata
from collections.abc import Iterable

from db.records import Source

MAX_WORDS = 300  # of all texts together
MAX_LENGTH = 40  # characters of a word
MAX_ASKED = 8  # words of a search
LAST = "\U0010ffff"
_WORD = re.compile(r"\w+")


def find_words(*texts: str | None) -> list[str]:
    """Return the distinct words of the texts in order, at most MAX_WORDS, each at most MAX_LENGTH characters."""
    return list(dict.fromkeys(word for text in texts if text for word in _split(text)))[:MAX_WORDS]


def fold_text(text: str) -> str:
    """Return the words of a text without case, accents and punctuation."""
    return " ".join(_split(text))


def title_words(source: Source) -> list[str]:
    """Return the words that find a trailer, besides those of its plot."""
    return find_words(source.title, source.uploader, source.video_id)


def find_search_words(text: str) -> list[str]:
    """Return the words of a search, at most MAX_ASKED."""
    return find_words(text)[:MAX_ASKED]


def begins_with(word: str) -> dict[str, object]:
    """Return the MongoDB condition that some word of a list begins like this; no pattern, no regular expression."""
    return {"$elemMatch": {"$gte": word, "$lt": word + LAST}}


def _split(text: str) -> Iterable[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return (word[:MAX_LENGTH] for word in _WORD.findall(plain.casefold()))
