"""What came back from a language model: a text of a stranger, or why there is none. Pure."""

import json
import re
from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from amity.run.inbox.rules.working import InboxError

MOST_LETTERS = 20_000
MOST_BYTES = 262_144
TOKENS = 1_000_000_000  # more than any answer costs; what a column holds
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class AssistanceError(InboxError):
    """The language model did not help; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What it said, and what that cost in tokens; 0 where it did not say."""

    text: str
    model: str
    tokens_in: int
    tokens_out: int


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message


class _Usage(BaseModel):
    prompt_tokens: int = Field(default=0, ge=0, le=TOKENS)
    completion_tokens: int = Field(default=0, ge=0, le=TOKENS)


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)
    model: str = ""
    usage: _Usage | None = None


REFUSALS = {
    401: "The endpoint does not accept the key. Check AMITY_ASSIST_KEY.",
    403: "The endpoint does not accept the key. Check AMITY_ASSIST_KEY.",
    404: "The endpoint does not know the address or the model. Check AMITY_ASSIST_URL and "
    "AMITY_ASSIST_MODEL.",
    413: "The conversation is too long for the model.",
    429: "The endpoint has had enough requests for now, or its budget is used up. Try it later.",
}


def read_answer(status: int, body: bytes) -> Answer:
    """The answer of a chat-completions endpoint.

    Raises:
        AssistanceError: it is an error, is none, says nothing, or says too much.
    """
    if status != 200:
        other = "has trouble of its own" if status >= 500 else "did not accept the request"
        raise AssistanceError(
            REFUSALS.get(status, f"The endpoint {other} (HTTP {status}). Try it later.")
        )
    try:
        found = _Completion.model_validate(json.loads(body))
    except (ValueError, ValidationError, RecursionError) as error:
        raise AssistanceError(
            "The endpoint answered with something that is no chat completion. Check that "
            "AMITY_ASSIST_URL ends where /chat/completions begins."
        ) from error
    text = UNSEEN.sub("", found.choices[0].message.content or "")
    text = text.encode("utf-8", "ignore").decode().strip()
    if not text:
        raise AssistanceError("The model said nothing. Try it again.")
    if len(text) > MOST_LETTERS:
        raise AssistanceError(f"The model said more than {MOST_LETTERS:,} characters. Try again.")
    usage = found.usage or _Usage()
    named = UNSEEN.sub("", found.model)[:100]
    return Answer(text, named, usage.prompt_tokens, usage.completion_tokens)
