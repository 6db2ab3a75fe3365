"""Changes to the policy: draft, edit, propose, adopt, decline, publish, roll back."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from amity.base.results import AmityError, StaleError
from amity.base.text import clean_text
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.policy.compiled import compile_document
from amity.kernel.policy.document import CanvasDocument, as_json, digest_of
from amity.kernel.policy.models import CompiledPromise, PolicyVersion
from amity.kernel.policy.queries import (
    diff,
    document_of,
    published,
    validate,
    version_by_number,
)
from amity.kernel.policy.rules import Finding

Status = PolicyVersion.Status


class PolicyError(AmityError):
    """A version that cannot be changed as asked."""


class EditConflictError(PolicyError, StaleError):
    """Somebody else changed the draft meanwhile; `changes` says what, in words."""

    def __init__(self, message: str, changes: tuple[str, ...]) -> None:
        self.changes = changes
        super().__init__(message)


class PolicyInvalidError(PolicyError):
    """The canvas has errors, so it is not published; `findings` has all of them."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        self.findings = findings
        first = findings[0]
        more = f" There are {len(findings) - 1} more errors." if len(findings) > 1 else ""
        super().__init__(
            f"The canvas is not published. {first.path}: {first.message} {first.remedy}{more}"
        )


FIRST_VERSIONS_AT_ONCE = 100


@transaction.atomic
def create_draft(
    *,
    document: CanvasDocument,
    name: str,
    reason: str,
    base: PolicyVersion | None,
    actor: Actor,
    at: datetime,
    status: str = Status.DRAFT,
    expected_effect: dict[str, Any] | None = None,
) -> PolicyVersion:
    """A new version that is not yet obeyed: a draft, or a proposal with its expected effect.

    Raises:
        PolicyError: `status` is neither.
    """
    if status not in {Status.DRAFT, Status.PROPOSAL}:
        raise PolicyError(f"A version begins as a draft or a proposal, not as {status}.")
    version = _insert(
        document=document,
        name=name,
        reason=reason,
        base=base,
        actor=actor,
        at=at,
        status=Status(status),
        expected_effect=expected_effect or {},
    )
    _audit(version, f"policy.{version.status}_created", actor, at, summary=reason)
    return version


@transaction.atomic
def update_draft(
    version_id: int,
    *,
    document: CanvasDocument,
    lock_version: int,
    actor: Actor,
    at: datetime,
    name: str | None = None,
    reason: str | None = None,
) -> PolicyVersion:
    """Replaces a draft's document; `lock_version` is that of the draft the editor began with.

    Raises:
        EditConflictError: somebody changed the draft in between; nothing is overwritten.
        PolicyError: the version is no draft.
    """
    version = _locked(version_id)
    _must_be(version, Status.DRAFT)
    if version.lock_version != lock_version:
        raise _conflict(version, document)
    changes = diff(document_of(version), document)
    version.document, version.digest = as_json(document), digest_of(document)
    version.name = clean_text(name or document.name, field="Name", max_length=200)
    if reason is not None:
        version.reason = clean_text(reason, field="Reason", max_length=10_000)
    version.lock_version += 1
    version.editor_name, version.updated_at = actor.name[:200], at
    version.save()
    words = [change.words for change in changes]
    _audit(version, "policy.draft_changed", actor, at, summary="; ".join(words), words=words)
    return version


@transaction.atomic
def adopt_proposal(version_id: int, *, actor: Actor, at: datetime) -> PolicyVersion:
    """Turns a proposal into a draft, to be edited or published.

    Raises:
        PolicyError: the version is no proposal.
    """
    version = _locked(version_id)
    _must_be(version, Status.PROPOSAL)
    version.status = Status.DRAFT
    version.lock_version += 1
    version.editor_name, version.updated_at = actor.name[:200], at
    version.save()
    _audit(version, "policy.proposal_adopted", actor, at)
    return version


@transaction.atomic
def decline_proposal(version_id: int, *, reason: str, actor: Actor, at: datetime) -> PolicyVersion:
    """Sets a proposal (or a draft that is not wanted any more) aside, with the reason.

    Raises:
        PolicyError: the version is neither.
    """
    version = _locked(version_id)
    _must_be(version, Status.PROPOSAL, Status.DRAFT)
    version.status = Status.DECLINED
    version.decline_reason = clean_text(reason, field="Reason", max_length=10_000)
    version.lock_version += 1
    version.updated_at = at
    version.save()
    _audit(version, "policy.declined", actor, at, summary=reason)
    return version


@transaction.atomic
def publish(
    version_id: int,
    *,
    reason: str,
    actor: Actor,
    at: datetime,
    lock_version: int | None = None,
) -> PolicyVersion:
    """Makes a draft the policy that every part obeys; the version before is superseded.

    Publications run one after the other: the second of two at once sees what the first did.

    Raises:
        PolicyInvalidError: the canvas has errors.
        EditConflictError: the draft was changed since the publisher saw it (`lock_version`).
        PolicyError: the version is no draft.
    """
    _one_at_a_time()
    version = _locked(version_id)
    _must_be(version, Status.DRAFT)
    if lock_version is not None and version.lock_version != lock_version:
        raise _conflict(version, None)
    _put_in_force(version, reason=reason, actor=actor, at=at)
    _audit(version, "policy.published", actor, at, summary=reason)
    return version


