"""How often the guesses that a model was sure of are right. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from amity.base.shares import Share, share
from amity.run.inbox.rules.topics.model import Guess


@dataclass(frozen=True, slots=True)
class TopicLine:
    """One topic: texts it was learned from and judged on; right of those said, found of its own."""

    topic: str
    labeled: int
    judged: int
    precision: Share
    recall: Share


@dataclass(frozen=True, slots=True)
class Report:
    """How a model did on texts that it had not seen.

    `sure` is right among those that it was sure of, `covered` the sure ones among all, `all` right
    among all if it always had to say something. `left_out` are topics with too few texts.
    """

    labeled: int
    judged: int
    precision_wanted: float
    threshold: float
    sure: Share
    covered: Share
    all: Share
    lines: tuple[TopicLine, ...]
    left_out: tuple[tuple[str, int], ...]

    def as_json(self) -> dict[str, Any]:
        """It as plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "Report":
        """It as it was kept."""
        shares = {name: Share(**kept[name]) for name in ("sure", "covered", "all")}
        lines = tuple(
            TopicLine(
                **line
                | {"precision": Share(**line["precision"]), "recall": Share(**line["recall"])}
            )
            for line in kept["lines"]
        )
        left_out = tuple((name, count) for name, count in kept["left_out"])
        return cls(**kept | shares | {"lines": lines, "left_out": left_out})


def judge(
    guesses: Sequence[Guess],
    labels: Sequence[str],
    *,
    labeled: dict[str, int],
    left_out: dict[str, int],
    precision_wanted: float,
    threshold: float,
) -> Report:
    """What came of guesses whose answers are known."""
    pairs = list(zip(guesses, labels, strict=True))
    said = [(guess.topic, label) for guess, label in pairs if guess.is_sure]
    lines = []
    for topic in sorted(labeled):
        right = sum(one == label == topic for one, label in said)
        own = sum(label == topic for label in labels)
        claimed = sum(one == topic for one, _label in said)
        lines.append(
            TopicLine(topic, labeled[topic], own, share(right, claimed), share(right, own))
        )
    return Report(
        labeled=sum(labeled.values()),
        judged=len(pairs),
        precision_wanted=precision_wanted,
        threshold=threshold,
        sure=share(sum(one == label for one, label in said), len(said)),
        covered=share(len(said), len(pairs)),
        all=share(sum(guess.topic == label for guess, label in pairs), len(pairs)),
        lines=tuple(lines),
        left_out=tuple(sorted(left_out.items())),
    )
