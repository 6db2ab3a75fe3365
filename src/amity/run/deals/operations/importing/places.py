"""The pipeline, customers, products and people that a file of deals names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from amity.base.ids import slug
from amity.base.text import fold
from amity.kernel.access.models import User
from amity.kernel.commerce.models import Product
from amity.kernel.commerce.operations import GivenProduct, upsert_products
from amity.kernel.customers.bulk import Stranger, ensure_customers
from amity.kernel.customers.models import Customer
from amity.kernel.imports.models import ImportChange
from amity.kernel.imports.row_import import Work
from amity.run.deals.models import CloseReason, Pipeline, PipelineStage
from amity.run.deals.rules.files import LOST, OPEN, WON, ToldDeal, squeezed

NOT_SAID = "Not said"  # the reason of a loss for which the file has none
EVEN = 0.5  # the planned chance of a stage of which nobody has said it yet


@dataclass
class Places:
    """What the deals of a file belong to, by its words."""

    pipeline: Pipeline
    stages: dict[str, PipelineStage]
    customers: dict[str, int]
    products: dict[str, int]
    people: dict[str, int]
    reasons: dict[tuple[str, str], int]

    def stage(self, told: ToldDeal) -> PipelineStage:
        """Where the deal stands."""
        return self.stages[_stage_word(told)]

    def reason(self, told: ToldDeal) -> int | None:
        """Why it ended so; a loss always has a reason."""
        return self.reasons.get((told.status, _reason_of(told)))

    def person(self, words: str) -> int | None:
        """The number of the person with this name or address, where there is one."""
        return self.people.get(fold(words)) if words else None


def places_for(told: Sequence[ToldDeal], work: Work) -> Places:
    """What these deals name; what is not there is added, but nobody gets an account."""
    pipeline = _pipeline(work)
    people: dict[str, int] = {}
    for pk, name, email in User.objects.order_by("-pk").values_list("pk", "name", "email"):
        people |= {fold(name): pk, fold(email): pk}
    return Places(
        pipeline=pipeline,
        stages=_stages(pipeline, told),
        customers=_customers({one.customer for one in told}, work),
        products=_products({one.product for one in told} - {""}, work),
        people=people,
        reasons=_reasons(told),
    )


def _pipeline(work: Work) -> Pipeline:
    """The pipeline of the file's system, in the currency of its amounts; made the first time."""
    name = f"{work.settings.source or 'Imported'} {work.settings.currency}"
    key = slug(name, fallback="imported")
    made, is_new = Pipeline.objects.get_or_create(
        key=key,
        defaults={
            "name": name,
            "currency": work.settings.currency,
            "created_at": work.at,
        },
    )
    if is_new:
        PipelineStage.objects.bulk_create(
            [
                PipelineStage(
                    pipeline=made, key=WON, name="Won", position=98, probability=1, is_won=True
                ),
                PipelineStage(
                    pipeline=made, key=LOST, name="Lost", position=99, probability=0, is_lost=True
                ),
            ]
        )
        ImportChange.objects.create(
            import_id=work.import_id, object_type="pipeline", object_id=made.pk, before={}
        )
    return made


def _stage_word(told: ToldDeal) -> str:
    return told.status if told.status != OPEN else fold(told.stage or "Open")


def _stages(pipeline: Pipeline, told: Iterable[ToldDeal]) -> dict[str, PipelineStage]:
    """The stages by folded name, Won and Lost by their states; new ones behind the others."""
    rows = list(pipeline.stages.order_by("position", "pk"))
    found = {fold(row.name): row for row in rows if row.is_open}
    found |= {WON if row.is_won else LOST: row for row in rows if not row.is_open}
    for one in told:
        word = _stage_word(one)
        if word not in found:
            name = one.stage or "Open"
            found[word] = PipelineStage.objects.create(
                pipeline=pipeline,
                key=_free_key(pipeline, slug(name, fallback="stage")),
                name=name,
                position=sum(row.is_open for row in found.values()),
                probability=EVEN,
            )
    return found


def _free_key(pipeline: Pipeline, key: str) -> str:
    number, free = 1, key
    while pipeline.stages.filter(key=free).exists():
        number += 1
        free = f"{key[:45]}-{number}"
    return free


def _customers(names: set[str], work: Work) -> dict[str, int]:
    """The customers by number, address, or the name of an organization; missing ones are added."""
    folded = {fold(name)[:200]: name for name in names}
    rows = Customer.objects.filter(
        kind=Customer.Kind.ORGANIZATION, name_folded__in=folded, merged_into=None
    )
    known = {folded[name]: pk for name, pk in rows.order_by("-pk").values_list("name_folded", "pk")}
    missing = [
        Stranger(name, "" if "@" in name else name, is_organization="@" not in name)
        for name in sorted(names - set(known))
    ]
    return known | ensure_customers(
        missing,
        namespace=work.settings.source,
        at=work.at,
        import_id=work.import_id or None,
    )


def _products(names: set[str], work: Work) -> dict[str, int]:
    """The products by squeezed name or number; missing ones are added."""
    found: dict[str, int] = {}
    for pk, key, name in Product.objects.order_by("-pk").values_list("pk", "key", "name"):
        found |= {squeezed(key): pk, squeezed(name): pk}
    spelled: dict[str, str] = {}
    for name in sorted(names):  # of two spellings the one with a space, which sorts first
        if squeezed(name) not in found:
            spelled.setdefault(squeezed(name), name)
    given = [GivenProduct(name, {"name": name}) for name in spelled.values()]
    made = upsert_products(given, source=work.settings.source, import_id=work.import_id or None).ids
    return found | {word: made[name] for word, name in spelled.items()}


def _reason_of(told: ToldDeal) -> str:
    return told.reason or (NOT_SAID if told.status == LOST else "")


def _reasons(told: Iterable[ToldDeal]) -> dict[tuple[str, str], int]:
    wanted = {(one.status, _reason_of(one)) for one in told if one.status != OPEN}
    return {
        (kind, name): CloseReason.objects.get_or_create(
            kind=kind, name=name, defaults={"is_retired": name == NOT_SAID}
        )[0].pk
        for kind, name in sorted(wanted)
        if name
    }
