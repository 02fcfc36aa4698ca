"""Loops and comprehensions of a source text, and the functions around them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import CodeType

# First and last line, first and last column, as `co_positions` has them.
Place = tuple[int | None, int | None, int | None, int | None]
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOOPS = (ast.For, ast.While)
APART = (*FUNCTIONS, *COMPREHENSIONS, ast.ClassDef, ast.Lambda)


@dataclass(frozen=True)
class Region:
    """A part of a text that may run many times.

    first, last: its lines. start, end: line and column of both ends.
    """

    first: int
    last: int
    label: str
    start: tuple[int, int] = (0, 0)
    end: tuple[int, int] = (0, 0)

    def holds(self, place: Place) -> bool:
        """Return whether a place in the source is inside; unknown: yes."""
        first, last, start, end = place
        if first is None or last is None or start is None or end is None:
            return True
        return self.start <= (first, start) and (last, end) <= self.end


@dataclass(frozen=True, eq=False)
class Text:
    """A source text.

    skipped: lines at its start that are not the reader's.
    """

    text: str
    skipped: int = 0

    @cached_property
    def lines(self) -> list[str]:
        """Return its lines."""
        return self.text.split("\n")

    @cached_property
    def code_lines(self) -> range:
        """Return the numbers of the lines that are the reader's."""
        return range(self.skipped + 1, len(self.lines) + 1)

    @cached_property
    def assigned(self) -> set[str]:
        """Return the names that its statements assign, outside functions."""
        return {
            node.id
            for node in _inside(self.tree, (ast.Name,))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        }

    @cached_property
    def tree(self) -> ast.Module:
        """Return its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Return all functions and methods, outer before inner."""
        return [n for n in ast.walk(self.tree) if isinstance(n, FUNCTIONS)]

    @cached_property
    def _regions(self) -> dict[tuple[str, int], list[tuple[Region, bool]]]:
        return {}

    def region(self, code: CodeType, line: int, loops: bool) -> Region | None:
        """Return the comprehension of a function that a line is in.

        loops: its loops count too, and come first.
        """
        key = code.co_name, code.co_firstlineno
        if key not in self._regions:
            self._regions[key] = list(_found(self._node(code)))
        for region, is_loop in self._regions[key]:
            if (loops or not is_loop) and region.first <= line <= region.last:
                return region
        return None

    def _node(self, code: CodeType) -> ast.AST:
        """Return the function of a code, or the whole text.

        A lambda is one line, in which there is nothing to fold.
        """
        if code.co_name == "<lambda>":
            return ast.Pass()
        for node in self.functions:
            starts = {node.lineno, *(d.lineno for d in node.decorator_list)}
            if node.name == code.co_name and code.co_firstlineno in starts:
                return node
        return self.tree

    def outer(self, line: int) -> tuple[int, int]:
        """Return the first and last line of the function around a line.

        Of functions inside each other it is the outermost; outside of any, it
        is what is the reader's of the whole text.
        """
        for node in self.functions:
            starts = [node.lineno, *(d.lineno for d in node.decorator_list)]
            last = node.end_lineno or node.lineno
            if min(starts) <= line <= last:
                return min(starts), last
        return self.skipped + 1, len("\n".join(self.lines).rstrip().split("\n"))


def _found(node: ast.AST) -> Iterator[tuple[Region, bool]]:
    """Yield the outermost loops of a node, then its comprehensions."""
    loops = [n for n in _inside(node, LOOPS) if isinstance(n, LOOPS)]
    for loop in loops:
        yield _region(loop, "loop"), True
    for other in _inside(node, COMPREHENSIONS):
        if isinstance(other, ast.expr):
            yield _region(other, "comprehension"), False


def _region(node: ast.stmt | ast.expr, label: str) -> Region:
    last, end = node.end_lineno or 0, node.end_col_offset or 0
    start = node.lineno, node.col_offset
    return Region(node.lineno, last, label, start, (last, end))


def _inside(node: ast.AST, wanted: tuple[type, ...]) -> Iterator[ast.AST]:
    """Yield the outermost nodes of some kinds, but not of inner functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, wanted):
            yield child
        elif not isinstance(child, APART):
            yield from _inside(child, wanted)
