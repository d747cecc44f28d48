"""The review page in a real browser: all on one screen, by few keys, and nothing that was decided is lost."""

from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from classifier.prediction import Evidence, GenrePrediction, GenreScore
from classifier.taxonomy import Taxonomy
from db.library_records import LibraryQuery, ReviewQuery
from db.records import TrailerLabels
from extractor.video.filmstrip import FilmstripMaker
from tests.support.browser import is_covered, open_browser, open_page, serious_issues, shifts, shoot
from tests.support.web_service import store_trailer
from web.library_search import find_trailer
from web.reviews import save_review
from web.service import Service

FIRST, SECOND, THIRD = THREE = tuple(f"youtube:{letter * 11}" for letter in "abc")
WORDS = Taxonomy(
    {"Krimi": ("Crime", "Thriller"), "Spannung": ("Thriller",), "Kinderfilm": ("Family",), "Neuheit": ()}, version=1
)
SCORES = {"Crime": 0.81, "Thriller": 0.35, "Family": 0.62, "Horror": 0.55, "Drama": 0.45, "War": 0.2}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


def store_waiting(service: Service, trailer_id: str, *, most: float) -> None:
    """Store a trailer that waits: its verdict is Western, Crime, Family and Horror, its tag Drama."""
    store_trailer(service, trailer_id, title=f"Trailer {trailer_id[-1]}")
    strip = FilmstripMaker(16 / 9)
    strip.add(np.random.default_rng(1).integers(0, 255, (30, 90, 160, 3)).astype(np.uint8))
    service.store.filmstrips.save(trailer_id, strip.finish())
    ranked = sorted({**SCORES, "Western": most}.items(), key=lambda each: -each[1])
    made = service.store.predictions.latest(trailer_id)
    assert made is not None
    prediction = GenrePrediction(
        made.model_id,
        made.features_id,
        tuple(GenreScore(name, score, 0.5, score >= 0.5, rank) for rank, (name, score) in enumerate(ranked, 1)),
        (Evidence("Western", 3, 9, 0.9), Evidence("Crime", 12, 15, 0.8)),
        {name: (0.2, 0.9) * 15 for name, _ in ranked},
    )
    service.store.predictions.save(trailer_id, prediction)
    service.store.labels.update({trailer_id: TrailerLabels(("Drama",), "imdb")})


@pytest.fixture
def three(service: Service) -> Service:
    """Three trailers that wait, the first the most disputed."""
    for trailer_id, most in zip(THREE, (0.99, 0.9, 0.6), strict=True):
        store_waiting(service, trailer_id, most=most)
    return service


@pytest.fixture
def page(browser: Browser, shared: tuple[Service, str]) -> Iterator[Page]:
    with open_page(browser, shared[1], width=1440) as page:
        yield page


def show(page: Page, address: str = "/review") -> None:
    """Show a page, and wait until its script hears the keys."""
    page.goto(address)
    wait(page)


def wait(page: Page) -> None:
    expect(page.locator("[data-part=saved-text]")).not_to_be_empty()
    expect(page.locator(".decision.current, .empty")).to_have_count(1)


def title(page: Page) -> str:
    return page.locator(".review-title").inner_text()


def press(page: Page, *keys: str) -> None:
    """Press keys, the last of which leads to the next trailer."""
    for key in keys[:-1]:
        page.keyboard.press(key)
    with page.expect_navigation():
        page.keyboard.press(keys[-1])
    wait(page)


def row(page: Page, word: str) -> Locator:
    return page.locator(f'.decision[data-word="{word}"]')


def made(service: Service) -> list[dict[str, str]]:
    """Return the decisions of all reviews that are not undone, the oldest first."""
    reviews = service.store.reviews.iterate(ReviewQuery())
    return [dict(review.decisions) for review in reviews if not review.undone]


def tags(client: httpx.Client, trailer_id: str) -> set[str]:
    return set(client.get(f"/v1/trailers/{trailer_id}").json()["labels"]["genres"])


