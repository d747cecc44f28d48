"""The page of a model in a real browser: figures and curves, a threshold tried, a model promoted and taken back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from db.registry.measurement_records import MeasurementReport
from tests.support.browser import open_browser, open_page, serious_issues, shifts, shoot
from tests.support.measured.library import add_labelled, make_seeing_model
from tests.support.models import put_to_use
from web.service import Service
from worker.inference.registry import register
from worker.learning.listener import LearningListener
from worker.progress import Quiet
from worker.service.measuring import measure_model

N = 120


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def reports() -> dict[str, MeasurementReport]:
    """Reports by the ids of their models, which are the same in each test."""
    return {}


@pytest.fixture
def models(service: Service, reports: dict[str, MeasurementReport]) -> dict[str, str]:
    """The addresses of a measured candidate and of the model in use, by their names."""
    features_id = service.runtime.known_features_id()
    used = put_to_use(service.store, make_seeing_model(features_id, name="blurred", skill=1.2, noise=0.05))
    candidate = register(service.store, make_seeing_model(features_id, name="seeing", skill=6, noise=0.02))
    if not reports:
        add_labelled(service.store, features_id, N)
        for record in (used, candidate):
            listener = LearningListener(lambda words: None, Quiet())
            reports[record.model_id] = measure_model(service.runtime, record, listener)
    for record in (used, candidate):
        service.store.measurements.save(record.model_id, reports[record.model_id], by="a test")
    return {record.name: f"/models/{record.model_id}" for record in (used, candidate)}


@pytest.fixture
def page(browser: Browser, shared: tuple[Service, str]) -> Iterator[Page]:
    with open_page(browser, shared[1]) as page:
        yield page


def figures(page: Page) -> tuple[str, ...]:
    parts = page.locator("[data-try]").locator("[data-part]")
    return tuple(parts.all_inner_texts())


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 820, 390])
def test_the_page_of_a_model_shuts_nobody_out_and_does_not_move(
    browser: Browser, shared: tuple[Service, str], models: dict[str, str], width: int, scheme: str
) -> None:
    with open_page(browser, shared[1], width=width, scheme=scheme) as page:
        for address, name in ((models["seeing"], "model"), ("/models", "models")):
            page.goto(address)
            page.wait_for_load_state("networkidle")
            assert shifts(page) < 0.05
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert serious_issues(page) == []
            shoot(page, f"{name}-{width}-{scheme}")


def test_each_chart_is_drawn_from_a_table_behind_it(page: Page, models: dict[str, str]) -> None:
    page.goto(models["seeing"])
    charts = page.locator("[data-chart]")
    expect(charts).to_have_count(4)
    expect(charts.locator("canvas")).to_have_count(4)
    for chart in charts.all():
        chart.locator("summary").click()
        assert chart.locator("details tbody tr").count() > 2


def test_the_slider_says_what_a_threshold_would_bring(page: Page, models: dict[str, str]) -> None:
    page.goto(f"{models['seeing']}?genre=Action")
    slider = page.get_by_label("Threshold", exact=False).and_(page.locator("input"))
    before = figures(page)
    assert before[0] == "0.50"
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert figures(page)[0] == "0.53"
    expect(slider).to_have_attribute("aria-valuetext", "0.53")
    page.keyboard.press("Home")
    assert figures(page) == ("0.00", "0.50", "1.00", str(N))
    page.keyboard.press("End")
    assert figures(page)[2:] == ("0.00", "0")
    page.get_by_role("button", name="Back to the model").click()
    assert figures(page) == before


def test_a_genre_is_chosen_by_the_keyboard_alone(page: Page, models: dict[str, str]) -> None:
    page.goto(models["seeing"])
    link = page.get_by_role("link", name="Drama", exact=True)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("^Drama: 20 of 120"))).to_be_in_viewport()
    expect(link).to_have_attribute("aria-current", "true")
    expect(page.get_by_text("No tag of yours names Horror")).to_be_visible()


def test_a_model_is_promoted_and_taken_back(page: Page, models: dict[str, str], service: Service) -> None:
    page.goto(models["seeing"])
    page.get_by_role("button", name="Promote…").click()
    page.get_by_label("Why").locator("visible=true").fill("finds more")
    page.get_by_role("button", name="Promote", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("in use")
    change = service.store.model_changes.list()[-1]
    assert (change.action, change.why, change.figures["films"]) == ("promote", "finds more", N)
    page.get_by_role("button", name="Roll back…").click()
    expect(page.get_by_role("dialog")).to_contain_text(
        "seeing was promoted for trailer by local; then blurred is in use"
    )
    page.keyboard.press("Tab")
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(page.locator("header.head")).to_contain_text("In use in its place: blurred")
    assert service.store.model_changes.list()[-1].action == "rollback"
    page.goto("/models")
    expect(page.locator("#history").locator("..").locator("tbody tr").first).to_contain_text("rolled back")


def test_what_is_cancelled_is_not_done(page: Page, models: dict[str, str], service: Service) -> None:
    page.goto(models["seeing"])
    before = service.store.model_changes.list()
    for name in ("Promote…", "Retire…", "Roll back…"):
        page.get_by_role("button", name=name).click()
        page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
        page.get_by_role("button", name=name).click()
        page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert service.store.model_changes.list() == before


def test_a_measurement_is_asked_for_and_shown_when_it_is_made(
    page: Page, models: dict[str, str], service: Service, reports: dict[str, MeasurementReport]
) -> None:
    model_id = models["seeing"].rpartition("/")[2]
    service.store.measurements.remove(model_id)
    page.goto(models["seeing"])
    page.get_by_role("button", name="Measure on your library").click()
    expect(page.get_by_role("button", name="Being measured…")).to_be_disabled()
    claim = service.store.measurements.claim("token", lease_s=60)
    assert claim is not None
    expect(page.get_by_text("A worker measures it now.")).to_be_visible()
    service.store.measurements.finish(claim, reports[model_id])
    expect(page.get_by_role("heading", name=re.compile("^Action: 60 of 120"))).to_be_visible()
