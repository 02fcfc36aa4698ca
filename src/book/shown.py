"""What of the package the chapters show: the law is once each, in order."""

import ast
from collections.abc import Iterator

from book.fence import Fence, Page, Shown
from book.source import Definition, definitions


def public_definitions(module: str) -> list[str]:
    """Return a module's public functions, classes and methods, in order.

    A class stands for its start, up to its first method but __init__; a
    property that can be set has two functions, and one name.
    """
    names = [
        f"{module}:{name}"
        for name, _ in definitions(module)
        if not _private(name) and not name.endswith(".__init__")
    ]
    return list(dict.fromkeys(names))


def shown_definitions(page: Page) -> list[str]:
    """Return every definition that a page shows, in order, repeats included."""
    return [
        f"{shown.module}:{name}"
        for shown in page.shown
        for name in _names(shown)
    ]


def imported(fence: Fence) -> list[str]:
    """Return what a fence that readers follow imports, as `module:name`.

    Of the package only. Hidden fences are not read, and the code of figures
    stands folded away.
    """
    if fence.info != "python" or fence.hidden or fence.caption is not None:
        return []
    return [
        f"{node.module}:{alias.name}"
        for node in ast.walk(ast.parse(fence.code))
        if isinstance(node, ast.ImportFrom)
        if (node.module or "").split(".")[0] == "microgpt"
        for alias in node.names
    ]


def _names(shown: Shown) -> Iterator[str]:
    """Yield the definitions in what is shown: a whole class has many."""
    known: dict[str, Definition] = dict(definitions(shown.module))
    for symbol in shown.symbols:
        yield symbol
        if not shown.head and isinstance(known.get(symbol), ast.ClassDef):
            for name in known:
                inside = name.startswith(f"{symbol}.")
                if inside and not name.endswith(".__init__"):
                    yield name


def _private(name: str) -> bool:
    """Return whether a name or a part of it is private; __add__ is not."""
    return any(
        part.startswith("_") and not part.endswith("__")
        for part in name.split(".")
    )
