"""Steppers: the element of a replay, its table, and the recordings' files."""

import json
import posixpath
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, fromstring

from markdown.util import AtomicString

from book.cache import Cache
from book.reader import read_page
from book.recall import recall
from book.recording import kib, script
from book.run import RunError

FOLDER = "recordings"
WITHOUT = (
    "Where scripts run, this can be replayed line by line, forward and back,"
    " and the questions come first. Here are its key moments."
)


def recordings(
    paths: Iterable[tuple[Path, str]], cache: Cache
) -> Iterator[tuple[str, str]]:
    """Yield the address and text of each recording that pages ask for.

    paths: pages, each with its name. What fails is left to the page's build.
    """
    for path, page in paths:
        for chain in read_page(path, page).chains:
            if not any(fence.stepper for fence in chain.fences):
                continue
            try:
                results = recall(chain, page, cache)
            except RunError:
                continue
            for result in results:
                if result.recording:
                    name = json.loads(result.recording)["name"]
                    text = script(name, result.recording)
                    yield f"{FOLDER}/{name}.js", text


def add_stepper(parent: Element, text: str, page_url: str) -> Element:
    """Add the element of a recording: its claim, then its key moments.

    Text and choices are Markdown, which the page's converter reads later.
    """
    element = SubElement(parent, "time-stepper")
    title = SubElement(element, "p", {"class": "stepper-title"})
    if not text:  # its fence failed, and the build says so
        return element
    data = json.loads(text)
    title.text = data["title"]
    start = posixpath.dirname(page_url) or "."
    file = f"{FOLDER}/{data['name']}.js"
    element.set("data-recording", posixpath.relpath(file, start))
    element.set("data-name", data["name"])
    element.set("data-steps", f"{_visible(data):,}")
    element.set("data-kib", f"{kib(text):.0f}")
    frame = SubElement(element, "div", {"class": "table stepper-table"})
    SubElement(frame, "p").text = WITHOUT
    table = SubElement(frame, "table")
    row = SubElement(SubElement(table, "thead"), "tr")
    for name in ("about to run", "what to see", "watched"):
        SubElement(row, "th", {"scope": "col"}).text = name
    body = SubElement(table, "tbody")
    for moment in data["moments"]:
        _row(SubElement(body, "tr"), moment, data)
    return element


def _row(row: Element, moment: dict[str, Any], data: dict[str, Any]) -> None:
    """Fill the row of a moment: where, what, and what is watched."""
    step = moment["step"]
    where = SubElement(row, "td")
    function, _ = data["calls"][data["owners"][step]]
    name, text = data["functions"][function]
    _, first, lines = data["texts"][text]
    line = data["lines"][step] - first
    _code(SubElement(where, "p"), name)
    _code(where, _plain(lines[line]).strip())
    what = SubElement(row, "td")
    SubElement(what, "p").text = moment["say"] or moment["ask"]
    if "ask" in moment:
        if moment["say"]:
            SubElement(what, "p").text = moment["ask"]
        _answer(what, moment)
    watched = SubElement(row, "td")
    for see, steps, values in data["watch"]:
        value = _at(step, steps, values)
        if value >= 0:
            line_of = SubElement(watched, "p")
            _code(line_of, f"{see} = {data['values'][value]}")


def _visible(data: dict[str, Any]) -> int:
    """Return how many steps there are outside of all folds."""
    inside = {
        step
        for first, last, *_ in data["folds"]
        for step in range(first, last + 1)
    }
    return len(data["lines"]) - len(inside)


def _answer(parent: Element, moment: dict[str, Any]) -> None:
    """Add the answer of a question, folded, with all its reasons."""
    details = SubElement(parent, "details")
    SubElement(details, "summary").text = "Answer"
    items = SubElement(details, "ul")
    for place, (choice, reason) in enumerate(moment["choices"]):
        item = SubElement(items, "li")
        came = " (this is what came)" if place == moment["right"] else ""
        _code(item, choice).tail = f"{came}: {reason}"


def _code(parent: Element, text: str) -> Element:
    """Add code that no Markdown changes."""
    code = SubElement(parent, "code")
    code.text = AtomicString(text)
    return code


def _plain(html: str) -> str:
    """Return the text of a line of coloured code."""
    return "".join(fromstring(f"<p>{html}</p>").itertext())


def _at(step: int, steps: list[int], values: list[int]) -> int:
    """Return what differences come to at a step: -1 is none."""
    at, value = 0, -1
    for place, (later, change) in enumerate(zip(steps, values)):
        at += later
        if at > step:
            break
        value = change if place == 0 else value + change
    return value
