import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError

from classifier.genres import CANONICAL
from classifier.prediction import GenreScore
from db.queue.job_records import ALL_STAGES, FINISHED
from db.records import Source, TrailerLabels
from tests.support.film_samples import make_page
from tests.support.page_samples import HOSTILE, SHELL, View, full_pages, hostile_pages, minimal_pages
from web.advice import ADVICE
from web.comparison import compare
from web.library_search import Search
from web.rendering import STATIC, ago, genre_class, make_environment, split_words, to_path
from worker.errors import CLASSES

PAGES = tuple(full_pages())
KINDS = {"full": full_pages, "minimal": minimal_pages, "hostile": hostile_pages}
ENVIRONMENT = make_environment()
TEMPLATES = STATIC.parent / "templates"


class Tags(HTMLParser):
    """The tags of a page, each with its attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def render(name: str, view: View) -> str:
    return ENVIRONMENT.get_template(f"{name}.html").render(shell=SHELL, view=view)


def render_page(name: str, kind: str) -> str:
    return render(name, KINDS[kind]()[name])


@pytest.mark.parametrize("name", ["batch", "library", "submit", "trailer"])
def test_each_chip_of_a_genre_has_its_colour(name: str) -> None:
    classes = [dict(attributes).get("class") or "" for _, attributes in Tags(render_page(name, "full")).found]
    chips = [each.split() for each in classes if re.match(r"chip (passed|below|verdict|tag|agree|missing|extra)", each)]
    assert chips
    assert all(any(each.startswith("genre-") for each in chip) for chip in chips)


@pytest.mark.parametrize("kind", KINDS)
def test_every_template_has_a_sample_of_each_kind(kind: str) -> None:
    templates = {path.stem for path in TEMPLATES.glob("*.html")}
    assert set(KINDS[kind]()) == templates - {"base", "docs"}  # docs shows the API's own description


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_renders_with_one_heading_and_one_main(name: str, kind: str) -> None:
    tags = [tag for tag, _ in Tags(render_page(name, kind)).found]
    assert tags.count("h1") == 1
    assert tags.count("main") == 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["trailer", "review"])
def test_no_heading_on_the_way_to_the_first_of_the_second_level_is_deeper(name: str, kind: str) -> None:
    headings = [tag for tag, _ in Tags(render_page(name, kind)).found if re.fullmatch("h[1-6]", tag)]
    assert headings[:2] in (["h1"], ["h1", "h2"])


@pytest.mark.parametrize(("site", "told"), [("file", False), ("youtube", True)])
def test_the_name_of_a_file_is_not_shown_as_the_title_of_a_page(site: str, told: bool) -> None:
    view = full_pages()["review"]
    trailer = replace(view["page"]["trailer"], source=Source("x", site, "x", "clip_heat_1995.mp4"), title="Heat")
    html = render("review", {**view, "page": {**view["page"], "trailer": trailer}})
    assert ("Title of the page: clip_heat_1995.mp4" in html) is told


@pytest.mark.parametrize("name", PAGES)
def test_markup_of_strangers_stays_text(name: str) -> None:
    html = render_page(name, "hostile")
    assert HOSTILE not in html
    assert "<script>alert" not in html
    assert not any(tag == "img" and "onerror" in attrs for tag, attrs in Tags(html).found)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_on_a_page_needs_more_than_its_policy_allows(name: str, kind: str) -> None:
    for tag, attrs in Tags(render_page(name, kind)).found:
        assert "style" not in attrs
        assert not any(attribute.startswith("on") for attribute in attrs)
        assert tag != "style"
        if tag == "script":
            assert attrs.get("type") == "application/json" or (attrs["src"] or "").startswith("/static/")


@pytest.mark.parametrize("name", PAGES)
def test_every_field_has_a_label(name: str) -> None:
    tags = Tags(render_page(name, "full")).found
    labelled = {attrs.get("for") for tag, attrs in tags if tag == "label"}
    for tag, attrs in tags:
        if tag in ("input", "select", "textarea") and attrs.get("type") not in ("hidden", "checkbox"):
            assert attrs.get("aria-label") or attrs.get("id") in labelled


def test_every_module_a_module_imports_is_there() -> None:
    for module in STATIC.glob("*.js"):
        for name in re.findall(r'from "\./([\w-]+\.js)"', module.read_text()):
            assert (STATIC / name).exists(), f"{module.name} imports {name}"


def test_the_stages_of_a_job_reach_scripts_from_the_server_alone() -> None:
    block = re.search(r'id="stages">(.*?)</script>', render_page("submit", "minimal"))
    assert block is not None
    assert json.loads(block[1])["finished"] == list(FINISHED)
    assert json.loads(block[1])["all"] == list(ALL_STAGES)
    sources = [*STATIC.glob("*.js"), *STATIC.parent.glob("templates/**/*.html")]
    assert [path.name for path in sources if re.search(r'"dead"|"extracting", ', path.read_text())] == []


def test_every_error_code_has_advice() -> None:
    assert set(CLASSES) == set(ADVICE)


def test_what_a_template_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        ENVIRONMENT.get_template("error.html").render(view={"status": 404})


def test_a_static_file_is_addressed_by_its_bytes() -> None:
    static = ENVIRONMENT.globals["static"]
    assert callable(static)
    assert re.fullmatch(r"/static/base\.css\?v=[0-9a-f]{12}", static("base.css"))


def test_filters_come_back_as_an_address_without_the_one_taken_away() -> None:
    search = Search(q="a&b", genre=["Drama"], disagree=True, reviewed=False)
    assert search.url() == "/library?genre=Drama&q=a%26b&disagree=1&reviewed=0"
    assert dict(search.chips())["verdict: Drama"] == "/library?q=a%26b&disagree=1&reviewed=0"
    assert search.toggle("genre", "Horror") == "/library?genre=Drama&genre=Horror&q=a%26b&disagree=1&reviewed=0"
    assert search.toggle("reviewed", False) == "/library?genre=Drama&q=a%26b&disagree=1"
    assert Search(min_year=1990, max_year=1999).toggle_span("year", (1990, 1999)) == "/library"
    assert Search().url(cursor="x") == "/library?cursor=x"


def test_disagreements_come_first() -> None:
    page = make_page()
    rows = compare(page["trailer"].labels, page["prediction"].genres)
    assert [row.genre for row in rows if row.state in ("not tagged", "not seen")] == ["Drama"]
    assert rows[0].state == "not seen"


def test_tags_are_compared_by_what_their_source_means_and_could_tell() -> None:
    verdict = [GenreScore("Sci-Fi", 0.8, 0.5, True, 1), GenreScore("Short", 0.7, 0.5, True, 2)]
    rows = compare(TrailerLabels(("Science Fiction", "Nonsense"), source="tmdb"), verdict)
    assert {row.genre: row.state for row in rows} == {"Sci-Fi": "agree", "Short": "unknown", "Nonsense": "unknown"}
    assert [row.tagged for row in rows] == [True, False, True]


def test_words_and_moments_and_paths() -> None:
    assert split_words("Dead, or dying", ("dead",)) == [
        ("Dead", True),
        (", ", False),
        ("or", False),
        (" ", False),
        ("dying", False),
    ]
    assert to_path("youtube:a/../b") == "youtube:a%2F..%2Fb"


@pytest.mark.parametrize("name", ["trailer", "review"])
def test_the_tags_of_each_source_are_shown_and_which_the_review_contradicts(name: str) -> None:
    page = full_pages()[name]
    html = render(name, page)
    review, house = html.partition('class="layers"')[2].partition("</dl>")[0].split("</div>")[:2]
    assert "<dt>review</dt><dd>Horror, Thriller, Drama" in review
    assert "<dt>house</dt><dd>Thriller, Drama, Sport-Drama, War" in house
    assert ("not as reviewed" in review, "not as reviewed" in house) == (False, True)
    assert 'data-undo-review="r1">Undo this review</button>' in html
    assert html.partition("data-undo-review")[2].count("data-notice") == 1
    assert "data-undo-review" not in render(name, minimal_pages()[name])


def test_a_bar_is_split_by_what_each_part_adds_and_the_same_is_told_in_words_and_in_a_table() -> None:
    html = render_page("trailer", "full")
    thriller = html[html.index('data-genre="Thriller"') :].partition("</li>")[0]
    assert re.findall(r'class="bar-piece (?:pale )?([\w-]+)" x="([\d.]+)"', thriller)[:2] == [
        ("bar-base", "0.00"),
        ("part-plot", "20.00"),
    ], "it begins with the share of films that have it"
    assert 'class="bar-away part-trailer"' in thriller
    assert all(text in thriller for text in ("plot +2.9", "frames \N{MINUS SIGN}0.6", "as likely as in films at large"))
    table = html[html.index('<table class="parts">') :].partition("</table>")[0]
    assert all(f"{name}: alone, adds" in table for name in ("Frames", "Poster", "Plot"))
    assert re.search(r"Thriller</th>.*20\N{NARROW NO-BREAK SPACE}%.*3\.7", table)


def test_a_genre_that_is_too_close_to_call_is_unsure_on_its_row_and_no_warning_says_so_again() -> None:
    html = render_page("trailer", "full")
    assert '<li class="genre genre-mystery unsure" data-genre="Mystery">' in html
    assert "too close" not in html


def test_what_said_so_is_a_stretch_only_where_the_frames_did_else_the_words_or_the_poster() -> None:
    html = render_page("trailer", "full")
    cards = {
        name: body.partition("</li>")[0]
        for name, body in re.findall(r'data-reason="(\w+)">(.*?)(?=<li|</ul>)', html, re.S)
    }
    assert ('data-second="96"' in cards["Horror"], "1:32 to 1:43" in cards["Horror"]) == (True, True)
    assert ("data-second" in cards["Thriller"], "<mark>missing</mark>" in cards["Thriller"]) == (False, True)
    assert ("data-second" in cards["Mystery"], 'alt="The poster"' in cards["Mystery"]) == (False, True)
    framed = re.findall(r'data-heat="(\w+)">.*?</svg>', html, re.S)
    assert framed == ["Horror", "Thriller", "Mystery"], "those that pass first"
    assert html.count('class="stretch"') == 1


def test_seconds_that_are_left_out_are_hatched_on_the_page_and_told_to_those_who_hear_it() -> None:
    page = render_page("trailer", "full")
    hatched = re.findall(r'<rect x="([\d.]+)%" width="([\d.]+)%"', page)
    assert [(round(float(x) * 1.42), round(float(width) * 1.42)) for x, width in hatched] == [
        (0, 4),
        (68, 3),
        (130, 12),
    ]
    assert "rating from 0:00 to 0:04, titles from 1:08 to 1:11, credits from 2:10 to 2:22" in page
    assert "hatched" not in render_page("trailer", "minimal")


def read_colours(css: str) -> dict[str, tuple[str, str]]:
    """Return the light and the dark colour of each custom property."""
    return {name: (light, dark) for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", css)}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it, from 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("genre", CANONICAL)
def test_every_genre_has_a_colour_that_can_be_read_as_text_on_every_ground(genre: str) -> None:
    name, colours = genre_class(genre), read_colours((STATIC / "tokens.css").read_text())
    assert f".{name} {{ --genre: var(--{name}); }}" in (STATIC / "genres.css").read_text()
    for ground in ("ground", "panel", "raised", "sunk", "hover"):
        assert all(contrast(*pair) >= 4.5 for pair in zip(colours[name], colours[ground], strict=True))


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-5, "just now"),
        (59, "just now"),
        (61, "1 min. ago"),
        (7199, "1 hr. ago"),
        (86400, "yesterday"),
        (3 * 86400, "3 days ago"),
    ],
)
def test_a_page_comes_with_times_as_its_script_shows_them(seconds: int, shown: str) -> None:
    assert ago(datetime.now(UTC) - timedelta(seconds=seconds)) == shown


def test_a_time_of_long_ago_is_a_date() -> None:
    assert ago(datetime(2024, 3, 5, 12, tzinfo=UTC)) == "5 Mar 2024"
