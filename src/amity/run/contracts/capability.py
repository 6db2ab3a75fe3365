"""The manifest: what contracts bring to the house."""

from amity.base.vocabulary import RelationshipType
from amity.kernel.hooks.manifest import (
    Capability,
    CustomerCard,
    FileKind,
    InteractionKind,
    NavigationEntry,
    Wing,
)

ROOM = "amity.run.contracts"
SELF_SERVICE = RelationshipType.SELF_SERVICE  # the customer signs and ends it, as with orders

CAPABILITY = Capability(
    name="contracts",
    label="Contracts",
    wing=Wing.RUN,
    interaction_kinds=(
        InteractionKind("contracts.signed", "Signed a contract", "receipt", SELF_SERVICE),
        InteractionKind("contracts.ended", "Ended a contract", "circle-x", SELF_SERVICE),
    ),
    navigation=(
        NavigationEntry("Contracts", "contracts:list", "receipt", "customers.view", order=40),
    ),
    customer_cards=(
        CustomerCard(
            "contracts",
            "Contracts",
            "contracts/card.html",
            f"{ROOM}.queries.load",
            "customers.view",
            order=40,
        ),
    ),
    file_kinds=(
        FileKind(
            name="contracts",
            label="Contracts",
            help="subscriptions and other contracts, running and ended, one a row.",
            fields=f"{ROOM}.rules.FIELDS",
            needs=(("contract",), ("customer",), ("date",), ("period",)),
            take=f"{ROOM}.operations.importing.take",
            check=f"{ROOM}.operations.importing.check",
            undo=f"{ROOM}.operations.importing.undo",
            key="contract",
        ),
    ),
    urls=f"{ROOM}.urls",
    router=f"{ROOM}.api.router",
    checks=(f"{ROOM}.checks.contracts_are_told",),
)