def test_one_key_says_that_the_tags_are_right_another_that_the_verdict_is(
    three: Service, page: Page, client: httpx.Client
) -> None:
    show(page)
    press(page, "t")
    assert (title(page), tags(client, FIRST)) == ("Trailer b", {"Drama"})
    press(page, "v")
    assert (title(page), tags(client, SECOND)) == ("Trailer c", {"Western", "Crime", "Family", "Horror"})
    expect(page.get_by_text("Saved Trailer b: Western, Crime, Family, Horror")).to_be_visible()
    yes, no = made(three)
    assert yes == {
        "Drama": "accept",
        **dict.fromkeys(("Western", "Crime", "Family", "Horror", "Thriller", "War"), "reject"),
    }
    assert no["Drama"] == no["Thriller"] == "reject"


def test_digits_tick_and_enter_saves_what_is_ticked_and_nothing_that_was_not_changed(
    three: Service, page: Page, client: httpx.Client
) -> None:
    show(page)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing changed: t if your tags are right")).to_be_visible()
    assert made(three) == []
    page.keyboard.press("2")
    expect(row(page, "Crime").get_by_role("checkbox")).to_be_checked()
    expect(page.get_by_text("Changed: + Crime")).to_be_visible()
    expect(page.locator(".why [data-why]:visible")).to_contain_text(["0:12 to 0:15 scores 0.80"])
    expect(page.locator("[data-heat]:visible")).to_have_attribute("data-heat", "Crime")
    page.keyboard.press("r")
    expect(page.get_by_text("Nothing changed")).to_be_visible()
    press(page, "2", "7", "Enter")
    assert (title(page), tags(client, FIRST)) == ("Trailer b", {"Drama", "Crime", "War"})
    assert made(three)[0]["War"] == "add", "neither a tag nor in the verdict"


def test_a_saved_review_is_undone_by_a_key_and_its_trailer_shown_as_it_was_ticked(three: Service, page: Page) -> None:
    show(page)
    press(page, "1", "Enter")
    press(page, "u")
    assert (title(page), made(three)) == ("Trailer a", [])
    expect(page.get_by_text("Undone: Trailer a waits for review again")).to_be_visible()
    expect(page.get_by_text("Changed: + Western")).to_be_visible()
    assert three.store.library.count(LibraryQuery(reviewed=False)) == 3
    press(page, "Enter")
    with page.expect_navigation():
        page.get_by_role("button", name="Undo", exact=False).first.click()
    assert made(three) == []


def test_next_and_previous_decide_nothing_and_keep_what_was_ticked(three: Service, page: Page) -> None:
    show(page)
    press(page, "1", "n")
    press(page, "n")
    assert title(page) == "Trailer c"
    press(page, "p")
    press(page, "p")
    assert (title(page), made(three)) == ("Trailer a", [])
    expect(page.get_by_text("Changed: + Western")).to_be_visible()
    press(page, "n")
    assert title(page) == "Trailer b"
    press(page, "n")
    press(page, "n")
    assert title(page) == "Trailer a", "the queue begins again with those that were passed over"


def test_a_key_puts_a_trailer_off_to_the_end_of_the_queue_also_for_the_next_visit(three: Service, page: Page) -> None:
    show(page)
    press(page, "1", "s")
    assert title(page) == "Trailer b"
    press(page, "s")
    press(page, "t")
    assert title(page) == "Trailer a", "c is reviewed; of those skipped, a was first"
    expect(page.get_by_text("you skipped this")).to_be_visible()
    expect(page.get_by_text("Changed: + Western")).to_be_visible()


def test_what_is_assigned_comes_first_with_a_mark_and_what_is_others_is_left_to_them(
    three: Service, page: Page
) -> None:
    three.store.review_queue.assign(LibraryQuery(text="bbb"), to="local", by="chief")
    three.store.review_queue.assign(LibraryQuery(text="aaa"), to="ben", by="chief")
    show(page)
    assert title(page) == "Trailer b"
    expect(page.get_by_text("assigned to you", exact=True)).to_be_visible()
    press(page, "t")
    assert title(page) == "Trailer c"
    expect(page.get_by_text("assigned to you")).to_have_count(0)
    press(page, "t")
    expect(page.get_by_text("What is still waiting is assigned to others.")).to_be_visible()
    press(page, "u")
    assert title(page) == "Trailer c", "the last one of all can be undone, too"


