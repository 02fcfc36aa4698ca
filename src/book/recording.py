"""A recording as data: everything that a page needs to replay a run.

| key | what |
| --- | --- |
| name, title | of the file; the stepper's claim |
| texts | source shown: name of file, its first line's number, lines as HTML |
| functions | name, and place of the text it is in |
| calls | of each call: its function and the call that it was made from, or -1 |
| lines, owners | of each step: the line's number, the call |
| returns | pairs of a step and the value returned there |
| values | every text that something showed |
| names, variables | of each call: name, steps and values of each variable |
| watch | expression, steps and values of each |
| folds | first and last step, label, rounds recorded, rounds in all |
| picture | a drawing, and name, numbers and gradients of each node in it |
| moments | step, what is said; a question, its choices and answer, seen where |

Steps and values of a variable or watch are kept as differences, each from the
one before. The value -1 says that there is none.
"""

import gzip
import json
from itertools import pairwise
from textwrap import dedent
from typing import Any

from book.block import highlighted_lines
from book.call import Call, Timeline
from book.figure import graph
from book.plan import SNIPPET
from book.trace import Recorder

MOST_KIB = 150


def recording(recorder: Recorder) -> str:
    """Return what was recorded, as JSON.

    Raises ValueError if a moment did not come, or no choice is the answer.
    """
    texts, functions, places = _sources(recorder)
    moments = _moments(recorder)
    names = sorted({n for call in recorder.calls for n in call.variables})
    data: dict[str, Any] = {
        "name": recorder.plan.name,
        "title": recorder.plan.title,
        "texts": texts,
        "functions": functions,
        "calls": [
            [place, call.parent] for place, call in zip(places, recorder.calls)
        ],
        "lines": [  # those of a snippet count from its own start
            line - recorder.calls[owner].text.skipped
            for line, owner in zip(recorder.lines, recorder.owners)
        ],
        "owners": recorder.owners,
        "returns": sorted(recorder.returns.items()),
        "values": list(recorder.notes.values),
        "names": names,
        "variables": [
            [
                [names.index(name), *_line(timeline)]
                for name, timeline in call.variables.items()
            ]
            for call in recorder.calls
        ],
        "watch": [
            [watch.see, *_line(timeline)]
            for watch, timeline in zip(
                recorder.plan.watch, recorder.notes.watched
            )
        ],
        "folds": [
            [fold.first, fold.last, fold.label, fold.shown, fold.rounds]
            for fold in recorder.folds
        ],
        "picture": _picture(recorder),
        "moments": moments,
    }
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def kib(text: str) -> float:
    """Return what a recording weighs, compressed, in KiB."""
    return len(gzip.compress(text.encode(), 9, mtime=0)) / 1024


def script(name: str, text: str) -> str:
    """Return a recording as a script, which a page on file:// may load."""
    return f'customElements.get("time-stepper").receive("{name}",{text});\n'


def _line(timeline: Timeline) -> tuple[list[int], list[int]]:
    """Return steps and values, each as the difference from the one before."""
    return _differences(timeline.steps), _differences(timeline.values)


def _differences(numbers: list[int]) -> list[int]:
    return numbers[:1] + [b - a for a, b in pairwise(numbers)]


def _picture(recorder: Recorder) -> list[Any]:
    """Return the drawing of a graph, and each node's name and timelines."""
    if not recorder.plan.picture:
        return []
    last = list(recorder.plan.picture)[-1]
    if last not in recorder.notes.nodes:
        raise ValueError(f"the picture's end never came to be: {last}")
    root = recorder.notes.nodes[last]
    svg = graph(root, title="", names=recorder.notes.nodes)
    return [
        svg,
        [
            [name, *_line(data), *_line(grad)]
            for name, (data, grad) in recorder.notes.drawn.items()
        ],
    ]


def _sources(
    recorder: Recorder,
) -> tuple[list[Any], list[Any], list[int]]:
    """Return the texts, the functions, and the function of each call."""
    texts: dict[tuple[str, int], list[Any]] = {}
    functions: dict[tuple[str, int], list[Any]] = {}
    places = []
    for call in recorder.calls:
        first, last = call.text.outer(call.code.co_firstlineno)
        file = _file(call)
        key = file, first
        if key not in texts:
            code = "\n".join(call.text.lines[first - 1 : last])
            shown = first - call.text.skipped
            texts[key] = [file, shown, highlighted_lines(dedent(code))]
        place = list(texts).index(key)
        name = _name(call)
        functions.setdefault((name, place), [name, place])
        places.append(list(functions).index((name, place)))
    return list(texts.values()), list(functions.values()), places


def _file(call: Call) -> str:
    """Return the file of a call as a reader knows it."""
    parts = call.code.co_filename.replace("\\", "/").split("/")
    if "microgpt" not in parts:
        return SNIPPET
    return "/".join(parts[parts.index("microgpt", -3) :])


def _name(call: Call) -> str:
    """Return the name of a call's function as a reader knows it."""
    outer, dot, last = call.name.rpartition(".")
    if last.startswith("<") and last != "<lambda>":
        what = "generator" if last == "<genexpr>" else "comprehension"
        return f"{what} in {outer or SNIPPET}"
    return call.name


def _moments(recorder: Recorder) -> list[dict[str, Any]]:
    """Return the moments in the order in which they came."""
    if recorder.notes.problems:
        raise ValueError(f"in a moment: {'; '.join(recorder.notes.problems)}")
    found = []
    for place, moment in enumerate(recorder.plan.moments):
        if place not in recorder.notes.moments:
            raise ValueError(f"this moment never came: {moment}")
        step, said, asked = recorder.notes.moments[place]
        entry: dict[str, Any] = {"step": step, "say": said}
        if moment.ask:
            seen, answer = recorder.notes.answers.get(place, (step, ""))
            choices = list(moment.choices)
            if answer not in choices:
                raise ValueError(
                    f"no choice is the answer, {answer!r}: {choices}"
                )
            entry |= {"ask": asked, "right": choices.index(answer)}
            entry["seen"] = seen
            entry["choices"] = list(moment.choices.items())
        found.append(entry)
    steps = [entry["step"] for entry in found]
    if len(set(steps)) < len(steps):
        raise ValueError("two moments come at one step: join them")
    return sorted(found, key=lambda entry: int(entry["step"]))
