"""Figures and predict cards as elements, so that their words are Markdown."""

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from markdown.blockparser import BlockParser
from markdown.blockprocessors import BlockProcessor

from book.block import prints, run_block
from book.card import right_choice
from book.fence import Card, Chain, Fence
from book.run import Result
from book.stepper import add_stepper

PLACE = re.compile(r"\x02book:(?P<number>\d+)\x03")


@dataclass(frozen=True)
class Ran:
    """A fence of a figure or card, with its chain and what it did."""

    fence: Fence
    chain: Chain
    result: Result


class Elements(BlockProcessor):
    """Builds a figure or card in the place that was kept for it."""

    def __init__(self, parser: BlockParser) -> None:
        super().__init__(parser)
        self.kept: list[Ran] = []
        self.url = ""  # of the page

    def keep(self, ran: Ran) -> str:
        """Return the text that stands for it until it is built."""
        self.kept.append(ran)
        return f"\x02book:{len(self.kept) - 1}\x03"

    def test(self, parent: Element, block: str) -> bool:
        """Return whether a block is such a place."""
        return PLACE.fullmatch(block.strip()) is not None

    def run(self, parent: Element, blocks: list[str]) -> None:
        """Build what belongs in the place."""
        match = PLACE.fullmatch(blocks.pop(0).strip())
        ran = self.kept[int(match["number"]) if match else 0]
        if ran.fence.card:
            self.card(parent, ran, ran.fence.card)
        elif ran.fence.stepper is not None:
            self.stepper(parent, ran)
        else:
            self.figure(parent, ran)

    def stash(self, html: str) -> str:
        """Put finished HTML aside; return the text that stands for it."""
        return self.parser.md.htmlStash.store(html)

    def figure(self, parent: Element, ran: Ran) -> None:
        """Add a figure, its caption and the code that drew it."""
        figure = SubElement(parent, "figure", {"class": "drawn"})
        figure.text = self.stash(ran.result.figure)
        # The code stands in the caption: nothing may follow a figcaption.
        words = SubElement(figure, "figcaption")
        SubElement(words, "p").text = ran.fence.caption
        details = SubElement(words, "details", {"class": "figure-code"})
        summary = SubElement(details, "summary")
        summary.text = "Code of this figure"
        summary.tail = self.stash(run_block(ran.fence, ran.chain))

    def stepper(self, parent: Element, ran: Ran) -> None:
        """Add a replay: the fence, and its key moments as a table."""
        block = run_block(ran.fence, ran.chain, ran.result.prints)
        element = add_stepper(parent, ran.result.recording, self.url)
        element[0].tail = self.stash(block)

    def card(self, parent: Element, ran: Ran, card: Card) -> None:
        """Add a question, the code, the choices, and the answer to open."""
        element = SubElement(parent, "predict-card")
        label = SubElement(element, "p", {"class": "predict-label"})
        label.text = "Predict, then run"
        question = SubElement(element, "div", {"class": "predict-question"})
        self.parser.parseChunk(question, card.question)
        question.tail = self.stash(run_block(ran.fence, ran.chain))
        choices = SubElement(element, "ol", {"class": "predict-choices"})
        for choice, _ in card.choices:
            SubElement(choices, "li").text = _code(choice)
        self.answer(element, ran, card)

    def answer(self, element: Element, ran: Ran, card: Card) -> None:
        """Add what was printed, and the reason beside each choice."""
        details = SubElement(element, "details", {"class": "predict-answer"})
        summary = SubElement(details, "summary")
        summary.text = "Show what it prints, and why"
        summary.tail = self.stash(prints(ran.result.prints))
        reasons = SubElement(details, "ol", {"class": "predict-reasons"})
        right = right_choice(card, ran.result.prints)
        for place, (choice, reason) in enumerate(card.choices):
            kind = "right" if place == right else "wrong"
            item = SubElement(reasons, "li", {"class": kind})
            strong = SubElement(item, "strong")
            strong.text = _code(choice)
            strong.tail = f" {reason}"


def _code(text: str) -> str:
    """Return a Markdown code span of any text."""
    ticks = "`"
    while ticks in text:
        ticks += "`"
    return (
        f"{ticks}{' ' * (len(ticks) > 1)}{text}{' ' * (len(ticks) > 1)}{ticks}"
    )
