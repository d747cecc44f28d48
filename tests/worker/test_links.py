import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.errors import WorkerError
from worker.links import Link, looks_like_link, parse_link
from worker.sites import SITES

ID = "dQw4w9WgXcQ"


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
        f"https://www.youtube.com/watch/?v={ID}",
        f"https://www.youtube.com:443/watch?v={ID}#t=10",
        f"https://youtu.be/{ID}",
        f"youtu.be/{ID}",
        f"https://youtu.be/{ID}?si=abcdef&t=12",
        f"https://youtu.be/{ID}/",
        f"https://www.youtube.com/shorts/{ID}",
        f"https://www.youtube.com/shorts/{ID}?feature=share",
        f"https://www.youtube.com/embed/{ID}?autoplay=1",
        f"https://www.youtube-nocookie.com/embed/{ID}",
        f"https://www.youtube.com/live/{ID}?feature=share",
        f"https://www.youtube.com/v/{ID}",
    ],
)
def test_every_spelling_is_the_same_trailer(text: str) -> None:
    link = parse_link(text)
    assert link.trailer_id == f"youtube:{ID}"
    assert link.url == f"https://www.youtube.com/watch?v={ID}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
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
        (f"https://www.youtube.com/watch?v={ID}extra", "bad_source"),
        ("https://www.youtube.com/watch?v=short", "bad_source"),
        ("https://www.youtube.com/", "bad_source"),
        ("https://www.youtube.com/@channel/videos", "bad_source"),
        ("https://www.youtube.com/redirect?q=http://127.0.0.1/", "bad_source"),
        ("https://www.youtube.com/playlist?list=PL0123456789", "playlist_not_allowed"),
        ("https://www.youtube.com/watch?list=PL0123456789", "playlist_not_allowed"),
        ("https://www.youtube.com/embed/videoseries?list=PL0123456789", "playlist_not_allowed"),
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


@given(st.text(string.ascii_letters + string.digits + "-_", min_size=11, max_size=11))
def test_any_id_survives_the_round_trip(video_id: str) -> None:
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
