"""Words of a video's page: the film's title in the page's, and the synopsis in its description."""

import re
import unicodedata

from extractor.page_phrases import (
    ENCODED,
    GENRE,
    KIND,
    KIND_UNSPACED,
    LABEL,
    MAKER,
    NOISE,
    OFFICIAL,
    PROMOTION,
    PROMOTION_UNSPACED,
    SYNOPSIS,
)

_ARTICLES = frozenset(("", "the", "a", "an", "der", "die", "das", "le", "la", "les", "el", "los", "il", "o", "os"))
_NUMBER = rf"(?:{KIND})\W*\d{{1,2}}|(?:19|20)\d\d"
_END = r"(?!\w)"
_AFTER = r"(?<!\w)"
_GAP = r"""[^\w)\]}!?.'"»”]+"""
_FOUND_KIND = rf"(?i){_AFTER}(?:{KIND}){_END}|{KIND_UNSPACED}"
_LEADING = (
    rf"(?i)\W*(?>(?P<strong>{OFFICIAL}|{NOISE}){_END}\W+)*(?:(?:{KIND}){_END}|{KIND_UNSPACED})"
    rf"(?:\W+(?:{OFFICIAL}|{NOISE}){_END})*(?P<mark>\s*[:|–—]|\s+-\s|\s*(?=[「『《]))?\W*"  # noqa: RUF001 - dashes
)
# Before the kind: `official` with up to five words between, whatever they are, else words of noise alone.
_OFFICIAL_RUN = rf"(?i){_GAP}(?:{OFFICIAL}){_END}(?!.*{_AFTER}(?:{OFFICIAL}){_END})(?:\W+\w\S*){{0,6}}\W*$"
_NOISE_RUN = rf"(?i)(?>{_GAP}(?>{NOISE}){_END})++\W*$"
_YEAR = r"[(\[](?:[\w ]{0,20}\s)?(?P<year>(?:18|19|20)\d\d)\s*[)\]]"
_BARE_YEAR = r"(?<![\w#])(?:19|20)\d\d(?!\w)"
_BRACKETS = r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|【[^【】]*】"
_QUOTED = r"[「『《](?P<title>[^「」『』《》]+)[」』》]"
_PARTS = r"\s*[|｜]\s*|\s+[•·»]\s+|\s//\s"  # noqa: RUF001 - as titles have them
_DASHES = r"\s+[-–—~]\s+"  # noqa: RUF001
_ANNOUNCED = rf"(?i)\W*(?>(?>{NOISE}|{OFFICIAL}|{KIND}){_END}\W*)++"
_ALL_NOISE = rf"(?i)\W*(?>(?>{NOISE}|{OFFICIAL}|{KIND}|{GENRE}|{MAKER}|movie|film|and|{_NUMBER}){_END}\W*)++"
_ENCODED = rf"(?i)(?>\W+(?>{ENCODED}|#[^\W\d]\w*){_END})++\W*$"
_LEFT, _EDGES = " -–—~:|,;", " -–—~:|,;#([{<"  # noqa: RUF001
_SOLD = rf"(?i)(?<!\w)(?:{PROMOTION})(?!\w)|[©®℗]|{PROMOTION_UNSPACED}"
_LABELLED = rf"(?i)\W*(?:{LABEL})\s*[:\uff1a]"
_SYNOPSIS = rf"(?im)^[^\w\n]*+(?:{SYNOPSIS})\s*(?:[:\uff1a]|$)\s*"
_LINK = r"(?i)(?:https?:|www\.)\S+|\b[\w-]+\.(?:com|net|org|tv|ly|gl|movie|film|de|fr|es|it|co)\b(?:/\S*)?"
_HANDLE = r"(?<!\w)[#@]\w+"
_CHAPTER = r"\W*\d{1,2}:\d\d"
_ASIDE = r"\([^()]*\)"
_SENTENCES = r"(?<=[.!?…])[\"”’]?\s+(?=https?:|www\.|\W{0,9}[^\W\d_a-zа-я])|(?<=[。！？])|\s[|➤►▶]\s"  # noqa: RUF001
_MODIFIERS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400))))  # of emojis
_QUOTES = (("“", "”"), ('"', '"'), ("«", "»"), ("„", "“"), ("‘", "’"), ("'", "'"))  # noqa: RUF001


