"""Small companies for tests."""

from dataclasses import replace

from amity.adapt.advisor.problem import (
    Offer,
    Piece,
    Problem,
    Reach,
    Segment,
    Skill,
    Touchpoint,
    TypeSetting,
    Upkeep,
    assumed,
    sure,
)
from amity.adapt.advisor.value import RetentionLevel, life, lifetime_value, retention_offer
from amity.base.results import Estimate
from amity.base.vocabulary import RelationshipType, Stage

PA = RelationshipType.PERSONAL_ASSISTANCE
DPA = RelationshipType.DEDICATED_PERSONAL_ASSISTANCE
SS = RelationshipType.SELF_SERVICE
COM = RelationshipType.COMMUNITIES
NO_SATURATION = (Piece(1.0, 100.0),)


def place(key: str = "desk", stage: Stage = Stage.SUPPORT, cost: float = 0.0) -> Touchpoint:
    """A touchpoint that carries every type."""
    return Touchpoint(
        key=key,
        name=key,
        stages=frozenset({stage}),
        carries=frozenset(RelationshipType),
        upkeep={"basic": Upkeep(cost=cost)},
    )


def offer(
    uplift: float = 0.05, cost: float = 1.0, resolved: float = 0.0, hours: float = 0.0
) -> Offer:
    """An offer whose figures are assumed."""
    return Offer(
        uplift=assumed(uplift),
        resolved=assumed(resolved),
        cost=sure(cost),
        hours={"front_line": hours} if hours else {},
        response=(Piece(1.0, 1.0),),
    )


def segment(key: str = "shops", **changed: object) -> Segment:
    """100 customers worth 100 each, with self-service and people on offer."""
    base = Segment(
        key=key,
        name=key.capitalize(),
        size=sure(100.0),
        value=sure(100.0),
        contacts=sure(1.0),
        unmet_loss=sure(10.0),
        contact_cost=sure(5.0),
        contact_hours={"front_line": 0.1},
        offers={PA: offer(0.02, 0.5), SS: offer(0.01, 0.2, resolved=0.5)},
        reach={"desk": Reach(fit=sure(0.5))},
        stages={Stage.SUPPORT: sure(0.0)},
    )
    return replace(base, **changed)  # type: ignore[arg-type]  # field names are checked at run time


def company(*segments: Segment, **changed: object) -> Problem:
    """A company with one skill, one touchpoint and these segments."""
    base = Problem(
        segments=segments or (segment(),),
        touchpoints=(place(),),
        skills=(Skill(key="front_line", name="Front line", hours=1_000.0, wage=20.0),),
        types={PA: TypeSetting(), DPA: TypeSetting(), SS: TypeSetting(), COM: TypeSetting()},
        saturation=NO_SATURATION,
    )
    return replace(base, **changed)  # type: ignore[arg-type]  # field names are checked at run time


def pump_maker(hours: float = 4_200.0) -> Problem:
    """Story 1: 12 key, 180 mid and 900 small accounts, three account managers."""
    discount, wage = 0.10, 55.0
    dedicated = {
        "key": (60_000.0, 0.92, (RetentionLevel(120.0, 0.97),)),
        "mid": (6_000.0, 0.86, (RetentionLevel(6.0, 0.88), RetentionLevel(18.0, 0.89))),
    }
    segments = []
    for key, size, margin, stays in (
        ("key", 12.0, 60_000.0, 0.92),
        ("mid", 180.0, 6_000.0, 0.86),
        ("small", 900.0, 600.0, 0.80),
    ):
        offers = {PA: offer(0.0, 1.0), SS: offer(0.0, 1.0, resolved=1.0)}
        if key in dedicated:
            offers[DPA] = retention_offer(
                margin=margin,
                retention=stays,
                discount=discount,
                levels=dedicated[key][2],
                skill="account",
                wage=wage,
            )
        segments.append(
            Segment(
                key=key,
                name=f"{key.capitalize()} accounts",
                size=sure(size),
                value=sure(lifetime_value(margin, stays, discount)),
                contacts=Estimate(2.0, 1.5, 2.5, assumed(0).grade),
                unmet_loss=sure(50.0),
                contact_cost=sure(15.0),
                contact_hours={"front_line": 0.3},
                horizon=life(stays, discount),
                offers=offers,
                reach={"desk": Reach(fit=sure(0.5))},
                stages={Stage.SUPPORT: sure(0.0)},
            )
        )
    return Problem(
        segments=tuple(segments),
        touchpoints=(place(),),
        skills=(
            Skill(key="account", name="Account managers", hours=hours, wage=wage),
            Skill(key="front_line", name="Front line", hours=3_000.0, wage=30.0),
        ),
        types={PA: TypeSetting(), DPA: TypeSetting(), SS: TypeSetting()},
        saturation=NO_SATURATION,
    )
