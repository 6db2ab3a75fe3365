from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from amity.run.accounts.rules.assignment import (
    Candidate,
    Level,
    Manager,
    gain_of,
    lifetime_value,
    propose,
)
from amity.run.accounts.rules.books import coverage_of
from amity.run.accounts.rules.cadence import CadenceState, kept_share, silence_of
from amity.run.accounts.rules.health import HealthFacts, calibrate, health_of
from amity.run.accounts.rules.recurrence import RecurrenceError, clean_rule, next_day

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WAGE, DISCOUNT = 55.0, 0.10
KEY = (Level("full", 120, 0.97),)
MID = (Level("full", 18, 0.89), Level("light", 6, 0.88))


def candidate(number: int, segment: str = "key") -> Candidate:
    margin, stays, levels = {
        "key": (60_000.0, 0.92, KEY),
        "mid": (6_000.0, 0.86, MID),
        "mid full": (6_000.0, 0.86, MID[:1]),
    }[segment]
    return Candidate(number, f"Account {number}", segment, margin, stays, levels)


@pytest.mark.parametrize(
    ("days", "state"), [(0, "kept"), (23, "kept"), (24, "due"), (30, "due"), (31, "missed")]
)
def test_silence_beyond_the_cadence_is_missed(days: int, state: str) -> None:
    silence = silence_of(
        last_contact=AT - days * DAY, owned_since=AT - 99 * DAY, cadence_days=30, at=AT
    )

    assert (silence.days, silence.state) == (days, CadenceState(state))


def test_who_was_never_spoken_to_is_silent_since_somebody_took_over() -> None:
    silence = silence_of(last_contact=None, owned_since=AT - 46 * DAY, cadence_days=30, at=AT)

    assert (silence.days, silence.state) == (46, CadenceState.MISSED)
    free = silence_of(last_contact=None, owned_since=AT, cadence_days=None, at=AT)
    assert free.state == CadenceState.NONE


def test_the_kept_share_counts_the_gap_that_runs() -> None:
    assert kept_share([AT - 50 * DAY, AT - 30 * DAY], 25, AT) == 0.5
    assert kept_share([AT], 25, AT) is None
    assert kept_share([AT - DAY, AT], None, AT) is None


def test_health_says_what_unknown_parts_could_make_of_it() -> None:
    fresh = health_of(HealthFacts(days_silent=0, cadence_days=30))

    assert (fresh.score, fresh.low, fresh.high) == (100.0, 25.0, 100.0)
    assert [part.key for part in fresh.unknown] == ["cadence", "mood", "open", "reach", "trend"]


def test_health_of_known_parts_is_their_weighted_mean() -> None:
    health = health_of(
        HealthFacts(
            days_silent=60, cadence_days=30, kept_share=0.5, mood=-0.2, open_matters=2,
            contacts_known=1, value_recent=80, value_before=100,
        )
    )  # fmt: skip

    by_hand = 0.25 * 50 + 0.15 * 50 + 0.2 * 40 + 0.1 * 50 + 0.15 * 30 + 0.15 * 40
    assert health.score == pytest.approx(by_hand, abs=0.05)
    assert (health.low, health.high) == (health.score, health.score)
    assert health.words == "watch"


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.builds(
        HealthFacts,
        days_silent=st.integers(0, 5000),
        cadence_days=st.none() | st.integers(1, 400),
        kept_share=st.none() | st.floats(0, 1),
        mood=st.none() | st.floats(-1, 1),
        open_matters=st.none() | st.integers(0, 50),
        contacts_known=st.none() | st.integers(0, 50),
        value_recent=st.none() | st.integers(-1000, 1000),
        value_before=st.none() | st.integers(-1000, 1000),
    )
)
def test_health_stays_between_its_bounds_and_0_and_100(facts: HealthFacts) -> None:
    health = health_of(facts)

    assert 0 <= health.low <= health.score <= health.high <= 100
    assert health_of(replace(facts, days_silent=0)).score >= health.score


def test_calibration_waits_for_enough_renewals_of_both_ends() -> None:
    early = calibrate([(80.0, True)] * 29 + [(20.0, False)] * 4)
    enough = calibrate([(80.0, True)] * 24 + [(20.0, False)] * 6 + [(20.0, True)] * 4)

    assert "needs 30 decided renewals with 5 of each end, has 33" in early.missing
    assert early.bands == ()
    low, _middle, high = enough.bands
    assert (low.decided, low.renewed, high.share) == (10, 4, 1.0)
    assert (low.share_low, low.share_high) == pytest.approx((0.168, 0.687), abs=5e-4)


def test_the_room_of_a_book_follows_from_its_hours() -> None:
    book = coverage_of([120.0] * 3 + [6.0] * 3 + [None], used=40, capacity=1400)

    assert (book.planned, book.limit, book.unplanned, book.free) == (378, 22, 1, 1022)
    assert not book.is_over
    assert coverage_of([120.0] * 12, used=0, capacity=1400).is_over
    assert coverage_of([], used=0, capacity=1400).limit is None
    assert coverage_of([1.0], used=0, capacity=None).limit is None


