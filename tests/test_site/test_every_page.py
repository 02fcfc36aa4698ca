"""What holds on every page of the site."""

import gzip
import re

WEIGHT = 100 * 1024
HIDDEN = """[...document.querySelectorAll(
  ":is(.highlight, .prints, .predict-choices, svg.drawing, table, math)"
)].filter((block) =>
  !block.closest("details:not([open]), .narrow-only, .wide-only")
  && !block.checkVisibility()).length"""


def test_nothing_is_wider_than_a_phone(page, pages):
    page.set_viewport_size({"width": 320, "height": 640})
    wide = {}
    for path in pages:
        page.goto(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 320:
            wide[path] = width
    assert wide == {}


def test_pages_load_without_a_complaint_or_a_third_party(page, pages, address):
    faults = []
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda message: (
            faults.append(f"{page.url}: {message.text}")
            if message.type in ("error", "warning")
            else None
        ),
    )
    page.on(
        "request",
        lambda request: (
            faults.append(f"{page.url} asks {request.url}")
            if not request.url.startswith((address, "data:"))
            else None
        ),
    )
    page.on(
        "response",
        lambda response: (
            faults.append(f"{response.url}: {response.status}")
            if response.status >= 400
            else None
        ),
    )
    for path in pages:
        page.goto(path)
    assert faults == []


def test_a_page_weighs_at_most_100_kib_before_anything_is_clicked(
    page, pages, site, address
):
    asked = set()
    page.on("request", lambda request: asked.add(request.url))
    heavy = {}
    for path in pages:
        asked.clear()
        page.goto(path, wait_until="networkidle")
        files = [url.removeprefix(address) for url in asked]
        assert path in files
        raw = [(site / name).read_bytes() for name in files if ":" not in name]
        weight = sum(len(gzip.compress(content, 9)) for content in raw)
        if weight > WEIGHT:
            heavy[path] = weight
        assert not any("search_index" in name for name in files)
    assert heavy == {}


def test_every_page_has_its_own_title_and_a_description(site, pages):
    titles = {}
    for path in pages:
        html = (site / path).read_text(encoding="utf-8")
        title = re.search(r"<title>(.+)</title>", html).group(1)
        about = re.search(r'name="description" content="([^"]+)"', html)
        assert len(about.group(1)) >= 20, path
        assert html.count("<h1") == 1, path
        assert titles.setdefault(title, path) == path


def test_everything_is_readable_without_javascript(browser, address, pages):
    context = browser.new_context(
        base_url=address,
        java_script_enabled=False,
        viewport={"width": 320, "height": 640},
    )
    page = context.new_page()
    for path in pages:
        page.goto(path)
        assert page.locator("h1").is_visible(), path
        assert page.evaluate(HIDDEN) == 0, path
        assert not page.locator(".needs-script").first.is_visible(), path
    context.close()


def test_an_answer_opens_without_javascript(browser, address, with_mark):
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto(with_mark("<predict-card"))
    page.locator(".predict-answer > summary").first.click()
    assert page.locator(".predict-reasons").first.is_visible()
    context.close()