@pytest.mark.slow
@pytest.mark.usefixtures("three")
def test_the_order_is_switched_and_stays_from_one_trailer_to_the_next(page: Page) -> None:
    show(page)
    page.get_by_role("link", name="Most useful for training").click()
    expect(page.get_by_text("would teach most about Horror")).to_be_visible()
    wait(page)
    press(page, "t")
    expect(page.get_by_role("link", name="Most useful for training")).to_have_attribute("aria-current", "true")


def test_a_failing_network_loses_no_decision_and_saves_it_once(
    three: Service, page: Page, client: httpx.Client
) -> None:
    show(page)
    page.route("**/review", lose_response, times=1)
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not saved yet. The service can")).to_be_visible()
    shoot(page, "review-waiting")
    with page.expect_navigation():
        page.get_by_role("button", name="Try now").click()
    wait(page)
    assert (title(page), tags(client, FIRST), len(made(three))) == ("Trailer b", {"Drama", "Crime"}, 1)
    page.complaints.clear()  # type: ignore[attr-defined]  # of the request that failed


def lose_response(route: Route) -> None:
    """Have the service do what is asked, and its response not arrive."""
    route.fetch()
    route.abort()


def test_what_could_not_be_sent_before_the_page_was_closed_is_sent_from_the_next(
    three: Service, page: Page, client: httpx.Client
) -> None:
    show(page)
    page.route("**/review", lambda route: route.abort())
    page.wait_for_function("() => fetch('/nothing/review').then(() => false, () => true)")  # from now on
    page.keyboard.press("t")
    expect(page.get_by_text("Not saved yet.")).to_be_visible()
    assert made(three) == []
    page.unroute("**/review")
    page.goto("/library")
    page.goto(f"/review?trailer={SECOND}")
    expect(page.get_by_text("Saved Trailer a: Drama, which was still on its way.")).to_be_visible()
    assert (title(page), len(made(three)), tags(client, FIRST)) == ("Trailer b", 1, {"Drama"})
    page.complaints.clear()  # type: ignore[attr-defined]


def test_a_review_by_somebody_else_meanwhile_is_shown_before_yours_can_count(
    three: Service, page: Page, client: httpx.Client
) -> None:
    show(page)
    save_review(three.store, find_trailer(three.store, FIRST), {"War": "add"}, reviewer="ben", note=None)
    press(page, "2", "Enter")
    expect(page.get_by_text(f"Not saved: ben has reviewed {FIRST} since you saw it")).to_be_visible()
    assert (len(made(three)), tags(client, FIRST)) == (1, {"Drama", "War"})
    expect(page.get_by_text("Changed: + Crime, \N{MINUS SIGN} War")).to_be_visible()
    press(page, "Enter")
    assert tags(client, FIRST) == {"Drama", "Crime"}
    page.complaints.clear()  # type: ignore[attr-defined]  # of the refusal
    page.goto(f"/review?trailer={FIRST}")
    expect(page.get_by_text("Reviewers differ")).to_be_visible()


def test_words_of_the_house_are_chosen_and_stand_for_their_genres(
    three: Service, page: Page, client: httpx.Client
) -> None:
    three.store.taxonomies.add(WORDS, name="words.csv")
    three.store.labels.update({FIRST: TrailerLabels(("Krimi", "Spannung", "Neuheit"), "house")})
    show(page)
    shown = {
        each.get_attribute("data-word"): each.get_attribute("data-genres") for each in page.locator(".decision").all()
    }
    assert shown == {
        "Western": '["Western"]', "Kinderfilm": '["Family"]', "Krimi": '["Crime", "Thriller"]',
        "Spannung": '["Thriller"]', "Horror": '["Horror"]', "Drama": '["Drama"]', "War": '["War"]',
    }  # fmt: skip
    options = page.locator("#add optgroup").first.locator("option")
    assert options.all_inner_texts() == ["Krimi", "Spannung", "Kinderfilm"]
    for word in ("Krimi", "Kinderfilm"):
        row(page, word).click()
    press(page, "Enter")
    assert tags(client, FIRST) == {"Thriller", "Family", "Drama"}, "Thriller stays: Spannung says it"
    (decided,) = made(three)
    assert {decided[genre] for genre in ("Thriller", "Drama", "Family")} == {"accept"}
    assert {decided[genre] for genre in ("Crime", "Western", "Horror", "War")} == {"reject"}
    expect(page.get_by_text("Saved Trailer a: Kinderfilm, Drama, Spannung")).to_be_visible()


