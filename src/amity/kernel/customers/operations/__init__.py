"""Changes to customers: who they are, what identifies them, what they belong to, which are one."""

from amity.kernel.customers.operations.identities import (
    IdentityTakenError,
    NewIdentity,
    add_identity,
    ensure_customer,
    remove_identity,
)
from amity.kernel.customers.operations.merging import (
    MergeError,
    merge_customers,
    undo_merge,
)
from amity.kernel.customers.operations.owning import (
    OwnershipError,
    assign_owner,
    end_ownership,
)
from amity.kernel.customers.operations.profiles import (
    CustomerChanges,
    create_customer,
    define_custom_field,
    update_customer,
)
from amity.kernel.customers.operations.relations import (
    end_membership,
    set_membership,
    set_participation,
    set_tags,
)

__all__ = [
    "CustomerChanges",
    "IdentityTakenError",
    "MergeError",
    "NewIdentity",
    "OwnershipError",
    "add_identity",
    "assign_owner",
    "create_customer",
    "define_custom_field",
    "end_membership",
    "end_ownership",
    "ensure_customer",
    "merge_customers",
    "remove_identity",
    "set_membership",
    "set_participation",
    "set_tags",
    "undo_merge",
    "update_customer",
]
