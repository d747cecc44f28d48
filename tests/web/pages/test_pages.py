"""The pages in a real browser, over the whole service with the network that ships: real video, real verdicts."""

import io
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from db.embedded.share import EmbeddedMongod
from db.identity import IdentityEdit, clean_file_name
from db.queue.jobs import JobFilter
from tests.conftest import SHARED
from tests.support.browser import open_browser, open_page, serious_issues, shoot
from tests.support.service import COMMAND, ROOT
from tests.support.videos import make_clip
from tests.support.web_service import give_model, make_settings, open_service, store_trailer
from worker.service.web_settings import read_web_settings

SINTEL = SHARED / "video" / "sintel_trailer_480x204_small_h264_aac.mp4"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)"  # a slash would end a file's name
PLOT = "A lonely girl searches for the baby dragon she has lost, through war and winter, and finds a monster."
PAGES = ("/", "/submit", "/library", "/review", "/audit", "/batches", "/plot", "/poster", "/models", "/jobs", "/docs")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that `trailers up` runs, as a newcomer starts it."""
    home = tmp_path_factory.mktemp("up")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TRAILERS_", "MONGODB"))}
    settings = {"TRAILERS_HOME": str(home / "home"), "TRAILERS_PORT": "0", "TRAILERS_RETRY_S": "0"}
    log = (home / "log").open("w+")
    process = subprocess.Popen(
        [*COMMAND, "up"],
        env={**environment, **settings, "TRAILERS_DOWNLOAD_WORKERS": "1", "TRAILERS_EXTRACT_WORKERS": "1"},
        stdout=log,
        stderr=log,
        cwd=ROOT,
    )
    try:
        yield _wait_for_page(home / "log")
    finally:
        process.terminate()
        process.wait(timeout=30)
        log.close()


def _wait_for_page(log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := re.search(r"The page: (http://\S+)/", log.read_text()):
            with suppress(httpx.TransportError):
                if httpx.get(f"{found[1]}/readyz").status_code == 200:
                    return found[1]
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with open_page(browser, url) as page:
        yield page


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Sintel trailer where the real data is, else a moving test picture."""
    return SINTEL if SINTEL.is_file() else make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=12)


@pytest.fixture(scope="module")
def trailer(browser: Browser, url: str, clip: Path) -> str:
    """The path of a trailer's page, submitted through the first page with a plot; its verdict came without reload."""
    with open_page(browser, url) as page:
        page.goto("/submit")
        page.evaluate("window.unchanged = true")
        page.locator("#video").set_input_files(clip)
        page.get_by_label("Plot").fill(PLOT)
        page.get_by_role("button", name="Analyse").click()
        card = page.locator(".job").first
        expect(card).to_have_attribute("data-stage", "done", timeout=120_000)
        expect(card.locator(".genre")).to_have_count(3)
        shoot(page, "submitted")
        assert page.evaluate("window.unchanged") is True
        card.get_by_role("link", name="See why").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(clean_file_name(clip.name))
        return str(page.evaluate("location.pathname"))


@pytest.mark.slow
def test_a_submitted_clip_is_told_with_its_genres_and_the_seconds_that_said_so(page: Page, trailer: str) -> None:
    page.goto(trailer)
    genres = page.locator("#verdict").locator("..").locator("..").locator(".genre")
    assert genres.count() >= 6
    expect(genres.first).to_contain_text(re.compile(r"passes|below"))
    strip = page.get_by_role("slider", name="Second of the trailer")
    strip.press("Home")
    for _ in range(5):
        strip.press("ArrowRight")
    expect(strip).to_have_attribute("aria-valuenow", "5")
    expect(page.locator(".screen-bar")).to_contain_text("0:05")
    expect(page.locator(".still")).to_have_attribute("src", re.compile("/stills/5.webp"))
    expect(page.locator(".still")).to_be_visible()
    assert _is_no_empty_picture(page, ".heat canvas") and _is_no_empty_picture(page, "canvas.barcode")
    expect(page.get_by_text("dragon", exact=True).first).to_be_visible()
    shoot(page, "trailer")


