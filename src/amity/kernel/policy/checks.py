"""What must always hold of the policy."""

from collections.abc import Iterable

from amity.kernel.hooks.checks import Finding
from amity.kernel.policy.compiled import compile_document
from amity.kernel.policy.document import DocumentError, digest_of
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.queries import document_of

Status = PolicyVersion.Status
FAULT = "Restore a backup from before it, and report it as a fault."


def one_policy_is_in_force() -> Iterable[Finding]:
    """I8: at most one version is published; where any ever was, exactly one."""
    in_force = PolicyVersion.objects.filter(status=Status.PUBLISHED).count()
    ever = PolicyVersion.objects.filter(status=Status.SUPERSEDED).exists()
    if in_force > 1 or (ever and in_force == 0):
        yield Finding("I8", f"{in_force} versions of the policy are in force.", FAULT)


def digests_match_their_documents() -> Iterable[Finding]:
    """I8: the digest of each version is that of its document."""
    for version in PolicyVersion.objects.order_by("number").iterator(chunk_size=50):
        try:
            digest = digest_of(document_of(version))
        except DocumentError as error:
            yield Finding("I8", f"Version {version.number} cannot be read: {error}", FAULT)
            continue
        if digest != version.digest:
            yield Finding("I8", f"The document of version {version.number} was changed.", FAULT)


def promises_are_as_compiled() -> Iterable[Finding]:
    """I8: the compiled promises of each version that was published follow from its document."""
    were_published = PolicyVersion.objects.filter(
        status__in=[Status.PUBLISHED, Status.SUPERSEDED]
    ).prefetch_related("promises")
    for version in were_published:
        stored = sorted(
            (row.position, row.segment_key, row.payload) for row in version.promises.all()
        )
        try:
            compiled = compile_document(document_of(version))
        except DocumentError:
            continue  # told by digests_match_their_documents
        if stored != [(place, key, payload) for place, (key, payload) in enumerate(compiled)]:
            yield Finding(
                "I8",
                f"The promises of version {version.number} do not follow from its document.",
                "Publish the canvas once more; it compiles it anew.",
            )
