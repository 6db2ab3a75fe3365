"""A routing decision's inputs as JSON and back, so that it can be replayed years later. Pure."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from amity.base.vocabulary import RelationshipType
from amity.run.inbox.rules.routing import Candidate, Context, Decision, Part, Promised, Step

FORMAT = 1


def as_json(context: Context) -> dict[str, Any]:
    """The context as plain values; sets become sorted lists."""
    values = asdict(context)
    values["candidates"] = [_candidate_json(one) for one in context.candidates]
    values["passed_over"] = sorted(context.passed_over)
    values["team_names"] = {str(pk): name for pk, name in context.team_names.items()}
    values["format"] = FORMAT
    return values


def _candidate_json(candidate: Candidate) -> dict[str, Any]:
    values = asdict(candidate)
    for name in ("skills", "languages", "team_ids"):
        values[name] = sorted(values[name])
    last = candidate.last_assigned_at
    values["last_assigned_at"] = last.isoformat() if last else None
    return values


def from_json(values: Mapping[str, Any]) -> Context:
    """The context that was stored."""
    known = {name: value for name, value in values.items() if name != "format"}
    return Context(
        **{
            **known,
            "promised": promised_from(values["promised"]),
            "candidates": tuple(_candidate(one) for one in values["candidates"]),
            "passed_over": frozenset(values["passed_over"]),
            "team_names": {int(pk): name for pk, name in values["team_names"].items()},
        }
    )


def promised_from(values: Mapping[str, Any]) -> Promised:
    """What was promised, from plain values."""
    kind = values["relationship_type"]
    return Promised(**{**values, "relationship_type": RelationshipType(kind) if kind else None})


def _candidate(values: Mapping[str, Any]) -> Candidate:
    last = values["last_assigned_at"]
    return Candidate(
        **{
            **values,
            "skills": frozenset(values["skills"]),
            "languages": frozenset(values["languages"]),
            "team_ids": frozenset(values["team_ids"]),
            "last_assigned_at": datetime.fromisoformat(last) if last else None,
        }
    )


def decision_json(decision: Decision) -> dict[str, Any]:
    """The decision as plain values."""
    return {
        "part": decision.part.value,
        "user_id": decision.user_id,
        "team_id": decision.team_id,
        "sentence": decision.sentence,
        "steps": [[step.part.value, step.is_taken, step.sentence] for step in decision.steps],
    }


def decision_from(values: Mapping[str, Any]) -> Decision:
    """The decision that was stored."""
    return Decision(
        part=Part(values["part"]),
        user_id=values["user_id"],
        team_id=values["team_id"],
        sentence=values["sentence"],
        steps=tuple(Step(Part(part), taken, words) for part, taken, words in values["steps"]),
    )
