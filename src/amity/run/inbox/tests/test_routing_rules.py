"""Who gets it: by the promise, never beyond a load limit, and always in words."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.base.vocabulary import RelationshipType
from amity.run.inbox.rules.routing import Candidate, Context, Part, Promised, decide
from amity.run.inbox.rules.stored_routing import as_json, decision_from, decision_json, from_json

AT = datetime(2026, 5, 4, 10, tzinfo=UTC)
KEY = Promised(8, "key", "Key accounts", RelationshipType.DEDICATED_PERSONAL_ASSISTANCE)
SMALL = Promised(8, "small", "Small", RelationshipType.PERSONAL_ASSISTANCE)
SELF = replace(SMALL, is_self_service_first=True)
SALES, HELP = 1, 2


def agent(user_id: int, name: str, *teams: int, load: int = 0, ago: int | None = None) -> Candidate:
    last = None if ago is None else AT - timedelta(minutes=ago)
    return Candidate(user_id, name, load, 3, team_ids=frozenset(teams), last_assigned_at=last)


OLA, DEA = agent(1, "Ola", SALES), agent(2, "Dea", SALES)
IDA, JAN = agent(3, "Ida", HELP, ago=50), agent(4, "Jan", HELP, ago=90)
BASE = Context(
    promised=KEY,
    candidates=(OLA, DEA, IDA, JAN),
    owner_id=1,
    deputy_id=2,
    owner_team_id=SALES,
    team_id=HELP,
    fallback_team_id=HELP,
    team_names={SALES: "Sales", HELP: "Help desk"},
)


def with_(context: Context, candidate: Candidate) -> Context:
    others = tuple(one for one in context.candidates if one.user_id != candidate.user_id)
    return replace(context, candidates=(*others, candidate))


def test_the_owner_comes_first_where_dedicated_assistance_is_promised() -> None:
    decision = decide(BASE)

    assert (decision.part, decision.user_id) == (Part.OWNER, 1)
    assert decision.sentence == (
        "Ola looks after the customer; Key accounts is promised dedicated assistance."
    )


def test_the_deputy_has_it_while_the_owner_is_away() -> None:
    decision = decide(with_(BASE, replace(OLA, is_absent=True)))

    assert (decision.part, decision.user_id) == (Part.DEPUTY, 2)
    assert [step.sentence for step in decision.steps] == [
        "Ola looks after the customer, but is away.",
        "Dea stands in for the owner; Key accounts is promised dedicated assistance.",
    ]


def test_the_owners_team_has_it_where_both_are_away() -> None:
    away = with_(with_(BASE, replace(OLA, is_absent=True)), replace(DEA, is_available=False))

    decision = decide(replace(away, candidates=(*away.candidates, agent(5, "Sam", SALES))))

    assert (decision.part, decision.user_id, decision.team_id) == (Part.OWNER_TEAM, 5, SALES)


def test_a_segment_without_dedicated_assistance_goes_to_the_last_agent() -> None:
    decision = decide(replace(BASE, promised=SMALL, last_agent_id=3))

    assert (decision.part, decision.user_id, decision.team_id) == (Part.LAST_AGENT, 3, HELP)
    assert decision.steps[0].sentence == (
        "Small is not promised dedicated assistance, so the owner is not asked."
    )


def test_turns_go_to_whoever_was_given_one_longest_ago() -> None:
    first = decide(replace(BASE, promised=SMALL))
    then = decide(with_(replace(BASE, promised=SMALL), replace(JAN, last_assigned_at=AT)))

    assert (first.part, first.user_id, then.user_id) == (Part.TURN, 4, 3)
    assert first.sentence == "In Help desk it is the turn of Jan."


def test_skill_and_language_narrow_and_are_let_go_where_nobody_has_them() -> None:
    asked = replace(BASE, promised=SMALL, skill="invoices", language="de")
    skilled = with_(asked, replace(IDA, skills=frozenset({"invoices"})))

    assert decide(skilled).user_id == 3
    assert decide(skilled).sentence == (
        "In Help desk it is the turn of Ida (knows invoices; nobody free knows de)."
    )
    assert decide(asked).user_id == 4


@pytest.mark.parametrize(
    "change",
    [
        lambda one: replace(one, is_absent=True),
        lambda one: replace(one, is_available=False),
        lambda one: replace(one, load=3),
        lambda one: replace(one, load=9),
    ],
)
def test_nobody_is_given_one_who_cannot_take_it(
    change: Callable[[Candidate], Candidate],
) -> None:
    context = replace(BASE, promised=SMALL)
    for one in context.candidates:
        context = with_(context, change(one))

    decision = decide(context)

    assert (decision.part, decision.user_id, decision.team_id) == (Part.FALLBACK, None, HELP)
    assert decision.sentence == "Nobody can take it now; it waits in the queue of Help desk."


def test_a_load_limit_holds_for_the_owner_too() -> None:
    decision = decide(with_(BASE, replace(OLA, load=3)))

    assert decision.user_id == 2
    assert decision.steps[0].sentence == (
        "Ola looks after the customer, but has 3 of at most 3 open conversations."
    )


def test_without_teams_all_agents_take_turns_and_without_agents_it_waits_for_all() -> None:
    bare = Context(promised=Promised(), candidates=(IDA, JAN))

    assert decide(bare).sentence == "Of all agents it is the turn of Jan."
    assert decide(replace(bare, candidates=())).part is Part.NOBODY


def test_somebody_who_takes_no_turns_is_only_asked_by_name() -> None:
    quiet = with_(replace(BASE, promised=SMALL), replace(JAN, takes_turns=False))

    assert decide(quiet).user_id == 3
    assert decide(replace(quiet, last_agent_id=4)).user_id == 4


def test_who_did_not_answer_in_time_is_passed_over() -> None:
    decision = decide(replace(BASE, passed_over=frozenset({1})))

    assert decision.user_id == 2
    assert decision.steps[0].sentence == (
        "Ola looks after the customer, but had it and did not answer in time."
    )


def test_self_service_comes_first_until_a_person_is_asked_for() -> None:
    first = decide(replace(BASE, promised=SELF))
    asked = decide(replace(BASE, promised=SELF, is_human_asked=True))

    assert (first.part, first.user_id) == (Part.SELF_SERVICE, None)
    assert (asked.part, asked.user_id) == (Part.TURN, 4)


def test_before_any_policy_whoever_looks_after_the_customer_has_it() -> None:
    assert decide(replace(BASE, promised=Promised())).part is Part.OWNER


def test_a_decision_and_all_it_rests_on_survive_storage() -> None:
    context = with_(BASE, replace(IDA, skills=frozenset({"invoices", "de"})))
    decision = decide(context)
    stored = json.loads(json.dumps([as_json(context), decision_json(decision)]))

    again = from_json(stored[0])

    assert decide(again) == decision == decision_from(stored[1])


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        user_id=st.integers(1, 8),
        name=st.just("Somebody"),
        load=st.integers(0, 5),
        load_limit=st.integers(0, 5),
        is_available=st.booleans(),
        is_absent=st.booleans(),
        takes_turns=st.booleans(),
        skills=st.frozensets(st.sampled_from(["a", "b"])),
        languages=st.frozensets(st.sampled_from(["de", "en"])),
        team_ids=st.frozensets(st.integers(1, 3)),
        last_assigned_at=st.none() | st.integers(0, 99).map(lambda days: AT - timedelta(days)),
    ),
    unique_by=lambda candidate: candidate.user_id,
)
SOMEBODY = st.none() | st.integers(1, 8)
CONTEXTS = st.builds(
    Context,
    promised=st.sampled_from([KEY, SMALL, SELF, Promised()]),
    candidates=CANDIDATES.map(tuple),
    owner_id=SOMEBODY,
    deputy_id=SOMEBODY,
    owner_team_id=st.none() | st.integers(1, 3),
    last_agent_id=SOMEBODY,
    team_id=st.none() | st.integers(1, 3),
    fallback_team_id=st.none() | st.integers(1, 3),
    skill=st.sampled_from(["", "a", "c"]),
    language=st.sampled_from(["", "de", "fr"]),
    passed_over=st.frozensets(st.integers(1, 8), max_size=3),
    is_human_asked=st.booleans(),
)


@given(CONTEXTS)
def test_whatever_comes_somebody_able_has_it_and_it_is_explained(context: Context) -> None:
    decision = decide(context)
    chosen = {one.user_id: one for one in context.candidates}.get(decision.user_id or 0)

    assert (decision.user_id is None) == (chosen is None)
    if chosen is not None:
        assert not chosen.hindrance
        assert chosen.user_id not in context.passed_over
    assert [step.is_taken for step in decision.steps] == [False] * (len(decision.steps) - 1) + [
        True
    ]
    assert all(step.sentence.endswith(".") for step in decision.steps)
    assert decide(from_json(json.loads(json.dumps(as_json(context))))) == decision
