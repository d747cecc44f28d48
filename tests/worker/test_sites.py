"""Sites: what is said in one place holds wherever sites matter, in links, downloads, lists and pages."""

import subprocess
import sys

import pytest
from yt_dlp import YoutubeDL
from yt_dlp.globals import plugin_dirs

from worker.links import Link, parse_link
from worker.sites import SITES

MADE_UP = """
import re
from worker.sites import SITES, Site

SITES["demo"] = Site(
    name="demo",
    title="Demo",
    hosts=frozenset({"demo.example"}),
    id_pattern=re.compile("[0-9]{3}"),
    address="https://demo.example/{}",
    example="https://demo.example/123",
    find_id=lambda parts: parts.path.strip("/"),
    extractors=("demo$",),
    domains=("demo.example",),
    thumbnail_domain="pictures.example",
    player="https://player.example/{}",
    moment="#{}",
    witness="100",
    seek=('{"to": {}}',),
    pause='{"pause": true}',
    start="#{}",
)
"""
KNOWN = """

from db.records import is_trailer_id
from web.headers import CSP
from worker.download.metadata import read_source
from worker.links import parse_link
from worker.settings import read_settings

link = parse_link("demo.example/123", sites=read_settings({"TRAILERS_SITES": "demo"}).sites)
assert (link.trailer_id, link.url) == ("demo:123", "https://demo.example/123")
assert is_trailer_id(link.trailer_id)
picture = "https://a.pictures.example/1.jpg"
assert read_source({"thumbnail": picture}, SITES["demo"])["thumbnail"] == picture
assert "https://player.example" in CSP
assert SITES["demo"].player_url("123") == "https://player.example/123"
"""


def test_a_site_made_up_in_one_place_is_known_everywhere() -> None:
    done = subprocess.run([sys.executable, "-c", MADE_UP + KNOWN], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("name", SITES)
def test_the_addresses_of_a_site_are_its_links_and_yt_dlp_knows_them(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = SITES[name]
    link = Link(site.witness, site=name)
    assert [parse_link(text, sites=(name,)) for text in (link.url, site.player_url(site.witness))] == [link, link]
    assert parse_link(site.example, sites=(name,)).site == name
    monkeypatch.setattr(plugin_dirs, "value", [])  # as in `download`
    with YoutubeDL({"allowed_extractors": list(site.extractors)}) as client:
        assert [each for each in client._ies.values() if each.suitable(link.url)]
