"""Encodings: the guess for a text without a mark that is not UTF-8, by the letters that each encoding would make of it.

A list has few letters beyond ASCII, too few for a statistical guess alone: what counts is whether its words look like
words, in case, in script and in the letters of the languages that use an encoding.
"""

# ruff: noqa: RUF001 - letters of other languages are meant

import re
import unicodedata

from charset_normalizer import from_bytes

_WESTERN = "äöüßéèêëàâáãåçñíîïóôòõøúùûìæœÄÖÜÉÈÀÁÂÅÇÑÍÎÓÔØÚÆŒ"
_CENTRAL = "áčďéěíňóřšťúůýžąćęłńśźżäöüßőűôľĺŕăâîşÁČĎÉÍŇÓŘŠŤÚŽĆŁŚŹŻÄÖÜŐÔĽŞ"
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґ"
_GREEK = "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋ"
_LETTERS = {  # Latin ones first, the most frequent before the others
    "cp1252": _WESTERN,
    "mac_roman": _WESTERN,
    "cp1250": _CENTRAL,
    "iso8859_2": _CENTRAL,
    "cp850": _WESTERN,
    "cp1254": "çğıöşüâîÇĞİÖŞÜ",
    "cp1251": _CYRILLIC + _CYRILLIC.upper(),
    "koi8_r": _CYRILLIC + _CYRILLIC.upper(),
    "cp866": _CYRILLIC + _CYRILLIC.upper(),
    "cp1253": _GREEK + _GREEK.upper(),
    "cp1255": "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
    "cp1256": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي",
}
_LATIN = frozenset({"cp1252", "mac_roman", "cp1250", "iso8859_2", "cp850", "cp1254"})
_CASED = frozenset({"cp1251", "koi8_r", "cp866", "cp1253"})
_AT_END, _NOT_AT_END = "ךםןףץ", "כמנצ"  # Hebrew letters
_PUNCTUATION = "’‘“”„«»–—…·№¿¡°½²€\u00a0"
_CLOSING = "’”»"
# Where no Western language has these letters, though a Central European one has those of the same bytes.
_NOT_WESTERN = re.compile(
    r"[èêòùûÈ][aeiouyáéíóú]|[øØ](?:[aiouyáéíóú]|e(?!(?:n|r|ns|t)\b))|[àìòù]\w|ñ\b|ñ[^\Waeiouáéíóú]|õ(?!e)"
    r"|û[^\Wtlrcmn]|û\w{0,9}[öü]|[öü]\w{0,9}û|æ\b|\bï|[^aeiou]ï|\bè\w|[œŒ][wcnlkrm]"
)
_NOT_WINDOWS = re.compile(r"[áéíýčřěšžů]\w*ą|ą\w*[áéíýčřěšžů]")  # Czech letters and a Polish one: it is ISO 8859-2's š
_WIDE = {  # the first bytes of a character that is in daily use, in the standard behind each
    "cp932": ("cp932", range(0x82, 0x99)),
    "gb18030": ("gb2312", range(0xB0, 0xD8)),
    "big5": ("big5", range(0xA4, 0xC7)),
    "cp949": ("euc_kr", range(0xB0, 0xC9)),
}
_MAX_BYTES = 20_000  # of words with other letters; more say nothing new
_WORD = re.compile(rb"[^\s,;|\"<>()/]+")
_NEAR = 0.05  # scores so close are a tie
_SHORT = 16  # bytes


def guess_encoding(data: bytes) -> str:
    """Return the encoding in which the words of a text that is not UTF-8 look most like words."""
    sample = b" ".join(word for word in _WORD.findall(data) if not word.isascii())[:_MAX_BYTES]
    scores = {name: _score(sample, name) for name in (*_LETTERS, *_WIDE)}
    scores["cp949"] += 0.1 if len(sample) > _SHORT else -0.1  # a few Chinese characters may all be Korean ones, too
    best = max(scores.values())
    near = [name for name, score in scores.items() if score >= best - _NEAR]
    if best > 0 and (len(near) == 1 or near[0] in _LATIN):
        return near[0]
    found = from_bytes(data[:_MAX_BYTES], cp_isolation=near if best > 0 else None).best()
    return found.encoding if found else near[0]


def _score(sample: bytes, encoding: str) -> float:
    """Return how much the words look like words, from -4 to 1 for each byte beyond ASCII."""
    text = f" {sample.decode(encoding, 'replace')} "
    score = _score_wide if encoding in _WIDE else _score_letter
    total = sum(score(text[n - 1 : n + 2], encoding) for n, letter in enumerate(text) if letter > "\x7f")
    if encoding in ("cp1252", "mac_roman", "cp850"):
        total -= 2 * len(_NOT_WESTERN.findall(text))
    if encoding == "cp1250":
        total -= 2 * len(_NOT_WINDOWS.findall(text))
    if encoding in _CASED and len({letter.isupper() for letter in text if letter > "\x7f" and letter.isalpha()}) == 1:
        total *= 0.9  # titles have capitals and small letters where a script has both
    return total / max(1, sum(byte > 0x7F for byte in sample))


def _score_letter(around: str, encoding: str) -> float:
    """Return the score of the middle one of three characters in an encoding of one byte each."""
    before, letter, after = tuple(around)
    if letter in _LETTERS[encoding]:
        if encoding in _LATIN:
            crowded = min(before, after) > "\x7f" and (before + after).isalpha()
            return -1 if before.islower() and letter.isupper() else 0.5 if crowded else 1
        if letter in (_AT_END if after.isalpha() else _NOT_AT_END):
            return -1
        return -1 if (before.islower() and letter.isupper()) or _is_ascii_letter(before, after) else 1
    if letter in _PUNCTUATION:
        inside = before.isalpha() and after.isalpha() and letter not in "\u2019\u00b7"
        return -1 if inside else 0.5 if letter in _CLOSING and before.isspace() else 1
    if letter == "\ufffd" or unicodedata.category(letter).startswith("C"):
        return -4
    return -1 if letter.isalpha() else -2


def _score_wide(around: str, encoding: str) -> float:
    """Return the score of the middle one of three characters in an encoding of two bytes each."""
    letter = around[1]
    if letter == "\ufffd" or unicodedata.category(letter).startswith("C"):
        return -4
    if _is_ascii_letter(around[0], around[2]):
        return -1
    if "\u3000" <= letter <= "\u30ff":  # punctuation, hiragana, katakana
        return 2 if encoding == "cp932" or letter <= "\u303f" else -1
    standard, common = _WIDE[encoding]
    code = letter.encode(standard, "ignore")
    return 2 if len(code) == 2 and code[0] in common else -1


def _is_ascii_letter(*letters: str) -> bool:
    return any(letter.isascii() and letter.isalpha() for letter in letters)
