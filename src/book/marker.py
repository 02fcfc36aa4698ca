"""Markers: the comments that tell both runners about the fence below."""

import re
from dataclasses import dataclass

MARKER = re.compile(
    r"<!--[-\s]*("
    r"pytest-codeblocks:\s*(?P<codeblocks>cont|expected-output)"
    r"|pytest\.mark\.(?P<mark>skip)"
    r"\(\s*reason\s*=\s*([\"'])(?P<why>[^\n]+)\4\s*\)"
    r"|book:(?P<book>predict|(figure|shown|stepper)\b(?P<text>.*?))"
    r")[-\s]*-->",
    re.DOTALL,
)
NEAR_MARKER = re.compile(r"<!--[-\s]*(py[ ._-]?test|code-?blocks|book:)")


@dataclass(frozen=True)
class Marker:
    """A marker, understood: its word, and its text or reason."""

    word: str
    text: str = ""


def read_marker(comment: str) -> Marker | None:
    """Return the marker in a comment; None if the comment is something else.

    Raises ValueError if it looks like a marker and is none.
    """
    match = MARKER.fullmatch(comment)
    if not match and NEAR_MARKER.match(comment):
        raise ValueError(f"unknown marker: {comment}")
    if not match:
        return None
    word = match["codeblocks"] or match["mark"] or match["book"].split()[0]
    if not match["book"] and "\n" in comment:
        raise ValueError(f"this marker must stand on one line: {word}")
    return Marker(word, (match["why"] or match["text"] or "").strip())
