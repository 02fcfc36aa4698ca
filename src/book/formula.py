"""Formulas: TeX between dollars becomes MathML when the page is built."""

import logging
import re
from html import escape
from xml.etree.ElementTree import Element, SubElement

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.inlinepatterns import InlineProcessor

LOG = logging.getLogger("mkdocs.plugins.book")
UNKNOWN = re.compile(r">(?:\\\w+|&)<")
# A named function stands apart from a number or letter that it applies to.
NAMED = re.compile(r"(<mi>(?:ln|log|exp|max)</mi>)(?=<m[in]>)")
INLINE = r"(?<![\\$])\$(?![\s$])([^$]*?[^\s\\$])\$(?![\d$])"


def register(md: Markdown) -> None:
    r"""Teach a Markdown converter formulas, and that `\$` is a dollar."""
    md.ESCAPED_CHARS.append("$")
    # After code spans (190), before escapes (180): TeX has many backslashes.
    md.inlinePatterns.register(_Inline(INLINE, md), "book-formula", 185)
    md.parser.blockprocessors.register(_Block(md.parser), "book-formula", 95)


def mathml(tex: str, display: str = "inline") -> str:
    """Return the MathML of a formula; display: "inline" or "block".

    Warns of TeX that cannot be read, and returns it as it is.
    """
    try:
        made = convert(tex.strip(), display=display)
    except Exception as error:  # each kind of bad TeX raises its own
        LOG.warning("bad formula: %s: %r", tex.strip(), error)
        return f"<code>{escape(tex)}</code>"
    if unknown := UNKNOWN.findall(made):
        LOG.warning("unknown in a formula: %s: %s", tex.strip(), unknown)
    return NAMED.sub(r'\1<mspace width="0.17em" />', made)


class _Inline(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # noqa: N802 (its name)
        self, m: re.Match[str], data: str
    ) -> tuple[str, int, int]:
        return self.md.htmlStash.store(mathml(m[1])), m.start(0), m.end(0)


class _Block(BlockProcessor):
    def test(self, parent: Element, block: str) -> bool:
        text = block.strip()
        return len(text) > 4 and text[:2] == text[-2:] == "$$"

    def run(self, parent: Element, blocks: list[str]) -> None:
        tex = blocks.pop(0).strip()[2:-2]
        html = f'<div class="formula">{mathml(tex, "block")}</div>'
        md = self.parser.md
        SubElement(parent, "p").text = md.htmlStash.store(html)
