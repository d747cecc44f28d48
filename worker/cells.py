"""Cells: texts made safe for a table that a spreadsheet may open, and read back as they were."""

import re

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"\r\n?")
# A start that Excel and LibreOffice take for a formula: OWASP's list (CSV injection) with the full-width forms.
_STARTS_FORMULA = r"(?:[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
_TO_DEFUSE = re.compile("'*" + _STARTS_FORMULA)
_DEFUSED = re.compile("'+" + _STARTS_FORMULA)


def clean_text(text: str) -> str:
    """Return the text as any encoder and database accepts it: lone surrogates become U+FFFD."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def write_cell(text: str) -> str:
    """Return the text as a cell that no spreadsheet runs: an apostrophe is put before what would be a formula.

    Control characters become U+FFFD, line ends `\\n`: Python 3.11 leaves a bare CR unquoted.
    """
    text = _LINE_END.sub("\n", _CONTROL.sub("\ufffd", clean_text(text)))
    return f"'{text}" if _TO_DEFUSE.match(text) else text


def read_cell(text: str) -> str:
    """Return the text given to `write_cell`, so that a result file can be a list again."""
    return text[1:] if _DEFUSED.match(text) else text
