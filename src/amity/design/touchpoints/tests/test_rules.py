from amity.design.touchpoints.rules import overlaps


def people(*ids: int) -> frozenset[int]:
    return frozenset(ids)


def test_two_touchpoints_with_the_same_people_are_shown_and_the_weaker_named() -> None:
    (pair,) = overlaps({"form": people(*range(1, 20)), "mail": people(*range(1, 31))})

    assert (pair.first, pair.second) == ("form", "mail")
    assert pair.overlap == 19 / 30
    assert (pair.only_first, pair.only_second) == (0, 11 / 30)
    assert pair.advice == "form"


def test_two_that_reach_people_of_their_own_are_left_alone() -> None:
    (pair,) = overlaps({"form": people(1, 2, 3, 4), "mail": people(3, 4, 5, 6)})

    assert pair.overlap == 2 / 6
    assert pair.advice == ""


def test_strangers_are_no_pair_and_one_touchpoint_has_none() -> None:
    assert overlaps({"form": people(1), "mail": people(2)}) == []
    assert overlaps({"form": people(1)}) == []
    assert overlaps({}) == []