@transaction.atomic
def roll_back(to_number: int, *, reason: str, actor: Actor, at: datetime) -> PolicyVersion:
    """Publishes a new version that says again what version `to_number` said.

    Raises:
        PolicyNotFoundError: there is no such version.
        PolicyInvalidError: the old canvas names what is no longer there.
        PolicyError: the version was never published, or is in force.
    """
    _one_at_a_time()
    target = version_by_number(to_number)
    if target.status == Status.PUBLISHED:
        raise PolicyError(f"Version {to_number} is in force already.")
    _must_be(target, Status.SUPERSEDED)
    version = _insert(
        document=document_of(target),
        name=target.name,
        reason=f"Back to version {to_number}. {reason}".strip(),
        base=target,
        actor=actor,
        at=at,
        status=Status.DRAFT,
        expected_effect={},
    )
    _put_in_force(version, reason=reason, actor=actor, at=at)
    _audit(version, "policy.rolled_back", actor, at, summary=f"to version {to_number}: {reason}")
    return version


def _insert(
    *,
    document: CanvasDocument,
    name: str,
    reason: str,
    base: PolicyVersion | None,
    actor: Actor,
    at: datetime,
    status: "PolicyVersion.Status",
    expected_effect: dict[str, Any],
) -> PolicyVersion:
    values = {
        "name": clean_text(name or document.name, field="Name", max_length=200),
        "status": status,
        "base": base,
        "document": as_json(document),
        "digest": digest_of(document),
        "reason": clean_text(reason, field="Reason", max_length=10_000),
        "author_id": actor.user_id,
        "author_name": actor.name[:200],
        "editor_name": actor.name[:200],
        "expected_effect": expected_effect,
        "created_at": at,
        "updated_at": at,
    }
    for _ in range(FIRST_VERSIONS_AT_ONCE):
        _one_at_a_time()
        try:
            with transaction.atomic():
                return PolicyVersion.objects.create(number=_next_number(), **values)
        except IntegrityError:  # first versions at once found nothing to lock; now there is one
            continue
    raise PolicyError("Many versions are being made at once. Try again.")


def _next_number() -> int:
    last: int = PolicyVersion.objects.aggregate(last=Max("number"))["last"] or 0
    return last + 1


def _put_in_force(version: PolicyVersion, *, reason: str, actor: Actor, at: datetime) -> None:
    document = document_of(version)
    errors = tuple(finding for finding in validate(document, at) if finding.is_error)
    if errors:
        raise PolicyInvalidError(errors)
    current = published()
    if current is not None:
        current.status, current.updated_at = Status.SUPERSEDED, at
        current.save(update_fields=["status", "updated_at"])
    CompiledPromise.objects.bulk_create(
        CompiledPromise(version=version, segment_key=key, position=position, payload=payload)
        for position, (key, payload) in enumerate(compile_document(document))
    )
    version.status = Status.PUBLISHED
    version.published_at, version.published_by_id = at, actor.user_id
    version.publish_reason = clean_text(reason, field="Reason", max_length=10_000)
    version.updated_at = at
    version.save()


def _one_at_a_time() -> None:
    """Numbers are given and versions put in force under one lock: that of the oldest version.

    SQLite's transactions are immediate, so there it is a plain read.
    """
    list(PolicyVersion.objects.select_for_update().order_by("number").values_list("pk")[:1])


def _locked(version_id: int) -> PolicyVersion:
    version = PolicyVersion.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise PolicyError("This version of the canvas is not there any more. List the versions.")
    return version


_WHY_NOT = {
    Status.DRAFT: "is a draft; publish it first",
    Status.PROPOSAL: "is a proposal; adopt it first",
    Status.PUBLISHED: "is in force and is never changed; draft a new version from it",
    Status.SUPERSEDED: "was published and is never changed; draft a new version from it, "
    "or roll back to it",
    Status.DECLINED: "was declined; draft a new version from it",
}


def _must_be(version: PolicyVersion, *statuses: "PolicyVersion.Status") -> None:
    if version.status not in statuses:
        raise PolicyError(f"Version {version.number} {_WHY_NOT[Status(version.status)]}.")


def _conflict(version: PolicyVersion, mine: CanvasDocument | None) -> EditConflictError:
    """Says who changed the draft; `changes` leads from the other's document to mine."""
    changes = tuple(one.words for one in diff(document_of(version), mine)) if mine else ()
    return EditConflictError(
        f"{version.editor_name or 'Somebody'} changed version {version.number} on "
        f"{version.updated_at:%Y-%m-%d at %H:%M} UTC, after you opened it. "
        "Nothing was overwritten: reload, look at the difference, and make your change again.",
        changes,
    )


def _audit(
    version: PolicyVersion,
    action: str,
    actor: Actor,
    at: datetime,
    *,
    summary: str = "",
    words: list[str] | None = None,
) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_type="policy",
        object_id=version.number,
        at=at,
        summary=summary,
        changes={"digest": version.digest, **({"changes": words[:200]} if words else {})},
    )
