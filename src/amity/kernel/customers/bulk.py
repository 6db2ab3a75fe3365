"""Many customers at once, for imports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from amity.base.text import fold
from amity.kernel import bulk
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.customers.operations.identities import stranger_name
from amity.kernel.customers.rules import EMAIL, EXTERNAL, IdentityError, normalize_identity


@dataclass(frozen=True, slots=True)
class Stranger:
    """A customer as a file names it: by a number or an address, perhaps with a name."""

    key: str
    name: str = ""
    country: str = ""
    is_organization: bool = False


def ensure_customers(
    strangers: Sequence[Stranger], *, namespace: str, at: datetime, import_id: int | None
) -> dict[str, int]:
    """The ids of the customers by their keys; the missing ones are added.

    A key with an @ that is an e-mail address identifies as one, any other is a number in
    `namespace`.
    """
    identities = {stranger.key: _identity(stranger.key) for stranger in strangers}
    known = _find(set(identities.values()), namespace)
    new = {
        identities[stranger.key]: stranger
        for stranger in reversed(strangers)
        if identities[stranger.key] not in known
    }
    known.update(_add(new, namespace, at, import_id))
    return {key: known[identity] for key, identity in identities.items()}


def _identity(key: str) -> tuple[str, str]:
    if "@" in key:
        try:
            return EMAIL, normalize_identity(EMAIL, key)
        except IdentityError:
            pass
    return EXTERNAL, key


def _find(identities: set[tuple[str, str]], namespace: str) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for kind, space in ((EMAIL, ""), (EXTERNAL, namespace)):
        values = [value for each, value in identities if each == kind]
        rows = bulk.lookup(
            Identity,
            key="value",
            keys=values,
            values=("value", "customer_id"),
            kind=kind,
            namespace=space,
        )
        found.update({(kind, value): customer_id for value, customer_id in rows})
    return found


def _add(
    new: Mapping[tuple[str, str], Stranger], namespace: str, at: datetime, import_id: int | None
) -> dict[tuple[str, str], int]:
    if not new:
        return {}
    ids = bulk.reserve_ids(Customer, len(new)).tolist()
    names = [
        (stranger.name or stranger_name(kind, value))[:200]
        for (kind, value), stranger in new.items()
    ]
    count = len(new)
    instants = pa.array([at] * count, pa.timestamp("us", "UTC"))
    blank = pa.array([""] * count)
    imports = pa.array([import_id] * count, pa.int64())
    columns = {
        "id": pa.array(ids),
        "kind": pa.array([_kind(stranger) for stranger in new.values()]),
        "name": pa.array(names),
        "name_folded": pa.array([fold(name)[:200] for name in names]),
        "country": pa.array([stranger.country for stranger in new.values()]),
        "custom": pa.array(["{}"] * count),
        "version": pa.array([1] * count),
        "created_at": instants,
        "updated_at": instants,
        "import_id": imports,
    }
    columns |= dict.fromkeys(("language", "city", "time_zone", "preferred_channel", "note"), blank)
    bulk.insert(Customer, pa.table(columns))
    identities = {
        "customer_id": pa.array(ids),
        "kind": pa.array([kind for kind, _ in new]),
        "namespace": pa.array(["" if kind == EMAIL else namespace for kind, _ in new]),
        "value": pa.array([value for _, value in new]),
        "shown": pa.array([stranger.key[:255] for stranger in new.values()]),
        "import_id": imports,
        "created_at": instants,
    }
    bulk.insert(Identity, pa.table(identities))
    return dict(zip(new, ids, strict=True))


def _kind(stranger: Stranger) -> str:
    is_organization = stranger.is_organization
    return (Customer.Kind.ORGANIZATION if is_organization else Customer.Kind.PERSON).value
