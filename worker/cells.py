"""Cells: texts made safe for a terminal, or for a table that a spreadsheet may open, and read back as they were."""

import re

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE_END = re.compile(r"\r\n?")
# A start that Excel and LibreOffice take for a formula: OWASP's list (CSV injection) with the full-width forms.
_STARTS_FORMULA = r"(?:[\t\r\n]|[\s\u200b-\u200f\u2060\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20])"
_TO_DEFUSE = re.compile("'*" + _STARTS_FORMULA)
_DEFUSED = re.compile("'+" + _STARTS_FORMULA)
_TEXT_FORMULA = re.compile(r'=\s*"((?:[^"]|"")*)"', re.ASCII)  # ="007", which keeps a spreadsheet from seeing a number
_HYPERLINK = re.compile(r'=\s*[\w.]+\(\s*"([^"]*)"\s*(?:[,;]\s*"([^"]*)"\s*)?\)')
_ID_FORMULA = re.compile(r"=\+?(-[\w-]{10})", re.ASCII)  # an id that begins with a minus, which Excel made a formula


def clean_text(text: str) -> str:
    """Return the text as any encoder and database accepts it: lone surrogates become U+FFFD."""
    return text if text.isascii() else _LONE_SURROGATE.sub("\ufffd", text)


def show_text(text: str) -> str:
    """Return a stranger's text as one line that can't steer the terminal."""
    return "".join(c if c.isprintable() else " " for c in text)


def write_cell(text: str) -> str:
    """Return the text as a cell that no spreadsheet runs: an apostrophe is put before what would be a formula.

    Control characters become U+FFFD, line ends `\\n`: Python 3.11 leaves a bare CR unquoted.
    """
    text = _LINE_END.sub("\n", _CONTROL.sub("\ufffd", clean_text(text)))
    return f"'{text}" if _TO_DEFUSE.match(text) else text


def read_cell(text: str) -> str:
    """Return the text given to `write_cell`, so that a result file can be a list again, or that a formula stands for.

    Of a link with a name, `=HYPERLINK("https://...","Sintel")`, it is the name; `read_address` returns the link.
    """
    if _DEFUSED.match(text):
        return text[1:]
    return _formula_text(text, link=False) if text.startswith("=") else text


def read_address(text: str) -> str:
    """Return a cell's text as `read_cell`, but of a link with a name the link."""
    return _formula_text(text, link=True) if text.startswith("=") else read_cell(text)


def _formula_text(text: str, *, link: bool) -> str:
    text = text.strip()
    if found := _HYPERLINK.fullmatch(text):
        return found[1] if link or not found[2] else found[2]
    if found := _TEXT_FORMULA.fullmatch(text):
        return found[1].replace('""', '"')
    return found[1] if (found := _ID_FORMULA.fullmatch(text)) else text
