"""The audit's page in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from db.library_records import LibraryQuery
from db.records import TrailerLabels
from tests.support.audits.library import TOO_FEW, TOO_MANY, N, fill_library
from tests.support.browser import is_covered, open_browser, open_page, serious_issues, shifts, shoot
from web.service import Service

COVER = '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="9"><rect width="16" height="9" fill="#456"/></svg>'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def url(service: Service, shared: tuple[Service, str]) -> str:
    fill_library(service.store)
    service._audit = None
    return shared[1]


def tags(service: Service, trailer_id: str) -> tuple[set[str], str | None]:
    trailer = service.store.library.get(trailer_id)
    assert trailer is not None
    return set(trailer.labels.genres), trailer.labels.source


def show(page: Page) -> None:
    """Open the audit from the navigation; pictures of trailers without video are missing, which it shows as well."""
    page.route("**/cover.jpg", lambda route: route.fulfill(status=200, content_type="image/svg+xml", body=COVER))
    page.goto("/library")
    page.get_by_role("navigation").get_by_role("link", name="Audit").click()
    expect(page.locator(".finding")).to_have_count(N)
    expect(page.locator(".finding.current")).to_have_count(1)  # its script has begun


@pytest.mark.slow
def test_findings_are_selected_by_keys_and_accepted_together(browser: Browser, url: str, service: Service) -> None:
    with open_page(browser, url, width=1440) as page:
        show(page)
        for key in ("x", "j", "Space"):
            page.keyboard.press(key)
        expect(page.get_by_text("2 selected")).to_be_visible()
        shoot(page, "audit-selected")
        page.keyboard.press("a")
        expect(page.locator(".finding")).to_have_count(N - 2)
        assert tags(service, TOO_MANY) == ({"Comedy", "Romance"}, "review")
        assert tags(service, TOO_FEW) == ({"Crime", "Thriller"}, "review")
        page.keyboard.press("*")
        page.keyboard.press("d")
        expect(page.get_by_text("Nothing to decide")).to_be_visible()
    assert service.store.library.count(LibraryQuery(reviewed=True)) == N


def test_what_was_decided_is_undone_by_a_key_and_no_row_is_under_the_bar(
    browser: Browser, url: str, service: Service
) -> None:
    with open_page(browser, url, width=1440) as page:
        show(page)
        before = tags(service, TOO_MANY)
        for key in ("x", "j", "x", "a"):
            page.keyboard.press(key)
        expect(page.locator("[data-part=count]").get_by_text("2 accepted")).to_be_visible()
        assert service.store.library.count(LibraryQuery(reviewed=True)) == 2
        for _ in range(N):
            page.keyboard.press("j")
            assert not is_covered(page.locator(".finding.current"))
        with page.expect_navigation():
            page.keyboard.press("u")
        expect(page.locator(".finding")).to_have_count(N)
        assert (tags(service, TOO_MANY), service.store.library.count(LibraryQuery(reviewed=True))) == (before, 0)
        assert shifts(page) < 0.05


def test_a_finding_whose_tags_changed_says_so_and_stays(browser: Browser, url: str, service: Service) -> None:
    with open_page(browser, url) as page:
        show(page)
        service.store.labels.update({TOO_MANY: TrailerLabels(("War",), "imdb")})
        page.get_by_role("checkbox", name="All on this page").check()
        page.get_by_role("button", name="Dismiss selected").click()
        expect(page.locator(".finding")).to_have_count(1)
        expect(page.get_by_text("has other tags now")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_use_it_at_any_width(browser: Browser, url: str, width: int, scheme: str) -> None:
    with open_page(browser, url, width=width, scheme=scheme) as page:
        show(page)
        form = page.get_by_role("search", name="Filter findings").bounding_box()
        assert form is not None
        assert form["height"] < (100 if width > 390 else 150)
        page.get_by_role("button", name="Keys").click()
        assert serious_issues(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shoot(page, f"audit-{width}-{scheme}")
