"""The library's page in a real browser: filters with counts, two views, a selection and what is done with it."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from db.identity import IdentityEdit
from db.queue.job_records import Inputs
from db.records import KeptPoster, TrailerLabels
from tests.support.browser import open_browser, open_page, serious_issues, shoot
from tests.web.test_library import store_films
from web.service import Service

N = 12
IDS = [f"youtube:film{number:07}" for number in range(N)]
POSTER = "ab" * 32
SHIFTS = """
  window.shifted = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def library(shared: tuple[Service, str]) -> Service:
    """Twelve trailers with covers: four of crime, tagged as drama, four horrors as tagged, four dramas without tags."""
    service = shared[0]
    cover = store_films(service, IDS, lambda number: (("Crime",), ("Horror", "Mystery"), ("Drama",))[number // 4])
    tags = [("Drama",)] * 4 + [("Horror", "Mystery")] * 4
    service.store.labels.update({each: TrailerLabels(genres, "house") for each, genres in zip(IDS, tags, strict=False)})
    service.store.posters.save(KeptPoster(POSTER, cover, 200, 300))
    service.store.trailers.add_inputs(IDS[0], Inputs(poster_sha256=POSTER))
    service.store.identities.edit(IDS[0], IdentityEdit(external_ids=("WB-0001",), year=1999))
    return service


@pytest.fixture
def url(library: Service, shared: tuple[Service, str]) -> str:
    """The address of the service with these trailers."""
    return shared[1]


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with open_page(browser, url, width=1440) as page:
        yield page


def titles(page: Page) -> list[str]:
    return page.locator("[data-trailer] :is(.card-title, .row-link)").all_inner_texts()


def card(number: int) -> str:
    return f'[data-trailer="{IDS[number]}"]'


def test_genres_are_chosen_by_their_counts_several_at_once_and_taken_back(page: Page) -> None:
    page.goto("/library")
    page.get_by_role("link", name="Horror in the verdict: 4").click()
    page.get_by_role("link", name="Mystery among the tags: 4").click()
    expect(page).to_have_url(re.compile(r"genre=Horror&tag=Mystery"))
    expect(page.locator(".card")).to_have_count(4)
    expect(page.get_by_role("link", name="Horror in the verdict: 4, chosen: remove")).to_have_attribute(
        "aria-current", "true"
    )
    for text in ("verdict: Horror", "tag: Mystery"):
        page.get_by_role("list", name="Filters in use").get_by_role("link", name=text).click()
    expect(page.locator(".card")).to_have_count(N)
    page.get_by_role("link", name="Crime missing among the tags: 4").click()
    assert sorted(titles(page)) == ["Film 0", "Film 1", "Film 2", "Film 3"]
    page.goto("/library")
    page.get_by_role("link", name="Tags and verdict differ").click()
    expect(page.locator(".card")).to_have_count(4)


def test_a_card_leads_with_the_tags_and_says_how_each_genre_compares(page: Page, url: str) -> None:
    page.goto("/library")
    first = page.locator(card(0))
    assert first.locator(".chip").evaluate_all("all => all.map(each => each.className)") == [
        "chip extra genre-drama",
        "chip missing genre-crime",
    ]
    expect(first).to_contain_text("tag only: the verdict lacks it")
    expect(first).to_contain_text("WB-0001")
    expect(first.locator(".cover-poster")).to_be_visible()
    expect(page.locator(card(5)).locator(".chip.agree")).to_have_count(2)
    review = {"decisions": {"Crime": "add", "Drama": "reject"}}
    assert httpx.post(f"{url}/v1/trailers/{IDS[3]}/review", json=review).status_code == 201
    page.reload()
    reviewed = page.locator(card(3))
    assert reviewed.locator(".chip").evaluate_all("all => all.map(each => each.className)") == [
        "chip agree genre-crime"
    ]
    expect(reviewed.get_by_text("reviewed", exact=True)).to_be_visible()


def test_the_view_is_in_the_address_and_remembered(page: Page) -> None:
    page.goto("/library?genre=Drama")
    page.get_by_role("link", name="Table").click()
    expect(page).to_have_url(re.compile(r"genre=Drama&view=table"))
    expect(page.locator("tr[data-trailer]")).to_have_count(4)
    page.goto("/library")
    expect(page.locator("tr[data-trailer]")).to_have_count(N)
    page.get_by_role("columnheader", name="Title").get_by_role("link").click()
    assert titles(page)[:2] == ["Film 0", "Film 1"]
    page.get_by_role("link", name="Grid").click()
    page.goto("/library")
    expect(page.locator(".card")).to_have_count(N)


def test_the_library_is_used_by_keys_alone_and_what_is_selected_is_exported(page: Page) -> None:
    page.goto("/library?sort=title")
    page.wait_for_load_state()
    for key in ("j", "x", "ArrowRight", "ArrowRight", "Shift+x"):
        page.keyboard.press(key)
    expect(page.get_by_text("3 selected", exact=True).first).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 4
    page.keyboard.press("Escape")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("film 7")
    page.keyboard.press("Enter")
    expect(page.locator(".card")).to_have_count(1)
    page.wait_for_load_state()  # the keys are there with the scripts
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(IDS[7]))


def test_a_shift_click_selects_all_between_and_their_tags_are_changed(page: Page, url: str) -> None:
    page.goto("/library?sort=title&genre=Crime")
    page.wait_for_load_state()
    page.locator(card(0)).get_by_role("checkbox").check()
    page.locator(card(2)).get_by_role("checkbox").click(modifiers=["Shift"])
    page.get_by_role("button", name="Tags…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 trailers")
    dialog.get_by_role("group", name="Add").get_by_label("Crime").check()
    dialog.get_by_role("group", name="Remove").get_by_label("Drama").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("3 changed")
    tags = [httpx.get(f"{url}/v1/trailers/{each}").json()["labels"]["genres"] for each in IDS[:3]]
    assert tags == [["Crime"]] * 3


def test_a_dialog_keeps_what_was_chosen_and_says_what_went_wrong(page: Page) -> None:
    page.goto("/library")
    page.wait_for_load_state()
    page.locator(card(0)).get_by_role("checkbox").check()
    page.context.set_offline(True)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Delete…").click()
    expect(dialog).to_contain_text("be reached")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Tags…").click()
    crime = dialog.get_by_role("group", name="Add").get_by_label("Crime")
    crime.check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("be reached")
    expect(crime).to_be_checked()
    page.complaints.clear()  # type: ignore[attr-defined]  # browsers log each request that fails


@pytest.mark.parametrize(
    ("width", "scheme", "view"),
    [
        (390, "light", "grid"),
        pytest.param(1440, "dark", "grid", marks=pytest.mark.slow),
        pytest.param(820, "light", "table", marks=pytest.mark.slow),
        pytest.param(390, "dark", "table", marks=pytest.mark.slow),
    ],
)
def test_the_library_is_open_to_all_and_nothing_of_it_jumps(
    browser: Browser, url: str, width: int, scheme: str, view: str
) -> None:
    with open_page(browser, url, width=width, scheme=scheme) as page:
        page.add_init_script(SHIFTS)
        page.goto(f"/library?view={view}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.shifted") < 0.05
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("[data-pick]").first.check(force=True)
        if width < 1100:
            page.get_by_role("button", name="Filters", exact=True).click()
            expect(page.get_by_role("link", name="Horror in the verdict: 4")).to_be_visible()
        assert serious_issues(page) == []
        shoot(page, f"library-{view}-{width}-{scheme}")


def test_all_that_match_are_deleted_once_their_number_is_written(page: Page, url: str) -> None:
    page.goto("/library")
    page.wait_for_load_state()
    page.locator(card(11)).get_by_role("checkbox").check()
    page.get_by_role("button", name=f"Select all {N} that match").click()
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile("of them (is|are) reviewed"))
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text(f"Write {N} to delete that many.")
    dialog.get_by_label("To confirm").fill(str(N))
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="The library is empty")).to_be_visible()
    assert httpx.get(f"{url}/v1/trailers").json()["trailers"] == []
