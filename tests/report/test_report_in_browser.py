"""The report in a real browser, without a window. Skipped where there is no Chromium."""

import math
import os
import shutil

import pandas as pd
import pytest

from graduated.report.collect import collect
from graduated.report.page import render

playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser():
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the path")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(files, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(collect(files)))
    return path.as_uri()


@pytest.fixture
def page(browser, address):
    """The open page; afterwards: it has complained of nothing and asked for nothing."""
    page = browser.new_page()
    complaints, requests = [], []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(address)
    yield page
    page.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith("data:")] == [address]


def cells(page, table: str, column: int) -> list[str]:
    rows = page.locator(f"#{table} tbody tr:visible")
    return rows.locator(f"td:nth-child({column}) > :first-child").all_inner_texts()


def test_every_figure_is_shown(page, files):
    widths = page.eval_on_selector_all("figure img", "images => images.map(image => image.naturalWidth)")
    assert len(widths) == len(files.figures) and min(widths) > 0


def test_a_click_on_a_heading_sorts_and_another_turns_round(page, files):
    claims = pd.read_csv(files.claims)
    p_values = page.locator("#claims th", has_text="p, adjusted")
    keys = "cells => cells.map(cell => Number(cell.dataset.key))"
    missing = int(claims["p_adjusted"].isna().sum())
    assert missing > 0
    for order, ascending in (("ascending", True), ("descending", False)):
        p_values.click()
        assert p_values.get_attribute("aria-sort") == order
        shown = page.eval_on_selector_all("#claims tbody td:nth-child(7)", keys)
        expected = claims["p_adjusted"].dropna().sort_values(ascending=ascending).tolist()
        assert shown[: len(expected)] == expected
        assert all(map(math.isnan, shown[len(expected) :])) and len(shown) == len(claims)


def test_text_is_sorted_by_keyboard_too(page, files):
    page.locator("#studies th", has_text="Study").get_by_role("button").press("Enter")
    assert cells(page, "studies", 3) == sorted(pd.read_csv(files.studies)["study"])


def test_tables_are_filtered_by_text_and_by_choice(page, files):
    claims = pd.read_csv(files.claims)
    controls = page.locator("form:has(+ #claims)")
    controls.get_by_role("searchbox").fill("SHARPNESS accuracy")
    statements = claims["statement"].str.lower()
    both = statements.str.contains("sharpness") & statements.str.contains("accuracy")
    assert cells(page, "claims", 2) == claims[both]["statement"].tolist()
    assert controls.locator("output").inner_text() == f"{both.sum()} of {len(claims)}"
    controls.get_by_role("searchbox").fill("")
    for verdict, expected in claims.groupby("verdict"):
        controls.get_by_label("Verdict").select_option(verdict)
        assert cells(page, "claims", 2) == expected["statement"].tolist()
    controls.get_by_role("searchbox").fill("no such words")
    assert cells(page, "claims", 2) == []


@pytest.mark.parametrize("opened", [False, True])
def test_nothing_is_wider_than_a_phone(page, opened):
    page.set_viewport_size(PHONE)
    if opened:
        page.eval_on_selector_all("details", "all => all.forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
    outside = "all => all.filter(one => one.getBoundingClientRect().right > innerWidth + 1).length"
    assert page.eval_on_selector_all("body *", outside) == 0


def test_print_has_no_controls(page):
    controls = page.locator("nav, .controls, th button")
    assert controls.first.is_visible()
    page.emulate_media(media="print")
    assert controls.count() > 0 and not any(control.is_visible() for control in controls.all())
    assert page.locator("#claims th", has_text="Verdict").inner_text() == "Verdict"
    assert page.locator("figure img").first.is_visible()


def test_figures_keep_their_white_ground_in_the_dark(page):
    ground = "element => getComputedStyle(element).backgroundColor"
    light = page.locator("body").evaluate(ground)
    page.emulate_media(color_scheme="dark")
    assert page.locator("body").evaluate(ground) != light == "rgb(255, 255, 255)"
    assert page.locator("figure img").first.evaluate(ground) == light
