"""Assembles `microgpt_single.py`: all of Part I as one file to download.

The modules follow each other in reading order, comments and docstrings
included; imports are gathered at the top, the bundled names stand at the end.
"""

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from book.source import module_path

# The single file carries its names along: what fetches others is left out.
KEPT = {"microgpt.data": ("parse_docs", "load_docs")}
LAST = "book.whole"
OPENING = '''\
"""microgpt in one file: a GPT, trained and sampled from, in plain Python.

Assembled from the modules of the course in reading order; the algorithm is
that of Andrej Karpathy's microgpt. No package is needed:

    python microgpt_single.py
    python microgpt_single.py names.txt --steps 1000 --seed 42

One-letter names: T positions, C width of the stream, H heads, D head size,
V vocabulary size; q, k, v: query, key, value; x: the stream.
"""
'''


def single_file() -> str:
    """Return the text of the file.

    Raises ValueError if two modules define the same name.
    """
    modules = [_Module(name) for name in (*reading_order(), LAST)]
    _refuse_doubles(modules)
    bodies = "\n\n\n".join(module.body() for module in modules)
    imports = "\n".join(_imports(modules, bodies))
    return f"{OPENING}\n{imports}\n\n{bodies}\n"


def reading_order() -> tuple[str, ...]:
    """Return the names of Part I's modules as one reads them."""
    for node in ast.parse(module_path("microgpt").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and _defined(node) == ["PART_I"]:
            order: tuple[str, ...] = ast.literal_eval(node.value)
            return order
    raise LookupError("microgpt has no PART_I")


@dataclass
class _Module:
    """A module of the package, in the text that the single file takes over."""

    name: str

    def __post_init__(self) -> None:
        self.text = module_path(self.name).read_text("utf-8")
        self.tree = ast.parse(self.text)

    def kept(self, node: ast.stmt) -> bool:
        """Return whether a statement is taken over as it stands."""
        if isinstance(node, ast.Import | ast.ImportFrom | ast.Expr):
            return False
        names = KEPT.get(self.name)
        return names is None or bool({*names} & {*_defined(node)})

    def body(self) -> str:
        """Return the module's own text below a comment that says what it is."""
        lines = self.text.split("\n")
        for node in reversed(self.tree.body):
            start = min(
                [node.lineno]
                + [d.lineno for d in getattr(node, "decorator_list", [])]
            )
            if isinstance(node, ast.Expr):  # the docstring, all above it
                del lines[: node.end_lineno]
            elif not self.kept(node):
                del lines[start - 1 : node.end_lineno]
            elif _defined(node) == ["NAMES"]:
                lines[start - 1 : node.end_lineno] = bundled_names()
        text = re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines).strip())
        said = (ast.get_docstring(self.tree) or "").split("\n\n")[0]
        file = self.name.replace(".", "/") + ".py"
        gap = "\n" if text.startswith(("def ", "class ", "@")) else ""
        return f"# {file}\n# {said}\n\n{gap}{text}"

    def imports(self) -> Iterator[tuple[str, str]]:
        """Yield module and name of each import from elsewhere; "" for all."""
        for node in self.tree.body:
            if isinstance(node, ast.Import):
                yield from ((alias.name, "") for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                if not node.module.startswith("microgpt"):
                    yield from ((node.module, a.name) for a in node.names)


def bundled_names() -> list[str]:
    """Return the lines that define NAMES, as narrow as the rest of the file."""
    names = Path(module_path("microgpt").parents[2], "data", "names.txt")
    words = " ".join(names.read_text("utf-8").split())
    return ['NAMES = """', *textwrap.wrap(words, 79), '"""']


def _imports(modules: list[_Module], bodies: str) -> Iterator[str]:
    """Yield the import statements that the bodies need, each once."""
    wanted = {pair for module in modules for pair in module.imports()}
    used = {n.id for n in ast.walk(ast.parse(bodies)) if type(n) is ast.Name}
    for module in sorted(m for m, name in wanted if not name and m in used):
        yield f"import {module}"
    for module in sorted({m for m, name in wanted if name}):
        names = sorted(n for m, n in wanted if m == module and n in used)
        if names:
            yield f"from {module} import {', '.join(names)}"


def _defined(node: ast.stmt) -> list[str]:
    """Return the names that a statement of a module defines."""
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.AnnAssign):
        return [ast.unparse(node.target)]
    if isinstance(node, ast.Assign):
        return [ast.unparse(target) for target in node.targets]
    return []


def _refuse_doubles(modules: list[_Module]) -> None:
    owners: dict[str, str] = {}
    for module in modules:
        for node in filter(module.kept, module.tree.body):
            for name in _defined(node):
                if name in owners:
                    raise ValueError(
                        f"{name} is defined in {owners[name]} and {module.name}"
                    )
                owners[name] = module.name
