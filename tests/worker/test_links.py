import json
import string
import time
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from worker.errors import WorkerError
from worker.links import MAX_LENGTH, Link, find_links, looks_like_link, parse_link
from worker.sites import NO_IDS, SITES

ID = "dQw4w9WgXcQ"
OTHER = "abcdefghijk"


@pytest.mark.parametrize(
    "text",
    [
        ID,
        f"  {ID}\n",
        f"https://www.youtube.com/watch?v={ID}",
        f"http://youtube.com/watch?v={ID}",
        f"HTTPS://WWW.YouTube.com/watch?v={ID}",
        f"www.youtube.com/watch?v={ID}",
        f"youtube.com/watch?v={ID}",
        f"https://m.youtube.com/watch?v={ID}",
        f"https://music.youtube.com/watch?v={ID}&list=RDAMVM{ID}",
        f"https://www.youtube.com/watch?list=PL123&index=4&v={ID}&t=30s",
        f"https://www.youtube.com/watch?v={ID}&index=1&list=WL",
        f"https://www.youtube.com/watch/?v={ID}",
        f"https://www.youtube.com:443/watch?v={ID}#t=10",
        f"https://youtu.be/{ID}",
        f"youtu.be/{ID}",
        f"https://youtu.be/{ID}?si=abcdef&t=12",
        f"https://youtu.be/{ID}/",
        f"https://www.youtube.com/shorts/{ID}",
        f"https://www.youtube.com/shorts/{ID}?feature=share",
        f"https://youtube.com/shorts/{ID}",
        f"https://www.youtube.com/embed/{ID}?autoplay=1",
        f"https://www.youtube-nocookie.com/embed/{ID}",
        f"https://www.youtube.com/live/{ID}?feature=share",
        f"https://www.youtube.com/v/{ID}",
        f"//www.youtube.com/embed/{ID}?rel=0",
        f"https://www.youtube.com/v/{ID}&hl=en_US&fs=1&",
        f"https://youtu.be/{ID}&t=30s",
        f"https://www.youtube.com/Watch?V={ID}",
        f"https://www.youtube.com/watch#!v={ID}",
        f"https://www.youtube.com/watch/{ID}",
        f"https://youtu.be/watch?v={ID}",
        f"https://www.youtube.com/user/studio#p/u/1/{ID}",
        f"http:/youtu.be//{ID}",
        f"youtube.com./watch?v={ID}",
        f"https://gaming.youtube.com/watch?v={ID}",
        f"https://www.youtube.com/watch?v={ID}&v={ID}",
        f"https://i.ytimg.com/vi/{ID}/hqdefault.jpg",
        f"https://img.youtube.com/vi_webp/{ID}/0.webp",
        f"plugin://plugin.video.youtube/play/?video_id={ID}",
        f"plugin://plugin.video.youtube/?action=play_video&videoid={ID}",
        f"youtube:{ID}",
        f"vnd.youtube://{ID}?t=3",
        f"youtube://watch?v={ID}",
        f"vnd.youtube://www.youtube.com/watch?v={ID}",
    ],
)
def test_every_spelling_is_the_same_trailer(text: str) -> None:
    link = parse_link(text)
    assert link.trailer_id == f"youtube:{ID}"
    assert link.url == f"https://www.youtube.com/watch?v={ID}"


