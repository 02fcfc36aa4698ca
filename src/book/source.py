"""Package source by symbol: the text of a definition, found by its name."""

import ast
import importlib.util
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from textwrap import dedent

Definition = (
    ast.FunctionDef
    | ast.AsyncFunctionDef
    | ast.ClassDef
    | ast.Assign
    | ast.AnnAssign
)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def module_path(module: str) -> Path:
    """Return the file of a module, without importing it.

    Raises LookupError if there is no such module.
    """
    package, *names = module.split(".")
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise LookupError(f"no module is called {module}")
    base = Path(spec.origin).parent.joinpath(*names)
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file() and (names or path.name == "__init__.py"):
            return path
    raise LookupError(f"no module is called {module}")


def symbol_source(module: str, symbol: str, head: bool = False) -> str:
    """Return the source of a function, class, method or assignment, dedented.

    head: only the start of a class, up to its first method but __init__.
    Raises LookupError if the module has no such symbol.
    """
    text = module_path(module).read_text("utf-8")
    start, node = _find(_parse(text), module, symbol)
    first, last = _first_line(start), node.end_lineno or node.lineno
    if head:
        if not isinstance(node, ast.ClassDef):
            raise LookupError(f"head is for a class: {module}:{symbol}")
        last = _head_end(node)
    lines = text.split("\n")[first - 1 : last]
    return dedent("\n".join(lines)).rstrip() + "\n"


def sources(module: str, symbols: Sequence[str], head: bool = False) -> str:
    """Return the source of several symbols of a module, one after another."""
    texts = [symbol_source(module, symbol, head) for symbol in symbols]
    return "\n".join(texts)


def definitions(module: str) -> Iterator[tuple[str, Definition]]:
    """Yield each function, class and method of a module with its name."""
    for node in _parse(module_path(module).read_text("utf-8")).body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, FUNCTIONS):
                    yield f"{node.name}.{method.name}", method


@lru_cache(maxsize=64)
def _parse(text: str) -> ast.Module:
    return ast.parse(text)


def _find(
    tree: ast.Module, module: str, symbol: str
) -> tuple[Definition, Definition]:
    """Return where a definition starts and ends: a property has two parts."""
    body: list[ast.stmt] = tree.body
    for name in symbol.split("."):
        found = [node for node in body if name in _names(node)]
        if not found:
            raise LookupError(f"{module} has no symbol {symbol}")
        node = found[-1]
        body = node.body if isinstance(node, ast.ClassDef) else []
    if not isinstance(node, Definition):
        raise LookupError(f"{module} has no symbol {symbol}")
    getter = found[0] if isinstance(node, FUNCTIONS) else node
    return (getter if isinstance(getter, FUNCTIONS) else node), node


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AnnAssign):
        targets = [node.target]
    else:
        return []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _first_line(node: ast.stmt) -> int:
    """Return the line where a statement begins, decorators included."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(expr.lineno for expr in decorators)])


def _head_end(node: ast.ClassDef) -> int:
    """Return the last line before the first method other than __init__."""
    for before, statement in zip([None, *node.body], node.body):
        if isinstance(statement, FUNCTIONS) and statement.name != "__init__":
            return before.end_lineno or 0 if before else node.lineno
    return node.end_lineno or node.lineno
