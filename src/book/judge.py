"""Judging a run: approved output, figures and cards against what came out."""

from collections.abc import Iterator, Sequence
from difflib import unified_diff

from book.card import card_problems
from book.fence import Chain, Fence, Problem
from book.recording import MOST_KIB, kib
from book.run import Result


def judge(chain: Chain, results: Sequence[Result]) -> Iterator[Problem]:
    """Yield what is wrong with what the fences of a chain did."""
    printing = []
    for fence, result in zip(chain.fences, results):
        for message in _verdict(fence, result):
            yield Problem(fence.line, message)
        if result.prints and fence.caption is None:
            printing.append(fence)
    for fence in printing[1:]:
        yield Problem(
            fence.line,
            "a second fence of this chain prints; one may, for"
            " pytest-codeblocks tests a chain as one",
        )


def _verdict(fence: Fence, result: Result) -> Iterator[str]:
    if fence.caption is not None:
        if result.prints:
            yield f"a figure fence prints nothing; this did: {result.prints!r}"
        if " style=" in result.figure:
            yield "a figure has no style attributes: the policy forbids them"
        return
    if fence.stepper and kib(result.recording) > MOST_KIB:
        yield f"a recording weighs at most {MOST_KIB} KiB, compressed"
    if fence.card:
        known = card_problems(fence.card)
        yield from card_problems(fence.card, result.prints)[len(known) :]
    if result.prints and fence.hidden:
        yield f"a hidden fence prints nothing; this did: {result.prints!r}"
    elif result.prints and not fence.approved:
        yield "this fence prints and has no approved output: make approve"
    elif fence.approved and fence.approved.code != result.prints:
        yield f"output differs from the approved one\n{_diff(fence, result)}"


def _diff(fence: Fence, result: Result) -> str:
    approved = fence.approved.code if fence.approved else ""
    lines = unified_diff(
        approved.splitlines(keepends=True),
        result.prints.splitlines(keepends=True),
        "approved",
        "printed",
        n=2,
    )
    return "".join(f"  {line}" for line in lines).rstrip()
