"""Sites: one made up in one place is known wherever sites matter, in links, downloads, lists and pages."""

import subprocess
import sys

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
