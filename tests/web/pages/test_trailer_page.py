"""A trailer's page in a real browser: the picture and its second, why each genre, and what plays."""

import io
import re
from collections.abc import Iterator, Mapping

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect

from classifier.prediction import DrivingWord, Evidence, GenrePrediction, GenreScore
from db.queue.job_records import Inputs
from extractor.video.filmstrip import FilmstripMaker, StillMaker
from tests.extractor.video.drawn_frames import scenes
from tests.support.browser import open_browser, open_page, serious_issues, shoot
from tests.support.web_service import store_trailer
from web.service import Service
from worker.predicting.inputs import keep_poster_bytes

FILE, LINK = "file:0123456789abcdef", "youtube:aaaaaaaaaaa"
SECONDS = 40
PLOT = "A ghost hunter and a clown fight over a haunted circus."
Parts = Mapping[str, Mapping[str, float]]
SCORES = {"Horror": 0.9, "Comedy": 0.62, "Drama": 0.5, "Action": 0.1}  # above 0.5; Drama where its threshold is unsure
BY_FRAMES: Parts = {"Horror": {"trailer": 3.3}, "Comedy": {"trailer": 1.6}, "Drama": {"trailer": 1.1}}
BY_ALL: Parts = {
    "Horror": {"trailer": -0.4, "poster": 0.3, "plot": 3.4},
    "Comedy": {"trailer": 0.1, "poster": 1.5, "plot": 0.0},
    "Drama": {"trailer": 1.0, "poster": 0.1, "plot": 0.0, "other_genres": 1.1},
}
CLS = """window.shift = 0; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({type: "layout-shift", buffered: true});"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, shared: tuple[Service, str]) -> Iterator[Page]:
    with open_page(browser, shared[1], width=1440) as page:
        yield page


def store_film(service: Service, trailer_id: str, parts: Parts = BY_FRAMES, *, flags: tuple[str, ...] = ()) -> None:
    """Store a trailer with pictures, a poster and a plot, and a verdict that these parts have made."""
    store_trailer(service, trailer_id, title="The Haunted Circus", n_frames=SECONDS)
    made = service.store.predictions.latest(trailer_id)
    assert made is not None
    genres = tuple(GenreScore(g, score, 0.5, score >= 0.5, rank) for rank, (g, score) in enumerate(SCORES.items(), 1))
    dark = "black" in flags
    prediction = GenrePrediction(
        made.model_id,
        made.features_id,
        genres if not dark else tuple(GenreScore(it.genre, 0.25, 0.5, False, it.rank) for it in genres),
        () if dark else tuple(Evidence(genre, 8, 13, 0.8) for genre in ("Horror", "Comedy", "Drama")),
        {} if dark else {genre: tuple(0.9 if s == 11 else 0.1 for s in range(SECONDS)) for genre in SCORES},
        modalities=("trailer", "poster", "plot"),
        words=(DrivingWord("Horror", "ghost", 1.9), DrivingWord("Horror", "haunted", 1.1)),
        alone={} if dark else {name: dict.fromkeys(SCORES, 0.5) for name in parts["Horror"]},
        contributions={} if dark else {"Action": dict.fromkeys(parts["Horror"], -0.3), **parts},
        warnings=("The picture is black throughout.",) if dark else (),
        flags=flags,
    )
    poster = io.BytesIO()
    Image.fromarray(scenes(99, 1)[0]).resize((300, 450)).save(poster, "PNG")
    inputs = Inputs(plot=PLOT, poster_sha256=keep_poster_bytes(service.store, poster.getvalue()))
    service.store.trailers.add_inputs(trailer_id, inputs)
    service.store.predictions.save(trailer_id, prediction)
    strip, frames = FilmstripMaker(16 / 9), np.stack([frame // 9 * (not dark) for frame in scenes(0, SECONDS)])
    strip.add(frames)
    service.store.filmstrips.save(trailer_id, strip.finish())
    if trailer_id == FILE:
        stills = StillMaker()
        stills.add(np.stack([np.asarray(Image.fromarray(frame).resize((320, 180))) for frame in frames]))
        service.store.stills.save(FILE, stills.finish())


def card_of(page: Page, genre: str) -> str:
    return page.locator(f'[data-reason="{genre}"]').inner_html()


def test_each_genre_is_shown_by_what_decided_it_frames_plot_or_poster(service: Service, page: Page) -> None:
    store_film(service, FILE, BY_ALL)
    page.goto(f"/trailers/{FILE}")
    by_plot, by_poster, by_frames = (card_of(page, genre) for genre in ("Horror", "Comedy", "Drama"))
    assert ("<mark>ghost</mark>" in by_plot, "data-second" in by_plot) == (True, False)
    assert ("/posters/" in by_poster, "data-second" in by_poster) == (True, False)
    assert 'class="evidence-picture" data-second="11"' in by_frames, "the strongest second, not the middle"
    horror = page.locator('.genre[data-genre="Horror"]')
    expect(horror).to_contain_text("plot +3.4")
    expect(horror).to_contain_text("3.6\N{NARROW NO-BREAK SPACE}\N{MULTIPLICATION SIGN} as likely as in films at large")
    expect(page.locator('.genre[data-genre="Drama"]')).to_have_class(re.compile("unsure"))
    expect(page.locator(".timeline-names .name-heat")).to_have_text(["Horror", "Comedy", "Drama"])
    assert page.locator(".stretch").count() == 1
    page.get_by_text("The bars in numbers").click()
    expect(page.get_by_role("row", name=re.compile("^Horror 0.90 0.50 25"))).to_be_visible()


def test_a_second_is_chosen_by_strip_keys_and_evidence_and_stands_in_the_address(service: Service, page: Page) -> None:
    store_film(service, FILE)
    page.goto(f"/trailers/{FILE}#t=31")
    second = page.locator(".screen-bar [data-part=second]")
    expect(second).to_have_text("0:31")
    expect(page.locator(".still")).to_have_attribute("src", f"/trailers/{FILE}/stills/31.webp")
    expect(page.locator(".still")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(second).to_have_text("0:32")
    page.wait_for_url("**#t=32")
    box = page.locator("[data-part=tracks]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 5.5 / SECONDS, box["y"] + box["height"] / 2)
    expect(second).to_have_text("0:05")
    page.mouse.move(5, 5)
    expect(second).to_have_text("0:32")
    page.locator('[data-reason="Horror"] .evidence-picture').click()
    page.wait_for_url("**#t=11")
    expect(page.locator("[data-part=all] li").first).to_have_text(re.compile(r"Horror\s*0\.90"))


def test_the_player_of_a_link_begins_at_the_second_goes_to_another_and_pauses(service: Service, page: Page) -> None:
    store_film(service, LINK)
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        heard = "<script>onmessage = ({data}) => (document.title += data)</script>"
        route.fulfill(body=heard, content_type="text/html")

    page.route("https://www.youtube-nocookie.com/**", answer)
    page.goto(f"/trailers/{LINK}#t=7")
    expect(page.locator(".screen-bar [data-part=second]")).to_have_text("0:07")
    assert (asked, page.locator(".still").count()) == ([], 0)
    page.keyboard.press("Space")
    expect(page.locator("iframe")).to_have_attribute("src", re.compile(r"autoplay=1&start=7$"))
    frame = page.frame_locator("iframe").locator("html")
    frame.wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    player = next(frame for frame in page.frames if "nocookie" in frame.url)
    player.wait_for_function("document.title.includes('[8, true]') && document.title.endsWith('args\": []}')")
    assert "pauseVideo" in player.title()
    assert len(asked) == 1


def test_a_black_video_is_flagged_and_shows_no_stretch(service: Service, page: Page) -> None:
    store_film(service, FILE, flags=("black",))
    page.goto(f"/trailers/{FILE}")
    expect(page.get_by_text("black picture")).to_be_visible()
    expect(page.locator(".caveats")).to_have_text("The picture is black throughout.")
    assert page.locator(".stretch, [data-reason] [data-second]").count() == 0
    assert page.locator(".warnings").count() == 0


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(1440, "light"), *(pytest.param(width, "dark", marks=pytest.mark.slow) for width in (820, 390))],
)
def test_the_page_is_open_to_all_and_stands_still(
    service: Service, browser: Browser, shared: tuple[Service, str], width: int, scheme: str
) -> None:
    store_film(service, FILE, BY_ALL, flags=("still", "short"))
    with open_page(browser, shared[1], width=width, scheme=scheme) as page:
        page.add_init_script(CLS)
        page.goto(f"/trailers/{FILE}")
        expect(page.locator(".still")).to_be_visible()
        assert serious_issues(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("window.shift") < 0.05
        shoot(page, f"trailer-{width}-{scheme}")
