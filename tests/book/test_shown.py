"""The engine is append-only: each definition is shown once, in order."""

import pytest

from book.cache import project_root
from book.reader import read_page
from book.shown import imported, public_definitions, shown_definitions
from microgpt import READING_ORDER

CHAPTERS = [
    read_page(path)
    for path in sorted((project_root() / "docs" / "course").glob("*.md"))
]
SHOWN = [shown_definitions(page) for page in CHAPTERS]
ALL = [name for names in SHOWN for name in names]


def chapter_of(name):
    """Return the place of the chapter that shows a definition first."""
    return next((i for i, names in enumerate(SHOWN) if name in names), 99)


def test_nothing_is_shown_twice():
    assert len(ALL) == len(set(ALL)) > 50


@pytest.mark.parametrize("module", READING_ORDER)
def test_every_public_definition_is_shown(module):
    missing = [name for name in public_definitions(module) if name not in ALL]
    assert missing == []


def test_chapters_take_the_modules_in_reading_order():
    names = [public_definitions(module) for module in READING_ORDER]
    firsts = [min(map(chapter_of, module)) for module in names]
    assert firsts == sorted(firsts)


@pytest.mark.parametrize("module", READING_ORDER)
@pytest.mark.parametrize("methods", [True, False])
def test_definitions_are_shown_in_the_order_of_their_file(module, methods):
    """Methods stand inside their class, so their order is their own."""
    names = [name for name in public_definitions(module) if name in ALL]
    names = [name for name in names if ("." in name.split(":")[1]) is methods]
    assert [name for name in ALL if name in names] == names


@pytest.mark.parametrize("page", CHAPTERS, ids=lambda page: page.name[-20:])
def test_a_chapter_uses_nothing_that_a_later_one_shows(page):
    names = [n for module in READING_ORDER for n in public_definitions(module)]
    here = CHAPTERS.index(page)
    later = [
        f"{fence.line}: {name}"
        for fence in page.fences
        for name in imported(fence)
        for shown in names
        if is_in(name, shown) and chapter_of(shown) > here
    ]
    assert later == []


def is_in(name, shown):
    """Return whether an import, perhaps from a package above, means `shown`."""
    (above, symbol), (module, defined) = name.split(":"), shown.split(":")
    return symbol == defined and f"{module}.".startswith(f"{above}.")