@pytest.mark.parametrize(
    "text",
    [
        f"https://www.youtube.com/watch?feature=share&amp;amp;v={ID}",
        f"https:&#x2F;&#47;youtu.be/{ID}",
        f"https://youtu.be/{ID}.",
        f"https://youtu.be/{ID}\u2026",
        f"(https://youtu.be/{ID})",
        f"\u201chttps://youtu.be/{ID}\u201d,",
        f"_https://youtu.be/{ID}_",
        f"**https://youtu.be/{ID}**",
        f"[Trailer](https://youtu.be/{ID})",
        f"[url=https://youtu.be/{ID}]Trailer[/url]",
        f'<iframe width="560" src="https://www.youtube.com/embed/{ID}"></iframe>',
        f'<a href="https://youtu.be/{ID}">https://youtu.be/{ID}</a>',
        f"<trailer>plugin://plugin.video.youtube/?action=play_video&amp;videoid={ID}</trailer>",
        f"<trailer>https://youtube.com/watch?v={ID} </trailer>",
        f'=HYPERLINK("https://youtu.be/{ID}","Trailer")',
        f"Trailer: https://youtu.be/{ID} (official)",
        f"Trailer:youtu.be/{ID}",
        f"https://studio.example/film https://youtu.be/{ID}",
        f"\ufeffhttps://you\u00adtu.be/\u200b{ID}\u200b",
        f'"{ID}"\u200b',
        f"https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{ID}",
        f"https%253A%252F%252Fyoutu.be%252F{ID}",
        f"https://youtu.be%2F{ID}",
        f"https://www.youtube.com/watch%3Fv%3D{ID}%26t%3D3",
        f"https:\\/\\/www.youtube.com\\/watch?v\\u003d{ID}\\u0026t=1",
        f"https:\\\\youtu.be\\{ID}",
    ],
)
def test_what_wraps_a_link_is_taken_off(text: str) -> None:
    assert parse_link(text) == Link(ID)


@pytest.mark.parametrize(
    "text",
    [
        f"https://www.youtube.com/attribution_link?a=xx&u=%2Fwatch%3Fv%3D{ID}%26feature%3Dshare",
        f"https://www.youtube.com/redirect?q=https%3A%2F%2Fyoutu.be%2F{ID}",
        f"https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{ID}%26cbrd%3D1&gl=DE",
        f"https://www.google.com/url?sa=t&url=https://www.youtube.com/watch%3Fv%3D{ID}&usg=x",
        "https://accounts.google.com/ServiceLogin?continue=https%3A%2F%2Fwww.youtube.com%2Fsignin%3Fnext%3D"
        f"%252Fwatch%253Fv%253D{ID}",
        f"https://l.facebook.com/l.php?u=https%3A%2F%2Fyoutu.be%2F{ID}&h=AT0",
        f"https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fyoutu.be%2F{ID}&data=05",
        f"https://urldefense.com/v3/__https://youtu.be/{ID}__;!!abc",
        f"https://web.archive.org/web/2012/http://www.youtube.com/watch?v={ID}",
        f"https://href.li/?https://youtu.be/{ID}",
        f"https://www.youtube.com/redirect?q=https%3A%2F%2Fyoutu.be%2F{ID}&v={OTHER}",
        f"https://www.google.com/amp/s/www.youtube.com/watch?v={ID}",
        f"https://www-youtube-com.cdn.ampproject.org/c/s/www.youtube.com/watch?v={ID}",
        f"https://urldefense.proofpoint.com/v2/url?u=https-3A__www.youtube.com_watch-3Fv-3D{ID}&d=Dw",
        f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/x.html?url=https%3A%2F%2Fyoutu.be%2F{ID}",
    ],
)
def test_a_known_redirector_is_seen_through(text: str) -> None:
    assert parse_link(text) == Link(ID)


@pytest.mark.parametrize("apart", [" ", ";", ",", "|", '","', "','", "](", "; youtu.be: "])
def test_a_link_beside_another_sites_is_found(apart: str) -> None:
    assert parse_link(f"https://studio.example/heat{apart}https://youtu.be/{ID}") == Link(ID)


@pytest.mark.parametrize("apart", [" ", "\n", " | ", ";", ", "])
def test_several_videos_in_one_text_are_refused_with_the_way_out(apart: str) -> None:
    text = f"https://youtu.be/{ID}{apart}https://www.youtube.com/watch?v={OTHER}"
    with pytest.raises(WorkerError, match=rf"several videos \(youtube:{ID}, youtube:{OTHER}\); give one") as caught:
        parse_link(text)
    assert caught.value.code == "bad_source"
    assert find_links(text) == [Link(ID), Link(OTHER)]
    with pytest.raises(WorkerError, match="several"):
        parse_link(f"https://www.youtube.com/watch?v={ID}&v={OTHER}")


@pytest.mark.shared_data
def test_the_links_that_people_really_have(cases: Path) -> None:
    for text in json.loads((cases / "links.json").read_text()):
        assert find_links(text)[0] == Link(ID), text
        if OTHER in text:
            with pytest.raises(WorkerError, match="several"):
                parse_link(text)
        else:
            assert parse_link(text) == Link(ID), text


