"""Sessions that end with their test, and the count of what they checked."""

import pytest
from dap import Client
from terminal import Terminal

from book.stop import STOPS
from book.walk import follow


class Checks:
    """Counts what a debugger said and a test compared."""

    def __init__(self):
        self.made = 0

    def equal(self, found, expected):
        self.made += 1
        assert found == expected


@pytest.fixture
def checks(record_property):
    counted = Checks()
    yield counted
    record_property("debugger_checks", counted.made)


@pytest.fixture
def client():
    session = Client()
    yield session
    session.close()


@pytest.fixture
def terminal():
    """A function that opens terminals, which close with the test."""
    opened = []

    def open_terminal(*arguments):
        opened.append(Terminal(*arguments))
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()


@pytest.fixture(scope="session")
def shown():
    """A function from a lab to its stops and what they show on the page."""
    kept = {}

    def shown(lab):
        if lab not in kept:
            kept[lab] = follow(lab, STOPS[lab])
        return zip(STOPS[lab], kept[lab], strict=True)

    return shown
