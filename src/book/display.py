"""How a recording spells a value: short, and the same at every run."""

from collections.abc import Mapping, Sequence, Set
from types import FunctionType, MethodType, ModuleType
from typing import Any

MOST = 8  # entries of a list that are spelt out
HIDDEN = (FunctionType, MethodType, ModuleType, type)


class Display:
    """Spells values; `names` maps ids of Values to the names they have."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}

    def __call__(self, value: object) -> str:
        """Return the value as a reader would want to see it."""
        if _is_value(value):
            name = self.names.get(id(value))
            return f"{name}: {value!r}" if name else repr(value)
        if isinstance(value, float):
            return f"{value:.4g}"
        if isinstance(value, str):
            return repr(value if len(value) <= 40 else f"{value[:39]}…")
        if isinstance(value, bool | int | range | slice) or value is None:
            return repr(value)
        if isinstance(value, list | tuple):
            return self.row(value)
        if isinstance(value, Mapping):
            keys = [self.entry(key) for key in value]
            return f"{{{', '.join(keys[:3])}{', …' * (len(keys) > 3)}}}"
        if isinstance(value, Set):
            return f"a set of {len(value)}"
        return _thing(value)

    def row(self, row: Sequence[Any]) -> str:
        """Return a list: its numbers, or its shape where it is a matrix.

        Pairs of a name and a number are spelt as such.
        """
        if len(row) and all(map(_is_named, row)):
            pairs = row[:MOST]
            return ", ".join(f"{name} {self.entry(x)}" for name, x in pairs)
        if len(row) and all(isinstance(entry, list | tuple) for entry in row):
            return f"{len(row)} × {_inner(row[0])}"
        shown = ", ".join(map(self.entry, row[:MOST]))
        more = f", … {len(row)} in all" if len(row) > MOST else ""
        left, right = "()" if isinstance(row, tuple) else "[]"
        return f"{left}{shown}{more}{right}"

    def entry(self, entry: object) -> str:
        """Return an entry of a list: a Value is its number, or its name."""
        if _is_value(entry):
            name = self.names.get(id(entry))
            return name or f"{getattr(entry, 'data', 0.0):.4g}"
        if isinstance(entry, str):
            return entry
        if isinstance(entry, list | tuple):  # a list may hold itself
            return f"{len(entry)} entries"
        return self(entry)


def hidden(value: object) -> bool:
    """Return whether a variable is none that a reader follows."""
    return isinstance(value, HIDDEN)


def _is_value(value: object) -> bool:
    return type(value).__name__ == "Value"


def _is_named(entry: object) -> bool:
    return (
        isinstance(entry, tuple)
        and len(entry) == 2
        and isinstance(entry[0], str)
    )


def _inner(row: Sequence[Any]) -> str:
    if len(row) and all(isinstance(entry, list | tuple) for entry in row):
        return f"{len(row)} × {_inner(row[0])}"
    return str(len(row))


def _thing(value: object) -> str:
    """Return what kind of thing it is, without any address."""
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