def test_no_text_costs_more_than_a_moment() -> None:
    pieces = (
        "&amp;",
        ":",
        "a.",
        "https:",
        "https://youtu.be/",
        "%25",
        "\\",
        "_",
        "google.com/url?q=https://",
        "(",
        "-",
    )
    started = time.process_time()
    for piece in pieces:
        for text in (
            piece * MAX_LENGTH,
            "https://www.google.com/url?q=" + piece * MAX_LENGTH,
            ":" + piece * MAX_LENGTH,
        ):
            find_links(text)
    assert time.process_time() - started < 1  # 0.02 measured


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f"https://evil.example/?u=youtube.com/watch?v={ID}", "host_not_allowed"),
        (f"https://evil.example/?u=https%3A%2F%2Fyoutu.be%2F{ID}", "host_not_allowed"),
        (f"https://evil.example/https://youtu.be/{ID}", "host_not_allowed"),
        (f"https://evil.example/%20https://youtu.be/{ID}", "host_not_allowed"),
        (f"https://evil.example/(youtu.be/{ID})", "host_not_allowed"),
        (f"https://evil.example/;youtu.be/{ID}", "host_not_allowed"),
        (f"https://evil.example/?u='https://youtu.be/{ID}'", "host_not_allowed"),
        (f"https://evil\u2013youtube.com/watch?v={ID}", "host_not_allowed"),
        (f"https://web.archive.org/web/2020/https://evil.example/?u=https://youtu.be/{ID}", "host_not_allowed"),
        (f"https://www.google.com/amp/s/evil.example/youtu.be/{ID}", "host_not_allowed"),
        (f"https://google.com.evil.example/url?q=https://youtu.be/{ID}", "host_not_allowed"),
        (f"https://www.youtube.com/redirect?q=https://evil.example/{ID}", "bad_source"),
        (f"https://studio@youtube.com/watch?v={ID}", "host_not_allowed"),
        (f"https://evil.example\\@youtube.com/watch?v={ID}", "host_not_allowed"),
        (f"https://evil.example%2F@youtube.com/watch?v={ID}", "host_not_allowed"),
        (f"https://youtube.com%2eevil.example/watch?v={ID}", "host_not_allowed"),
        (f"https://youtub\u0435.com/watch?v={ID}", "host_not_allowed"),
        (f"https://xn--youtub-5uf.com/watch?v={ID}", "host_not_allowed"),
        (f"https://evil-youtu.be/{ID}", "host_not_allowed"),
        (f"evil.example/youtu.be/{ID}", "bad_source"),
        (f"watch?v={ID}", "bad_source"),
        ("youtube:short", "bad_source"),
        ("https://www.youtube.com/clip/UgkxABCDEFGHIJKLMNOPQ", "bad_source"),
        (f"https://www.youtube.com/channel/{ID}", "bad_source"),
        ("https://vimeo.com/1084537", "host_not_allowed"),
        (f"https://youtube.com.evil.example/watch?v={ID}", "host_not_allowed"),
        (f"https://youtube.com@127.0.0.1/watch?v={ID}", "host_not_allowed"),
        (f"http://127.0.0.1/watch?v={ID}", "host_not_allowed"),
        (f"http://[::1]/watch?v={ID}", "host_not_allowed"),
        (f"https://www.youtube.com:8080/watch?v={ID}", "host_not_allowed"),
        (f"https://evil.example/?u=https://youtu.be/{ID}", "host_not_allowed"),
        (f"file:///etc/passwd?v={ID}", "bad_source"),
        (f"ftp://www.youtube.com/watch?v={ID}", "bad_source"),
        (f"https://www.youtube.com/wa\ntch?v={ID}", "bad_source"),
        (f"https://youtu.be/{ID}\r\nX-Evil: 1", "bad_source"),
        (f"https://www.youtube.com/watch?v={ID}extra", "bad_source"),
        ("https://www.youtube.com/watch?v=short", "bad_source"),
        ("https://www.youtube.com/", "bad_source"),
        ("https://www.youtube.com/@channel/videos", "bad_source"),
        ("https://www.youtube.com/redirect?q=http://127.0.0.1/", "bad_source"),
        ("https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv&gl=DE", "bad_source"),
        ("https://www.youtube.com/playlist?list=PL0123456789", "playlist_not_allowed"),
        ("https://www.youtube.com/watch?list=PL0123456789", "playlist_not_allowed"),
        ("https://www.youtube.com/embed/videoseries?list=PL0123456789", "playlist_not_allowed"),
        ("https://www.youtube.com/embed/live_stream?channel=UC4R8DWoMoI7CAwX8_LjQHig", "bad_source"),
        (f"https://www.youtube.com/redirect?q=https%3A%2F%2Fevil.example%2F&v={ID}", "bad_source"),
        ("https://www.youtube.com:port/watch", "bad_source"),
        ("https://[/watch", "bad_source"),
        ("https://youtu.be/" + "a" * 3000, "bad_source"),
        ("", "bad_source"),
    ],
)
def test_anything_else_is_refused_with_its_code(text: str, code: str) -> None:
    with pytest.raises(WorkerError) as caught:
        parse_link(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "text",
    [
        "https://vimeo.com/76979871",
        "http://www.vimeo.com/76979871?share=copy#t=3",
        "vimeo.com/76979871/",
        "https://player.vimeo.com/video/76979871?h=8272103f6e",
        "(https://vimeo.com/76979871).",
        "https%3A%2F%2Fvimeo.com%2F76979871",
        "plugin://plugin.video.vimeo/play/?video_id=76979871",
        "https://www.google.com/url?q=https://vimeo.com/76979871&sa=D",
    ],
)
def test_vimeo_is_taken_where_it_is_enabled(text: str) -> None:
    link = parse_link(text, sites=("youtube", "vimeo"))
    assert (link.trailer_id, link.url) == ("vimeo:76979871", "https://vimeo.com/76979871")
    assert looks_like_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://vimeo.com/channels/staffpicks/143603739",
        "https://vimeo.com/ondemand/20704",
        "https://vimeo.com/76979871/abcdef0123",
        "https://vimeo.com/0123",
        "https://vimeo.com/\u0661\u0662\u0663",
        "https://vimeo.com/" + "1" * 13,
        "https://vimeo.com/",
        "https://player.vimeo.com/76979871",
        f"https://vimeo.com/watch?v={ID}",
    ],
)
def test_vimeo_links_without_a_plain_number_are_refused(text: str) -> None:
    with pytest.raises(WorkerError) as caught:
        parse_link(text, sites=("youtube", "vimeo"))
    assert caught.value.code == "bad_source"