@pytest.mark.slow
def test_a_word_that_is_added_is_added_with_all_of_its_genres(three: Service, page: Page, client: httpx.Client) -> None:
    three.store.taxonomies.add(WORDS, name="words.csv")
    show(page, f"/review?trailer={FIRST}")
    page.keyboard.press("a")
    page.keyboard.type("Krimi")
    page.keyboard.press("Enter")
    expect(row(page, "Krimi")).to_contain_text("Crime, Thriller")
    press(page, "Enter")
    assert {"Crime", "Thriller", "Drama"} == tags(client, FIRST)


@pytest.mark.usefixtures("three")
def test_a_key_shows_all_keys_and_no_other_key_does_anything_meanwhile(three: Service, page: Page) -> None:
    show(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    assert serious_issues(page) == []
    shoot(page, "review-keys")
    page.keyboard.press("t")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert made(three) == []


@pytest.mark.parametrize("height", [900, 660])
@pytest.mark.usefixtures("three")
def test_all_is_on_one_screen_and_no_row_is_covered(page: Page, height: int) -> None:
    page.set_viewport_size({"width": 1440, "height": height})
    show(page)
    assert page.evaluate("document.documentElement.scrollHeight") == height
    for _ in page.locator(".decision").all():
        assert not is_covered(page.locator(".decision.current"))
        page.keyboard.press("j")
    for name in ("Tags are right", "Verdict is right", "Save my changes", "Next"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    assert shifts(page) < 0.05


@pytest.mark.usefixtures("three")
def test_on_a_phone_the_row_that_is_decided_is_not_under_the_buttons(
    browser: Browser, shared: tuple[Service, str]
) -> None:
    with open_page(browser, shared[1], width=390) as page:
        show(page)
        for _ in page.locator(".decision").all():
            page.keyboard.press("j")
            assert not is_covered(page.locator(".decision.current"))
        assert shifts(page) < 0.05


@pytest.mark.slow
def test_ten_trailers_take_fewer_than_thirty_keys(service: Service, page: Page) -> None:
    for letter in "abcdefghij":
        store_waiting(service, f"youtube:{letter * 11}", most=0.6)
    page.goto("/review")
    n_keys = 0
    for place in range(10):
        wait(page)
        keys = (("t",), ("2", "Enter"), ("v",), ("1", "Enter"))[place % 4]
        press(page, *keys)
        n_keys += len(keys)
    expect(page.get_by_text("All reviewed")).to_be_visible()
    assert (len(made(service)), n_keys) == (10, 15)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1440, 820, 390])
def test_the_page_is_open_to_all_in_each_width(
    three: Service, browser: Browser, shared: tuple[Service, str], width: int
) -> None:
    three.store.taxonomies.add(WORDS, name="words.csv")
    three.store.labels.update({FIRST: TrailerLabels(("Krimi", "Spannung"), "house")})
    three.store.review_queue.assign(LibraryQuery(text="aaa"), to="local", by="chief")
    three.store.review_queue.assign(LibraryQuery(), to="ben", by="chief")
    three.store.review_queue.skip(FIRST, reviewer="local")
    for order, scheme in (("disputed", "dark"), ("learning", "light")):
        with open_page(browser, shared[1], width=width, scheme=scheme) as page:
            show(page, f"/review?order={order}")
            assert serious_issues(page) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            shoot(page, f"review-{order}-{width}")
