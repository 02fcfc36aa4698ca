"""Copy, predict cards, search and the light switch, as a reader meets them."""

import pytest
from playwright.sync_api import Locator, expect

CLIPBOARD = "navigator.clipboard.readText()"
REFUSE = """() => {
  navigator.clipboard.writeText = () => Promise.reject(new Error("refused"));
}"""
UNFOLD = """for (const fold of document.querySelectorAll(".figure-code")) {
  fold.open = true;
}"""


@pytest.fixture
def run_block(page, with_mark):
    """Opens a page that has such a run block, and finds the block."""

    def find(mark: str, selector: str) -> Locator:
        page.goto(with_mark(mark))
        page.evaluate(UNFOLD)
        return page.locator(selector).first

    return find


@pytest.fixture
def chain(run_block):
    return run_block("data-copy=", ".run[data-copy]")


@pytest.fixture
def alone(run_block):
    return run_block('<div class="run">', ".run:not([data-copy])")


def test_copy_yields_the_whole_chain(page, chain):
    chain.locator("copy-code button").click()
    expect(chain.locator("copy-code button")).to_have_text("Copied")
    assert page.evaluate(CLIPBOARD) == chain.get_attribute("data-copy")
    assert page.locator("p[role=status].unseen").inner_text() == "Copied"


def test_copy_yields_the_code_alone_where_it_stands_alone(page, alone):
    alone.locator("copy-code button").focus()
    page.keyboard.press("Enter")
    expect(alone.locator("copy-code button")).to_have_text("Copied")
    code = alone.locator(".highlight code").text_content()
    assert page.evaluate(CLIPBOARD) == code


def test_code_is_selected_where_copying_is_not_allowed(page, alone):
    page.evaluate(REFUSE)
    alone.locator("copy-code button").click()
    expect(alone.locator("copy-code button")).to_have_text("Selected")
    code = alone.locator(".highlight code").text_content()
    assert page.evaluate("getSelection().toString()").strip() == code.strip()


def test_a_chain_is_selected_in_a_field_of_its_own(page, chain):
    page.evaluate(REFUSE)
    chain.locator("copy-code button").click()
    field = chain.locator("textarea")
    expect(field).to_be_focused()
    assert field.input_value() == chain.get_attribute("data-copy")


def test_a_prediction_is_made_with_the_keyboard_alone(page, with_mark):
    page.goto(with_mark("<predict-card"))
    card = page.locator("predict-card").first
    assert not card.locator(".predict-answer").is_visible()
    card.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(card.locator(".predict-reasons")).to_be_visible()
    expect(card.locator(".predict-verdict")).to_be_focused()
    expect(card.locator(".chosen")).to_contain_text("your choice")
    expect(card.locator(".right")).to_contain_text("what it prints")
    assert card.locator(".chosen").count() == 1
    assert card.get_attribute("committed") is not None


def test_nothing_is_committed_before_a_choice(page, with_mark):
    page.goto(with_mark("<predict-card"))
    card = page.locator("predict-card").first
    card.locator(".predict-commit").click()
    assert not card.locator(".predict-answer").is_visible()


def test_search_finds_softmax_with_the_keyboard_alone(page):
    page.goto("index.html")
    page.keyboard.press("/")
    page.keyboard.type("softmax")
    expect(page.locator("#search [role=status]")).to_contain_text("section")
    page.keyboard.press("ArrowDown")
    found = page.locator("#search li a").first
    expect(found).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "index.html" not in url)
    expect(page.locator("main")).to_contain_text("softmax")


def test_search_says_when_it_finds_nothing(page):
    page.goto("index.html")
    page.locator("[data-open=search]").click()
    page.locator("#search-words").fill("zzyzx")
    expect(page.locator("#search [role=status]")).to_have_text("No sections")
    page.keyboard.press("Escape")
    assert not page.locator("#search").is_visible()


def test_search_works_from_a_file(browser, site):
    page = browser.new_page()
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("softmax")
    page.locator("#search li a").first.click()
    page.wait_for_url(lambda url: "index.html" not in url)
    expect(page.locator("main")).to_contain_text("softmax")
    page.close()


def test_the_chosen_scheme_lasts_and_the_systems_own_is_not_kept(page):
    page.emulate_media(color_scheme="light")
    page.goto("index.html")
    switch = page.locator("[data-scheme-switch]")
    switch.click()
    page.reload()
    assert page.evaluate("document.documentElement.dataset.scheme") == "dark"
    expect(switch).to_have_text("Light")
    switch.click()
    assert page.evaluate("localStorage.getItem('scheme')") is None


def test_the_map_is_walked_with_the_keyboard(page):
    page.goto("index.html")
    page.locator(".map svg:visible a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/course/01-documents.html")
    here = page.locator(".map svg:visible a[aria-current=page]")
    assert here.count() == 1
    expect(here).to_contain_text("document")
