"""The page to submit at in a real browser: films staged as cards, sent by "Analyse", refused, kept over a reload."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, Locator, Page, Route, expect

from db.queue.job_records import Inputs
from db.queue.jobs import JobFilter
from tests.support.browser import open_browser, open_page, serious_issues, shoot
from tests.support.videos import make_clip
from tests.support.web_service import store_trailer
from web.service import Service

PLOT = "A lonely girl searches for the baby dragon she has lost, through war and winter, and finds a monster."
HEAT, SINTEL, STORED = "youtube:eRsGyueVLvQ", "youtube:aqz-KE-bpKQ", "youtube:film0000001"
LINKS = "Trailer: https://youtu.be/eRsGyueVLvQ Teaser: https://youtu.be/aqz-KE-bpKQ"
BAD = "https://example.org/trailer.mp4"
SHIFTS = """
window.shifts = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser, service: Service, shared: tuple[Service, str]) -> Iterator[Page]:
    """The page to submit at of a service whose jobs wait."""
    with open_page(browser, shared[1]) as page:
        page.goto("/submit")
        yield page


@pytest.fixture
def poster(tmp_path: Path) -> Path:
    path = tmp_path / "poster.jpg"
    Image.new("RGB", (400, 600), "teal").save(path)
    return path


@pytest.fixture
def videos(tmp_path: Path, clip: Path) -> list[Path]:
    """Two files, of which the second has a poster beside it, and a picture of no film."""
    second = make_clip(tmp_path / "WB-0002_trailer.mp4", seconds=1)
    for name in ("WB-0002-poster.png", "other.png"):
        Image.new("RGB", (20, 30), "navy").save(tmp_path / name)
    return [clip, second, tmp_path / "WB-0002-poster.png", tmp_path / "other.png"]