def clean_title(page_title: str) -> tuple[str, int | None]:
    """Return the film's title in that of a page or a list, and its year where it is named.

    "Heat Official Trailer #2 (1995) - Al Pacino Movie HD" gives ("Heat", 1995). Names of channels, kinds of trailer,
    cuts, languages, brackets of such words, pictures and, where they are no part of the name, genres are dropped; a
    title without any of these comes back as it is. Never "" for one with words.
    """
    text = " ".join("".join(map(_spell, unicodedata.normalize("NFC", page_title))).split())
    named = re.search(_YEAR, text)
    cut, rest = _cut(_beside(text, named))
    bare = None if named else re.search(_BARE_YEAR, rest)
    year = named["year"] if named else bare[0] if bare else None
    title = _unquote(_first_part(cut))
    named_film = _has_words(title) and not re.fullmatch(_ANNOUNCED, title)
    return (title if named_film else text), int(year) if year else None


def spell_title(title: str, year: int | None) -> str:
    """Return a title and its year as one text: "Heat (1995)"."""
    return f"{title} ({year})" if year else title


def clean_description(text: str) -> str:
    """Return the synopsis in what an uploader wrote, "" where nothing is left of it.

    Lines and sentences with links, about subscribing, following, tickets and dates, of credits, copyright and other
    trailers, lists of chapters, labelled lines such as "Genre: Horror", hashtags and brackets are dropped.
    """
    lines = re.sub(_SYNOPSIS, "", "".join(c if c == "\n" else _spell(c) for c in text)).splitlines()
    told = (line for line in lines if not re.match(_LABELLED, line) and not re.match(_CHAPTER, line))
    sentences = (each for line in told for each in re.split(_SENTENCES, line) if not _is_promotion(each))
    bare = (re.sub(_HANDLE, " ", re.sub(_ASIDE, " ", each)) for each in sentences)
    return " ".join(" ".join(each.split()) for each in bare if _has_words(each))


def _is_promotion(sentence: str) -> bool:
    return bool(re.match(_LABELLED, sentence)) or any(re.search(each, sentence) for each in (_LINK, _SOLD, _FOUND_KIND))


def _spell(character: str) -> str:
    """Return a character, a blank for pictures and what can't be seen."""
    kind = unicodedata.category(character)
    if character in "°©℗":
        return character
    return " " if kind in ("So", "Cc", "Cf", "Cs", "Co", "Cn") or character in _MODIFIERS else character


def _beside(text: str, year: re.Match[str] | None) -> str:
    """Return what stands before a year in brackets, or after it where nothing of the title does."""
    if year is None:
        return text
    before = text[: year.start()]
    return before if _has_words(before) and not re.fullmatch(_ANNOUNCED, before) else text[year.end() :] or before


def _cut(text: str) -> tuple[str, str]:
    """Return what stands before the words that say what kind of video it is, and the rest."""
    if (lead := re.match(_LEADING, text)) and (lead["mark"] or lead["strong"]) and _has_words(text[lead.end() :]):
        text = text[lead.end() :]
    found = next((each for each in re.finditer(_FOUND_KIND, text) if _has_words(text[: each.start()])), None)
    if found is None:
        return text, ""
    before = text[: found.start()]
    for run in (_OFFICIAL_RUN, _NOISE_RUN):
        shorter = re.sub(run, "", before)
        if shorter != before and shorter.strip(_EDGES).casefold() not in _ARTICLES:
            return shorter, text[len(shorter) :]
    return before, text[len(before) :]


def _first_part(text: str) -> str:
    """Return the first part of a title that names a film, without brackets of noise and parts of noise after it."""
    text = re.sub(_BRACKETS, lambda found: " " if re.fullmatch(_ALL_NOISE, found[0][1:-1]) else found[0], text)
    if quoted := re.search(_QUOTED, text):
        return quoted["title"].strip()
    parts = [part for part in re.split(_PARTS, text) if _has_words(part)]
    first = next((part for part in parts if not re.fullmatch(_ALL_NOISE, part)), parts[0] if parts else text)
    dashed = re.split(_DASHES, first)
    while len(dashed) > 1 and re.fullmatch(_ALL_NOISE, dashed[-1]):
        first = first[: first.rindex(dashed.pop())].rstrip(_EDGES)
    shorter = re.sub(_ENCODED, "", first)
    return " ".join((shorter if _has_words(shorter) else first).lstrip(_LEFT).rstrip(_EDGES).split())


def _unquote(title: str) -> str:
    for left, right in _QUOTES:
        inner = title[len(left) : -len(right)]
        if title.startswith(left) and title.endswith(right) and _has_words(inner) and right not in inner:
            return inner
    return title


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))
