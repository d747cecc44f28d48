"""Mended texts: cells freed of what exports and spreadsheets have done to them: entities, markup, a wrong decoding."""

import html
import re

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:p|br|b|i|u|em|strong|span|div|a|ul|ol|li|font|h[1-6]|small)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE
)
_SCRAMBLED = re.compile(
    "[\u00c2-\u00c5\u00c8\u00c9\u00ce-\u00d1\u00d7-\u00d9\u00e0-\u00ef\u201a\u0393][\u0080-\u2fff]|[\u00f0\u011f]\u0178"
)
_SPACES = re.compile(r"\s{2,}")
_MAX_APART = 1_000  # characters; a longer text is no title, and its words would take long one by one


def mend_text(text: str) -> str:
    """Return a text without HTML's entities and tags; of UTF-8 that was read as something else, what was meant."""
    text = undo_entities(text)
    if "<" in text and _TAG.search(text):
        text = _SPACES.sub(" ", _TAG.sub(" ", text))
    return text.strip() if text.isascii() or not _SCRAMBLED.search(text) else _unscramble(text)


def undo_entities(text: str) -> str:
    """Return a text with the characters that HTML's entities stand for."""
    for _ in range(3):  # exported, and then exported again
        if "&" not in text:
            break
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return text


def _unscramble(text: str) -> str:
    from ftfy import fix_encoding

    mended = fix_encoding(text)
    if mended == text and len(text) <= _MAX_APART:  # a dash that was typed later keeps the whole from being mended
        mended = " ".join(fix_encoding(word) if _SCRAMBLED.search(word) else word for word in text.split(" "))
    return mended.strip()
