"""The prose of chapters as plain text: what a model can learn to write.

Words and their punctuation only: no code, figures, tables, formulas, questions
or anything hidden. A paragraph is one line, an empty line stands between two.

    python -m book prose
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from book.cache import project_root

PART_I = "docs/course/0[1-9]-*.md", "docs/course/1[0-3]-*.md"
NOT_PROSE = re.compile(
    r"\A---\n.*?\n---\n"  # front matter
    r"|<!--book:predict-->.*?(?=^ *`{3,})"  # a question and its choices
    r"|<!--.*?-->"
    r"|^ *(`{3,}).*?^ *\1 *$"  # fences
    # Tables, source, headings, formulas, HTML, footnotes:
    r"|^ *(\||:::|#|\$\$|<|\[\^).*?$",
    re.DOTALL | re.MULTILINE,
)
LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
# Code between backticks is kept as it stands; around it, marks are dropped.
MARKS = re.compile(r"`([^`]*)`|\*\*|(?<!\w)\*(?=\S)|(?<=\S)\*(?!\w)|\{[^}]*\}")
ITEM = re.compile(r"\A\s*([-*+] +|\d+\. +|(!!!|\?\?\?).*\n)")


def prose(text: str) -> Iterator[str]:
    """Yield the paragraphs of a page's Markdown that are words alone."""
    text = NOT_PROSE.sub("", text)
    for paragraph in re.split(r"\n\s*\n|\n(?= *[-*+] )", text):
        words = " ".join(ITEM.sub("", paragraph, count=1).split())
        words = MARKS.sub(r"\1", LINK.sub(r"\1", words))
        if "$" not in words and len(words.split()) > 3:
            yield words


def course_text(paths: Iterable[Path] | None = None) -> str:
    """Return the prose of the chapters, those of Part I if none are named."""
    if paths is None:
        root = project_root()
        paths = sorted(p for glob in PART_I for p in root.glob(glob))
    found = [p for path in paths for p in prose(path.read_text("utf-8"))]
    return "\n\n".join(found) + "\n"


def write() -> Path:
    """Keep the prose of Part I as data; return where."""
    path = project_root() / "data" / "course.txt"
    path.write_text(course_text(), encoding="utf-8")
    return path