def test_lifetime_values_of_the_pump_maker() -> None:
    assert lifetime_value(60_000, 0.92, DISCOUNT) == pytest.approx(306_667, abs=0.5)
    assert lifetime_value(60_000 - 120 * WAGE, 0.97, DISCOUNT) == pytest.approx(398_446, abs=0.5)
    full, light = (
        gain_of(candidate(1, "mid"), level, wage=WAGE, discount=DISCOUNT) for level in MID
    )
    assert (round(full), round(light)) == (-267, 1_180)


def test_the_pump_makers_managers_get_key_accounts_and_mid_ones_lightly() -> None:
    accounts = [candidate(n) for n in range(12)] + [candidate(n, "mid") for n in range(12, 192)]
    managers = [Manager(n, f"Manager {n}", 1_400) for n in (1, 2, 3)]

    proposal = propose(accounts, managers, wage=WAGE, discount=DISCOUNT)

    assert (proposal.hours_used, proposal.hours_free, proposal.hour_price) == (2_520, 1_680, 0)
    assert {choice.level and choice.level.name for choice in proposal.taken[:12]} == {"full"}
    assert {choice.level and choice.level.name for choice in proposal.taken[12:]} == {"light"}
    assert "lifetime value 306,667 → 398,446 (+91,779)" in proposal.taken[0].why
    assert "light (6 h a year): lifetime value 21,500 → 22,680 (+1,180)" in proposal.taken[-1].why
    assert "full (18 h a year): lifetime value 21,500 → 21,233 (-267, refused)" in (
        proposal.taken[-1].why
    )
    assert proposal.tier_hours == 4_680
    assert proposal.tier_gain < proposal.gain
    assert proposal.refused == ()


def test_nobody_is_proposed_at_a_loss_whatever_the_free_hours() -> None:
    proposal = propose(
        [candidate(1, "mid full")], [Manager(1, "Ann", 9_999)], wage=WAGE, discount=DISCOUNT
    )

    assert proposal.taken == ()
    assert "(-267, refused)" in proposal.refused[0].why


def test_who_finds_no_hours_left_says_what_an_hour_would_earn() -> None:
    proposal = propose(
        [candidate(1), candidate(2)], [Manager(1, "Ann", 200)], wage=WAGE, discount=DISCOUNT
    )

    assert [choice.candidate.customer_id for choice in proposal.taken] == [1]
    assert proposal.hour_price == pytest.approx(91_779 / 120, rel=1e-3)
    assert "No manager has 120 h left" in proposal.refused[0].why


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.integers(0, 400), max_size=4), st.integers(0, 12), st.integers(0, 30))
def test_no_manager_gets_more_hours_than_are_free(hours: list[int], keys: int, mids: int) -> None:
    accounts = [candidate(n) for n in range(keys)] + [candidate(99 + n, "mid") for n in range(mids)]
    managers = [Manager(n, str(n), free) for n, free in enumerate(hours)]

    proposal = propose(accounts, managers, wage=WAGE, discount=DISCOUNT)

    for manager in managers:
        used = sum(
            choice.level.hours
            for choice in proposal.taken
            if choice.manager == manager and choice.level
        )
        assert used <= manager.free_hours
    assert len(proposal.taken) + len(proposal.refused) == keys + mids


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=3", date(2026, 1, 1), date(2026, 1, 4)),
        ("FREQ=WEEKLY;BYDAY=MO,TH", date(2026, 1, 1), date(2026, 1, 5)),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", date(2026, 1, 31), date(2026, 2, 28)),
        ("FREQ=MONTHLY", date(2026, 1, 15), date(2026, 2, 1)),
        ("FREQ=YEARLY", date(2026, 1, 1), date(2027, 1, 1)),
        ("FREQ=DAILY;COUNT=2", date(2026, 1, 2), None),
        ("FREQ=DAILY;UNTIL=20260103", date(2026, 1, 2), date(2026, 1, 3)),
        ("FREQ=DAILY;UNTIL=20260103", date(2026, 1, 3), None),
        ("", date(2026, 1, 1), None),
    ],
)
def test_the_next_day_of_a_series(rule: str, after: date, expected: date | None) -> None:
    assert next_day(rule, starts_on=date(2026, 1, 1), after=after) == expected


@pytest.mark.parametrize(
    "rule", ["weekly", "FREQ=HOURLY", "FREQ=DAILY;BYSETPOS=1", "FREQ=DAILY;INTERVAL=x"]
)
def test_a_rule_that_is_none_of_ours_is_refused(rule: str) -> None:
    with pytest.raises(RecurrenceError):
        clean_rule(rule)


def test_a_rule_is_kept_in_one_form() -> None:
    assert clean_rule(" rrule:freq=weekly;byday=mo ") == "FREQ=WEEKLY;BYDAY=MO"
