"""The one table of chapters in mkdocs.yml, against what is there."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from mkdocs.utils.yaml import yaml_load

ROOT = Path(__file__).parents[2]
CONFIG = yaml_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
CHAPTERS = CONFIG["extra"]["chapters"]
STATIONS = re.findall(
    r'stop\("(\w+)"',
    (ROOT / "overrides/partials/map.html").read_text(encoding="utf-8"),
)


def test_the_table_has_the_chapters_of_the_navigation_in_order():
    course = next(item["Course"] for item in CONFIG["nav"] if "Course" in item)
    assert list(CHAPTERS) == course
    assert [row["number"] for row in CHAPTERS.values()] == list(range(1, 14))


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


def test_every_station_belongs_to_one_chapter_and_stands_on_both_maps():
    named = [name for row in CHAPTERS.values() for name in row["stations"]]
    assert sorted(STATIONS) == sorted(named * 2)
