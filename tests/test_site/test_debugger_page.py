"""The page of the debugger: its tables hold what a debugger shows.

tests/test_debugger drives the debuggers to the same stops and compares.
"""

import pytest
from bs4 import BeautifulSoup

from book.stop import STOPS, rows


@pytest.fixture(scope="module")
def tables(site):
    html = (site / "labs" / "index.html").read_text("utf-8")
    found = BeautifulSoup(html, "html.parser").select(".figure-table")
    return [
        [
            [cell.get_text() for cell in row.find_all(["th", "td"])]
            for row in table.select("tbody tr")
        ]
        for table in found
    ]


@pytest.mark.parametrize("lab", STOPS)
def test_the_page_shows_what_each_stop_shows(lab, tables):
    assert rows(lab) in tables


def test_every_function_to_stop_in_is_listed_by_its_bare_name(tables):
    named = {stop.function for stops in STOPS.values() for stop in stops}
    assert [row[0] for row in tables[0]] == sorted(named - {""})


def test_the_first_action_can_be_copied(page):
    page.goto("labs/index.html")
    block = page.locator(".run", has_text="git clone")
    block.locator("copy-code button").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("git clone ") and "&& code " in copied
