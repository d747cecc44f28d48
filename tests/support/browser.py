"""A real browser for tests: Debian's Chromium, driven by Playwright; its screenshots are kept for people to look at."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

SCREENSHOTS = Path(__file__).resolve().parents[2] / ".screenshots"
SERIOUS = ("serious", "critical")
SHIFTS = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)))
    .observe({ type: "layout-shift", buffered: true });
  setTimeout(() => resolve(sum), 100);
})"""
COVERED = """(row) => {
  const { left, top, width, height } = row.getBoundingClientRect();
  const at = (y) => row.contains(document.elementFromPoint(left + width / 2, y));
  return !(at(top + 3) && at(top + height - 3));
}"""


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start Chromium without a window; skips where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("chromium is not installed: make test installs it")
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_page(browser: Browser, url: str, *, width: int = 1280, scheme: str = "light") -> Iterator[Page]:
    """Give a page at `url`; whatever its console complains of is an error in the end."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    page.complaints = complaints  # type: ignore[attr-defined]
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the whole page."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def shifts(page: Page) -> float:
    """Return how far what was shown has moved by itself (CLS)."""
    return float(page.evaluate(SHIFTS))


def is_covered(row: Locator) -> bool:
    """Tell whether something lies over an element, or it is out of view."""
    return bool(row.evaluate(COVERED))


def serious_issues(page: Page) -> list[str]:
    """Return what axe finds that keeps people with disabilities out."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{issue['id']}: {issue['help']}: {node['target']}"
        for issue in found
        if issue["impact"] in SERIOUS
        for node in issue["nodes"]
    ]
