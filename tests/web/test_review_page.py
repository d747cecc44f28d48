"""The review page in a real browser: whose turn it is, what is put off, and the words of a house."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from classifier.prediction import GenrePrediction, GenreScore
from classifier.taxonomy import Taxonomy
from db.library_records import LibraryQuery
from db.records import TrailerLabels
from tests.support.browser import open_browser, open_page, serious_issues, shoot
from tests.support.web_service import store_trailer
from web.service import Service

FIRST, SECOND, THIRD = (f"youtube:{letter * 11}" for letter in "abc")
WORDS = Taxonomy(
    {"Krimi": ("Crime", "Thriller"), "Spannung": ("Thriller",), "Kinderfilm": ("Family",), "Neuheit": ()}, version=1
)
SCORES = {"Crime": 0.81, "Thriller": 0.35, "Family": 0.62, "Horror": 0.55, "Drama": 0.45}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.fixture
def three(service: Service) -> Service:
    """Three trailers that wait, the first the most disputed."""
    for trailer_id, most in ((FIRST, 0.99), (SECOND, 0.9), (THIRD, 0.6)):
        store_trailer(service, trailer_id, title=f"Trailer {trailer_id[-1]}")
        scores = {**SCORES, "Western": most}
        ranked = sorted(scores.items(), key=lambda each: -each[1])
        genres = tuple(GenreScore(name, score, 0.5, score >= 0.5, rank) for rank, (name, score) in enumerate(ranked, 1))
        stretches = service.store.predictions.latest(trailer_id)
        assert stretches is not None
        prediction = GenrePrediction(
            stretches.model_id, stretches.features_id, genres, (), dict.fromkeys(scores, (0.2, 0.9) * 15)
        )
        service.store.predictions.save(trailer_id, prediction)
    service.store.labels.update({each: TrailerLabels(("Drama",), "imdb") for each in (FIRST, SECOND, THIRD)})
    return service


@pytest.fixture
def page(browser: Browser, shared: tuple[Service, str]) -> Iterator[Page]:
    with open_page(browser, shared[1], width=1440) as page:
        yield page


def title(page: Page) -> str:
    return page.locator(".review-title").inner_text()


def press(page: Page, *keys: str) -> None:
    """Press keys, the last of which leads to the next trailer."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])


@pytest.mark.usefixtures("three")
def test_a_key_puts_a_trailer_off_to_the_end_of_the_queue_also_for_the_next_visit(page: Page) -> None:
    page.goto("/review")
    assert title(page) == "Trailer a"
    press(page, "s")
    assert title(page) == "Trailer b"
    with page.expect_navigation():
        page.get_by_role("button", name="Skip").click()
    press(page, "n")
    assert title(page) == "Trailer a", "c is reviewed; of those skipped, a was first"
    expect(page.get_by_text("you skipped this")).to_be_visible()


def test_what_is_assigned_comes_first_with_a_mark_and_what_is_others_is_left_to_them(
    three: Service, page: Page
) -> None:
    three.store.review_queue.assign(LibraryQuery(text="bbb"), to="local", by="chief")
    three.store.review_queue.assign(LibraryQuery(text="aaa"), to="ben", by="chief")
    page.goto("/review")
    assert title(page) == "Trailer b"
    expect(page.get_by_text("assigned to you", exact=True)).to_be_visible()
    press(page, "n")
    assert title(page) == "Trailer c"
    expect(page.get_by_text("assigned to you")).to_have_count(0)
    press(page, "n")
    expect(page.get_by_text("What is still waiting is assigned to others.")).to_be_visible()


@pytest.mark.slow
@pytest.mark.usefixtures("three")
def test_the_order_is_switched_and_stays_from_one_trailer_to_the_next(page: Page) -> None:
    page.goto("/review")
    page.get_by_role("link", name="Most useful for training").click()
    expect(page.get_by_text("would teach most about Horror")).to_be_visible()
    page.wait_for_load_state()  # the keys are there with the scripts
    press(page, "n")
    expect(page.get_by_role("link", name="Most useful for training")).to_have_attribute("aria-current", "true")


def test_words_of_the_house_are_chosen_and_stand_for_their_genres(
    three: Service, page: Page, client: httpx.Client
) -> None:
    three.store.taxonomies.add(WORDS, name="words.csv")
    three.store.labels.update({FIRST: TrailerLabels(("Krimi", "Spannung", "Neuheit"), "house")})
    page.goto("/review")
    rows = page.locator(".decision")
    shown = {row.get_attribute("data-word"): row.get_attribute("data-genres") for row in rows.all()}
    assert shown == {
        "Western": '["Western"]', "Kinderfilm": '["Family"]', "Krimi": '["Crime", "Thriller"]',
        "Spannung": '["Thriller"]', "Horror": '["Horror"]', "Drama": '["Drama"]',
    }  # fmt: skip
    assert page.locator("#add optgroup").first.locator("option").all_inner_texts() == [
        "Krimi",
        "Spannung",
        "Kinderfilm",
    ]
    for word, decision in (("Krimi", "Reject"), ("Kinderfilm", "Accept"), ("Western", "Reject")):
        page.locator(f'[data-word="{word}"]').get_by_role("button", name=decision).click()
    press(page, "n")
    told = client.get(f"/v1/trailers/{FIRST}").json()["labels"]
    assert set(told["genres"]) == {"Thriller", "Family", "Drama"}, "Thriller stays: Spannung says it"
    (review,) = three.store.reviews._collection.find({"trailer_id": FIRST})
    made = {each["genre"]: each["decision"] for each in review["decisions"]}
    assert made == {"Crime": "reject", "Family": "accept", "Western": "reject"}


@pytest.mark.slow
def test_a_word_that_is_added_is_added_with_all_of_its_genres(three: Service, page: Page, client: httpx.Client) -> None:
    three.store.taxonomies.add(WORDS, name="words.csv")
    page.goto(f"/review?trailer={FIRST}")
    page.get_by_label("Add another word").select_option("Krimi")
    page.get_by_role("button", name="Add").click()
    expect(page.locator('[data-word="Krimi"]')).to_contain_text("Crime, Thriller")
    press(page, "n")
    assert {"Crime", "Thriller"} <= set(client.get(f"/v1/trailers/{FIRST}").json()["labels"]["genres"])


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_is_open_to_all_in_each_width(
    three: Service, browser: Browser, shared: tuple[Service, str], width: int
) -> None:
    three.store.taxonomies.add(WORDS, name="words.csv")
    three.store.labels.update({FIRST: TrailerLabels(("Krimi", "Spannung"), "house")})
    three.store.review_queue.assign(LibraryQuery(text="aaa"), to="local", by="chief")
    three.store.review_queue.assign(LibraryQuery(), to="ben", by="chief")
    three.store.review_queue.skip(FIRST, reviewer="local")
    for order in ("disputed", "learning"):
        with open_page(browser, shared[1], width=width) as page:
            page.goto(f"/review?order={order}")
            assert serious_issues(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            shoot(page, f"review-{order}-{width}")
