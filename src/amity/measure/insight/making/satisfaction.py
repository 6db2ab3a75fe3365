"""What customers answered: NPS, CSAT and CES with intervals, and who stayed silent.

The log says it by kind: `….rated` (1 to 5), `….recommended` (0 to 10) and `….found_easy` (1 to 7)
carry the answer as their outcome; `….asked_to_rate`, `….asked_to_recommend` and `….asked_if_easy`
tell that somebody was asked.
"""

from collections.abc import Callable, Iterable

from amity.measure.analytics.arrays import Ints, ints
from amity.measure.analytics.scores import Score, ces, csat, nps
from amity.measure.insight.making.asked import Asked, Json
from amity.measure.insight.reports import number

Scored = Callable[[Ints, int | None], Score]
MEASURES: dict[str, tuple[str, str, int, int, Scored]] = {
    "nps": ("recommended", "asked_to_recommend", 0, 10, nps),
    "csat": ("rated", "asked_to_rate", 1, 5, csat),
    "ces": ("found_easy", "asked_if_easy", 1, 7, lambda given, asked: ces(given, asked)[0]),
}
LINES = ("segment", "touchpoint")


def make(asked: Asked) -> Json:
    """Each measure that somebody was asked for: over all, by segment and by touchpoint."""
    rows = asked.rows("answers", **asked.days)
    return {"measures": [found for name in MEASURES if (found := _measure(name, rows))]}


def _measure(name: str, rows: list[Json]) -> Json | None:
    said, was_asked, low, high, score = MEASURES[name]
    answers = [
        {**row, "answer": int(row["outcome"])}
        for row in rows
        if row["kind"].endswith(f".{said}")
        and row["outcome"].isdecimal()
        and low <= int(row["outcome"]) <= high
    ]
    questions = [row for row in rows if row["kind"].endswith(f".{was_asked}")]
    if not answers and not questions:
        return None
    lines = {
        line: [
            {"key": key}
            | _score(
                score,
                [row for row in answers if row[line] == key],
                [row for row in questions if row[line] == key],
            )
            for key in sorted({row[line] for row in [*answers, *questions]})
        ]
        for line in LINES
    }
    return {"name": name, **_score(score, answers, questions), **lines} | {
        "answers_by": [
            [answer, _count(row for row in answers if row["answer"] == answer)]
            for answer in range(low, high + 1)
        ]
    }


def _score(score: Scored, answers: list[Json], questions: list[Json]) -> Json:
    """A score; how many were asked is known only where they are at least those who answered."""
    given = ints([row["answer"] for row in answers for _ in range(row["answers"])])
    asked = _count(questions)
    found = score(given, asked if asked >= len(given) and asked else None)
    return {
        "answers": found.answers,
        "asked": found.asked,
        "response": number(found.response_rate),
        "value": number(found.value),
        "low": number(found.low),
        "high": number(found.high),
        "low_if_silent": number(found.low_if_silent),
        "high_if_silent": number(found.high_if_silent),
    }


def _count(rows: Iterable[Json]) -> int:
    return sum(row["answers"] for row in rows)
