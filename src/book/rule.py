"""What a fence may be: the rules that a page's text alone can break."""

import re
from collections.abc import Iterator

from book.card import card_problems
from book.fence import RUN, Fence
from book.plan import read_plan

PLAIN = ("console", "text", "json", "toml", "yaml", "markdown")
RUN_ALIKE = (*RUN, "py", "python3", "py3", "pycon", "ipython", "shell", "zsh")
LANGUAGE = re.compile(r"\s*\{?\s*\.?(\w*)")
MOST_LINES = 12


def complaints(fence: Fence, last: Fence | None) -> Iterator[str]:
    """Yield what is wrong with a fence that follows `last`."""
    yield from _language(fence)
    yield from _chain(fence, last)
    yield from _place(fence)
    yield from _length(fence)
    if fence.card:
        yield from card_problems(fence.card)
    if fence.stepper is not None:
        try:
            read_plan(fence.stepper)
        except ValueError as error:
            yield str(error)


def _language(fence: Fence) -> Iterator[str]:
    match = LANGUAGE.match(fence.info)
    word = match[1].lower() if match else ""
    if fence.info == "py":
        if not fence.reason:
            yield "a py fence needs its reason: <!--book:shown reason-->"
    elif fence.info not in RUN and word in RUN_ALIKE:
        yield (
            f"both runners would skip ```{fence.info}: write python, sh or"
            " bash alone right after the backticks, or py to show code only"
        )
    elif fence.info not in RUN and word not in PLAIN:
        yield f"unknown language: ```{fence.info}; plain: {', '.join(PLAIN)}"


def _chain(fence: Fence, last: Fence | None) -> Iterator[str]:
    if not fence.cont:
        return
    if not fence.runs:
        yield "cont stands before a fence that is not run"
    elif last is None or not last.runs:
        yield "cont after a fence that is not run"
    elif last.info != fence.info:
        yield f"cont: {fence.info} cannot continue {last.info}"


def _place(fence: Fence) -> Iterator[str]:
    if fence.reason is not None and fence.info != "py":
        yield "book:shown is for py fences"
    if fence.skip is not None and (fence.cont or fence.info not in RUN):
        yield "skip is for a fence that would run and continues none"
    if fence.caption == "":
        yield "a figure has a caption: <!--book:figure caption-->"
    for word, given in (
        ("figure", fence.caption),
        ("predict card", fence.card),
        ("stepper", fence.stepper),
    ):
        if given is not None and not (fence.runs and fence.info == "python"):
            yield f"the fence of a {word} is a python fence that runs"
        if given is not None and fence.hidden:
            yield f"the fence of a {word} cannot be hidden"
    kinds = (fence.caption, fence.card, fence.stepper)
    if sum(kind is not None for kind in kinds) > 1:
        yield "a fence is a figure, a predict card or a stepper, not two"


def _length(fence: Fence) -> Iterator[str]:
    lines = fence.code.split("\n")
    shown = fence.caption is None and not fence.hidden
    count = sum(bool(line.strip()) for line in lines)
    if fence.info == "python" and shown and count > MOST_LINES:
        yield f"a python fence has at most {MOST_LINES} lines; this has {count}"
    if fence.runs:
        yield from indentation(fence)
    if fence.runs and "\t" in fence.code:
        yield "indent with spaces: Markdown expands tabs"


def indentation(fence: Fence) -> Iterator[str]:
    """Yield what is wrong with blank lines of a fence that stands indented."""
    if fence.indent and "\n\n" in f"\n{fence.code}":
        yield "pytest-codeblocks drops blank lines of an indented fence"
