"""Markup: from the text of a web page, a forum or a wiki to the plain text that its readers see.

The tags are found by one regular expression that reads every character a bounded number of times. html.parser would
not do: that of Python 3.11.7 takes 6.6 seconds for 20,000 characters of unclosed tags and raises AssertionError
for others, and what it makes of an unclosed comment or script depends on the release.
"""

import html
import re
import unicodedata

ROUNDS = 5  # of markup within escaped markup; honest texts have two
_ONE_LINE = 500  # characters at most of a link's text, and of its address
_WITHIN = (  # tags that may stand within a word; others end it
    "abbr|acronym|bdi|bdo|big|cite|code|del|dfn|em|font|ins|kbd|mark|samp|small|span|strike|strong|sub|sup|tt|var|wbr"
)
_SHORT = "a|b|i|q|s|u"
_BETWEEN = (
    "article|aside|blockquote|body|br|caption|center|dd|div|dl|dt|figcaption|figure|footer|form|h[1-6]|head|header|hr|"
    "html|img|input|li|link|main|meta|nav|ol|pre|script|section|style|table|tbody|td|th|thead|tr|ul"
)
_FORUM = "b|i|u|s|url|email|size|color|font|spoiler|sub|sup|quote|code|center|left|right|list|table|tr|td"
_INLINE = frozenset(f"{_WITHIN}|{_SHORT}".split("|"))
_FORUM_NAMES = frozenset(_FORUM.split("|"))
_AMPERSANDS = re.compile(r"&(?:(?:amp|#0*38|#x0*26);?)+(?=[a-z#])", re.IGNORECASE)
_TAG = re.compile(
    rf"""
    <!--.*?(?:--!?>|\Z)
    | <(?P<unseen>script|style|template|svg|iframe|noscript)(?![\w:.-]).*?(?:</(?P=unseen)(?![\w:.-])[^<>]*>?|\Z)
    | <!\[CDATA\[ | \]\]> | <!\[?[a-z][^<>]*>? | <\?[a-z][^<>]*>?
    | <ref(?:\s[^<>]{{0,300}})?(?<!/)>.{{0,2000}}?</ref\s*>
    | </?(?P<whole>[a-z][\w:.-]*+)(?:(?:=\s*+(?:"[^"]*+"|'[^']*+')|[^<>]){{0,300}}+>|[^<>]{{0,300}}>)
    | </?(?P<broken>{_WITHIN}|{_BETWEEN}|(?<!\w<)(?:{_SHORT}|p))(?![\w:.-])  # a<b is no tag
      (?:\s+[a-z][\w:.-]*\s*=\s*(?:"[^"<>]*+"?|'[^'<>]*+'?|[^\s<>"']*+))*+
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_TEMPLATE = re.compile(r"\{\{[^{}]{0,2000}\}\}")  # of a wiki
_SPACES = re.compile("[ \\t]{2,}")
_FORUM_TAG = re.compile(
    r"\[(?P<unseen>img|youtube|video)(?:=[^\[\]\n]{0,300})?\][^\[\]]{0,2000}\[/(?P=unseen)\]"
    r"|\[/?(?P<name>[a-z]{1,10})(?:=[^\[\]\n]{0,300})?\]",
    re.IGNORECASE,
)
_FORUM_END = re.compile(r"\[/([a-z]{1,10})\]", re.IGNORECASE)
_LINK = re.compile(  # Markdown's [text](address "title") and a wiki's [[page|text]]
    rf"!?\[(?P<text>[^\[\]\n]{{0,{_ONE_LINE}}})\]"
    rf"\((?=[^()\s]*[/.#:])(?:[^()\s]|\([^()\s]*\)){{1,{_ONE_LINE}}}+(?:\s+\"[^\"\n]{{0,{_ONE_LINE}}}\")?\)"
    rf"|\[\[(?:[^\[\]|\n]{{0,{_ONE_LINE}}}\|)?(?P<shown>[^\[\]|\n]{{1,{_ONE_LINE}}})\]\]"
)
_EMPHASIS = re.compile(
    rf"(?<![\w*])(?P<mark>\*{{1,3}}|_{{1,3}})(?=[^\s*_])(?P<text>[^*_\n]{{1,{_ONE_LINE}}})(?<=\S)(?P=mark)"
    r"(?:(?<=\*)(?!\*)|(?<=_)(?!\w))"
)
# Marks of direction and joiners that would end a word; soft hyphens and those that scripts need stay.
_INVISIBLE = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_BREAK_IN_WORD = re.compile("(?<=[a-z\u00df-\u052f])\u200b(?=[a-z\u00df-\u052f])")
# UTF-8 read as Windows-1252 and then as Mac Roman, as a public table of 5,000 films has it: an apostrophe, an e acute.
_THROUGH_MAC = re.compile("\u2030\u00db.|(?<=[a-z])\u00cc[\u00a1-\u00ba\u00bc-\u00bf\u00c0-\u00ff]")
_FIXED_SPACES = str.maketrans("\u00a0\u2007\u202f", "   ")


def plain_plot(text: str) -> str:
    """Return a text without markup, entities and mojibake: what HTML, BBCode, Markdown and MediaWiki show of it.

    Bodies of scripts and styles and comments are gone, be they unclosed. A text that is plain already comes back as it
    is, to the letter: `a < b`, `[s]he` and `f***ing` are no markup.
    """
    for _ in range(ROUNDS):
        plain = _mend(_strip(text))
        if plain == text:
            return text
        text = plain
    return text.replace("<", " ")


def _strip(text: str) -> str:
    if "&" in text:
        text = html.unescape(_AMPERSANDS.sub("&", text))
    if "{{" in text:
        text = _TEMPLATE.sub(" ", text)
    if "<" in text or "]]>" in text:
        text, n_tags = _TAG.subn(_shown_of_tag, text)
        text = _SPACES.sub(" ", text) if n_tags else text
    if "[" in text:
        ends = {end.lower() for end in _FORUM_END.findall(text)} & _FORUM_NAMES
        text = _FORUM_TAG.sub(lambda found: _shown_of_forum_tag(found, ends), text)
        text = _LINK.sub(lambda found: found["text"] or found["shown"] or "", text)
    return _EMPHASIS.sub(lambda found: found["text"], text)


def _shown_of_tag(found: re.Match[str]) -> str:
    name = found["whole"] or found["broken"] or ""
    return "" if name.lower() in _INLINE else " "


def _shown_of_forum_tag(found: re.Match[str], ends: set[str]) -> str:
    """Return what stands for a tag: itself where no tag of its name is closed, as in `[s]he`."""
    if found["unseen"]:
        return " "
    return "" if found["name"].lower() in ends else found[0]


def _mend(text: str) -> str:
    """Return a text composed (NFC), decoded as it was meant, and without what isn't seen."""
    if text.isascii():
        return text
    from ftfy import TextFixerConfig, fix_text  # 60 ms
    from ftfy.fixes import fix_c1_controls

    config = TextFixerConfig(
        unescape_html=False,
        remove_terminal_escapes=False,
        fix_latin_ligatures=False,
        fix_character_width=False,
        uncurl_quotes=False,
        fix_line_breaks=False,
        remove_control_chars=False,
        normalization="NFC",
    )
    text = fix_text(_THROUGH_MAC.sub(_undo_mac, fix_c1_controls(text)), config)
    text = _INVISIBLE.sub("", text).translate(_FIXED_SPACES)
    return unicodedata.normalize("NFC", _BREAK_IN_WORD.sub("", text))


def _undo_mac(found: re.Match[str]) -> str:
    try:
        return found[0].encode("cp1252").decode("mac_roman").encode("cp1252").decode("utf-8")
    except UnicodeError:
        return found[0]
