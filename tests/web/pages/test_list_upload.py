"""Lists that are sent with their videos, in a real browser."""

import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from db.embedded.share import EmbeddedMongod
from db.queue.jobs import JobFilter
from tests.support.browser import open_browser, open_page, serious_issues, shoot
from tests.support.homes import empty
from tests.support.videos import make_clip
from tests.support.web_service import give_model, make_settings, open_service
from web.service import Service
from worker.service.web_settings import read_web_settings


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser, tmp_path: Path, server: EmbeddedMongod) -> Iterator[tuple[Page, Service]]:
    """A page of a service whose jobs wait, and the service."""
    settings = make_settings(tmp_path / "home", server).model_copy(update={"max_download_mb": 1})
    with open_service(settings, read_web_settings({})) as (service, url), open_page(browser, url) as page:
        empty(service.store)
        give_model(service)
        yield page, service


@pytest.fixture
def films(tmp_path: Path, clip: Path) -> Path:
    """A folder as a distributor has it: a list, two videos of which it names one, and what does not belong there."""
    films = tmp_path / "films"
    (films / "trailers").mkdir(parents=True)
    shutil.copy(clip, films / "trailers" / "WB-0001.mp4")
    make_clip(films / "trailers" / "WB-0009.mp4", seconds=1)
    (films / "trailers" / "._WB-0001.mp4").write_text("of a Mac")
    (films / "readme.txt").write_text("The trailers of autumn.")
    (films / "films.csv").write_text("file,title\nWB-0001.mp4,The Quiet Below\nWB-0002.mp4,Not Sent\n")
    return films


def jobs(service: Service) -> list[str]:
    return [job.trailer_id for job in service.store.jobs.list(JobFilter())]


def id_of(path: Path) -> str:
    return f"file:{sha256(path.read_bytes()).hexdigest()[:16]}"


def expect_batch(page: Page, service: Service, films: Path) -> None:
    """Expect the batch's page: one row that runs, one without a file, one file without a row."""
    expect(page.get_by_role("heading", level=1)).to_have_text("films.csv")
    expect(page.get_by_text("sent, but named by no row, so nothing was started")).to_contain_text("WB-0009.mp4")
    expect(page.locator(".rows tbody tr").nth(1)).to_contain_text("'WB-0002.mp4' was not sent with the list")
    expect(page.locator(".cause")).to_contain_text("file_not_found")
    assert jobs(service) == [id_of(films / "trailers" / "WB-0001.mp4")]


def test_a_list_goes_with_its_videos_and_tells_which_have_no_partner(opened: tuple[Page, Service], films: Path) -> None:
    page, service = opened
    page.goto("/batches")
    page.locator("#list").set_input_files([films / "films.csv", *sorted((films / "trailers").glob("WB-*"))])
    page.wait_for_url("**/batches/2*")
    shoot(page, "batch-with-videos")
    expect_batch(page, service, films)


@pytest.mark.slow
def test_the_rows_are_shown_as_they_ended_once_the_batch_is_finished(opened: tuple[Page, Service], films: Path) -> None:
    page, _ = opened
    page.goto("/batches")
    page.locator("#list").set_input_files([films / "films.csv", *sorted((films / "trailers").glob("WB-*"))])
    page.wait_for_url("**/batches/2*")
    first = page.locator(".rows tbody tr").first
    expect(first).to_contain_text("queued")
    page.get_by_role("button", name="Cancel the rest").click()
    expect(first).to_contain_text("cancelled", timeout=15_000)


def test_a_folder_on_the_first_page_goes_as_its_list_with_its_videos(opened: tuple[Page, Service], films: Path) -> None:
    page, service = opened
    page.goto("/submit")
    page.get_by_label("Choose a folder").set_input_files(films)
    page.wait_for_url("**/batches/2*")
    expect_batch(page, service, films)


def test_a_folder_is_dropped_with_all_that_is_in_it(opened: tuple[Page, Service], films: Path) -> None:
    page, service = opened
    page.goto("/submit")
    shoot(page, "submit-with-folders")
    box = page.locator("[data-drop]").bounding_box()
    assert box is not None
    data = {"items": [], "files": [str(films)], "dragOperationsMask": 1}
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})
    page.wait_for_url("**/batches/2*")
    expect_batch(page, service, films)


@pytest.mark.slow
def test_a_video_that_can_not_be_sent_is_told_and_the_rest_goes_on(opened: tuple[Page, Service], films: Path) -> None:
    page, service = opened
    with (films / "trailers" / "WB-0002.mp4").open("wb") as file:
        file.truncate(2**20 + 1)
    (films / "trailers" / "WB-0003.mp4").write_text("not a video")
    page.goto("/batches")
    page.locator("[data-folder]").set_input_files(films)
    expect(page.get_by_text("2 of 4 videos could not be, and their rows say so")).to_be_visible()
    rows = page.locator(".sent-files li")
    expect(rows).to_have_count(4)
    expect(rows.filter(has_text="WB-0002.mp4")).to_contain_text("too_large")
    expect(rows.filter(has_text="WB-0003.mp4")).to_contain_text("not_media")
    shoot(page, "list-with-bad-videos")
    assert serious_issues(page) == []
    page.get_by_role("link", name="Open the batch").click()
    expect_batch(page, service, films)
    page.complaints.clear()  # type: ignore[attr-defined]  # browsers log each answer of 422


@pytest.mark.parametrize("lists", [(), ("films.csv", "more.xlsx")])
def test_videos_on_the_page_of_batches_need_one_list(
    opened: tuple[Page, Service], films: Path, lists: tuple[str, ...]
) -> None:
    page, service = opened
    (films / "more.xlsx").write_bytes(b"PK")
    page.goto("/batches")
    page.locator("#list").set_input_files([films / "trailers" / "WB-0001.mp4", *(films / name for name in lists)])
    expect(page.get_by_text("Give one list, with the videos that it names")).to_be_visible()
    assert not (service.settings.home / "uploads").exists()


@pytest.mark.slow
def test_a_corrected_list_does_not_send_its_videos_again(opened: tuple[Page, Service], films: Path) -> None:
    page, _ = opened
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url.partition("?")[0].rpartition("/")[2]))
    page.goto("/batches")
    page.route("**/v1/batches*", lambda route: route.abort(), times=1)
    for _ in range(2):
        page.locator("[data-folder]").set_input_files(films)
        expect(page.get_by_text("Nothing was started.").or_(page.get_by_text("How the list was read"))).to_be_visible()
    assert (sent.count("uploads"), sent.count("batches")) == (2, 3)  # the page, and the list twice
    page.complaints.clear()  # type: ignore[attr-defined]  # the browser says that it was aborted
