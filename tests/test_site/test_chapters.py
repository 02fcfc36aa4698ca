"""The one table of chapters in mkdocs.yml, against what is there."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader
from mkdocs.utils.yaml import yaml_load

from book.lab import labs, read_lab

ROOT = Path(__file__).parents[2]
CONFIG = yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
CHAPTERS = CONFIG["extra"]["chapters"]
PARTS = {"Course", "On arrays"}  # sections of the navigation
STATIONS = re.findall(
    r'stop\("(\w+)"',
    (ROOT / "overrides/partials/map.html").read_text(encoding="utf-8"),
)


def test_the_table_has_the_chapters_of_the_navigation_in_order():
    sections = [item for item in CONFIG["nav"] if item.keys() & PARTS]
    pages = [page for item in sections for page in [*item.values()][0]]
    assert list(CHAPTERS) == pages
    numbers = [row["number"] for row in CHAPTERS.values()]
    assert numbers == list(range(1, 26))


@pytest.mark.parametrize("path", CHAPTERS)
def test_the_title_is_the_pages_own(path):
    text = (ROOT / "docs" / path).read_text(encoding="utf-8")
    title = re.search(r"^# (.+)$", text, re.M).group(1)
    assert title == CHAPTERS[path]["title"]


@pytest.mark.parametrize("path", CHAPTERS)
def test_every_door_opens(path):
    row = CHAPTERS[path]
    assert [name for name in row["modules"] if find_spec(name) is None] == []
    assert "test" not in row or (ROOT / row["test"]).is_file()
    assert "lab" not in row or (ROOT / "docs" / row["lab"]).is_file()


def test_every_lab_has_a_page_and_is_a_door_of_a_chapter():
    nav = next(item["Labs"] for item in CONFIG["nav"] if "Labs" in item)
    docs = ROOT / "docs"
    found = [path.relative_to(docs).as_posix() for path in labs(docs)]
    assert nav == ["labs/index.md", *found]
    named = {row["lab"] for row in CHAPTERS.values() if "lab" in row}
    assert named == set(found)


def test_the_labs_are_numbered_in_order():
    read = [read_lab(path) for path in labs(ROOT / "docs")]
    assert [lab.number for lab in read] == list(range(1, 7))
    named = [f"Lab {lab.number}: " for lab in read]
    assert all(lab.title.startswith(name) for lab, name in zip(read, named))


def test_every_station_belongs_to_one_chapter_and_stands_on_both_maps():
    named = [name for row in CHAPTERS.values() for name in row["stations"]]
    assert sorted(STATIONS) == sorted(named * 2)


def small_map(chapter):
    env = Environment(loader=FileSystemLoader(ROOT / "overrides"))
    env.filters["url"] = str
    template = env.from_string(
        '{% import "partials/map.html" as map with context %}'
        "{{ map.small(chapter) }}"
    )
    config = {"extra": {"chapters": CHAPTERS}}
    return template.render(config=config, chapter=chapter)


def test_the_map_of_a_chapter_says_where_it_is():
    drawn = small_map(CHAPTERS["course/09-transformer.md"])
    assert 'class="map small at-embeddings at-mlp at-logits"' in drawn
    assert drawn.count("you are here") == 2  # on the wide map and the tall


def test_a_chapter_that_comes_back_to_a_station_is_marked_there():
    drawn = small_map(CHAPTERS["course/19-mask.md"])
    assert 'class="map small at-attention"' in drawn
    assert drawn.count('aria-current="location"') == 2
    assert drawn.count("you are here") == 2
    assert drawn.count("<a ") == len(STATIONS)


def test_a_chapter_without_a_station_has_a_map_and_is_nowhere_on_it():
    drawn = small_map({"number": 26, "title": "Next", "stations": []})
    assert '<nav class="map small" ' in drawn
    assert "you are here" not in drawn and "ring" not in drawn
    assert drawn.count("<a ") == len(STATIONS)
