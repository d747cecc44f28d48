"""JSON lines: the values of each object by its keys, or the source that a line's text is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from worker.links import find_links
from worker.lists.columns import find_columns, is_blank
from worker.lists.layout import Columns, find_key
from worker.lists.rows import Values, name_type, read_json_line
from worker.lists.table_rows import pick_source
from worker.lists.texts import first_link

METADATA = "metadata"  # the key of an object that is kept as it is
_MAX_DEPTH = 3  # of objects within objects
_ITS_VIDEOS = re.compile("video|trailer|teaser|clip", re.IGNORECASE)  # a film's own, not those of similar films


def read_json_row(line: str, columns: Columns) -> Values:
    """Return the values of a line, or why it can't be read; `columns` are the keys that the user names."""
    value, problem = read_json_line(line)
    if problem:
        return Values({}, problem)
    if isinstance(value, str):
        return _with_source({}, value)
    if not isinstance(value, dict):
        return Values({}, f"it is {name_type(value)}, not a JSON object or string")
    names = list(value)
    keys = {field: [names[place] for place in places] for field, places in find_columns(names).items()}
    keys |= {field: [name] for field, name in columns.items()}
    fields = {field: _first_given(value, wanted) for field, wanted in keys.items()}
    texts = [text for name in keys["source"] if isinstance(text := value.get(name), str)]
    if "source" not in columns:
        texts += _other_sources(value, taken={name for wanted in keys.values() for name in wanted})
    values = _with_source(fields, pick_source([text.strip() for text in texts]) or fields["source"])
    taken = {METADATA, *(name for wanted in keys.values() for name in wanted)}
    metadata = given if isinstance(given := value.get(METADATA), dict) else {}
    return replace(values, others={name: each for name, each in value.items() if name not in taken}, metadata=metadata)


def unused_keys(lines: Sequence[str], columns: Columns) -> tuple[str, ...]:
    """Return the keys in some lines that name no field, of which the links alone are used."""
    objects = [value for line in lines if isinstance(value := read_json_line(line)[0], dict)]
    names = list(dict.fromkeys(name for value in objects for name in value))
    found = find_columns(names)
    used = {*columns.values(), *(names[place] for places in found.values() for place in places)}
    return tuple(name for name in names if name not in used and name not in ("key", "site", METADATA))


def _other_sources(value: Mapping[str, object], *, taken: set[str]) -> list[str]:
    """Return the source that TMDB's keys `key` and `site` name, the links under keys that name no field, and within."""
    names, values = list(value), [str(each).strip() for each in value.values()]
    if found := find_key(names):
        key, site = found
        return [f"{values[site].lower()}:{values[key]}"]
    texts = [text for name, text in value.items() if name not in taken and isinstance(text, str) and find_links(text)]
    own = [each for name, each in value.items() if _ITS_VIDEOS.search(name)]
    return [*texts, "\n".join(url for _, url in sorted(_videos_within(own), key=itemgetter(0)))]


def _videos_within(value: object, depth: int = _MAX_DEPTH) -> Iterator[tuple[bool, str]]:
    """Yield the videos that objects within name by `site` and `key` or `id`, as TMDB has them; False for a trailer."""
    if isinstance(value, dict):
        named = f"{value.get('site')}:{value.get('key') or value.get('id')}"
        yield from ((value.get("type") != "Trailer", link.url) for link in find_links(named))
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in within if depth else ():
        yield from _videos_within(each, depth - 1)


def _with_source(fields: Mapping[str, object], source: object) -> Values:
    first, notes = first_link(source) if isinstance(source, str) else (None, ())
    return Values({**fields, "source": first or source}, notes=notes)


def _first_given(value: Mapping[str, object], keys: Sequence[str]) -> object:
    given = (value.get(key) for key in keys)
    return next((each for each in given if each not in (None, False) and not is_blank(str(each).strip())), None)