def give_covers(page: Page) -> None:
    """Give all tabs pictures of trailers that are made up."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="9"/>'
    page.context.route("**/cover.jpg", lambda route: route.fulfill(content_type="image/svg+xml", body=svg))


def stage(page: Page, links: str) -> Locator:
    """Stage links; return the cards of all films."""
    page.get_by_label("YouTube links").fill(links)
    page.get_by_role("button", name="Add").click()
    return films_of(page)


def films_of(page: Page) -> Locator:
    """Return the cards of the films that are staged, without those that are being sent."""
    return page.locator(".film:not([hidden])")


def analyse(page: Page) -> None:
    page.get_by_role("button", name="Analyse").click()


def inputs(service: Service) -> dict[str, Inputs]:
    """Return what each job was submitted with, by its trailer."""
    return {job.trailer_id: job.given for job in service.store.jobs.list(JobFilter())}


def id_of(path: Path) -> str:
    return f"file:{digest(path)[:16]}"


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_links_make_a_card_each_and_nothing_starts_before_analyse(page: Page, service: Service) -> None:
    films = stage(page, LINKS)
    expect(films).to_have_count(2)
    expect(page.get_by_label("YouTube links")).to_have_value("")
    assert inputs(service) == {}
    films.first.get_by_label("Title").fill("Heat")
    page.get_by_role("button", name="Analyse 2 films").click()
    expect(page.locator(".job[data-job]")).to_have_count(2)
    expect(films_of(page)).to_have_count(0)
    assert {trailer: given.title for trailer, given in inputs(service).items()} == {HEAT: "Heat", SINTEL: None}


def test_pasted_lines_are_staged_at_once_and_each_only_once(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", "eRsGyueVLvQ\naqz-KE-bpKQ\n")
    for said in ("2 films to analyse", "2 are there already"):
        page.get_by_label("YouTube links").press("ControlOrMeta+V")
        expect(page.get_by_text(said).first).to_be_visible()
    expect(films_of(page)).to_have_count(2)
    page.get_by_role("button", name="Remove all").click()
    expect(page.get_by_label("YouTube links")).to_be_focused()


def test_several_files_make_a_card_each_and_share_nothing(page: Page, service: Service, videos: list[Path]) -> None:
    page.locator("#video").set_input_files(videos)
    films = films_of(page)
    expect(films).to_have_count(2)
    expect(page.get_by_text("Whose is other.png?")).to_be_visible()
    films.first.get_by_label("Plot").fill(PLOT)
    films.first.get_by_label("Your id", exact=True).fill("WB-0001")
    films.last.get_by_label("Tags").fill("Horror, Drama")
    films.last.get_by_role("button", name="Horror").click()
    expect(films.last.get_by_alt_text("The poster you chose")).to_be_visible()
    shoot(page, "staged-files")
    analyse(page)
    expect(page.locator(".job[data-job]")).to_have_count(2)
    given = inputs(service)
    assert given == {
        id_of(videos[0]): Inputs(plot=PLOT, external_ids=("WB-0001",)),
        id_of(videos[1]): Inputs(poster_sha256=digest(videos[2]), genres=("Drama",), label_source="house"),
    }
    stage(page, "https://youtu.be/eRsGyueVLvQ")
    analyse(page)
    expect(page.locator(".job[data-job]")).to_have_count(3)
    assert inputs(service)[HEAT] == Inputs()


def test_pictures_of_a_folder_go_with_the_films_beside_them(
    page: Page, service: Service, tmp_path: Path, clip: Path
) -> None:
    for name, colour in (("A", "teal"), ("B", "navy")):
        folder = tmp_path / "films" / name
        folder.mkdir(parents=True)
        Image.new("RGB", (20, 30), colour).save(folder / "clip-poster.png")
        (folder / "clip.mp4").write_bytes(clip.read_bytes() + name.encode())
    page.locator("[data-folder]").set_input_files(tmp_path / "films")
    expect(page.get_by_alt_text("The poster you chose")).to_have_count(2)
    analyse(page)
    expect(page.locator(".job[data-job]")).to_have_count(2)
    folders = [tmp_path / "films" / name for name in ("A", "B")]
    own = {id_of(each / "clip.mp4"): digest(each / "clip-poster.png") for each in folders}
    assert {trailer: given.poster_sha256 for trailer, given in inputs(service).items()} == own


def test_a_refusal_stands_beside_its_card_with_all_that_was_typed(page: Page, service: Service, poster: Path) -> None:
    films = stage(page, f"{BAD} https://youtu.be/eRsGyueVLvQ")
    for label, text in (("Title", "Sintel"), ("Your id", "WB-7"), ("Plot", PLOT), ("Tags", "Fantasy")):
        films.first.get_by_label(label, exact=True).fill(text)
    films.first.get_by_label("Poster").set_input_files(poster)
    analyse(page)
    expect(page.locator(".job")).to_have_count(1)
    expect(films).to_have_count(1)
    expect(films).to_contain_text("Links to this site are not accepted")
    expect(films).to_contain_text("host_not_allowed")
    expect(films.get_by_alt_text("The poster you chose")).to_be_visible()
    assert list(inputs(service)) == [HEAT]
    assert serious_issues(page) == []
    shoot(page, "refused")
    films.get_by_role("button", name="Remove the picture").press("Enter")
    expect(films.get_by_label("Poster")).to_be_focused()
    films.get_by_label("Poster").set_input_files(poster)
    films.get_by_label("Link").fill("https://youtu.be/aqz-KE-bpKQ")
    analyse(page)
    expect(page.locator(".job[data-job]")).to_have_count(2)
    assert inputs(service)[SINTEL] == Inputs(
        plot=PLOT,
        poster_sha256=digest(poster),
        external_ids=("WB-7",),
        title="Sintel",
        genres=("Fantasy",),
        label_source="house",
    )
    page.complaints.clear()  # type: ignore[attr-defined]  # browsers log each answer of 422


def test_texts_outlive_a_reload_and_files_are_asked_for_again(page: Page, service: Service, videos: list[Path]) -> None:
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    stage(page, "https://youtu.be/eRsGyueVLvQ").get_by_label("Plot").fill(PLOT)
    page.locator("#video").set_input_files(videos[0])
    films_of(page).last.get_by_label("Title").fill("The Quiet Below")
    page.on("dialog", leave)
    page.reload()
    assert asked == ["beforeunload"]
    films = films_of(page)
    expect(films.first.get_by_label("Plot")).to_have_value(PLOT)
    expect(films.last).to_contain_text(f"A reload keeps texts, no files. Choose again: {videos[0].name}")
    shoot(page, "staged-again")
    page.locator("#video").set_input_files(videos[1])
    expect(films).to_have_count(3)
    expect(page.get_by_role("button", name="Analyse 2 films")).to_be_visible()
    page.locator("#video").set_input_files(videos[0])
    page.get_by_role("button", name="Analyse 3 films").click()
    expect(page.locator(".job[data-job]")).to_have_count(3)
    titles = {trailer: (given.title, given.plot) for trailer, given in inputs(service).items()}
    assert titles == {
        HEAT: (None, PLOT), id_of(videos[0]): ("The Quiet Below", None), id_of(videos[1]): (None, None)
    }  # fmt: skip
    page.complaints.clear()  # type: ignore[attr-defined]  # the dialog is one


def test_a_film_waits_for_the_poster_that_a_reload_lost_until_it_is_there_or_not_wanted(
    page: Page, poster: Path
) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    film = stage(page, "https://youtu.be/eRsGyueVLvQ")
    button = page.get_by_role("button", name="Analyse")
    for way_out in ("chosen again", "not wanted"):
        film.get_by_label("Poster").set_input_files(poster)
        page.reload()
        expect(button).to_be_disabled()
        if way_out == "chosen again":
            page.locator("#video").set_input_files(poster)
        else:
            film.get_by_role("button", name="Remove the picture").click()
        expect(film).not_to_contain_text(poster.name)
        expect(button).to_be_enabled()
    page.complaints.clear()  # type: ignore[attr-defined]  # the dialogs


def test_two_tabs_keep_each_others_finished_cards(page: Page, service: Service) -> None:
    give_covers(page)
    store_trailer(service, STORED, title="Dust and Honey")
    store_trailer(service, "youtube:film0000002", title="Salt")
    other = page.context.new_page()
    other.goto("/submit")
    for tab, link in ((page, "https://youtu.be/film0000001"), (other, "https://youtu.be/film0000002")):
        stage(tab, link)
        analyse(tab)
        expect(tab.locator(".job")).to_have_attribute("data-stage", "done")
    page.reload()
    expect(page.locator(".job")).to_have_count(2)


def test_finished_cards_outlive_a_reload_until_they_are_cleared(page: Page, service: Service) -> None:
    give_covers(page)
    store_trailer(service, STORED, title="Dust and Honey")
    stage(page, "https://youtu.be/film0000001")
    analyse(page)
    card = page.locator(".job")
    for _ in ("submitted", "loaded again"):
        expect(card).to_have_attribute("data-stage", "done")
        expect(card.locator(".genre")).to_have_count(3)
        for row in card.locator(".genre").all():
            assert f"genre-{row.get_attribute('data-genre')}".lower() in (row.get_attribute("class") or "")
        expect(card.get_by_role("link", name="See why Dust and Honey")).to_have_attribute("href", f"/trailers/{STORED}")
        page.reload()
    page.get_by_role("button", name="Clear the finished").click()
    page.reload()
    expect(card).to_have_count(0)


def test_an_upload_that_is_cancelled_is_staged_again(page: Page, service: Service, videos: list[Path]) -> None:
    waiting: list[Route] = []
    page.route("**/v1/uploads*", lambda route: waiting.append(route), times=1)
    page.locator("#video").set_input_files(videos[:2])
    films_of(page).first.get_by_label("Plot").fill(PLOT)
    analyse(page)
    expect(page.locator(".job")).to_have_count(2)
    page.get_by_role("button", name=f"Cancel {videos[0].name}").click()
    films = films_of(page)
    expect(films).to_have_count(1)
    expect(films.get_by_label("Plot")).to_have_value(PLOT)
    expect(page.locator(".job[data-job]")).to_have_count(1)
    assert inputs(service) == {id_of(videos[1]): Inputs()}
    page.complaints.clear()  # type: ignore[attr-defined]  # what was aborted is one


def test_a_file_that_is_too_large_is_told_at_once(page: Page, tmp_path: Path) -> None:
    with (tmp_path / "large.mp4").open("wb") as file:
        file.truncate(50 * 2**20 + 1)
    page.locator("#video").set_input_files(tmp_path / "large.mp4")
    expect(films_of(page)).to_contain_text("too_large")
    expect(page.get_by_role("button", name="Analyse")).to_be_disabled()


def test_films_are_staged_and_sent_by_the_keyboard_alone(page: Page, service: Service) -> None:
    page.get_by_label("YouTube links").focus()
    page.keyboard.type("eRsGyueVLvQ")
    page.keyboard.press("Enter")
    film = page.get_by_role("group", name="eRsGyueVLvQ")
    while not film.get_by_label("Title").evaluate("field => field === document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("Heat")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("Crime,Drama")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Your trailers")).to_be_focused()
    expect(page.locator(".job[data-job]")).to_have_count(1)
    assert inputs(service) == {HEAT: Inputs(title="Heat", genres=("Crime", "Drama"), label_source="house")}


def test_the_first_page_shows_no_jobs_of_batches_and_no_job_that_there_is_not(client: httpx.Client) -> None:
    client.post("/v1/batches", content="url\nhttps://youtu.be/eRsGyueVLvQ\n", headers={"Content-Type": "text/csv"})
    assert client.get("/v1/jobs").json()["stages"] == {"queued": 1}
    client.cookies.set("trailers_jobs", f"{'0' * 24}.<script>")
    assert "data-job=" not in client.get("/submit").text


@pytest.mark.parametrize("width", [390, pytest.param(1440, marks=pytest.mark.slow)])
def test_nothing_moves_by_itself_and_the_page_is_open_to_all(
    browser: Browser, service: Service, shared: tuple[Service, str], poster: Path, width: int
) -> None:
    store_trailer(service, STORED, title="Dust and Honey")
    with open_page(browser, shared[1], width=width) as page:
        page.add_init_script(SHIFTS)
        give_covers(page)
        page.route("**/events", finish, times=1)
        page.goto("/submit")
        stage(page, "https://youtu.be/eRsGyueVLvQ").get_by_label("Tags").press_sequentially("Drama,")
        films_of(page).get_by_label("Poster").set_input_files(poster)
        assert serious_issues(page) == []
        analyse(page)
        expect(page.locator(".job")).to_have_attribute("data-stage", "done")
        assert serious_issues(page) == []
        assert page.evaluate("window.shifts") < 0.05
        stage(page, BAD).get_by_label("Plot").fill(PLOT)
        shoot(page, f"submit-{width}")
        page.reload()
        expect(films_of(page).get_by_label("Plot")).to_have_value(PLOT)
        page.wait_for_timeout(300)  # for what would move
        assert page.evaluate("window.shifts") < 0.05
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def finish(route: Route) -> None:
    """Have a job be done a second after it was submitted, with a result as long as any."""
    job = route.request.url.removesuffix("/events")
    document = route.fetch(url=job).json()
    genres = [{"genre": name, "score": 0.8, "threshold": 0.5, "passed": True} for name in ("Drama", "War", "Crime")]
    done = {**document, "stage": "done", "title": "Heat", "result": {"trailer_id": HEAT, "genres": genres}}
    route.request.frame.page.wait_for_timeout(1000)
    route.fulfill(content_type="text/event-stream", body=f"event: job\ndata: {json.dumps(done)}\n\n")