def test_the_frame_of_a_second_is_the_one_under_the_pointer(page: Page, trailer: str) -> None:
    page.goto(trailer)
    strip = page.get_by_role("slider", name="Second of the trailer")
    box = strip.bounding_box()
    assert box is not None
    seconds = int(strip.get_attribute("aria-valuemax") or 0) + 1
    page.mouse.move(box["x"] + box["width"] * 7.5 / seconds, box["y"] + box["height"] / 2)
    expect(strip).to_have_attribute("aria-valuenow", "7")
    frame = page.locator(".screen svg.frame")
    left, _, width, _ = (float(number) for number in (frame.get_attribute("viewBox") or "").split())
    assert left == 7 * width


def test_a_review_is_given_by_the_keyboard_alone(page: Page, trailer: str, url: str) -> None:
    page.goto(f"/review?trailer={trailer.rpartition('/')[2]}")
    expect(page.locator(".decision.current")).to_have_count(1)
    ticks = {
        row.get_attribute("data-word"): row.get_by_role("checkbox").is_checked()
        for row in page.locator(".decision").all()
    }
    first, second, *others = ticks
    page.keyboard.press("1")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.get_by_text("Changed: ")).to_be_visible()
    shoot(page, "review")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    told = httpx.get(f"{url}/v1{trailer}").json()
    wanted = {word for word in others if ticks[word]} | {word for word in (first, second) if not ticks[word]}
    assert (set(told["labels"]["genres"]), told["labels"]["source"]) == (wanted, "review")
    assert told["reviewed_at"]


def test_the_last_review_is_undone_by_a_button(page: Page, trailer: str, url: str) -> None:
    reviews = [{"decisions": {"War": "add"}}, {"decisions": {"War": "reject"}}]
    for review in reviews:
        assert httpx.post(f"{url}/v1{trailer}/review", json=review).status_code == 201
    for address, genres in ((trailer, ["War"]), (f"/review?trailer={trailer.rpartition('/')[2]}", [])):
        page.goto(address)
        with page.expect_navigation():
            page.get_by_role("button", name="Undo this review").click()
        told = httpx.get(f"{url}/v1{trailer}").json()["labels"]["genres"]
        assert [genre for genre in told if genre == "War"] == genres


def test_why_a_review_was_not_undone_is_told_beside_it(page: Page, trailer: str, url: str) -> None:
    assert httpx.post(f"{url}/v1{trailer}/review", json={"decisions": {"War": "add"}}).status_code == 201
    refusal = {"code": "store_unavailable", "message": "the database does not respond"}
    page.route("**/review/undo", lambda route: route.fulfill(status=503, json=refusal))
    for address in (trailer, f"/review?trailer={trailer.rpartition('/')[2]}"):
        page.goto(address)
        page.get_by_role("button", name="Undo this review").click()
        expect(page.get_by_text(refusal["message"])).to_be_visible()
    page.complaints.clear()  # type: ignore[attr-defined]  # a refusal is one


def test_the_library_finds_a_trailer_and_says_so_when_there_is_none(page: Page, trailer: str, clip: Path) -> None:
    page.goto("/library")
    page.get_by_label("Title, id or uploader").fill(clip.stem[:5])
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_label("Title, id or uploader").fill("zzzzz")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("No trailer matches all of these filters")).to_be_visible()
    shoot(page, "library-empty")
    page.get_by_role("link", name="Clear all filters").click()
    expect(page.locator(".card").first).to_be_visible()


