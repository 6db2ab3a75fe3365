"""Texts with variables: `{{ customer.name }}` or, with words for an empty one, `{{ … | there }}`.

There is no logic and no walk along attributes: a variable is a key of one flat dictionary. Pure.
"""

import re
from collections.abc import Mapping

from amity.base.results import AmityError

VARIABLES = {
    "customer.name": "The customer's name",
    "customer.first_name": "The first word of a person's name",
    "customer.email": "The customer's e-mail address",
    "customer.language": "The customer's language",
    "agent.name": "Who answers",
    "agent.first_name": "The first word of the answering person's name",
    "agent.email": "The answering person's address",
    "conversation.number": "The number of the conversation",
    "conversation.subject": "Its subject",
    "conversation.due": "When the promise is due",
    "company.name": "The company's name",
    "segment.name": "The customer's segment",
}
_SLOT = re.compile(r"\{\{\s*([a-z_.]+)\s*(?:\|([^{}]*))?\}\}")
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)


class TemplateError(AmityError):
    """A text that names a variable which there is not."""


def check_template(text: str) -> str:
    """`text` as it stands.

    Raises:
        TemplateError: it has braces that are no variable, or an unknown one.
    """
    for found in _BRACES.findall(text):
        slot = _SLOT.fullmatch(found)
        if slot is None or slot[1] not in VARIABLES:
            named = slot[1] if slot else found[:60]
            raise TemplateError(f"There is no variable {named}. Use {', '.join(VARIABLES)}.")
    return text


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with its variables replaced; an empty one becomes the words after the bar.

    What a value holds is never read as a template again.
    """

    def put(slot: re.Match[str]) -> str:
        value = values.get(slot[1], "").strip()
        return value or (slot[2] or "").strip()

    return _SLOT.sub(put, text)
