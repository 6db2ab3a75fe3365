"""The first answer where self-service is promised first, and who asks for a person. Pure."""

import re

from amity.base.text import fold

AUTOMATIC = "This answer was written by a machine."
_ASKS = re.compile(
    r"\b(human|person|agent|representative|somebody|someone|mensch|mitarbeiter|berater|humain"
    r"|conseiller|humano|persona|agente|operatore|persoon|medewerker|czlowiek)\b"
)
SHORT = 12  # words; a longer mail that has the word in it is about something else


def asks_for_person(text: str) -> bool:
    """Whether a short answer asks for a person: “human”, “ein Mensch bitte”, “talk to someone”."""
    folded = fold(text)
    return len(folded.split()) <= SHORT and _ASKS.search(folded) is not None


def first_answer(
    *, text: str, links: tuple[tuple[str, str], ...], human_url: str, helped_url: str
) -> str:
    """The automatic first answer: says what it is, what helps, and the way to a person.

    `links` are (words, address); without a `human_url` no person is promised.
    """
    parts = [AUTOMATIC, text.strip()]
    parts += [f"{words}: {address}" for words, address in links]
    parts.append(f"That solved it: {helped_url}")
    if human_url:
        parts.append(f"To reach a person, answer “human” or open: {human_url}")
    return "\n\n".join(part for part in parts if part)