def test_a_known_site_that_is_not_enabled_says_how_to_enable_it() -> None:
    with pytest.raises(WorkerError, match="TRAILERS_SITES=youtube,vimeo") as caught:
        parse_link("https://vimeo.com/76979871")
    assert caught.value.code == "host_not_allowed"
    with pytest.raises(WorkerError, match="TRAILERS_SITES=vimeo,youtube"):
        parse_link(f"https://youtu.be/{ID}", sites=("vimeo",))
    with pytest.raises(WorkerError):
        parse_link(ID, sites=("vimeo",))


@given(st.text(string.ascii_letters + string.digits + "-_", min_size=11, max_size=11).filter(SITES["youtube"].is_id))
def test_any_id_survives_the_round_trip(video_id: str) -> None:
    assume(video_id not in NO_IDS)
    link = Link(video_id)
    assert parse_link(link.url) == link
    assert parse_link(f"https://youtu.be/{video_id}") == link


PREFIXES = (
    "",
    "https://www.youtube.com/",
    "https://youtu.be/",
    "https://vimeo.com/",
    "https://player.vimeo.com/video/",
)


@given(st.builds(str.__add__, st.sampled_from(PREFIXES), st.text()))
def test_no_text_gives_anything_but_an_id_or_a_code(text: str) -> None:
    try:
        link = parse_link(text, sites=("youtube", "vimeo"))
    except WorkerError as exc:
        assert exc.code in ("bad_source", "host_not_allowed", "playlist_not_allowed")
    else:
        assert SITES[link.site].is_id(link.video_id)