def test_a_list_is_uploaded_and_its_bad_rows_are_grouped_by_cause(page: Page, url: str, tmp_path: Path) -> None:
    listed = tmp_path / "films.csv"
    listed.write_text(
        "url,title\nhttps://example.org/a.mp4,<script>alert(3)</script>\n/etc/passwd,=1+1\n"
        "https://vimeo.com/76979871,Not enabled\n"
    )
    page.goto("/batches")
    page.locator("#list").set_input_files(listed)
    page.wait_for_url(re.compile(r"/batches/\d{8}-"))
    expect(page.get_by_role("heading", level=1)).to_have_text("films.csv")
    expect(page.get_by_text("<script>alert(3)</script>")).to_be_visible()
    expect(page.locator(".cause")).to_have_count(2)
    expect(page.locator(".cause").first).to_contain_text("host_not_allowed")
    shoot(page, "batch")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 4
    assert "'=1+1" in rows[2]


def test_text_of_strangers_is_shown_as_text(page: Page, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / f"{HOSTILE}.mp4", seconds=2)
    page.goto("/submit")
    page.locator("#video").set_input_files(clip)
    page.get_by_label("Plot").fill(f"{HOSTILE}</script> A ghost haunts the house.")
    expect(page.locator(".film")).to_contain_text(HOSTILE)
    page.get_by_role("button", name="Analyse").click()
    card = page.locator(".job").first
    expect(card).to_have_attribute("data-stage", "done", timeout=60_000)
    expect(card).to_contain_text(HOSTILE)
    card.get_by_role("link", name="See why").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.get_by_text("onerror=alert(1)").first).to_be_visible()
    page.goto("/library")
    expect(page.locator(".card-title").first).to_have_text(HOSTILE)


@pytest.mark.slow
def test_a_service_that_is_away_is_told(page: Page) -> None:
    page.goto("/plot")
    page.context.set_offline(True)
    page.get_by_label("Plot").fill(PLOT)
    expect(page.get_by_text("The service is not available")).to_be_visible()
    shoot(page, "offline")
    page.context.set_offline(False)
    page.get_by_label("Plot").fill(f"{PLOT} He flees.")
    expect(page.locator(".genre").first).to_be_visible()
    page.complaints.clear()  # type: ignore[attr-defined]  # the browser says that it is offline


def test_a_plot_is_judged_while_it_is_written(page: Page) -> None:
    page.goto("/plot")
    page.get_by_label("Plot").press_sequentially("A detective hunts a serial killer through the city.", delay=5)
    expect(page.locator(".genre")).not_to_have_count(0)
    expect(page.locator("[data-part=words]")).to_contain_text("killer")
    shoot(page, "plot-judged")


def test_a_poster_is_judged_by_a_worker(page: Page, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 8, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).resize((400, 600)).save(data, "JPEG")
    poster = tmp_path / "poster.jpg"
    poster.write_bytes(data.getvalue())
    page.goto("/poster")
    page.locator("#poster").set_input_files(poster)
    expect(page.locator(".genre")).not_to_have_count(0, timeout=60_000)
    shoot(page, "poster-judged")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [(1280, "light"), (1280, "dark"), (360, "light")],
)
@pytest.mark.slow
def test_every_page_is_for_everybody(browser: Browser, url: str, trailer: str, width: int, scheme: str) -> None:
    with open_page(browser, url, width=width, scheme=scheme) as page:
        for path in (*PAGES, trailer):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            name = path.strip("/").partition("/")[0] or "overview"
            shoot(page, f"{name}-{width}-{scheme}")
            assert serious_issues(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} is too wide"


def test_the_page_is_used_with_the_keyboard(page: Page) -> None:
    page.goto("/submit")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("YouTube links")).to_be_focused()


def test_an_address_that_is_not_there_is_told_as_a_page(page: Page) -> None:
    answer = page.goto("/trailers/youtube:nothing0000")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("Page not found")
    page.complaints.clear()  # type: ignore[attr-defined]  # browsers log each answer of 404


