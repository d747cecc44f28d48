"""The overview in a real browser: its map by pointer, finger and keys, and a lasso that leads to the library."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from db.fields import now
from db.library_map import DrawnMap
from db.records import TrailerLabels
from tests.support.browser import open_browser, open_page, serious_issues, shifts, shoot
from tests.web.test_library import store_films
from web.service import Service

N = 12
IDS = [f"youtube:film{number:07}" for number in range(N)]
# Four crimes in the upper left corner, four horrors in the lower right one, three dramas between; the last is new.
PLACES = [(0.1 + 0.05 * (n % 2), 0.1 + 0.05 * (n // 2)) for n in range(4)]
PLACES += [(0.8 + 0.05 * (n % 2), 0.8 + 0.05 * (n // 2)) for n in range(4)] + [(0.45 + 0.05 * n, 0.5) for n in range(3)]
MARGIN = 18  # pixels around the map


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def library(shared: tuple[Service, str]) -> Service:
    """Twelve trailers with covers, all but the last on the map."""
    service = shared[0]
    store_films(service, IDS, lambda number: (("Crime", "Horror", "Drama")[number // 4],))
    service.store.labels.update({each: TrailerLabels(("Drama",), "house") for each in IDS[:4]})
    assert service.store.library_map.claim("test", for_s=60)
    drawn = DrawnMap("inception_v3", len(PLACES), now())
    assert service.store.library_map.put("test", drawn, dict(zip(IDS, PLACES, strict=False)))
    return service


@pytest.fixture
def url(library: Service, shared: tuple[Service, str]) -> str:
    """The address of the service with these trailers."""
    return shared[1]


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    with open_page(browser, url, width=1440) as page:
        open_map(page)
        yield page


def open_map(page: Page) -> Locator:
    """Return the canvas of the map, drawn and in view."""
    page.goto("/")
    expect(page.locator('[data-map="ready"]')).to_be_visible()
    canvas = page.locator(".map-stage canvas")
    canvas.scroll_into_view_if_needed()
    return canvas


def at(page: Page, place: tuple[float, float]) -> tuple[float, float]:
    """Return where on the screen a place of the map is, while all of it is in view."""
    box = page.locator(".map-stage canvas").bounding_box()
    assert box is not None
    sides = ((box["x"], box["width"]), (box["y"], box["height"]))
    x, y = (start + MARGIN + share * (size - 2 * MARGIN) for share, (start, size) in zip(place, sides, strict=True))
    return x, y


def draw(page: Page, corners: list[tuple[float, float]]) -> None:
    """Draw a line through places of the map."""
    page.mouse.move(*at(page, corners[0]))
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*at(page, corner), steps=3)
    page.mouse.up()


def colour_at(page: Page, place: tuple[float, float]) -> list[int]:
    """Return red, green, blue and opacity of the canvas at a place."""
    script = """(canvas, [x, y]) => {
      const [left, top] = [x, y].map((n, i) => 18 + n * ([canvas.clientWidth, canvas.clientHeight][i] - 36));
      const copy = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
      copy.drawImage(canvas, -Math.round(left * devicePixelRatio), -Math.round(top * devicePixelRatio));
      return [...copy.getImageData(0, 0, 1, 1).data];
    }"""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found: list[int] = page.locator(".map-stage canvas").evaluate(script, list(place))
    return found


AROUND = [(0.05, 0.05), (0.3, 0.05), (0.3, 0.3), (0.05, 0.3), (0.05, 0.06)]


def test_the_page_says_how_many_are_on_the_map_and_leads_from_each_number_to_its_trailers(page: Page) -> None:
    expect(page.get_by_text(re.compile("11 of 12 trailers; drawn"))).to_be_visible()
    shoot(page, "overview")
    page.get_by_role("link", name="Crime only in the verdict: 4").click()
    expect(page).to_have_url(re.compile(r"/library\?missing=Crime$"))
    expect(page.locator(".card")).to_have_count(4)


def test_a_point_under_the_pointer_shows_its_card_and_a_click_opens_its_trailer(page: Page) -> None:
    page.mouse.move(*at(page, PLACES[5]))
    card = page.locator(".map-card")
    expect(card).to_contain_text("Film 5")
    expect(card.locator("img").first).to_be_visible()
    shoot(page, "overview-card")
    page.mouse.move(*at(page, (0.3, 0.9)))
    expect(card).to_be_hidden()
    page.mouse.click(*at(page, PLACES[5]))
    expect(page).to_have_url(re.compile(f"/trailers/{IDS[5]}$"))


@pytest.mark.parametrize("way", ["button", "shift"])
def test_a_lasso_finds_trailers_and_leads_to_them_in_the_library(page: Page, way: str) -> None:
    if way == "button":
        page.get_by_role("button", name="Lasso").click()
        draw(page, AROUND)
    else:
        page.keyboard.down("Shift")
        draw(page, AROUND)
        page.keyboard.up("Shift")
    expect(page.get_by_role("status")).to_contain_text("4 trailers")
    shoot(page, "overview-lasso")
    page.get_by_role("link", name="Open in the library").click()
    expect(page).to_have_url(re.compile(r"/library\?area="))
    corners = parse_qs(urlsplit(page.url).query)["area"][0].split(";")
    assert 3 <= len(corners) <= 100
    assert sorted(page.locator(".card-title").all_inner_texts()) == ["Film 0", "Film 1", "Film 2", "Film 3"]
    page.get_by_role("link", name="an area of the map").click()
    expect(page.locator(".card")).to_have_count(N)


def test_a_lasso_around_nothing_says_so_and_is_cleared(page: Page) -> None:
    page.get_by_role("button", name="Lasso").click()
    draw(page, [(0.6, 0.1), (0.7, 0.1), (0.7, 0.2), (0.6, 0.2)])
    expect(page.get_by_role("status")).to_contain_text("0 trailers")
    expect(page.get_by_role("link", name="Open in the library")).to_be_hidden()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("status")).to_contain_text("frames that are alike")


def test_a_long_lasso_has_a_hundred_corners_at_most(page: Page) -> None:
    page.get_by_role("button", name="Lasso").click()
    draw(page, [*AROUND[:4]] * 25)
    link = page.get_by_role("link", name="Open in the library")
    address = link.get_attribute("href") or ""
    assert len(parse_qs(urlsplit(address).query)["area"][0].split(";")) == 100
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Library")


def test_the_map_is_used_with_the_keyboard_alone(page: Page) -> None:
    page.locator(".map-stage canvas").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#announcer")).to_have_text("Film 9, Drama")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#announcer")).to_have_text("Film 10, Drama")
    expect(page.locator(".map-card")).to_contain_text("Film 10")
    page.keyboard.press("Escape")
    expect(page.locator(".map-card")).to_be_hidden()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#announcer")).to_have_text("Film 9, Drama")
    page.keyboard.press("ArrowUp")
    expect(page.locator("#announcer")).to_have_text(re.compile("Film [0-3], Crime|No trailer further"))
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/trailers/{IDS[9]}$"))


def test_a_genre_that_is_switched_off_is_pale_and_not_found_by_pointer(page: Page) -> None:
    before = colour_at(page, PLACES[0])
    page.get_by_role("button", name="Crime", exact=True).click()
    expect(page.get_by_role("button", name="Crime", exact=True)).to_have_attribute("aria-pressed", "false")
    assert colour_at(page, PLACES[0])[3] < before[3] / 2
    page.mouse.move(*at(page, PLACES[0]))
    page.wait_for_timeout(300)
    expect(page.locator(".map-card")).to_be_hidden()
    page.get_by_role("button", name="Crime", exact=True).click()
    assert colour_at(page, PLACES[0]) == before


def test_the_colours_follow_the_theme(page: Page) -> None:
    light = colour_at(page, PLACES[0])
    page.emulate_media(color_scheme="dark")
    assert colour_at(page, PLACES[0]) != light
    page.emulate_media(color_scheme="light")
    assert colour_at(page, PLACES[0]) == light


def test_zoom_and_drag_move_the_map_and_back(page: Page) -> None:
    before = colour_at(page, PLACES[0])
    page.get_by_role("button", name="Zoom in").click()
    assert colour_at(page, PLACES[0]) != before
    page.get_by_role("button", name="Show the whole map").click()
    assert colour_at(page, PLACES[0]) == before
    canvas = page.locator(".map-stage canvas")
    page.mouse.move(*at(page, (0.3, 0.9)))
    scrolled = page.evaluate("scrollY")
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(200)
    assert (colour_at(page, PLACES[0]), page.evaluate("scrollY") < scrolled) == (before, True), "the page scrolls"
    canvas.focus()
    page.mouse.move(*at(page, PLACES[0]))
    page.mouse.wheel(0, -480)
    expect(canvas).to_have_attribute("data-grabs", "true")


def test_the_card_of_a_point_comes_back_after_the_map_was_zoomed_on_it(page: Page) -> None:
    canvas, card = page.locator(".map-stage canvas"), page.locator(".map-card")
    canvas.focus()
    page.mouse.move(*at(page, PLACES[5]))
    expect(card).to_contain_text("Film 5")
    page.mouse.wheel(0, -480)
    page.wait_for_timeout(400)
    expect(card).to_contain_text("Film 5")
    expect(card).to_be_visible()


def test_a_lasso_beyond_the_end_of_the_map_counts_the_trailers_there_as_the_library_does(
    page: Page, library: Service
) -> None:
    places = dict(zip(IDS, [*PLACES[:10], (1.0, 1.0)], strict=False))
    assert library.store.library_map.claim("test", for_s=60)
    assert library.store.library_map.put("test", DrawnMap("inception_v3", len(places), now()), places)
    open_map(page)
    page.get_by_role("button", name="Lasso").click()
    draw(page, [(0.95, 0.95), (1.01, 0.95), (1.01, 1.02), (0.95, 1.02)])
    expect(page.locator(".map-found")).to_contain_text("1 trailer")
    page.get_by_role("link", name="Open in the library").click()
    expect(page.locator(".card")).to_have_count(1)
    assert library.store.library_map.claim("test", for_s=60)
    drawn = DrawnMap("inception_v3", len(PLACES), now())
    assert library.store.library_map.put("test", drawn, dict(zip(IDS, PLACES, strict=False)))


def test_the_map_as_a_list_leads_to_the_trailers_of_each_area(page: Page) -> None:
    page.get_by_text("The map as a list of areas").click()
    areas = page.locator(".map-areas li")
    expect(areas).to_have_count(4)
    expect(areas.first).to_have_text("top, left 4 trailers, all Crime")
    areas.first.get_by_role("link").click()
    expect(page.locator(".card")).to_have_count(4)


def test_a_finger_shows_the_card_first_and_opens_by_a_second_touch(browser: Browser, url: str) -> None:
    context = browser.new_context(base_url=url, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_map(page)
    page.touchscreen.tap(*at(page, PLACES[4]))
    expect(page.locator(".map-card")).to_contain_text("Film 4")
    shoot(page, "overview-touch")
    page.touchscreen.tap(*at(page, PLACES[4]))
    expect(page).to_have_url(re.compile(f"/trailers/{IDS[4]}$"))
    context.close()


def test_a_second_finger_ends_the_line_of_the_first_and_the_next_line_begins_anew(page: Page) -> None:
    page.get_by_role("button", name="Lasso").click()
    touch = """(canvas, fingers) => {
      const { left, top } = canvas.getBoundingClientRect();
      canvas.setPointerCapture = () => {};
      for (const [kind, pointerId, x, y] of fingers) {
        const place = { clientX: left + x, clientY: top + y };
        canvas.dispatchEvent(new PointerEvent(kind, { pointerId, pointerType: "touch", button: 0, ...place }));
      }
    }"""
    fingers = [[kind, finger, 700, 300] for kind in ("pointerdown", "pointerup") for finger in (5, 6)]
    page.locator(".map-stage canvas").evaluate(touch, fingers)
    draw(page, AROUND)
    address = page.get_by_role("link", name="Open in the library").get_attribute("href") or ""
    corners = parse_qs(urlsplit(address).query)["area"][0].split(";")
    assert max(float(corner.split(",")[0]) for corner in corners) < 0.35


@pytest.mark.parametrize("width", [1440, 820, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_overview_is_for_everybody_and_nothing_moves(browser: Browser, url: str, width: int, scheme: str) -> None:
    with open_page(browser, url, width=width, scheme=scheme) as page:
        open_map(page)
        page.wait_for_load_state("networkidle")
        assert shifts(page) < 0.05
        assert serious_issues(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.locator(".map-stage canvas").focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(".map-card .card-title")).to_be_visible()
        shoot(page, f"overview-{width}-{scheme}-map")
        assert serious_issues(page) == []
