"""Three managers with books in the demonstration company, and a year of work on them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import Count

from amity.base.vocabulary import Role
from amity.kernel.access.models import Team, User
from amity.kernel.access.operations import add_member, create_user, save_team, set_absence, set_rate
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import assign_owner
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.segments.models import SegmentMembership
from amity.kernel.traits.models import Trait
from amity.run.accounts.models import AccountNote
from amity.run.accounts.operations.cadence import watch_cadence
from amity.run.accounts.operations.hours import book_minutes
from amity.run.accounts.operations.measuring import measure_accounts
from amity.run.accounts.operations.meetings import plan_meeting
from amity.run.accounts.operations.plans import add_goal, save_plan, write_note
from amity.run.accounts.operations.playbooks import Step, save_playbook, start_play
from amity.run.accounts.operations.renewals import add_renewal, decide_renewal, watch_renewals
from amity.run.accounts.operations.tasks import NewTask, add_task
from amity.run.accounts.operations.terms import save_level, set_capacity, set_terms
from amity.run.accounts.queries.books import VALUE

TEAM = "key-households"
MANAGERS = (
    ("mara@example.com", "Mara Lindqvist"),
    ("tomas@example.com", "Tomás Rivera"),
    ("ayse@example.com", "Ayşe Demir"),
)
EACH = 12  # accounts of one manager
SEED = 1909
WORK = (
    (15, "Asked how the last delivery went"),
    (25, "Answered a question about the invoice"),
    (20, "Went through the weekly list"),
    (45, "Visit at home"),
    (10, "Said that the bread is back"),
    (30, "Put a menu together for a feast"),
)
NOTES = (
    "Rings on Fridays; everything is ready by noon then.",
    "A basket without nuts, checked twice: there is an allergy in the house.",
    "Decides together with the neighbor; tell both.",
)


@transaction.atomic
def seed(context: SeedContext) -> None:
    """Makes the managers, their books and what they did, once."""
    if Team.objects.filter(key=TEAM).exists():
        return
    actor, at, rng = context.actor, context.at, Random(SEED)  # noqa: S311 -- invented visits
    people = _managers(actor, at)
    customers = _best(EACH * len(people))
    if not customers:
        return
    for number, customer in enumerate(customers):
        owner = people[number % len(people)]
        deputy = people[(number + 1) % len(people)]
        assign_owner(
            customer.pk,
            owner=owner,
            deputy=deputy,
            actor=actor,
            at=at - timedelta(days=rng.randint(200, 400)),
        )
        set_terms(
            customer.pk,
            cadence_days=30 if number < EACH else 60,
            hours_a_year=24.0 if number < EACH else 9.0,
            actor=actor,
            at=at,
        )
        _work(customer, owner, rng, actor=actor, at=at)
        context.progress(number + 1, len(customers), "Books of three managers")
    _levels(customers, actor=actor, at=at)
    _plans(customers, people, actor=actor, at=at)
    _contracts(customers, rng, actor=actor, at=at)
    watch_cadence(actor=actor, at=at)
    watch_renewals(actor=actor, at=at)
    measure_accounts(at=at)


def _managers(actor: Actor, at: datetime) -> list[User]:
    team = save_team(key=TEAM, name="Key households", actor=actor, at=at)
    set_rate(hour_minor=5_500, actor=actor, at=at)
    people: list[User] = []
    for email, name in MANAGERS:
        user = User.objects.filter(email=email).first() or create_user(
            email=email, name=name, role=Role.AGENT, password=None, actor=actor, at=at
        )
        add_member(team_id=team.pk, user_id=user.pk, is_lead=not people, actor=actor, at=at)
        set_capacity(user, hours_a_year=240, actor=actor, at=at)
        people.append(user)
    away = at + timedelta(days=5)
    set_absence(
        user_id=people[1].pk,
        starts_at=away,
        ends_at=away + timedelta(days=9),
        note="At the lake",
        actor=actor,
        at=at,
    )
    return people


def _levels(customers: Sequence[Customer], *, actor: Actor, at: datetime) -> None:
    """What help is assumed to change for the segment that most of these are in."""
    held = SegmentMembership.objects.filter(customer__in=customers, until=None)
    counted = held.order_by().values("segment__key").annotate(count=Count("pk"))
    first = counted.order_by("-count", "segment__key").first()
    if first is None:
        return
    for name, hours, helped in (("full", 24, 0.90), ("light", 9, 0.88)):
        save_level(
            segment_key=first["segment__key"],
            name=name,
            hours_a_year=hours,
            retention_without=0.85,
            retention_with=helped,
            margin_minor=None,
            grade="D",
            actor=actor,
            at=at,
        )


def _best(count: int) -> list[Customer]:
    """The customers who are worth most, best first."""
    ids = Trait.objects.filter(name=VALUE, number__isnull=False).order_by("-number", "customer_id")
    chosen = list(ids.values_list("customer_id", flat=True)[:count])
    found = Customer.objects.in_bulk(chosen)
    return [found[pk] for pk in chosen]


def _work(customer: Customer, owner: User, rng: Random, *, actor: Actor, at: datetime) -> None:
    """Words with a household over the last year; some were left waiting lately."""
    day = rng.choice((2, 5, 9, 16, 24, 28, 46, 75))
    while day < 360:
        minutes, what = rng.choice(WORK)
        book_minutes(
            customer_id=customer.pk,
            minutes=minutes,
            what=what,
            user=owner,
            is_contact=True,
            happened_at=at - timedelta(days=day, minutes=rng.randint(0, 500)),
            actor=actor,
            at=at,
        )
        day += rng.randint(14, 50)


def _plans(
    customers: Sequence[Customer], people: Sequence[User], *, actor: Actor, at: datetime
) -> None:
    for number, customer in enumerate(customers[:6]):
        owner = people[number % len(people)]
        save_plan(
            customer.pk,
            aim="Their whole weekly shopping comes from us",
            strategy="Take over what they still buy elsewhere, one department at a time.",
            review_on=(at + timedelta(days=30 + 10 * number)).date(),
            actor=actor,
            at=at,
        )
        add_goal(
            customer.pk,
            title="Fresh fish every second week",
            measure="orders of seafood in a quarter",
            target=6,
            due_on=(at + timedelta(days=90)).date(),
            actor=actor,
            at=at,
        )
        kind = AccountNote.Kind.SOLUTION if number % 3 == 1 else AccountNote.Kind.NOTE
        text = NOTES[number % len(NOTES)]
        write_note(customer.pk, kind=kind, text=text, author=owner, actor=actor, at=at)
        begins = (at + timedelta(days=3 + number)).replace(hour=9, minute=30, second=0)
        plan_meeting(
            customer_id=customer.pk,
            organizer=owner,
            title="Look back and ahead",
            place="At their table",
            starts_at=begins,
            ends_at=begins + timedelta(minutes=45),
            actor=actor,
            at=at,
        )
        add_task(
            NewTask(
                "Send the list of the week",
                (at + timedelta(days=number - 2)).date(),
                customer.pk,
                owner,
                rule="FREQ=WEEKLY",
            ),
            actor=actor,
            at=at,
        )
    steps = [
        Step("Introduce yourself"),
        Step("Ask what they never want", 7),
        Step("Say who stands in", 7, "deputy"),
        Step("First look back together", 60),
    ]
    welcome = save_playbook(
        name="Welcome a key household",
        description="After somebody got an owner.",
        trigger="accounts.assigned",
        steps=steps,
        actor=actor,
        at=at,
    )
    start_play(
        welcome.pk, customer_id=customers[-1].pk, occasion="demonstration", actor=actor, at=at
    )


def _contracts(customers: Sequence[Customer], rng: Random, *, actor: Actor, at: datetime) -> None:
    """Delivery passes that end over the next year; some ended already."""
    for number, customer in enumerate(customers[: 2 * EACH]):
        renewal = add_renewal(
            customer.pk,
            name="Delivery pass",
            renews_on=(at + timedelta(days=rng.randint(-50, 300))).date(),
            value_minor=rng.choice((9_900, 14_900, 24_900)),
            notice_days=30,
            lead_days=21,
            actor=actor,
            at=at,
        )
        if renewal.renews_on < at.date() and number % 5:
            ended = "lost" if number % 4 == 0 else "renewed"
            reason = "Moved away" if ended == "lost" else ""
            decide_renewal(renewal.pk, status=ended, reason=reason, actor=actor, at=at)
