"""Predict cards: a question, its choices, and which of them the run prints."""

import re

from book.fence import Card

CHOICE = re.compile(r"\s*`+\s*(?P<choice>.+?)\s*`+\s*(?P<reason>.*)", re.DOTALL)


def read_card(line: int, lines: list[str]) -> Card:
    """Return the card whose marker is on `line`, from the lines below it."""
    items: list[str] = []
    question: list[str] = []
    for text in lines:
        if text.lstrip().startswith("- "):
            items.append(text.lstrip()[2:])
        elif items and text.strip():
            items[-1] += "\n" + text.strip()
        elif not items:
            question.append(text)
    matches = [CHOICE.fullmatch(item) for item in items]
    choices = [
        (match["choice"], match["reason"].strip()) if match else ("", item)
        for match, item in zip(matches, items)
    ]
    return Card(line, "\n".join(question).strip(), choices)


def right_choice(card: Card, prints: str) -> int | None:
    """Return the place of the one choice that is what was printed."""
    right = [
        place
        for place, (choice, _) in enumerate(card.choices)
        if choice == prints.strip()
    ]
    return right[0] if len(right) == 1 else None


def card_problems(card: Card, prints: str | None = None) -> list[str]:
    """Return what is wrong with a card, given what its fence printed."""
    problems = []
    if not card.question:
        problems.append("a predict card asks a question")
    if not 3 <= len(card.choices) <= 4:
        problems.append(
            f"a predict card has 3 or 4 choices; this has {len(card.choices)}"
        )
    for choice, reason in card.choices:
        if not choice:
            problems.append(f"a choice begins with a code span: - {reason}")
        elif not reason:
            problems.append(f"the choice `{choice}` has no reason")
    texts = [choice for choice, _ in card.choices]
    if len(set(texts)) < len(texts):
        problems.append("two choices of a predict card are the same")
    if prints is not None and right_choice(card, prints) is None:
        problems.append(
            f"no choice is what the fence printed, {prints.strip()!r}: {texts}"
        )
    return problems
