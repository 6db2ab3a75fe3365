"""Attribution, costing, scores, baskets and acquisition against worked examples."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from amity.measure.analytics import acquisition, attribution, baskets, costing, rfm, scores
from amity.measure.analytics.arrays import Ints
from amity.measure.analytics.attribution import Paths
from amity.measure.analytics.intervals import Z95
from amity.measure.analytics.summary import make_log, occasions, summarize
from amity.testing.populations import buyers

SHARED = Path(__file__).parents[6] / "shared" / "data"


def four_paths() -> Paths:
    return Paths(
        (("Google",), ("Mailing",), ("Google", "Mailing")),
        np.array([2.0, 1.0, 1.0]),
        np.array([1.0, 0.0, 0.0]),
    )


class TestMarkov:
    def test_it_reproduces_the_worked_example_of_two_channels(self) -> None:
        result = attribution.markov(four_paths())
        assert result.base == pytest.approx(0.8)
        assert result.removal == pytest.approx({"Google": 0.75, "Mailing": 0.5})
        assert result.credit == pytest.approx({"Google": 2.4, "Mailing": 1.6})

    def test_it_reproduces_the_textbook_example_of_three_channels(self) -> None:
        paths = Paths(
            (("C1", "C2", "C3"), ("C1",), ("C2", "C3")),
            np.array([1.0, 0.0, 0.0]),
            np.array([0.0, 1.0, 1.0]),
        )
        result = attribution.markov(paths)
        assert result.base == pytest.approx(1 / 3)
        assert result.removal == pytest.approx({"C1": 0.5, "C2": 1.0, "C3": 1.0})
        assert result.credit == pytest.approx({"C1": 0.2, "C2": 0.4, "C3": 0.4})

    def test_without_a_conversion_nobody_gets_credit(self) -> None:
        paths = Paths((("Mail",),), np.zeros(1), np.array([9.0]))
        assert attribution.markov(paths).credit == {"Mail": 0.0}

    def test_a_higher_order_still_shares_out_every_conversion(self) -> None:
        paths = Paths(
            (("a", "b", "a"), ("b", "c"), ("c", "a", "c")),
            np.array([3.0, 2.0, 4.0]),
            np.array([5.0, 1.0, 0.0]),
        )
        for order in (1, 2, 3):
            credit = attribution.markov(paths, order).credit
            assert sum(credit.values()) == pytest.approx(9.0)

    def test_it_refuses_an_order_of_zero(self) -> None:
        with pytest.raises(ValueError, match="1 or more"):
            attribution.markov(four_paths(), 0)


class TestRulesOfThumb:
    def test_each_shares_out_every_conversion(self) -> None:
        for rule in (
            attribution.first_touch,
            attribution.last_touch,
            attribution.linear,
            attribution.position,
            attribution.shapley,
        ):
            assert sum(rule(four_paths()).values()) == pytest.approx(4.0)

    def test_position_gives_the_ends_their_weights(self) -> None:
        paths = Paths((("a", "b", "c", "d"),), np.array([10.0]), np.zeros(1))
        credit = attribution.position(paths)
        assert credit == pytest.approx({"a": 4.0, "b": 1.0, "c": 1.0, "d": 4.0})

    def test_the_conversion_ends_the_path_and_what_follows_begins_the_next(self) -> None:
        paths = attribution.paths_of(
            np.array([1, 1, 1, 2]),
            np.array([1, 2, 3, 1]),
            ["ad", "mail", "mail", "ad"],
            [False, True, False, False],
        )
        found = dict(
            zip(paths.steps, zip(paths.conversions, paths.nulls, strict=True), strict=True)
        )
        assert found == {("ad", "mail"): (1, 0), ("mail",): (0, 1), ("ad",): (0, 1)}


class TestShapley:
    def test_the_glove_game(self) -> None:
        def pairs(coalition: frozenset[str]) -> float:
            return float(min(len(coalition & {"left 1", "left 2"}), len(coalition & {"right"})))

        value = attribution.shapley_value(["left 1", "left 2", "right"], pairs)
        assert value == pytest.approx({"left 1": 1 / 6, "left 2": 1 / 6, "right": 2 / 3})

    def test_the_airport_game(self) -> None:
        lengths = {"a": 8.0, "b": 11.0, "c": 13.0, "d": 18.0}
        value = attribution.shapley_value(
            list(lengths), lambda who: max((lengths[one] for one in who), default=0.0)
        )
        assert value == pytest.approx({"a": 2.0, "b": 3.0, "c": 4.0, "d": 9.0})

    def test_the_credit_of_paths_is_the_value_of_their_game(self) -> None:
        paths = Paths(
            (("a", "b", "a"), ("b",), ("c", "a", "b")), np.array([3.0, 2.0, 4.0]), np.zeros(3)
        )

        def worth(coalition: frozenset[str]) -> float:
            inside = [set(path) <= coalition for path in paths.steps]
            return float(paths.conversions[inside].sum())

        general = attribution.shapley_value(paths.channels, worth)
        assert attribution.shapley(paths) == pytest.approx(general)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not beside the repository")
class TestSharedData:
    def test_ten_thousand_paths_reproduce_their_table(self) -> None:
        from pyarrow import parquet

        table = parquet.read_table(SHARED / "attribution_paths" / "paths.parquet")
        paths = Paths(
            tuple(tuple(path.split(" > ")) for path in table["path"].to_pylist()),
            table["total_conversions"].to_numpy().astype(np.float64),
            table["total_null"].to_numpy().astype(np.float64),
        )
        assert (paths.conversions.sum(), paths.nulls.sum()) == (19_785, 68_602)
        assert attribution.first_touch(paths)["alpha"] == 6_308
        assert attribution.last_touch(paths)["alpha"] == 8_447
        assert attribution.linear(paths)["alpha"] == pytest.approx(7_574.72, abs=0.005)
        chain = attribution.markov(paths)
        assert chain.credit["alpha"] == pytest.approx(5_344.95, abs=0.005)
        assert chain.removal["alpha"] == pytest.approx(0.558, abs=5e-4)

    def test_groceries_reproduce_the_published_counts(self) -> None:
        lines, names = groceries()
        bits = baskets.read(*lines)
        assert (bits.baskets, bits.items) == (9_835, 169)
        assert int(bits.counts.max()) == 2_513
        wanted = {("0.001", "0.8"): 410, ("0.001", "0.5"): 5_668, ("0.006", "0.25"): 463}
        for (support, confidence), rules in {**wanted, ("0.01", "0.5"): 15}.items():
            found = baskets.rules(bits, Fraction(support), Fraction(confidence))
            assert len(found) == rules
        assert len(baskets.frequent(bits, Fraction(10, 9_835))) == 13_492
        first = baskets.rules(bits, Fraction("0.001"), Fraction("0.8"))
        lengths = np.bincount([len(rule.condition) + 1 for rule in first])
        assert lengths[3:].tolist() == [29, 229, 140, 12]
        wine = next(
            rule
            for rule in first
            if {names[item] for item in rule.condition} == {"liquor", "red/blush wine"}
        )
        assert names[wine.then] == "bottled beer"
        assert wine.support == pytest.approx(0.001931876, abs=5e-10)
        assert wine.confidence == pytest.approx(0.9047619, abs=5e-8)
        assert wine.lift == pytest.approx(11.23527, abs=5e-6)
        assert 1 < wine.lift_low < wine.lift


def groceries() -> tuple[tuple[Ints, Ints], list[str]]:
    from pyarrow import parquet

    table = parquet.read_table(SHARED / "groceries" / "lines.parquet")
    names, item = np.unique(np.array(table["item"].to_pylist()), return_inverse=True)
    basket = np.unique(table["basket"].to_numpy(), return_inverse=True)[1]
    return (basket, item), names.tolist()


class TestBaskets:
    # bread and milk three times, milk alone once, bread with beer once
    basket = np.array([0, 0, 1, 1, 2, 2, 3, 4, 4])
    item = np.array([0, 1, 0, 1, 0, 1, 1, 0, 2])

    def test_pairs_are_counted_both_ways(self) -> None:
        assert baskets.pair_counts(self.basket, self.item).tolist() == [
            [4, 3, 1],
            [3, 4, 0],
            [1, 0, 1],
        ]

    def test_a_rule_on_the_threshold_is_kept(self) -> None:
        bits = baskets.read(self.basket, self.item)
        found = baskets.rules(bits, Fraction(1, 5), Fraction("0.75"))
        assert {(rule.condition, rule.then) for rule in found} == {((0,), 1), ((1,), 0), ((2,), 0)}
        above = baskets.rules(bits, Fraction(1, 5), Fraction("0.750001"))
        assert [(rule.condition, rule.then) for rule in above] == [((2,), 0)]

    def test_no_line_gives_no_rule(self) -> None:
        nothing = np.zeros(0, dtype=np.int64)
        bits = baskets.read(nothing, nothing)
        assert baskets.rules(bits, Fraction(1, 100), Fraction(1, 2)) == []
        assert baskets.pair_counts(nothing, nothing).shape == (0, 0)

    def test_it_refuses_lines_without_an_item(self) -> None:
        with pytest.raises(ValueError, match="Every line"):
            baskets.read(np.array([1, 2]), np.array([1]))


class TestCosting:
    def test_the_table_of_kaplan_and_anderson(self) -> None:
        volumes = np.array([49_000, 1_400, 2_500])
        minutes = np.array([8, 44, 50])
        result = costing.cost(560_000, 700_000, volumes * minutes)
        assert result.rate == pytest.approx(0.80)
        assert (minutes * result.rate).tolist() == pytest.approx([6.40, 35.20, 40.00])
        assert result.assigned == pytest.approx(462_880)
        assert result.unused == pytest.approx(97_120)

    def test_more_work_than_capacity_shows_as_negative(self) -> None:
        result = costing.cost(100.0, 10.0, np.array([12.0]))
        assert result.unused == pytest.approx(-20.0)
        assert result.used_share == pytest.approx(1.2)

    def test_it_refuses_a_supply_without_capacity(self) -> None:
        with pytest.raises(ValueError, match="minutes above 0"):
            costing.cost(100.0, 0.0, np.array([1.0]))


class TestScores:
    def test_the_published_variance_and_error(self) -> None:
        result = scores.nps_of(162, 108, 54)
        assert result.value == pytest.approx(100 / 3)
        assert result.high is not None
        assert (result.high - 100 / 3) / Z95 == pytest.approx(4.141, abs=5e-4)

    def test_fifty_thirty_twenty_of_a_hundred(self) -> None:
        result = scores.nps_of(50, 30, 20)
        assert (result.value, result.low, result.high) == pytest.approx((30, 14.7, 45.3), abs=0.05)

    def test_few_answers_of_one_kind_still_have_an_interval(self) -> None:
        result = scores.nps(np.array([10, 10, 10]))
        assert result.value == 100
        assert result.low is not None
        assert result.low < 100

    def test_the_silent_widen_what_can_be_said(self) -> None:
        result = scores.csat(np.array([5, 4, 1, 5]), asked=8)
        assert result.response_rate == 0.5
        assert (result.low_if_silent, result.high_if_silent) == (0.375, 0.875)

    def test_effort_has_a_mean_and_a_share(self) -> None:
        mean, easy = scores.ces(np.array([7, 6, 5, 2]))
        assert (mean.value, easy.value) == (5.0, 0.75)
        assert mean.low is not None
        assert mean.low < 5 < (mean.high or 0)

    def test_nobody_answered_is_an_answer(self) -> None:
        assert scores.nps(np.zeros(0, dtype=np.int64), asked=10).value is None

    @pytest.mark.parametrize("answers", [[11], [-1]])
    def test_it_refuses_what_the_scale_does_not_have(self, answers: list[int]) -> None:
        with pytest.raises(ValueError, match="0 to 10"):
            scores.nps(np.array(answers))


class TestAcquisition:
    def test_spend_falls_on_the_cohorts_by_the_known_delay(self) -> None:
        # A ledger of known delay: half at once, a third after one month, a sixth after two.
        delay = np.array([1 / 2, 1 / 3, 1 / 6])
        spend = np.array([600.0, 600, 600, 1200])
        costs = acquisition.cohort_costs(spend, delay, np.array([5, 10, 6, 9]))
        assert costs.spend.tolist() == pytest.approx([300, 500, 600, 900])
        assert np.isnan(costs.cac[:2]).all()  # earlier spend is not known
        assert costs.cac[2:].tolist() == pytest.approx([100, 100])

    def test_delays_leave_out_leads_that_are_too_young(self) -> None:
        lead = np.array([0, 0, 0, 1, 9])
        first = np.array([0, 1, -1, 1, 9])
        shares = acquisition.delays(lead, first, as_of=10, longest=2)
        assert shares.tolist() == pytest.approx([2 / 3, 1 / 3, 0])

    def test_payback_has_an_interval(self) -> None:
        rng = np.random.default_rng(7)
        margins = rng.normal(10.0, 8.0, size=(200, 12))
        result = acquisition.payback(45.0, margins)
        assert result.months == 5
        assert result.earliest is not None
        assert result.latest is not None
        assert result.earliest <= 5 <= result.latest
        assert result.ratio == pytest.approx(120 / 45, rel=0.05)

    def test_a_cohort_younger_than_its_payback_has_no_ratio(self) -> None:
        result = acquisition.payback(1_000.0, np.ones((50, 6)))
        assert (result.months, result.ratio) == (None, None)
        assert "6 months" in result.reason

    def test_few_customers_are_not_enough(self) -> None:
        result = acquisition.payback(10.0, np.ones((12, 6)))
        assert result.reason == "Not enough data yet: needs 30 customers, has 12."


def test_movement_counts_where_customers_went() -> None:
    before = {1: "loyal", 2: "new"}
    after = {1: "fading", 2: "loyal", 3: "new"}
    moved = rfm.movement(before, after)
    row = {group: place for place, group in enumerate(moved.groups)}
    assert moved.customers.sum() == 3
    assert moved.customers[row["loyal"], row["fading"]] == 1
    assert moved.customers[row[rfm.STAYED_OUT], row["new"]] == 1


def test_groups_of_an_earlier_day_are_those_of_the_log_up_to_it() -> None:
    log = make_log(*buyers(400, 5))
    rows = occasions(log)

    for day in (-1, 100, 500, 730):
        then = summarize(log, day)
        expected = dict(zip(then.customer.tolist(), rfm.score(then).group, strict=True))
        assert rfm.groups_on(rows, day) == expected


def test_journeys_end_at_a_conversion_that_is_no_step_or_in_silence() -> None:
    found = attribution.journeys_of(
        np.array([1, 1, 1, 1, 1, 2, 2, 3]),
        np.array([0, 5, 6, 7, 50, 0, 90, 4]),
        ["ad", "mail", "shop", "shop", "ad", "ad", "mail", "shop"],
        [False, False, True, True, False, False, False, True],
        silence=30,
    )
    paths = found.paths
    counted = dict(zip(paths.steps, zip(paths.conversions, paths.nulls, strict=True), strict=True))
    assert counted == {("ad", "mail"): (1, 0), ("ad",): (0, 2), ("mail",): (0, 1)}
    assert found.untouched == 2


def test_rules_may_be_held_short() -> None:
    bits = baskets.read(np.array([0, 0, 0, 1, 1, 1]), np.array([0, 1, 2, 0, 1, 2]))
    assert max(map(len, baskets.frequent(bits, Fraction(1, 2)))) == 3
    assert max(map(len, baskets.frequent(bits, Fraction(1, 2), longest=2))) == 2
    assert len(baskets.rules(bits, Fraction(1, 2), Fraction(1, 2), longest=2)) == 6
