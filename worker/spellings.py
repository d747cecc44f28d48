"""Spellings: the web addresses in a text, freed of quotes, markup and escapes, and of the redirectors around them."""

import html
import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

# Sites that send a visitor on to the address in their own link; subdomains are theirs, too.
# fmt: off
_REDIRECTORS = frozenset({
    *(f"google.{end}" for end in (
        "com", "de", "fr", "es", "it", "nl", "pl", "ru", "at", "ch", "be", "pt", "se", "cz", "ca", "co.uk", "co.jp",
        "co.in", "com.au", "com.br", "com.mx", "com.tr",
    )),
    "facebook.com", "instagram.com", "messenger.com", "threads.net", "linkedin.com", "duckduckgo.com", "bing.com",
    "umblr.com", "href.li", "out.reddit.com", "slack-redir.net", "vk.com", "steamcommunity.com", "disq.us", "exit.sc",
    "getpocket.com", "safelinks.protection.outlook.com", "statics.teams.cdn.office.net", "urldefense.com",
    "urldefense.proofpoint.com", "linkprotect.cudasvc.com", "secure-web.cisco.com", "cdn.ampproject.org",
    "web.archive.org", "r.search.yahoo.com", "embedly.com", "iframe.ly", "anon.to",
})
# fmt: on
_INVISIBLE = re.compile("[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe0f\ufeff]")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_JSON_ESCAPE = re.compile(r"\\u00([0-9a-f]{2})", re.IGNORECASE)
_SHELL_ESCAPE = re.compile(r"\\([/?=&:_.-])")
_QUOTES = "\"'`\u201c\u201d\u201e\u00ab\u00bb\u2039\u203a\u2018\u2019\u201a"
_APART = (
    rf"\s\x00-\x20\x7f-\xa0{_QUOTES}<>()\[\]{{}}|;,*^\u2022\u2026\u2013\u2014\u2192\u00b7"
    "\u3000-\u3002\u3008-\u3011\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff5c"
)
_TOKEN = re.compile(rf"(?:(?<=//)\[[0-9a-f:.]+\]|[^{_APART}])+", re.IGNORECASE)  # in [] an IPv6 address
_ENCODED_SCHEME = re.compile(r"[a-z]{2,6}%(?:25)*3a", re.IGNORECASE)
_WITH_SCHEME = re.compile(
    r"[^/?#@%&]*?(?:h[tx]{1,3}ps?|\bttps?|\bplugin|\bintent|\byoutube(?=://))(?::/*|//+)(?P<rest>.+)", re.IGNORECASE
)
_BEHIND_A_LINK = re.compile(r"[\s<>|^\"`\u201c\u201d]")  # what is no part of it
_OPENING = re.compile(r"[(\[{'*]+")
_WRAPPED = re.compile(r"https?[:%].*|(?<=/s/).+", re.IGNORECASE)  # .../amp/s/www.youtube.com/...
_PROOFPOINT = re.compile(r"https?-3A__", re.IGNORECASE)
_ENDS = _QUOTES + "<>(),;. \t\r\n"


def strip_wrapping(text: str) -> str:
    """Return a text without the quotes, brackets, closing dots and invisible characters around it."""
    return _INVISIBLE.sub("", text).strip(_ENDS)


def find_addresses(text: str, bare: re.Pattern[str]) -> Iterator[SplitResult]:
    """Yield the http(s) addresses in a text, in order; one that stands inside another is no address of its own.

    `bare` matches the start of those that need no scheme, those of known hosts.
    """
    text = _undo_escapes(text)
    end = None  # of an unknown host's link
    for found in _TOKEN.finditer(text):
        if end is not None and _goes_on(text[end : found.start()], found[0]):
            end = found.end()
        elif address := _read(found[0], bare):
            yield address
            end = None if bare.match(address.netloc) or redirects(address) else found.end()


def redirects(address: SplitResult) -> bool:
    """Tell whether this is a site that sends visitors on to other addresses."""
    labels = host_of(address).split(".")
    return any(".".join(labels[place:]) in _REDIRECTORS for place in range(len(labels)))


def wrapped_texts(address: SplitResult) -> Iterator[str]:
    """Yield the parts of a redirector's link that may be the address it leads to; a path stays on its host."""
    within = _WRAPPED.search(f"{address.path}?{address.query}")
    if within is None or within.start() > len(address.path):
        for _, value in parse_qsl(address.query, separator="&"):
            value = unquote(value.replace("_", "/").replace("-", "%")) if _PROOFPOINT.match(value) else value
            yield f"https://{address.netloc}{value}" if value.startswith("/") else value
    if within:
        yield within[0]


def host_of(address: SplitResult) -> str:
    """Return the host without the dot of a fully qualified name."""
    return (address.hostname or "").rstrip(".")


def decode(address: SplitResult) -> SplitResult:
    """Return the address with the percent-escapes behind its host undone once."""
    return urlsplit(f"https://{address.netloc}{unquote(address._replace(scheme='', netloc='').geturl())}")


def _goes_on(gap: str, token: str) -> bool:
    """Tell whether what stands behind a link is a part of it: `https://x.example/(youtu.be/...)`."""
    if _WITH_SCHEME.match(token):
        return _OPENING.fullmatch(gap) is not None
    return _BEHIND_A_LINK.search(gap) is None


def _undo_escapes(text: str) -> str:
    text = _INVISIBLE.sub("", text)
    for _ in range(3):  # exported, and then exported again
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    text = _JSON_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return _SHELL_ESCAPE.sub(r"\1", text).replace("\\", "/")


def _read(token: str, bare: re.Pattern[str]) -> SplitResult | None:
    for _ in range(3):
        if _ENCODED_SCHEME.match(token):
            token = unquote(token)
    found = _WITH_SCHEME.match(token) or bare.match(token)
    if found is None:
        return None
    rest = found["rest"].lstrip("/")
    if "%" in re.split(r"[/?#]", rest, maxsplit=1)[0]:
        rest = unquote(rest)
    try:
        address = urlsplit(f"https://{rest}")
        address.port  # noqa: B018 - reading it raises ValueError if it is not a number
    except ValueError:
        return None
    return address if address.netloc else None
