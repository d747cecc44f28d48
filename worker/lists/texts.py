"""Text lines: the link, id or path on each, with the title that people put beside a link."""

import re

from worker.links import MAX_LENGTH, find_links
from worker.lists.columns import names_a_link
from worker.lists.kinds import Kind, is_comment, is_rule, kind_of, sheet_error
from worker.lists.mending import undo_entities
from worker.lists.rows import Values

_PIECE = re.compile(r"[^\s<>()\[\]{}|;,\"\u201c\u201d]+")
_PARTS = re.compile(r"\t+|\s{2,}|\s+[-\u2013\u2014|:]\s+|\s*[;|,]\s*|\s+(?=#)")
_BESIDE = re.compile(r"[\t;|]")
_SEPARATED = re.compile(r"\S[^\w:/?=&.%-]")  # one link alone has nothing else behind a character
_TAG = re.compile(r"<[^<>]*>")
_REMARK = re.compile(r"\s#.*$", re.DOTALL)
_FILE_REMARK = re.compile(r"\s+#\s")
_NUMBER = re.compile(r"^\s*(?:[-*+]\s+)?(?:\(?\d{1,4}[.)]\s+|\[[ xX]\]\s)")
_LABEL = re.compile(r"\[([^\[\]\t]*)\]\(\t[^()\t]*\)")  # of a Markdown link
_EDGES = " \t-\u2013\u2014\u2022*+>|:;,=~\"'()[]{}<>\u2192"
_EMPTY = re.compile(r"\[\s*\]|\(\s*\)|\{\s*\}|<\s*>|\"\s*\"")


def read_text_line(line: str) -> Values | None:
    """Return the values of a line; None for a blank one, a comment or a ruler."""
    text = undo_entities(line.strip())
    if not text or ((is_rule([text]) or _is_remark(text)) and not sheet_error(text)):
        return None
    pieces = [] if len(text) > MAX_LENGTH else [found[0] for found in _PIECE.finditer(text) if find_links(found[0])]
    if pieces:
        return _with_link(text, pieces)
    head, *remark = _FILE_REMARK.split(text, maxsplit=1)
    if remark and kind_of(head) is Kind.FILE:
        return Values({"source": head})
    parts = [part.strip() for part in _PARTS.split(text[:MAX_LENGTH]) if part.strip()]
    alone = {Kind.ID, Kind.FILE} if "\t" in text else {Kind.ID}  # a file's name may have blanks and dashes in it
    ids = [part for part in parts if kind_of(part) in alone]
    if len(ids) == 1 and len(parts) > 1:
        title = next((part for part in parts if part not in ids and not is_comment([part])), "")
        return Values({"source": ids[0], "title": _as_title(title)})
    return Values({"source": text})


def first_link(text: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the address of the first of several videos that a cell or its lines name, and a note of the others.

    It is None where a cell is one line and names no more than one video.
    """
    links = find_links(text) if _SEPARATED.search(text) else []
    if len(links) < 2:
        return (links[0].url if links and "\n" in text else None), ()
    others = ", ".join(link.trailer_id for link in links[1:6])
    return links[0].url, (f"it names {len(links)} videos: the first was taken, not {others}; give each a row",)


def _is_remark(text: str) -> bool:
    """Tell whether a line begins with # and is no title such as `#Alive` before a link."""
    return text.startswith("#") and (is_comment([text]) or not find_links(text.partition(" ")[2]))


def _with_link(text: str, pieces: list[str]) -> Values:
    first, notes = first_link(text)
    source = pieces[0].rstrip(".:!'*")
    for piece in pieces:
        text = text.replace(piece, "\t")
    text = _LABEL.sub(lambda found: f"{'' if names_a_link(found[1]) else found[1]}\t", text).replace("**", "")
    parts = map(_as_title, _BESIDE.split(_REMARK.sub("", _TAG.sub(" ", text))))
    return Values({"source": first or source, "title": next(filter(None, parts), "")}, notes=notes)


def _as_title(text: str) -> str:
    """Return what stands beside a link as a title: without numbers and dashes, "" if it only says "trailer"."""
    text = _EMPTY.sub(" ", _NUMBER.sub("", text))
    text = " ".join(text.split()).strip(_EDGES)
    text = text + ")" if text.count("(") > text.count(")") else text
    return "" if names_a_link(text) or not any(map(str.isalnum, text)) else text