def test_people_sign_in_with_their_token_and_out_again(
    browser: Browser, tmp_path: Path, server: EmbeddedMongod
) -> None:
    locked = read_web_settings({"TRAILERS_TOKENS": "anna=token-of-anna"})
    with open_service(make_settings(tmp_path / "home", server), locked) as (_, url), open_page(browser, url) as page:
        page.goto("/library")
        expect(page).to_have_url(f"{url}/login?next=/library")
        assert serious_issues(page) == []
        page.get_by_label("Token").fill("token-of-eve")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_text("This token is not valid")).to_be_visible()
        page.complaints.clear()  # type: ignore[attr-defined]  # browsers log each answer of 401
        page.get_by_label("Token").fill("token-of-anna")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Library")
        assert page.evaluate("document.cookie") == ""  # no script reads it
        page.get_by_role("button", name="Sign out").click()
        page.goto("/jobs")
        expect(page).to_have_url(f"{url}/login?next=/jobs")


def test_a_job_that_waits_is_cancelled_on_its_card(browser: Browser, tmp_path: Path, server: EmbeddedMongod) -> None:
    settings = make_settings(tmp_path / "home", server)
    with open_service(settings, read_web_settings({})) as (service, url), open_page(browser, url) as page:
        page.goto("/submit")
        page.get_by_label("YouTube links").fill("https://youtu.be/eRsGyueVLvQ")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Analyse").click()
        card = page.locator(".job").first
        expect(card).to_have_attribute("data-job", re.compile("^[0-9a-f]{24}$"))
        card.get_by_role("button", name="Cancel").click()
        expect(card).to_have_attribute("data-stage", "cancelled")
        assert service.store.jobs.count(JobFilter()) == {"cancelled": 1}


def test_a_trailers_identity_is_changed_on_its_page_and_found_in_the_library(browser: Browser, tmp_path: Path) -> None:
    settings = make_settings(tmp_path / "home")  # a database of its own: its trailer has no cover
    with open_service(settings, read_web_settings({})) as (service, url), open_page(browser, url) as page:
        give_model(service)
        store_trailer(service, "file:0123456789abcdef", title="WB-0001_official_trailer_1080p.mp4")
        service.store.identities.edit("file:0123456789abcdef", IdentityEdit(metadata={"draft": True, "rating": 16}))
        page.goto("/trailers/file:0123456789abcdef")
        expect(page.get_by_role("heading", level=1)).to_have_text("WB-0001")
        page.get_by_text("Edit", exact=True).click()
        page.get_by_label("Your id", exact=True).fill("WB-0001")
        page.get_by_label("Title", exact=True).fill("The Quiet Below")
        page.get_by_label("Year", exact=True).fill("2026")
        page.get_by_label("Anything else").fill("rating=16\nterritory=DE")
        shoot(page, "edit-identity")
        assert serious_issues(page) == []
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("The Quiet Below")
        trailer = service.store.library.get("file:0123456789abcdef")
        assert trailer is not None
        assert (trailer.external_id, trailer.year) == ("WB-0001", 2026)
        assert trailer.metadata == {"rating": 16, "territory": "DE"}
        page.wait_for_load_state()  # its script hears the next Save
        page.get_by_text("Edit", exact=True).click()
        page.get_by_label("IMDb id").fill("nonsense")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("imdb_id: 'nonsense' is not a valid IMDb id")).to_be_visible()
        page.goto("/library")
        page.get_by_label("Title, id or uploader").fill("wb-0001 quiet")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator(".card-title")).to_have_text(["The Quiet Below"])
        assert all(text.startswith("Failed to load resource") for text in page.complaints)  # type: ignore[attr-defined]
        page.complaints.clear()  # type: ignore[attr-defined]  # its cover is made up, too


def _is_no_empty_picture(page: Page, selector: str) -> bool:
    """Tell whether a canvas has been painted."""
    script = (
        "e => e.getContext('2d').getImageData(0, 0, e.width, 1).data.some((value, place) => place % 4 < 3 && value)"
    )
    return bool(page.locator(selector).first.evaluate(script))
