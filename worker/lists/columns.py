"""Columns of a list: which field each holds, by the names people give them."""

# ruff: noqa: RUF001 - letters of other languages are meant

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

# Compared without case, accents and punctuation; of a field's columns the first named here goes first. For a source:
# columns that can only hold a trailer's link, then any link, a file, and last a bare id.
# fmt: off
NAMES: Mapping[str, tuple[str, ...]] = {
    "source": (
        "trailer_url", "trailer_link", "youtube_url", "youtube_link", "trailer", "video_url", "video_link",
        "source", "url", "link", "video",
        "path", "file", "file_path", "filename", "video_path", "video_file", "trailer_path", "trailer_file",
        "youtube_id", "yt_id", "video_id",
    ),
    "id": ("id",),
    "external_id": (
        "external_id", "house_id", "house_number", "asset_id", "asset_number", "material_id", "material_number",
        "customer_id", "client_id", "catalogue_id", "catalog_id", "trailer_number", "sku", "article_number",
        "eidr", "isan", "barcode",
    ),
    "imdb_id": ("imdb_id", "imdb", "tconst", "const"),
    "film_id": ("film_id", "movie_id", "tmdb_id", "tmdb", "title_id", "work_id"),
    "title": (
        "title", "movie_title", "primary_title", "original_title", "name", "film", "movie", "film_title", "film_name",
        "movie_name", "titel", "filmtitel", "originaltitel", "titre", "título", "titolo", "tytuł", "název", "cím",
        "название", "назва", "タイトル", "片名", "标题", "電影", "제목", "film_adı", "naam", "nombre", "nome", "nom",
        "navn", "namn", "naziv", "naslov", "titlu", "nimi", "заглавие", "τίτλος", "שם", "שם_הסרט", "العنوان",
        "اسم_الفيلم", "ชื่อ", "ชื่อเรื่อง", "tên_phim", "judul",
    ),
    "year": (
        "year", "release_year", "production_year", "year_of_release", "year_of_production", "start_year", "title_year",
        "jahr", "erscheinungsjahr", "produktionsjahr", "année", "año", "anno", "ano", "rok", "år", "год", "年",
    ),
    "franchise": ("franchise", "collection", "collection_name", "film_series", "movie_series", "saga", "filmreihe"),
    "genres": (
        "genres", "genre", "labels", "label", "tags", "género", "géneros", "genere", "generi", "gatunek", "žánr",
        "műfaj", "жанр", "жанры", "ジャンル", "类型", "類型", "장르", "tür",
    ),
    "plot": (
        "plot", "overview", "synopsis", "description", "storyline", "plot_summary", "plot_outline", "summary",
        "handlung", "beschreibung", "inhalt", "résumé", "sinopsis", "sinopse", "trama", "descripción", "opis",
        "описание", "あらすじ", "简介", "剧情", "줄거리", "özet",
    ),
    "split": ("split", "subset"),
    "poster": (
        "poster", "poster_path", "poster_file", "poster_url", "poster_link", "image", "image_path", "image_url",
        "plakat", "affiche", "cartel", "locandina", "постер",
    ),
}
_TRAILER = (
    "trailer", "trailers", "youtube", "yt", "teaser", "tráiler", "filmtrailer", "kinotrailer", "bande", "annonce",
    "bandeannonce", "zwiastun", "fragman", "upoutávka", "előzetes", "трейлер", "трейлеры", "тизер", "予告編", "予告",
    "预告片", "预告", "預告片", "預告", "예고편", "vorschau", "avance",
)
_LINK = (
    "url", "urls", "uri", "link", "links", "href", "address", "adresse", "lien", "enlace", "verknüpfung", "odkaz",
    "collegamento", "ссылка", "посилання", "リンク", "链接", "連結", "링크",
)
_VIDEO = ("video", "videos", "vidéo", "movie", "film", "clip", "source", "видео", "動画", "视频", "視頻", "영상")
_FILE = ("path", "file", "filename", "datei", "dateiname", "pfad", "fichier", "archivo", "файл")
_ID = ("id", "key", "code", "ids")
_FILLER = (
    "official", "offizieller", "oficial", "officiel", "officielle", "ufficiale", "oficjalny", "hd", "the", "of", "to",
    "de", "du", "la", "le", "der", "zum", "on", "main", "first", "watch", "com", "online", "s",
)
# fmt: on
# What people write for nothing, and pandas, SQL, OMDb, Excel, IMDb, TMDB's `video`.
_BLANKS = frozenset({"-", "\u2013", "\u2014", "n.a.", "nan", "null", "none", "n/a", "#n/a", "\\n", "false"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_NAMED = re.compile(rf"""['"]name['"]\s*:\s*({_QUOTED})""")
_ITEM = re.compile(rf"({_QUOTED})")
_SEPARATORS = re.compile(r"[|,;/]")
_MAX_NAME = 200  # characters of a heading


def find_columns(header: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Return the places of each field of `NAMES` in a header, the preferred one first."""
    named = sorted((*found, place) for place, name in enumerate(header) if (found := _field_of(name)))
    return {field: tuple(place for each, _, place in named if each == field) for field in NAMES}


def is_known(name: str) -> bool:
    """Tell whether a heading names a field."""
    return _field_of(name) is not None


def names_a_link(text: str) -> bool:
    """Tell whether all words of a text only say that there is a trailer or a link."""
    words = _words(text)
    return bool(words) and _ALL.issuperset(words)


def is_blank(text: str) -> bool:
    """Tell whether a cell is empty or holds a program's word for nothing."""
    return not text or text.lower() in _BLANKS


def split_genres(text: str) -> tuple[str, ...]:
    """Return the genres in a cell, each once: separated by | , ; or /, or a list as Python and JSON write it.

    Of TMDB's lists of objects, `[{'id': 18, 'name': 'Drama'}]`, the names are taken.
    """
    text = text.strip()
    if is_blank(text):
        return ()
    if text[0] in "[({" and text[-1] in "])}":
        quoted = (_NAMED if "{" in text[1:] else _ITEM).findall(text)
        text = text[1:-1]
        if quoted:
            return distinct(re.sub(r"\\(.)", r"\1", item[1:-1]) for item in quoted)
    return distinct(part.strip(" \"'") for part in _SEPARATORS.split(text))


def distinct(genres: Iterable[str]) -> tuple[str, ...]:
    """Return the genres stripped, each once, in order, without empty ones."""
    return tuple(dict.fromkeys(filter(None, (genre.strip() for genre in genres))))


def fold(name: str) -> str:
    """Return the letters and digits of a name without case and accents, for comparing."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", name[:_MAX_NAME].casefold())))


@lru_cache(maxsize=4096)
def _field_of(name: str) -> tuple[str, tuple[int, int]] | None:
    """Return the field that a heading names and the rank of this name among the field's."""
    folded = fold(name)
    if folded in _RANKS:
        field, rank = _RANKS[folded]
        return field, ((_tier(_words(name)) if field == "source" else 0), rank)
    if not folded:
        return None
    words = _words(name)
    if not _ALL.issuperset(words) or not words & (_SETS["trailer"] | _SETS["link"] | _SETS["file"]):
        return None
    return "source", (_tier(words), len(_RANKS))


def _tier(words: frozenset[str]) -> int:
    """Return the place of a source's column among the others: trailers, other links, files, ids."""
    if words & _SETS["id"]:
        return 3
    if words & _SETS["file"]:
        return 2
    return 0 if words & _SETS["trailer"] else 1


def _words(name: str) -> frozenset[str]:
    return frozenset(map(fold, _WORD.findall(name[:_MAX_NAME].replace("YouTube", "Youtube"))))


_RANKS = {fold(name): (field, rank) for field, names in NAMES.items() for rank, name in enumerate(names)}
_SETS = {
    kind: frozenset(map(fold, words))
    for kind, words in (("trailer", _TRAILER), ("link", _LINK), ("video", _VIDEO), ("file", _FILE), ("id", _ID))
}
_ALL = frozenset().union(*_SETS.values(), map(fold, _FILLER))
